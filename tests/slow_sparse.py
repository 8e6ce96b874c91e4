"""k-sparse probing written out slowly, by scikit-learn: from the words of our docstring, and as SAEBench does it."""

from bisect import bisect

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score


def matched(rows, own, others):
    """Return as many rows of each: to each row of the fewer, the next of the more that is left."""
    if len(own) > len(others):
        return [*matched(rows, others, own)[::-1]]
    order = {row: place for place, row in enumerate(rows)}
    places_of_others, places = [order[other] for other in others], []
    for i, row in enumerate(own):
        before = bisect(places_of_others, order[row])
        place = max(before, places[-1] + 1 if places else 0)
        places.append(min(place, len(others) - len(own) + i))
    return own, [others[place] for place in places]


def problems(latents, labels, seed=42, test_size=0.2):
    """Yield training rows, whether they are of the class, and the same of the test rows, class by class."""
    order = np.random.RandomState(seed).permutation(len(latents))
    n_test = int(np.ceil(test_size * len(latents)))
    classes = np.unique(labels)
    for c in classes if len(classes) > 2 else classes[1:]:
        parts = []
        for rows in (order[n_test:].tolist(), order[:n_test].tolist()):
            own = [row for row in rows if labels[row] == c]
            own, others = matched(rows, own, [row for row in rows if labels[row] != c])
            parts += [latents[own + others], np.arange(2 * len(own)) < len(own)]
        yield parts


def by_hand(latents, labels, n_best, in_units=False, standardize=True, C=1.0):
    """Return accuracy and area of one factor, from the words of the docstring."""
    scores = []
    for x, y, x_test, y_test in problems(latents, labels):
        if standardize:
            scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
            x, x_test = (x - x.mean(axis=0)) / scale, (x_test - x.mean(axis=0)) / scale
        own, others = x[y], x[~y]
        difference = np.abs(own.mean(axis=0) - others.mean(axis=0))
        if not in_units:
            difference = difference / np.sqrt((own.var(axis=0) + others.var(axis=0)) / 2)
        best = np.argsort(-difference, kind="stable")[:n_best]
        model = LogisticRegression(C=C, tol=1e-10, max_iter=100_000).fit(x[:, best], y)
        heights = np.round(model.decision_function(x_test[:, best]), 8)  # equal rows tie
        scores.append((np.mean((heights > 0) == y_test), roc_auc_score(y_test, heights)))
    return np.mean(scores, axis=0)


def saebench(latents, labels, k, **settings):
    """Return the mean test accuracy over classes: the steps of SAEBench's ``probe_training.py``, in numpy.

    Its ``get_top_k_mean_diff_mask`` takes the k largest differences of means. Its ``train_sklearn_probe`` takes float32
    activations and ``LogisticRegression(penalty="l2", C=1, max_iter=1000)``. Its ``prepare_probe_data`` takes as many
    rows of other classes as there are of the class, in training rows and in test rows, which it draws by torch.
    """
    accuracies = []
    for acts, y, test_acts, test_y in problems(latents.astype(np.float32), labels):
        distribution_diff = np.abs(acts[y].mean(axis=0) - acts[~y].mean(axis=0))
        top_k_indices = np.argsort(-distribution_diff)[:k]
        probe = LogisticRegression(C=1.0, **{"max_iter": 1000, **settings}).fit(acts[:, top_k_indices], y)
        accuracies.append(accuracy_score(test_y, probe.predict(test_acts[:, top_k_indices])))
    return sum(accuracies) / len(accuracies)
