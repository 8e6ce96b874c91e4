"""Estimators of scikit-learn without a seed, where no split has one either: they have the seed 0."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from disentangle_metrics import sap

RNG = np.random.default_rng(0)
FACTORS = RNG.integers(4, size=(200, 1))
LATENTS = np.column_stack([FACTORS[:, 0] + RNG.normal(size=200), RNG.normal(size=200)])
TRAIN, TEST = slice(160), slice(160, None)


def searched(seed):
    """A search whose own splitter is at random: 3 rows of 100 choose the depth."""
    splitter = ShuffleSplit(1, test_size=3, random_state=seed)
    return GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 5, 8]}, cv=splitter)


@pytest.mark.parametrize("of_seed", [lambda seed: DummyClassifier(strategy="uniform", random_state=seed), searched])
def test_an_estimator_on_rows_split_in_order_is_that_of_seed_0(of_seed):
    np.random.seed(5)
    score = sap(LATENTS, FACTORS, probe=of_seed(None), shuffle=False, standardize=False)
    fits = [of_seed(0).fit(LATENTS[TRAIN, [j]].reshape(-1, 1), FACTORS[TRAIN, 0]) for j in (0, 1)]
    hits = [np.mean(fit.predict(LATENTS[TEST, [j]].reshape(-1, 1)) == FACTORS[TEST, 0]) for j, fit in enumerate(fits)]
    np.testing.assert_allclose(score.matrix[:, 0], hits, rtol=1e-12)
