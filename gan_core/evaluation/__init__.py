"""How good trained networks are: every number with its sample count and what real data score beside it."""

from gan_core.evaluation.measuring import evaluate
from gan_core.evaluation.result import ClassShare, Evaluation

__all__ = ["ClassShare", "Evaluation", "evaluate"]
