"""The lines of these verbs in ``dmetrics --help``, in a separate module, so that the list loads no verb."""

TRAIN = "Train a beta-VAE on dSprites, encode the images, score the latents and draw traversals."
ENCODE = "Encode images with a trained model."
TRAVERSE = "Draw the effect of each latent: a row for each, moved from left to right."
SWEEP = "Train a preset over several beta and seeds, and show the trade-off."
