"""Brood War 1.16.1: rules as tables, kernels, scripted players, scenario files."""
