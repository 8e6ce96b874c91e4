"""The truth that coverage is measured against, and what the table says."""

import numpy as np
import pytest

from disentangle_metrics import Edges, mig

coverage = pytest.importorskip("benchmarks.coverage")


@pytest.mark.parametrize("name", coverage.kinds())
def test_the_closed_form_is_what_very_many_rows_score(name):
    kind = coverage.kinds()[name]
    z, v = kind.draw(200_000, np.random.default_rng(0))
    edges = np.linspace(z.min(axis=0), z.max(axis=0), 21).T / 1.5
    cut = Edges({f"z{j}": tuple(e) for j, e in enumerate(edges.tolist())})
    found = mig(z, v, discretizer=cut, entropy="miller-madow").per_factor
    np.testing.assert_allclose(kind.mig(edges), found, atol=0.006)


def test_a_replication_says_whether_the_truth_was_held():
    found = coverage.one("mig", "rotated", 500, 0, 20)
    assert found["covered"] == (abs(found["truth"] - found["center"]) <= found["width"] / 2)
    assert len(found["factors"]) == 3
    assert [row[:3] for row in coverage.rows_of_table([found])] == [["mig", "rotated", "500"]]
