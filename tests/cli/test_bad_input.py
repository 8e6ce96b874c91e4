"""Bad input of the shell: code 2, a message, no traceback."""

import numpy as np
import pytest
from shell import NAMES, assert_refused, run, spawn

import disentangle_metrics.cli.score as verb
from disentangle_metrics.registry import GROUPS

BAD_OPTIONS = [
    ("-m nope", f"metric 'nope' is not known. Use one of {NAMES}"),
    ("-m migg", "Did you mean 'mig'?"),
    ("-f xml", "--format='xml' is not known. Use one of ['csv', 'json', 'latex', 'markdown', 'table']"),
    ("-f jsn", "Did you mean 'json'?"),
    ("--protocol locatello", "Did you mean 'locatello2019'?"),
    ("--set mig.n_bin=5", "Did you mean 'n_bins'?"),
    ("--set mgi.n_bins=5", "Did you mean 'mig'?"),
    ("--set n_bins=5", "for example --set mig.n_bins=50"),
    ("--set mig.n_bins", "for example --set mig.n_bins=50"),
    ("--set mig.=5", "for example --set mig.n_bins=50"),
    ("--set =5", "for example --set mig.n_bins=50"),
    ("--set mig.n_bins.a.b=5", "for example --set mig.n_bins=50"),
    ("--set mig.n_bins=1", "n_bins=1 is out of range. Use a whole number between 2 and 65536."),
    ("--set mig.n_bins=65537", "n_bins=65537 is out of range"),
    ("--set mig.n_bins=many", "n_bins='many' is not known. Use a whole number, or 'auto'"),
    ("--set mig.n_bins=2.5", "n_bins=2.5 is not a whole number"),
    ("--set mig.n_bins=null", "n_bins=None is not a whole number"),
    ("--set mig.n_bins=true", "n_bins=True"),
    ("--set mig.n_bins=", "n_bins=''"),
    ("--set mig.n_bins.x=5", "n_bins={'x': 5}"),
    ("--set mig.discretizer=quantiles", "Did you mean 'quantile'?"),
    ("--set mig.discretizer.quantiles=[1,99]", "quantiles=[1, 99] is not two rising numbers between 0 and 1."),
    ("--set mig.discretizer.quantile=[0,1]", "Did you mean 'quantiles'?"),
    ("--set mig.discretizer.edges=[0,1]", "edges=[0, 1] are not edges of bins."),
    ("--set mig.entropy=plug", "Did you mean 'plugin'?"),
    ("--set mig.normalizer=factors", "Did you mean 'factor'?"),
    ("--set mig.aggregate=average", "aggregate='average' is not known. Use one of ['mean', 'median', 'min']"),
    ("--set mig.degenerate=ignore", "degenerate='ignore' is not known. Use one of ['drop', 'raise', 'zero']"),
    ("--set mig.factor_kinds=1", "factor_kinds=1"),
    ('--set mig.factor_kinds={"shape":1}', "factor_kinds"),
    ("--set mig.factor_kinds.shap=continuous", "Did you mean 'shape'?"),
    ("--set sap.C=0", "C=0 is out of range. Use a number between 0 and 1e+09"),
    ("--set sap.C=-1", "C=-1"),
    ("--set sap.C=Infinity", "C=inf"),
    ("--set sap.C=strong", "C='strong'"),
    ("--set sap.probe=forest", "probe='forest' is not known"),
    ("--set sap.probe=treee", "Did you mean 'tree'?"),
    ("--set sap.probe.max_depth=0", "max_depth=0"),
    ("--set sap.probe.max_depth=deep", "max_depth='deep'"),
    ("--set sap.probe.max_depth=2.5", "max_depth=2.5"),
    ("--set sap.probe.min_samples_leaf=0", "min_samples_leaf=0"),
    ("--set sap.probe.max_dept=4", "Did you mean 'max_depth'?"),
    ("--set sap.probe=logistic --set sap.probe.max_depth=4", "max_depth"),
    ("--set sap.class_weight=heavy", "class_weight='heavy' is not known. Use one of ['balanced', 'none']"),
    ("--set sap.class_weight=", "class_weight=''"),
    ("--set sap.class_weight=false", "class_weight=False"),
    ("--set sap.probe=tree --set sap.C=1", "C=1.0 belongs to the probes ['linear-svm', 'logistic', 'multinomial']"),
    ("--set sap.standardize=yes", "standardize='yes' is not known. Use True or False."),
    ("--set sap.scoring=f1", "scoring='f1' is not known. Use one of ['accuracy', 'balanced-accuracy']"),
    ("--set sap.test_size=1.0", "test_size=1.0 is out of range"),
    ("--set sap.test_size=120", "test_size=120 rows leave none to train: 120 rows have a label"),
    ("--set sap.test_size=0.999", "test_size=0.999 splits 120 labeled rows into 0 to train and 120 to test"),
    ("--set sap.cv=1", "cv=1 is out of range"),
    ("--set sap.cv=121", "cv=121 needs at least 121 labeled rows and there are 120"),
    ("--set sap.n_repeats=0", "n_repeats=0 is out of range"),
    ("--set sap.n_repeats=2 --set sap.shuffle=false", "n_repeats=2 needs --set sap.shuffle=true"),
    ("--set sap.random_state=-1", "random_state=-1 is out of range"),
    ("--set sap.random_state=now", "random_state='now' is not a whole number"),
    ("--set sap.inactive=drop", "inactive='drop' is not known. Use a number, or 'keep', 'zero' or 'collapsed'"),
    ("-m mig --set sap.cv=5", "options are given for 'sap', which is not among the metrics ['mig']"),
    ("--factor-kind smooth", "Use one of ['categorical', 'circular', 'continuous', 'identifier', 'ordinal']"),
    ("--factor-kind shap=continuous", "Did you mean 'shape'?"),
    ("--factor-kind shape=smooth", "Use one of ['categorical', 'circular', 'continuous', 'identifier', 'ordinal']"),
    ("--factor-kind continuous --factor-kind shape=categorical", "Do not mix them"),
    ("--factor-kind continuous --factor-kind categorical", "one kind for all factors"),
    ("--fail-under mig", "for example --fail-under mig=0.3"),
    ("--fail-under mig=high", "for example --fail-under mig=0.3"),
    ("--fail-under mig=nan", "mig=nan"),
    ("--fail-under 0.3", "--fail-under"),
    ("--fail-under mgi=0.3", "Did you mean 'mig'?"),
    ("-m mig --fail-under sap=0.3", "Use one of ['mig']"),
    ("--nope", "No such option"),
    ("--set", "requires an argument"),
    ("more.npz and.npz", "unexpected extra argument"),
]


@pytest.mark.parametrize(("options", "fragment"), BAD_OPTIONS, ids=[options for options, _ in BAD_OPTIONS])
def test_a_bad_option_is_refused(options, fragment, data):
    assert_refused(run("score", data, *options.split()), fragment)


Z = np.random.default_rng(0).normal(size=(20, 3))
V = np.arange(40).reshape(20, 2) % [2, 3]


def changed(array, row, column, value):
    array = array.copy()
    array[row, column] = value
    return array


BAD_ARRAYS = {
    "latents transposed": (Z.T, V, "latents looks transposed: save latents.T."),
    "factors transposed": (Z, V.T, "factors looks transposed: save factors.T."),
    "rows that do not match": (Z, V[:15], "latents has 20 samples and factors has 15 (shapes (20, 3) and (15, 2))"),
    "one latent": (Z[:, :1], V, "at least two latents"),
    "latents of one axis": (Z[:, 0], V, "latents has shape (20,)"),
    "latents of three axes": (np.ones((20, 3, 2)), V, "reshape(20, 6)"),
    "a single number": (np.float64(3), V, "latents has shape ()"),
    "no rows": (Z[:0], V[:0], "latents is empty: shape (0, 3)"),
    "no factors": (Z, V[:, :0], "factors is empty: shape (20, 0)"),
    "one row": (Z[:1], V[:1], "at least two"),
    "NaN in latents": (changed(Z, 7, 2, np.nan), V, "latents has 1 NaN in 1 rows (first at row 7, column 2"),
    "infinity in latents": (changed(Z, 7, 2, np.inf), V, "first at row 7, column 2"),
    "infinity in factors": (Z, changed(V / 2, 7, 1, np.inf), "first at row 7"),
    "complex latents": (Z + 1j, V, "latents are complex"),
    "complex factors": (Z, V + 1j, "factors are complex"),
    "text latents": (Z.astype(str), V, "text cannot be a latent"),
    "dates as latents": (Z.astype("datetime64[s]"), V, "latents have dtype datetime64"),
    "dates as factors": (Z, V.astype("datetime64[s]"), "factors have dtype datetime64"),
    "all factors constant": (Z, np.ones_like(V), "No factor varies"),
    "no label at all": (Z, np.full((20, 2), np.nan), "no label at all"),
    "a range too small": (1 + changed(0 * Z, 0, 1, 2.0**-52), V, "'z1' (column 1)"),
    "a range too large": (changed(changed(Z, 0, 1, 1.7e308), 1, 1, -1.7e308), V, "'z1' (column 1)"),
}


@pytest.mark.parametrize(("latents", "factors", "fragment"), BAD_ARRAYS.values(), ids=list(BAD_ARRAYS))
def test_bad_arrays_are_refused(latents, factors, fragment, tmp_path):
    np.savez(tmp_path / "bad.npz", latents=latents, factors=factors)
    assert_refused(run("score", tmp_path / "bad.npz"), fragment)


BAD_FILES = {
    "a missing file": ("dat.npz", "Did you mean 'data.npz'?"),
    "a missing folder": ("runs/data.npz", "There is no folder"),
    "a folder": (".", "is a folder"),
    "a missing key": ("data.npz:latent", "Did you mean 'latents'?"),
    "an unknown ending": ("data.dat", "Files that can be read end in .npz, .npy, .csv"),
    "text under another name": ("text.npz", "text.npz cannot be read"),
    "an empty file": ("empty.npz", "empty.npz cannot be read"),
    "pickled objects": ("pickled.npz", "never loaded"),
    "names that are too few": ("names.npz", "latent_names has 2 names and there are 3 columns"),
    "names that are not distinct": ("twins.npz", "latent_names has the name 'a' more than once"),
    "latents alone": ("alone.npz", "which array holds the factors"),
}


@pytest.mark.parametrize(("name", "fragment"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_a_bad_file_is_refused(name, fragment, tmp_path, data):
    (tmp_path / "data.dat").write_text("1 2 3")
    (tmp_path / "text.npz").write_text("1 2 3")
    (tmp_path / "empty.npz").write_text("")
    np.savez(tmp_path / "pickled.npz", latents=np.array([[None]]), factors=V)
    np.savez(tmp_path / "names.npz", latents=Z, factors=V, latent_names=["a", "b"])
    np.savez(tmp_path / "twins.npz", latents=Z, factors=V, latent_names=["a", "b", "a"])
    np.savez(tmp_path / "alone.npz", latents=Z)
    assert_refused(run("score", f"{tmp_path}/{name}"), fragment)


@pytest.mark.parametrize(
    ("args", "fragment"),
    [
        (["score"], "Missing argument"),
        (["scor"], "No such command 'scor'"),
        (["--nope"], "No such option"),
        (["show"], "Missing argument"),
        (["show", "mig", "sap"], "unexpected extra argument"),
        (["show", "migg"], "Did you mean 'mig'?"),
        (["show", "locatello"], "Did you mean 'locatello2019'?"),
        (["list", "mig"], "unexpected extra argument"),
        (["list", "-f", "xml"], "--format='xml' is not known. Use one of ['json', 'table']"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_command_is_refused(args, fragment):
    assert_refused(run(*args), fragment)


def test_bad_input_ends_a_process_with_2_and_a_message_alone(data):
    result = spawn("score", data, "-m", "nope")
    assert (result.returncode, result.stdout) == (2, "")
    groups = list(GROUPS)
    assert result.stderr == f"error: metric 'nope' is not known. Use one of {NAMES}. Groups of metrics are {groups}.\n"


def test_debug_shows_a_traceback():
    result = spawn("--debug", "score", "nope.npz")
    assert "Traceback" in result.stderr
    assert "MissingFileError: there is no file nope.npz" in result.stderr


def test_debug_ends_with_the_same_code():
    assert spawn("--debug", "score", "nope.npz").returncode == 2


def test_debug_changes_nothing_if_all_is_well(data):
    assert run("--debug", "score", data).stdout == run("score", data).stdout


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


def test_a_fault_of_ours_is_a_message_too(data, monkeypatch):
    monkeypatch.setattr(verb, "evaluate", raising(RuntimeError("who knows")))
    result = run("score", data)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: unexpected RuntimeError: who knows.")
    assert "Traceback" not in result.stderr


def test_too_little_memory_is_a_message_too(data, monkeypatch):
    monkeypatch.setattr(verb, "evaluate", raising(MemoryError("Unable to allocate 9 TiB")))
    assert_refused(run("score", data), "not enough memory: Unable to allocate 9 TiB. Score fewer rows")


def test_a_terminal_that_knows_no_umlauts_is_no_fault_of_ours(tmp_path):
    np.savez(tmp_path / "data.npz", latents=Z, factors=V, factor_names=["größe", "x"])
    result = spawn("score", tmp_path / "data.npz", "-m", "mig", env={"PYTHONIOENCODING": "ascii"})
    assert "This is a bug" not in result.stderr
