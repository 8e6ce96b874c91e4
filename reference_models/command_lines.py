"""The lines of these verbs in ``dmetrics --help``, in a separate module, so that the list loads no verb."""

TRAIN = "Train a beta-VAE on dSprites and score its latents."
ENCODE = "Encode images with a trained model."
TRAVERSE = "Draw the effect of each latent, a row for each."
SWEEP = "Train a preset over several beta and seeds."
