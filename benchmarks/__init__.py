"""Measured ratios: ``python -m benchmarks`` prints them from one run."""
