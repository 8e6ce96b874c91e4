"""The site before it is built: every page is reached from the front page, every public name is on the page of names."""

import fnmatch
import re
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from conftest import ROOT

import disentangle_metrics
from disentangle_metrics import list_metrics

DOCS = ROOT / "docs"
PAGES = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}


@pytest.fixture(scope="module")
def conf():
    spec = spec_from_file_location("conf", DOCS / "conf.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(text):
    """Return the pages, or patterns of pages, in the toctrees of a text."""
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")]
    return [line.partition("<")[2].rstrip(">") or line for line in lines]


def reached(page):
    """Return the pages that are reached from a page of the docs, itself among them."""
    file = DOCS / f"{page}.md"
    listed = entries(file.read_text(encoding="utf-8")) if file.exists() else []
    below = [match for entry in listed for match in fnmatch.filter(PAGES, entry) or [entry]]
    return [page, *(other for entry in below for other in reached(entry))]


def test_every_page_is_reached_once_from_the_front_page():
    pages = reached("index")
    assert sorted(pages) == sorted({*PAGES, "api/index"})


def test_a_page_is_seen_in_a_toctree_by_name_title_and_pattern():
    text = "# A\n```{toctree}\n:glob:\n\na\nTitle <b/c>\nmetrics/*\n```\n```text\nd\n```\n"
    assert entries(text) == ["a", "b/c", "metrics/*"]


def test_every_public_name_has_an_entry_on_the_page_of_names(conf):
    listed = [line.strip() for line in conf.api_page().splitlines() if re.fullmatch(r"   \w+", line)]
    assert sorted(listed) == sorted(set(disentangle_metrics.__all__) - {"__version__"})


def test_metrics_are_listed_without_a_line_for_each(conf, monkeypatch):
    assert conf.public_names()["Metrics"] == sorted(spec.name for spec in list_metrics())
    brand_new = type("new", (), {"__module__": "disentangle_metrics.metrics.brand_new"})
    monkeypatch.setattr(disentangle_metrics, "brand_new", brand_new, raising=False)
    monkeypatch.setattr(disentangle_metrics, "__all__", [*disentangle_metrics.__all__, "brand_new"])
    assert "brand_new" in conf.public_names()["Metrics"]


def test_the_page_of_names_is_written_and_old_pages_of_names_go(conf, monkeypatch, tmp_path):
    monkeypatch.setattr(conf, "DOCS", tmp_path)
    (tmp_path / "api").mkdir()
    for name in ("gone", "mig"):
        (tmp_path / "api" / f"disentangle_metrics.{name}.rst").touch()
    conf.write_api()
    assert {file.name for file in (tmp_path / "api").iterdir()} == {"index.rst", "disentangle_metrics.mig.rst"}
    assert "\n   mig\n" in (tmp_path / "api" / "index.rst").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("link", "file", "page", "there"),
    [
        ("docs/entropy.md", "README.md", "index", "entropy.md"),
        ("docs/metrics/sap.md#cost", "README.md", "index", "metrics/sap.md#cost"),
        ("CHANGELOG.md", "README.md", "index", "changelog.md"),
        ("../README.md", "docs/kinds.md", "kinds", "index.md"),
        ("../../CONTRIBUTING.md", "docs/metrics/mig.md", "metrics/mig", "../contributing.md"),
        ("../entropy.md", "docs/metrics/mig.md", "metrics/mig", "../entropy.md"),
        ("docs/benchmarks/README.md", "CHANGELOG.md", "changelog", "benchmarks/README.md"),
        ("LICENSE", "README.md", "index", "../LICENSE"),
        ("#cost", "docs/fast.md", "fast", "#cost"),
        ("https://arxiv.org/abs/1802.04942", "README.md", "index", "https://arxiv.org/abs/1802.04942"),
    ],
)
def test_a_link_of_a_file_leads_to_the_same_place_on_the_site(conf, link, file, page, there):
    text = conf.with_site_links(f"a [text]({link}) b", ROOT / file, (DOCS / page).parent)
    assert text == f"a [text]({there}) b"


def test_the_site_fetches_nothing(conf):
    assert "sphinx.ext.intersphinx" not in conf.extensions
    assert conf.html_math_renderer == "mathml"
