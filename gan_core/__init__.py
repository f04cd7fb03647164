"""Generative adversarial networks: families, training, runs, weights and metrics, with no user interface."""
