"""Comparisons with other clients, as ratios within one run: ``python -m benchmarks`` on an engine of the test lab."""
