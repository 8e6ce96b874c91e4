"""``python -m disentangle_metrics`` is ``dmetrics``."""

from .cli import main

if __name__ == "__main__":
    main()
