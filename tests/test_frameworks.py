"""Every metric takes tensors and tables. Loading their libraries takes longer than a law of the contract may."""

import numpy as np
import pytest
from registered import call, every_metric


def tensors(torch, latents, factors):
    return torch.from_numpy(latents).requires_grad_(), torch.from_numpy(factors)


def tables(pandas, latents, factors):
    return pandas.DataFrame(latents), pandas.DataFrame(factors)


@every_metric
@pytest.mark.parametrize(("library", "made"), [("torch", tensors), ("pandas", tables)], ids=["torch", "pandas"])
def test_any_library_gives_the_same_number(spec, library, made, example):
    latents, factors = np.array(example.latents[::20]), np.array(example.factors[::20])
    assert call(spec, *made(pytest.importorskip(library), latents, factors)) == call(spec, latents, factors)
