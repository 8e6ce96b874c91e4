import numpy as np
import pytest
import torch

from disentangle_metrics.errors import OptionError
from reference_models.dsprites import DSprites
from reference_models.encoding import Encoding, encode, kl_of_latents
from reference_models.model import VAE, build_model
from reference_models.traversal import plot_reconstructions, plot_traversal, save_animation, traverse


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
    return Encoding(mean, logvar, mean, rng.integers(3, size=(n, 2)), ("shape", "scale"), np.arange(n))


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
    figure = plot_traversal(model, encoding, steps=4)
    labels = [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()]
    assert [label.partition(":")[0] for label in labels] == ["z0", "z2", "z1"]
    assert "nats" in labels[0]
    assert labels[2] == "z1: inactive"
    assert len(figure.axes) == 12


def test_one_inactive_latent_stands_for_all_unless_all_are_wanted():
    model = build_model("mlp-128", 16, 5, seed=0)
    encoding = encode(model, DSprites(16, (3, 2, 1, 4, 4)))
    mean, logvar = np.zeros_like(encoding.mean), np.zeros_like(encoding.logvar)
    mean[:, 3] = np.linspace(-3, 3, len(mean))
    encoding = encoding._replace(mean=mean, logvar=logvar)
    few = plot_traversal(model, encoding, steps=2)
    assert [axis.get_ylabel().partition("\n")[0][:2] for axis in few.axes[::2]] == ["z3", "z0"]
    assert "3 more inactive latents" in few.get_suptitle()
    whole = plot_traversal(model, encoding, steps=2, everything=True)
    assert len(whole.axes) == 10
    assert "more" not in whole.get_suptitle()


def test_reconstructions_stand_below_their_images():
    data = DSprites(16, (3, 2, 1, 4, 4))
    figure = plot_reconstructions(build_model("mlp-128", 16, 3, seed=0), data, n=6)
    assert len(figure.axes) == 12
    index = np.random.default_rng(0).integers(len(data), size=6)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), data.images(index)[0])


def test_rows_stand_in_the_order_of_what_they_know_of_a_factor():
    data = DSprites(16, (3, 2, 1, 4, 4))
    model = build_model("mlp-128", 16, 3, seed=0)
    encoding = encode(model, data)
    scale = encoding.factors[:, encoding.factor_names.index("scale")]
    mean = an_encoding(96).mean
    mean[:, 1] = 3 * scale
    mean[:, 2] = 2 * (encoding.factors[:, 0] == 0)
    encoding = encoding._replace(mean=mean, logvar=np.zeros((96, 3), dtype=np.float32))
    for sort, first in (("scale", "z1"), ("shape", "z2")):
        figure = plot_traversal(model, encoding, steps=3, sort=sort)
        labels = [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()]
        assert labels[0].startswith(first)
        assert f"\n{sort}, " in labels[0]
    with pytest.raises(OptionError, match=r"sort='scal' is not known.*Did you mean 'scale'"):
        plot_traversal(model, encoding, sort="scal")


def test_each_image_has_a_block_of_its_own():
    model = build_model("mlp-128", 16, 3, seed=0)
    encoding = encode(model, DSprites(16, (3, 2, 1, 4, 4)))
    figure = plot_traversal(model, encoding, steps=3, images=[4, 7], everything=True)
    assert len(figure.axes) == 2 * 9
    expected = traverse(model, encoding.mean[7], encoding, steps=3)
    np.testing.assert_array_equal(figure.axes[3].images[0].get_array(), expected[np.argmax(kl_of_latents(encoding)), 0])


def test_the_animation_goes_there_and_back(tmp_path):
    image = pytest.importorskip("PIL.Image")
    model = build_model("mlp-128", 16, 3, seed=0)
    encoding = encode(model, DSprites(16, (3, 2, 1, 4, 4)))
    save_animation(model, encoding, tmp_path / "t.gif", steps=5, images=[0, 1])
    with image.open(tmp_path / "t.gif") as gif:
        assert gif.n_frames <= 8
        assert gif.is_animated
        gif.seek(1)
        assert gif.info["duration"] > 0
