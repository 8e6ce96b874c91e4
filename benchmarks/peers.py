"""Every metric beside one program that people use: ``python -m benchmarks.peers`` writes ``docs/benchmarks/family.md``.

A peer is the calls that its published program makes, in the same order and number, by the same libraries; its name says
which program. None copies the program's code.
"""

from __future__ import annotations

import os

# One thread, before any library starts its own.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import warnings  # noqa: E402
from collections.abc import Callable, Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from rich.console import Console  # noqa: E402

from disentangle_metrics import config, evaluate  # noqa: E402
from disentangle_metrics.errors import UnknownMetricError  # noqa: E402
from disentangle_metrics.registry import get_metric  # noqa: E402

from .data import Case, make_case  # noqa: E402
from .marks import check_marks, write_between  # noqa: E402
from .page import milliseconds, table, times  # noqa: E402
from .subjects import backends  # noqa: E402
from .timing import interleaved  # noqa: E402

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "family.md"
BEGIN, END = "<!-- peers: python -m benchmarks.peers -->", "<!-- end of peers -->"

Array = NDArray[Any]


class Peer(NamedTuple):
    """A program that people use for a metric.

    Attributes
    ----------
    metric : str
        The metric, or one of its parts.
    program : str
    calls : callable
        The calls of the program, from a case to its number.
    protocol : str or None
        The protocol of ours that gives the program's number.
    options : mapping
        Options of ours, if there is no protocol.
    """

    metric: str
    program: str
    calls: Callable[[Case], float]
    protocol: str | None = None
    options: Mapping[str, Any] = {}


def _codes(case: Case, n_bins: int = 20) -> Array:
    """Return each latent in equal-width bins, (d, n), by the calls of disentanglement_lib."""
    z = case.latents.T.astype(np.float64)
    return np.stack([np.digitize(row, np.histogram(row, n_bins)[1][:-1]) for row in z])


def _information(case: Case, n_bins: int = 20) -> tuple[Array, Array]:
    """Return the information of all pairs, by a loop over scikit-learn's mutual_info_score, and the bins."""
    from sklearn.metrics import mutual_info_score

    codes = _codes(case, n_bins)
    return np.array([[mutual_info_score(v, row) for v in case.factors.T] for row in codes]), codes


def _entropies(codes: Array) -> Array:
    """Return the entropy of each row, by the same function of the row with itself."""
    from sklearn.metrics import mutual_info_score

    return np.array([mutual_info_score(row, row) for row in codes])


def modularity(case: Case) -> float:
    """Return the modularity of disentanglement_lib."""
    square = _information(case)[0] ** 2
    top = square.max(axis=1)
    return float(np.mean(1 - (square.sum(axis=1) - top) / (top * (square.shape[1] - 1))))


def mig_sup(case: Case) -> float:
    """Return Ubisoft's MIG-sup."""
    info, codes = _information(case)
    shares = np.sort(info / _entropies(codes)[:, None], axis=1)
    return float((shares[:, -1] - shares[:, -2]).mean())


def dcimig(case: Case) -> float:
    """Return Ubisoft's DCIMIG."""
    info, _ = _information(case)
    ordered = np.sort(info, axis=1)
    gaps, owner = ordered[:, -1] - ordered[:, -2], info.argmax(axis=1)
    best = [gaps[owner == k].max(initial=0.0) for k in range(info.shape[1])]
    return float(np.sum(best) / _entropies(case.factors.T).sum())


def jemmig(case: Case) -> float:
    """Return Ubisoft's JEMMIG."""
    from sklearn.metrics import mutual_info_score

    info, codes = _information(case)
    values = []
    for k, v in enumerate(case.factors.T):
        best = int(info[:, k].argmax())
        joint = codes[best] * (v.max() + 1) + v
        own = mutual_info_score(v, v)
        second = np.sort(info[:, k])[-2]
        values.append(1 - (mutual_info_score(joint, joint) - info[best, k] + second) / (own + np.log(20)))
    return float(np.mean(values))


def sufficiency(case: Case) -> float:
    """Return the sufficiency of Almudevar and Ortega, 15 bins."""
    info, _ = _information(case, 15)
    return float((info.max(axis=0) / _entropies(case.factors.T)).mean())


def med(case: Case) -> float:
    """Return the D of MED."""
    from scipy.stats import entropy

    info, _ = _information(case)
    shares = info / info.sum(axis=0)
    weight = shares.sum(axis=1) / shares.sum()
    return float(np.sum(weight * (1 - entropy(shares.T + 1e-11, base=shares.shape[1]))))


def pairwise_information(case: Case) -> float:
    """Return the mean information of pairs of latents of disentanglement_lib, which measures each pair twice."""
    from sklearn.metrics import mutual_info_score

    codes = _codes(case)
    info = np.array([[mutual_info_score(one, other) for one in codes] for other in codes])
    np.fill_diagonal(info, 0.0)
    return float(info.sum() / (len(codes) ** 2 - len(codes)))


def total_correlation(case: Case) -> float:
    """Return the Gaussian total correlation of disentanglement_lib."""
    cov = np.cov(case.latents.T.astype(np.float64))
    return float(0.5 * (np.sum(np.log(np.diag(cov))) - np.linalg.slogdet(cov)[1]))


def wasserstein_correlation(case: Case) -> float:
    """Return the Gaussian Wasserstein correlation of disentanglement_lib."""
    from scipy.linalg import sqrtm

    cov = np.cov(case.latents.T.astype(np.float64))
    return float(2 * np.trace(cov) - 2 * np.trace(np.real(sqrtm(cov @ np.diag(np.diag(cov))))))


def mcc_pearson(case: Case) -> float:
    """Return icebeem's mean_corr_coef by Pearson."""
    from scipy.optimize import linear_sum_assignment

    d = case.factors.shape[1]
    cross = np.abs(np.corrcoef(case.factors.T, case.latents.T)[:d, d:])
    return float(cross[linear_sum_assignment(-cross)].mean())


def mcc_spearman(case: Case) -> float:
    """Return icebeem's mean_corr_coef by Spearman."""
    from scipy.optimize import linear_sum_assignment
    from scipy.stats import spearmanr

    d = case.factors.shape[1]
    cross = np.abs(spearmanr(case.factors, case.latents)[0][:d, d:])
    return float(cross[linear_sum_assignment(-cross)].mean())


def r2_linear(case: Case) -> float:
    """Return cl-ica's linear disentanglement by R2, on the rows that were fitted."""
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score

    model = LinearRegression().fit(case.latents, case.factors)
    return float(r2_score(case.factors, model.predict(case.latents)))


def _standardized(case: Case) -> tuple[Array, Array, Array, Array]:
    n_train = -(-case.latents.shape[0] * 2 // 3)
    z = case.latents.astype(np.float64)
    z = (z - z[:n_train].mean(axis=0)) / z[:n_train].std(axis=0)
    return z[:n_train], z[n_train:], case.factors[:n_train], case.factors[n_train:]


def explicitness(case: Case) -> float:
    """Return the explicitness of disentanglement_lib: on test rows, and it computes the training rows' too."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import MultiLabelBinarizer

    x, x_test, y, y_test = _standardized(case)
    scores = []
    for k in range(y.shape[1]):
        model = LogisticRegression().fit(x, y[:, k])
        binarize = MultiLabelBinarizer()
        roc_auc_score(binarize.fit_transform(y[:, [k]]), model.predict_proba(x))
        scores.append(roc_auc_score(binarize.fit_transform(y_test[:, [k]]), model.predict_proba(x_test)))
    return float(np.mean(scores))


def informativeness(case: Case) -> float:
    """Return scikit-learn's accuracy of LogisticRegression on the last third."""
    from sklearn.linear_model import LogisticRegression

    x, x_test, y, y_test = _standardized(case)
    return float(np.mean([LogisticRegression().fit(x, a).score(x_test, b) for a, b in zip(y.T, y_test.T, strict=True)]))


def peers() -> list[Peer]:
    """Return the peers of all metrics that stand in the registry."""
    lib, ubisoft = "disentanglement_lib", "Ubisoft"
    labels = {"factor_kinds": "categorical"}
    known = [
        Peer("modularity", lib, modularity, "locatello2019"),
        Peer("mig_sup", ubisoft, mig_sup, options={"normalizer": "latent"}),
        Peer("dcimig", ubisoft, dcimig),
        Peer("jemmig", ubisoft, jemmig),
        Peer("med.disentanglement", "disentanglement_lib_med", med),
        Peer("min_suf.sufficiency", "dependent_disentanglement", sufficiency, options={"n_bins": 15}),
        Peer("pairwise_information", lib, pairwise_information),
        Peer("total_correlation", lib, total_correlation),
        Peer("wasserstein_correlation", lib, wasserstein_correlation, "locatello2019"),
        Peer("mcc", "icebeem, Pearson", mcc_pearson, options={"correlation": "pearson", "factor_kinds": "ordinal"}),
        Peer("mcc", "icebeem, Spearman", mcc_spearman, options={"correlation": "spearman", "factor_kinds": "ordinal"}),
        Peer("r2", "cl-ica", r2_linear, "zimmermann2021"),
        Peer("explicitness", lib, explicitness, "locatello2019"),
        Peer(
            "informativeness",
            "scikit-learn",
            informativeness,
            options={"test_size": 1 / 3, "shuffle": False, **labels},
        ),
    ]
    return [peer for peer in known if _stands(peer.metric)]


def _stands(metric: str) -> bool:
    try:
        return bool(get_metric(metric))
    except UnknownMetricError:
        return False


def ours(peer: Peer, case: Case, backend: str) -> Callable[[], float]:
    """Return our call: arrays in, validation and notes included."""
    metric = peer.metric.partition(".")[0]
    options = None if peer.protocol else {metric: peer.options}

    def call() -> float:
        with config.using(backend=backend, threads=1):
            report = evaluate(case.latents, case.factors, peer.metric, protocol=peer.protocol, options=options)
            return float(report[peer.metric])

    return call


def measured(peer: Peer, case: Case, repeats: int) -> list[str]:
    """Return the cells of the line of a peer."""
    calls: dict[str, Callable[[], float]] = {name: ours(peer, case, name) for name in backends()}
    timings = interleaved({**calls, "peer": lambda: peer.calls(case)}, repeats=repeats, patience=20.0)
    theirs = timings.pop("peer")
    mine = [timing.seconds for timing in timings.values()]
    difference = max(abs(timing.answer - theirs.answer) for timing in timings.values())
    return [
        f"`{peer.metric}`",
        peer.program,
        *(milliseconds(seconds) for seconds in mine),
        milliseconds(theirs.seconds),
        *(times(theirs.seconds / seconds) for seconds in mine),
        f"{theirs.answer:.4f}",
        f"{difference:.1g}",
    ]


@click.command
@click.argument("metrics", nargs=-1)
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose table is written again.")
@click.option("--repeats", default=7, show_default=True, help="Rounds at most.")
def main(metrics: tuple[str, ...], page: Path, repeats: int) -> None:
    """Time METRICS, or all, beside their peers at 10,000 x 10 x 5; all are written into the page, others printed."""
    check_marks(page, BEGIN, END)
    warnings.simplefilter("ignore")
    console = Console(stderr=True, highlight=False)
    case = make_case(10_000, 10, 5)
    names = backends()
    head = ["metric", "peer", *(f"{name} (ms)" for name in names), "peer (ms)", *(f"peer / {name}" for name in names)]
    rows = []
    for peer in peers():
        if metrics and peer.metric not in metrics:
            continue
        rows.append(measured(peer, case, repeats))
        console.print("  ".join(rows[-1]), markup=False)
    made = table([*head, "its number", "difference"], rows)
    if metrics:
        click.echo(made)
    else:
        write_between(page, BEGIN, END, made)


if __name__ == "__main__":
    main()
