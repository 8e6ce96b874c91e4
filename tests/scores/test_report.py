"""A Report is a mapping of scores, and is printed in five forms."""

import csv
import io
import json
import math
import pickle

import jsonschema
import numpy as np
import pandas as pd
import pytest

from disentangle_metrics import Ceiling, Null, Report, Score, __version__
from disentangle_metrics.scores.report import FORMATS, SCHEMA_VERSION, json_schema


def a_score(metric, value, per_factor, notes=(), names=("shape", "pos_x"), **parts):
    return Score(
        value,
        metric=metric,
        matrix=np.array([[0.5, 0.0], [0.25, 1.0]]),
        per_factor=np.array(per_factor),
        latent_names=("z0", "z1"),
        factor_names=names,
        settings={"n_bins": 20, "n_samples": 4, "n_latents": 2, "n_factors": 2, "version": "1"},
        signature_options=("n_bins",),
        notes=notes,
        **parts,
    )


@pytest.fixture
def report():
    mig = a_score("mig", 0.75, [0.75, math.nan], notes=("factor 'pos_x' has a single value",))
    return Report({"mig": mig, "sap": a_score("sap", 0.1 + 0.2, [0.5, 0.1])})


TABLE = """\
mig = 0.7500
  shape 0.75   pos_x undefined
  factor 'pos_x' has a single value
  mig|n_bins:20|n:4|d:2|k:2|v:1

sap = 0.3000
  shape 0.50   pos_x 0.10
  sap|n_bins:20|n:4|d:2|k:2|v:1"""

CSV = """\
metric,factor,value,signature
mig,,0.75,mig|n_bins:20|n:4|d:2|k:2|v:1
mig,shape,0.75,mig|n_bins:20|n:4|d:2|k:2|v:1
mig,pos_x,,mig|n_bins:20|n:4|d:2|k:2|v:1
sap,,0.30000000000000004,sap|n_bins:20|n:4|d:2|k:2|v:1
sap,shape,0.5,sap|n_bins:20|n:4|d:2|k:2|v:1
sap,pos_x,0.1,sap|n_bins:20|n:4|d:2|k:2|v:1"""

MARKDOWN = """\
| metric | score | shape | pos_x |
| --- | ---: | ---: | ---: |
| mig | 0.7500 | 0.750 | -- |
| sap | 0.3000 | 0.500 | 0.100 |

- mig: factor 'pos_x' has a single value
- `mig|n_bins:20|n:4|d:2|k:2|v:1`
- `sap|n_bins:20|n:4|d:2|k:2|v:1`"""

LATEX = r"""\begin{tabular}{lrrr}
\toprule
metric & score & shape & pos\_x \\
\midrule
mig & 0.7500 & 0.750 & -- \\
sap & 0.3000 & 0.500 & 0.100 \\
\bottomrule
\end{tabular}
% mig: factor 'pos_x' has a single value
% mig|n_bins:20|n:4|d:2|k:2|v:1
% sap|n_bins:20|n:4|d:2|k:2|v:1"""

JSON = f"""\
{{
  "schema_version": 2,
  "version": "{__version__}",
  "scores": {{
    "mig": {{
      "metric": "mig",
      "value": 0.75,
      "interval": null,
      "chance": null,
      "per_factor": [
        0.75,
        null
      ],
      "per_latent": null,
      "per_repeat": null,
      "spread": null,
      "matrix": [
        [
          0.5,
          0.0
        ],
        [
          0.25,
          1.0
        ]
      ],
      "latent_names": [
        "z0",
        "z1"
      ],
      "factor_names": [
        "shape",
        "pos_x"
      ],
      "settings": {{
        "n_bins": 20,
        "n_samples": 4,
        "n_latents": 2,
        "n_factors": 2,
        "version": "1"
      }},
      "notes": [
        "factor 'pos_x' has a single value"
      ],
      "signature": "mig|n_bins:20|n:4|d:2|k:2|v:1"
    }}
  }}
}}"""


# --- a mapping


def test_a_score_is_found_by_its_name(report):
    assert report["sap"].metric == "sap"


def test_scores_keep_the_order_they_were_given_in(report):
    assert list(report) == ["mig", "sap"]
    assert list(Report({"sap": report["sap"], "mig": report["mig"]})) == ["sap", "mig"]


def test_a_report_counts_its_scores(report):
    assert len(report) == 2


def test_a_report_knows_what_it_holds(report):
    assert "mig" in report
    assert "dci" not in report


def test_a_missing_score_is_a_key_error(report):
    with pytest.raises(KeyError, match="dci"):
        report["dci"]


def test_a_missing_score_may_have_a_default(report):
    assert report.get("dci") is None


def test_a_report_becomes_a_dict_of_numbers(report):
    assert dict(report) == {"mig": 0.75, "sap": pytest.approx(0.3)}


def test_keys_values_and_items_agree(report):
    assert list(zip(report.keys(), report.values(), strict=True)) == list(report.items())


def test_reports_of_equal_scores_are_equal(report):
    assert report == Report(dict(report))


def test_a_score_of_a_report_cannot_be_replaced(report):
    with pytest.raises(TypeError):
        report["mig"] = report["sap"]


def test_a_report_keeps_its_own_copy(report):
    scores = dict(report)
    kept = Report(scores)
    del scores["mig"]
    assert "mig" in kept


def test_a_report_shows_its_scores(report):
    assert repr(report) == "Report(mig=0.7500, sap=0.3000)"


def test_a_report_is_pickled_whole(report):
    assert pickle.loads(pickle.dumps(report)).to_json() == report.to_json()


# --- the five forms


def test_the_formats_are_these():
    assert list(FORMATS) == ["table", "json", "csv", "markdown", "latex"]


@pytest.mark.parametrize(
    ("form", "expected"), [("table", TABLE), ("csv", CSV), ("markdown", MARKDOWN), ("latex", LATEX)]
)
def test_a_report_is_written_out(form, expected, report):
    assert FORMATS[form](report) == expected


def test_a_report_is_written_out_as_json(report):
    assert Report({"mig": report["mig"]}).to_json() == JSON


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_ends_with_an_empty_line(form, report):
    assert FORMATS[form](report) == FORMATS[form](report).rstrip("\n")


def test_the_table_is_wrapped_at_the_width(report):
    assert "  shape 0.50\n  pos_x 0.10" in report.describe(width=12)


def test_json_is_the_dict(report):
    assert json.loads(report.to_json()) == report.to_dict()


def test_json_never_says_nan(report):
    assert "NaN" not in report.to_json()


def test_csv_quotes_what_has_commas():
    score = a_score("mig", 0.5, [0.5, 0.5], names=("a,b", 'c "d"'))
    rows = list(csv.reader(io.StringIO(Report({"mig": score}).to_csv())))
    assert [row[1] for row in rows] == ["factor", "", "a,b", 'c "d"']


def test_csv_is_the_frame(report):
    read = pd.read_csv(io.StringIO(report.to_csv()), keep_default_na=False, na_values={"value": [""]})
    pd.testing.assert_frame_equal(read, report.to_frame(), check_dtype=False)


def test_the_frame_has_a_row_for_each_score_and_each_of_its_parts(report):
    frame = report.to_frame()
    assert list(frame.columns) == ["metric", "factor", "value", "signature"]
    assert list(zip(frame["metric"], frame["factor"], strict=True)) == [
        ("mig", ""),
        ("mig", "shape"),
        ("mig", "pos_x"),
        ("sap", ""),
        ("sap", "shape"),
        ("sap", "pos_x"),
    ]


def test_the_frame_holds_every_digit(report):
    assert report.to_frame()["value"][3] == 0.1 + 0.2


def test_markdown_escapes_bars():
    text = Report({"mig": a_score("mig", 0.5, [0.5, 0.5], names=("a|b", "c"))}).to_markdown()
    assert text.splitlines()[0] == r"| metric | score | a\|b | c |"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pos_x", r"pos\_x"),
        ("50 %", r"50 \%"),
        ("a & b", r"a \& b"),
        ("#1", r"\#1"),
        ("$x$", r"\$x\$"),
        ("{x}", r"\{x\}"),
        ("a~b", r"a\textasciitilde{}b"),
        ("x^2", r"x\textasciicircum{}2"),
        ("a\\b", r"a\textbackslash{}b"),
    ],
)
def test_latex_escapes_what_it_would_take_for_a_command(name, expected):
    text = Report({"mig": a_score("mig", 0.5, [0.5, 0.5], names=(name, "c"))}).to_latex()
    assert text.splitlines()[2] == rf"metric & score & {expected} & c \\"


@pytest.mark.parametrize(("form", "n_rows"), [("markdown", 3), ("latex", 2)])
def test_a_name_of_two_lines_does_not_break_a_row(form, n_rows):
    text = FORMATS[form](Report({"mig": a_score("mig", 0.5, [0.5, 0.5], names=("a\nb", "c"))}))
    rows = [line for line in text.splitlines() if line.endswith((" |", r" \\"))]
    assert len(rows) == n_rows
    assert "a b" in rows[0]


def test_a_note_of_two_lines_stays_a_comment_in_latex():
    text = Report({"mig": a_score("mig", 0.5, [0.5, 0.5], notes=("one\ntwo",))}).to_latex()
    after = text.partition("\\end{tabular}\n")[2].splitlines()
    assert all(line.startswith("%") for line in after)


def test_a_factor_that_one_metric_alone_has_is_a_column():
    one = a_score("mig", 0.5, [0.25, 0.75], names=("a", "b"))
    other = a_score("sap", 0.5, [0.5, 0.125], names=("b", "c"))
    assert Report({"mig": one, "sap": other}).to_markdown().splitlines()[:4] == [
        "| metric | score | a | b | c |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| mig | 0.5000 | 0.250 | 0.750 | -- |",
        "| sap | 0.5000 | -- | 0.500 | 0.125 |",
    ]


@pytest.mark.parametrize(("form", "row"), [("markdown", "| mig | -- | -- | -- |"), ("latex", r"mig & -- & -- & -- \\")])
def test_an_undefined_score_is_two_hyphens(form, row):
    undefined = a_score("mig", math.nan, [math.nan, math.nan])
    assert row in FORMATS[form](Report({"mig": undefined})).splitlines()


def test_an_undefined_score_is_an_empty_field_in_csv():
    assert Report({"mig": a_score("mig", math.nan, [0.5, 0.5])}).to_csv().splitlines()[1].startswith("mig,,,mig|")


# --- the schema


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_schema_is_of_the_version_that_reports_say(report):
    assert (
        json_schema()["properties"]["schema_version"]["const"] == SCHEMA_VERSION == report.to_dict()["schema_version"]
    )


def test_a_report_follows_the_schema(report):
    jsonschema.validate(json.loads(report.to_json()), json_schema())


def test_an_undefined_report_follows_the_schema():
    undefined = a_score("mig", math.nan, [math.nan, math.nan], chance=0.0, per_repeat=np.array([0.25, 0.75]))
    jsonschema.validate(json.loads(Report({"mig": undefined}).to_json()), json_schema())


def test_every_field_of_a_score_is_required_by_the_schema(report):
    score = report.to_dict()["scores"]["mig"]
    assert set(score) == set(json_schema()["$defs"]["score"]["required"])


def test_every_field_of_a_score_is_described_by_the_schema(report):
    null = Null(0.0, (0.0, 0.0, 0.0), 0.5, (0.0,), (0.5,), ((0.0,),), 1, 0, "recounted")
    asked = {"null": null, "ceiling": Ceiling(1.0, (1.0,)), "adjusted": 0.75}
    whole = report["mig"].replace(**asked, columns="latents", steps=("first",))
    assert set(whole.to_dict()) == set(json_schema()["$defs"]["score"]["properties"])


@pytest.mark.parametrize("field", ["value", "matrix", "settings", "signature"])
def test_a_report_that_lacks_a_field_does_not_follow_the_schema(field, report):
    found = report.to_dict()
    del found["scores"]["mig"][field]
    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.validate(found, json_schema())
