"""The lines of our verbs in the list of ``dmetrics --help``, apart from the verbs: the list loads none of them."""

TRAIN = "Train a beta-VAE on dSprites, encode the images, score and draw what it learned."
ENCODE = "Encode images with a trained model."
TRAVERSE = "Draw what each latent does: a row for each, moved from left to right."
SWEEP = "Train a preset over several beta and seeds, and show the trade-off."
