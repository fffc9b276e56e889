"""Measured claims: each module writes one result file into `benchmarks/results/`, which the README links."""
