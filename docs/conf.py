"""The documentation as a site: ``sphinx-build -W docs docs/_build/html``.

The pages are the Markdown files of this folder, and read on GitHub as well. Nothing is fetched, neither when the site
is built nor when it is read.
"""

from __future__ import annotations

import inspect
import os
import re
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import disentangle_metrics

DOCS = Path(__file__).parent
ROOT = DOCS.parent

project = "disentangle_metrics"
author = "The disentangle_metrics developers"
project_copyright = author
version = release = disentangle_metrics.__version__

# No intersphinx: it fetches the lists of other projects' names, and a build without network would break. Types of
# arguments are therefore plain text.
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
nitpicky = True
smartquotes = False  # a straight quote in a text is one that may be typed

myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]  # ```math is GitHub's way to write a formula
myst_heading_anchors = 4
highlight_language = "text"

autodoc_typehints = "none"  # the docstrings say what each argument is
autodoc_member_order = "bysource"
autosummary_ignore_module_all = False
numpydoc_show_class_members = False  # the page of a class lists its members itself
python_maximum_signature_line_length = 80
add_module_names = False

html_title = "disentangle_metrics"
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_sidebars = {page: [] for page in ("index", "tutorial", "benchmarks/README", "changelog", "contributing")}
html_theme_options = {
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}

# The parts of the page of public names, and the modules of the package whose names each lists.
PARTS = {
    "Metrics": {"metrics"},
    "Scoring": {"evaluation", "rescoring", "batch"},
    "Data": {"data", "files"},
    "Results": {"scores"},
    "Comparison, uncertainty, explanation": {"analysis", "uncertainty"},
    "Values of options": {"kernels"},
    "Errors and warnings": {"errors"},
    "Protocols, registry and settings": set(),  # and what no other part takes
}

# The files of the project's root that are pages of the site.
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}


def public_names() -> dict[str, list[str]]:
    """Return the public names of the package for each part of the page of names."""
    rooms = {room: part for part, rooms in PARTS.items() for room in rooms}
    *_, rest = PARTS
    names: dict[str, list[str]] = {part: [] for part in PARTS}
    for name in sorted(disentangle_metrics.__all__, key=lambda name: (name[0].isupper(), name)):
        if not name.startswith("__"):
            module = getattr(getattr(disentangle_metrics, name), "__module__", None) or ""
            names[rooms.get(module.removeprefix("disentangle_metrics.").split(".")[0], rest)].append(name)
    return names


def api_page() -> str:
    """Return the page of public names, in reStructuredText: autosummary makes a page of each name in it."""
    lines = ["API", "===", "", "Every name is imported from the package: ``import disentangle_metrics as dm``.", ""]
    lines += [".. currentmodule:: disentangle_metrics", ""]
    for part, names in public_names().items():
        lines += [part, "-" * len(part), "", ".. autosummary::", "   :toctree:", ""]
        lines += [*(f"   {name}" for name in names), ""]
    return "\n".join(lines)


def write_api() -> None:
    """Write the page of public names to ``docs/api``, and take away the pages of names that are no longer there."""
    folder = DOCS / "api"
    folder.mkdir(exist_ok=True)
    kept = {"index.rst", *(f"disentangle_metrics.{name}.rst" for name in disentangle_metrics.__all__)}
    for page in folder.glob("*.rst"):
        if page.name not in kept:
            page.unlink()
    page, text = folder / "index.rst", api_page()
    if not page.exists() or page.read_text(encoding="utf-8") != text:  # an untouched page is not built again
        page.write_text(text, encoding="utf-8")


def site_link(target: str, file: Path, folder: Path) -> str:
    """Return a link of a Markdown file as it leads from a page of the site that stands in a folder."""
    path, hash_sign, heading = target.partition("#")
    there = (file.parent / path).resolve()
    if not path or not there.is_file():
        return target
    if there.parent == ROOT and there.name in PAGES:
        there = DOCS / PAGES[there.name]
    return Path(os.path.relpath(there, folder)).as_posix() + hash_sign + heading


def with_site_links(text: str, file: Path, folder: Path) -> str:
    """Return a Markdown text with the links to files as they lead from a page of the site."""
    return re.sub(r"\]\(([^)\s]+)\)", lambda link: f"]({site_link(link[1], file, folder)})", text)


def _read_page(app: Any, docname: str, source: list[str]) -> None:
    file = Path(app.env.doc2path(docname))
    if file.suffix == ".md":
        source[0] = with_site_links(source[0], file, file.parent)


def _read_included(app: Any, file: Path, docname: str, source: list[str]) -> None:
    source[0] = with_site_links(source[0], DOCS / file, DOCS)


def _describe_value(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Give a public value, which has no docstring, that of the module that holds it."""
    if what == "data" and name.startswith("disentangle_metrics."):
        home = import_module(f"disentangle_metrics.{disentangle_metrics._HOME[name.rpartition('.')[2]]}")
        lines[:] = (inspect.getdoc(home) or "").splitlines()


def _write_math(writer: Any, node: Any, *, tag: str, as_block: bool) -> None:
    """Write a formula as MathML, which browsers show without a script."""
    from docutils import nodes
    from docutils.utils.math import MathError
    from docutils.utils.math.latex2mathml import tex2mathml
    from sphinx.util import logging

    try:
        mathml = tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        logging.getLogger(__name__).warning("not a formula that docutils knows: %s", error, location=node)
        raise nodes.SkipNode from error
    writer.body.append(f'<{tag} class="formula">{mathml}</{tag}>')
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Write the page of public names, and connect what this file adds to Sphinx."""
    write_api()
    app.connect("source-read", _read_page)
    app.connect("include-read", _read_included)
    app.connect("autodoc-process-docstring", _describe_value)
    inline, block = partial(_write_math, tag="span", as_block=False), partial(_write_math, tag="div", as_block=True)
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
