"""Faults in code: which there are, that none reaches the project itself, and that a test that sees one is told."""

import ast
import json
import tomllib
from functools import cache

import pytest
from conftest import ROOT

from benchmarks import hasty, mutants
from benchmarks.hasty import Haste, outcome_of
from benchmarks.mutants import EQUIVALENT, copied, difference, drawn, main, report, tried
from benchmarks.mutations import Mutation, mutations
from benchmarks.tests_of import further_tests, in_turn, modules, own_tests

SOURCE = '''"""Half, as rounded."""

from typing import TYPE_CHECKING

LIMIT = 1e-6
_CHUNK = 4


def half(x: int | None, n: int = 2, *, upper: bool = False) -> float:
    """Return it."""
    if x is None or not n:
        raise ValueError(f"x={x + 1}")
    x -= 1
    return max(sum([x], start=0) / n + LIMIT, -n)
'''


def lines(source):
    """The lines that faults put in the place of others."""
    before = source.splitlines()
    for fault in mutations(source):
        yield from (line.strip() for line in fault.of(source).splitlines() if line not in before)


@pytest.mark.parametrize(
    "line",
    [
        "LIMIT = 9.999999999999999e-06",
        "def half(x: int | None, n: int = 3, *, upper: bool = False) -> float:",
        "def half(x: int | None, n: int = 2, *, upper: bool = True) -> float:",
        "if x is not None or not n:",
        "if x is None and not n:",
        "if (x is None):",
        "if x is None or (n):",
        "if not (x is None or not n):",
        "x += 1",
        "x -= 2",
        "pass",
        "return min(sum([x], start=0) / n + LIMIT, -n)",
        "return max(sum([x]) / n + LIMIT, -n)",
        "return max(sum([x], start=0) * n + LIMIT, -n)",
        "return max((sum([x], start=0)) + LIMIT, -n)",
        "return max((sum([x], start=0) / n), -n)",
        "return max(sum([x], start=0) / n - LIMIT, -n)",
        "return max(sum([x], start=0) / n + LIMIT, (n))",
    ],
)
def test_each_kind_of_fault_is_there(line):
    assert line in list(lines(SOURCE))


def test_messages_types_and_texts_are_left_alone():
    assert not any("x + 2" in line or "x - 1}" in line or "int & None" in line for line in lines(SOURCE))
    assert all(fault.of(SOURCE) != SOURCE for fault in mutations(SOURCE))


def test_a_fault_stands_where_it_should_behind_letters_of_several_bytes():
    source = 'WORD = "Größe"; x = 1 + 2  # é\n'
    assert {fault.of(source) for fault in mutations(source)} >= {source.replace("+", "-"), source.replace("2", "3")}


def test_the_project_has_faults_that_a_seed_draws(monkeypatch):
    files = [
        "disentangle_metrics/kernels/discretizing/circle.py",
        "disentangle_metrics/kernels/counting/joint_counts.py",
    ]
    some, more = drawn(ROOT, 10, 0, files), drawn(ROOT, 20, 0, files)
    assert some == more[:10] != drawn(ROOT, 10, 1, files)
    for file, fault in more:
        ast.parse(fault.of((ROOT / file).read_text()))
        _, before, after = difference(ROOT, file, fault)
        assert before != after
        assert not before.startswith("_CHUNK")  # how much is worked on in one go


def test_tests_of_a_module_are_its_own_and_those_that_import_it():
    assert "disentangle_metrics/kernels/discretizing/circle.py" in modules(ROOT)
    own = own_tests(ROOT, "disentangle_metrics/kernels/discretizing/circle.py")
    assert own[0] == "tests/kernels/discretizing/test_circle.py"
    assert "tests/kernels/linear/test_regression.py" in own
    assert not {*own} & {*further_tests(ROOT, "disentangle_metrics/kernels/discretizing/circle.py")}
    assert "tests/uncertainty/test_replicates.py" in own_tests(ROOT, "disentangle_metrics/uncertainty/replicates.py")
    assert "tests/uncertainty/test_intervals.py" in own_tests(ROOT, "disentangle_metrics/debiasing/counted_gaps.py")
    assert all(own_tests(ROOT, file) for file in modules(ROOT) if "__init__" not in file)


def test_examples_and_tests_of_its_name_are_tried_first():
    file = "disentangle_metrics/kernels/discretizing/circle.py"
    first, others = in_turn(ROOT, file)
    assert first == [file, "tests/kernels/discretizing/test_circle.py"]
    assert {*others} == {*own_tests(ROOT, file), *further_tests(ROOT, file)} - {*first}


@pytest.fixture(autouse=True)
def _no_library_is_loaded_before(monkeypatch):
    monkeypatch.setattr(hasty, "_LIBRARIES", "pytest")


def test_a_fault_is_seen_in_a_copy_and_the_project_stays_as_it_was(tmp_path, monkeypatch):
    file = "disentangle_metrics/kernels/resampling/multiple_testing.py"
    monkeypatch.setattr(mutants, "in_turn", lambda *_: [["tests/kernels/resampling/test_multiple_testing.py"]])
    haste = Haste(tmp_path / "seconds", 100.0, examples=5)
    before = (ROOT / file).read_text()
    clean = copied(tmp_path / "clean")
    place = before.encode().index(b"minimum")
    result = tried(clean, file, Mutation(place, place + 7, "maximum"), haste)
    assert (result["outcome"], result["is"].count("maximum")) == ("killed", result["was"].count("maximum") + 1)
    assert result["by"].startswith("tests/kernels/resampling/test_multiple_testing.py::")
    assert (ROOT / file).read_text() == (clean / file).read_text() == before
    assert outcome_of(clean, [result["by"]], haste) == ("survived", "")
    assert outcome_of(clean, [result["by"]], haste._replace(limit=0.0)) == ("timed out", "")


TESTS = """
import time

def test_slow():
    end = time.process_time() + 0.6
    while time.process_time() < end: pass

def test_quick():
    assert {quick}

def test_without_end():
    while {endless}: pass
"""


def test_quick_tests_go_first_slow_ones_may_be_left_out_and_one_without_an_end_is_told(tmp_path):
    haste = Haste(tmp_path / "seconds")

    def outcome(quick=True, endless=False, haste=haste):
        (tmp_path / "test_them.py").write_text(TESTS.format(quick=quick, endless=endless))
        return outcome_of(tmp_path, ["test_them.py"], haste)

    assert outcome() == ("survived", "")
    seconds = dict(map(json.loads, haste.seconds.read_text().splitlines()))
    assert seconds["test_them.py::test_slow"] > 0.5 > seconds["test_them.py::test_quick"]
    assert outcome(quick=False) == ("killed", "test_them.py::test_quick")
    assert len(haste.seconds.read_text().splitlines()) == 3  # the slow one was not tried again
    assert outcome(endless=True, haste=haste._replace(longest=1.0)) == ("timed out", "test_them.py::test_without_end")
    haste.seconds.write_text('["test_them.py::test_quick", 3.0]')
    assert outcome(quick=False, haste=haste._replace(slowest=2.0)) == ("survived", "")


faults_of = cache(mutations)


def test_a_fault_that_is_named_as_equivalent_is_one_that_there_is():
    """After a change of its line it would be tried again, and found once more."""
    for each in tomllib.loads(EQUIVALENT.read_text())["mutant"]:
        source = (ROOT / each["file"]).read_text()
        near = [fault for fault in faults_of(source) if fault.place(source)[0].strip() in each["was"]]
        assert (each["was"], each["is"]) in [difference(ROOT, each["file"], fault)[1:] for fault in near], each


EACH = {"file": "a.py", "line": 3, "was": "x > 1", "is": "x >= 1", "outcome": "survived", "by": "", "seconds": 1.0}


def test_what_no_test_saw_is_printed_as_it_was_and_is():
    seen, hung = EACH | {"is": "x < 1", "outcome": "killed"}, EACH | {"is": "x", "outcome": "timed out"}
    assert report([EACH, seen, hung], 2).splitlines() == [
        "a.py:3",
        "  - x > 1",
        "  + x >= 1",
        "3 run, 1 killed, 1 timed out, 1 survived (33.3%); 2 more are equivalent",
    ]


def test_a_run_goes_on_from_its_journal_and_leaves_out_what_is_equivalent(tmp_path, monkeypatch, capsys):
    file = "disentangle_metrics/kernels/resampling/multiple_testing.py"
    keys = [
        dict(zip(("line", "was", "is"), difference(ROOT, *each), strict=True)) for each in drawn(ROOT, 3, 0, [file])
    ]
    monkeypatch.setattr(mutants, "_equivalent", lambda: {"constants": {}, "mutant": [keys[0] | {"file": file}]})
    outcomes = ["killed", "survived"]
    journal = tmp_path / "mutants.jsonl"
    journal.write_text(
        "".join(
            json.dumps(EACH | {"file": file, "outcome": o} | key) + "\n"
            for o, key in zip(outcomes, keys[1:], strict=True)
        )
    )
    main(["--count", "3", "--only", "multiple_testing", "--journal", str(journal)], standalone_mode=False)
    assert capsys.readouterr().out.splitlines()[-1] == (
        "2 run, 1 killed, 0 timed out, 1 survived (50.0%); 1 more are equivalent"
    )
