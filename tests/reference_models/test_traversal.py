import numpy as np
import pytest
import torch

from reference_models.dsprites import DSprites
from reference_models.encoding import Encoding, encode
from reference_models.model import VAE, build_model
from reference_models.traversal import kl_of_latents, plot_reconstructions, plot_traversal, traverse


class Additive(torch.nn.Module):
    """A decoder whose picture says where each latent is: pixel j of the first row shows latent j."""

    def forward(self, z):
        logits = torch.full((len(z), 1, 4, 4), -20.0)
        logits[:, 0, 0, : z.shape[1]] = z
        return logits


def an_encoding(n=500, spread=(2.0, 0.0, 0.5)):
    rng = np.random.default_rng(0)
    mean = (rng.normal(size=(n, 3)) * spread).astype(np.float32)
    logvar = np.zeros((n, 3), dtype=np.float32)
    return Encoding(mean, logvar, mean, rng.integers(3, size=(n, 2)), ("shape", "scale"))


def test_kl_is_that_of_torch():
    encoding = an_encoding()
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(torch.from_numpy(encoding.mean), torch.ones(500, 3)),
        torch.distributions.Normal(torch.zeros(500, 3), torch.ones(500, 3)),
    )
    np.testing.assert_allclose(kl_of_latents(encoding), expected.mean(dim=0).numpy(), rtol=1e-5)


@pytest.mark.parametrize("across", ["prior", "quantiles"])
def test_one_latent_moves_and_the_others_stay(across):
    encoding = an_encoding()
    start = np.array([0.3, -0.2, 0.1], dtype=np.float32)
    pictures = traverse(VAE(torch.nn.Identity(), Additive()), start, encoding, across, steps=5)
    assert pictures.shape == (3, 5, 4, 4)
    shown = np.log(pictures[:, :, 0, :3] / (1 - pictures[:, :, 0, :3]))
    low, high = (-3.0, 3.0) if across == "prior" else np.quantile(encoding.mean, [0.01, 0.99], axis=0)
    for j in range(3):
        ends = (low, high) if across == "prior" else (low[j], high[j])
        np.testing.assert_allclose(shown[j, :, j], np.linspace(*ends, 5), atol=1e-4)
        others = [i for i in range(3) if i != j]
        np.testing.assert_allclose(shown[j][:, others], np.tile(start[others], (5, 1)), atol=1e-4)


def test_rows_stand_in_the_order_of_their_kl_with_labels():
    data = DSprites(16, (3, 2, 1, 4, 4))
    model = build_model("mlp-128", 16, 3, seed=0)
    encoding = encode(model, data)._replace(mean=an_encoding(96).mean, logvar=np.zeros((96, 3), dtype=np.float32))
    figure = plot_traversal(model, data, encoding, steps=4)
    labels = [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()]
    assert [label.partition(":")[0] for label in labels] == ["z0", "z2", "z1"]
    assert "nats" in labels[0]
    assert labels[2] == "z1: inactive"
    assert len(figure.axes) == 12


def test_reconstructions_stand_below_their_images():
    data = DSprites(16, (3, 2, 1, 4, 4))
    figure = plot_reconstructions(build_model("mlp-128", 16, 3, seed=0), data, n=6)
    assert len(figure.axes) == 12
    index = np.random.default_rng(0).integers(len(data), size=6)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), data.images(index)[0])
