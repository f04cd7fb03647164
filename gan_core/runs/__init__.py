"""Runs: their store, the worker that trains one, the launcher that starts workers, the reader of curves."""
