"""How fast the metrics are, beside what people use today: ``python -m benchmarks`` measures and writes a page."""
