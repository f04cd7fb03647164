"""`python -m gan_core`: trains, lists, samples, evaluates and publishes from a terminal."""

from __future__ import annotations

from gan_core.cli.app import app

if __name__ == "__main__":
    app(prog_name="python -m gan_core")
