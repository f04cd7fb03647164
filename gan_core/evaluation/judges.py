"""Which shipped classifier knows a data set's classes."""

from __future__ import annotations

from gan_core import weights
from gan_core.data import DATASETS
from gan_core.family import Family


def judge_for(dataset: str) -> weights.LoadedModel | None:
    """The classifier trained on the data set; None if weights/ has none.

    Args:
        dataset: Name of the data set; a user's own path has no classifier.

    Raises:
        UserError: The classifier's file is damaged.
    """
    path = weights.WEIGHTS_DIR / f"classifier-{dataset}.safetensors"
    return weights.load(path) if dataset in DATASETS and path.is_file() else None


def reader_for(dataset: str) -> Family | None:
    """The frozen networks of `judge_for`: what `gan_core.building.build_trainer` asks for."""
    judge = judge_for(dataset)
    return None if judge is None else judge.family
