import numpy as np
import pytest

from benchmarks import page, surroundings
from benchmarks.data import make_case
from benchmarks.study import N_MODELS, study
from benchmarks.subjects import measure, subjects
from benchmarks.timing import interleaved

CASE = make_case(400, 4, 3)


@pytest.fixture(scope="module")
def rows():
    return [measure(subject, CASE, repeats=1, patience=5.0) for subject in subjects()]


def test_every_metric_agrees_with_what_people_use_today(rows):
    assert [row.metric for row in rows] == ["MIG", "SAP, linear SVM", "SAP, logistic"]
    assert all(min(*row.ours.values(), *row.others.values()) > 0 for row in rows)
    assert all(list(row.ours) == ["numpy", "fast"] for row in rows)
    assert rows[0].difference <= 1e-12


def test_a_rival_that_says_something_else_is_not_timed():
    subject = subjects()[0]
    wrong = subject._replace(rivals={"wrong": (lambda case, latents: np.zeros((len(latents), 3)), 0.1)})
    with pytest.raises(AssertionError, match="MIG on 400 x 4 x 3: wrong differs by"):
        measure(wrong, CASE, repeats=1, patience=1.0)


def test_a_rival_that_is_slow_is_timed_on_some_latents_and_scaled():
    subject = subjects()[1]
    rival, _ = subject.rivals["scikit-learn"]
    row = measure(subject._replace(rivals={"slow": (rival, 1e9)}), CASE, repeats=1, patience=1.0)
    assert row.shares == {"slow": 0.25}


def test_subjects_take_turns():
    called = []
    timings = interleaved(
        {name: (lambda name=name: called.append(name)) for name in "ab"}, repeats=3, patience=60.0, warm=False
    )
    assert "".join(called) == "ababab"
    assert set(timings) == {"a", "b"}


def test_the_page_says_what_was_measured(rows, tmp_path):
    memory = [(CASE.name, "MIG", 1.0, {"numpy": 2.0, "fast": 3.0})]
    studies = [study(2, 1, "numpy", shape=(100, 3, 2))]
    rows = [row._replace(shape=(400, 10, 5)) for row in rows]  # which is what is drawn
    page.write(tmp_path, rows, memory, [("MIG", "rows", 0.98)], {"imports": 0.1, "score": 0.2}, studies, "this test")
    text = (tmp_path / "README.md").read_text()
    assert "## SAP, logistic" in text
    assert "| `score` | 200 | 2.00 |" in text
    assert "| MIG | rows | 0.98 |" in text
    assert (tmp_path / "speed.png").stat().st_size > 10_000


def test_memory_is_what_a_call_adds():
    assert 8.0 <= surroundings.peak_memory(lambda: np.ones(1_000_000).sum()) < 9.0


def test_a_study_is_scored_and_its_time_scaled():
    found = study(3, jobs=1, shape=(300, 4, 2))
    assert (found["files"], found["jobs"], found["backend"]) == (3, 1, "numpy")
    assert found["study_seconds"] == pytest.approx(found["seconds"] * N_MODELS / 3)
    assert 0 < found["cpu_seconds"] < 60
