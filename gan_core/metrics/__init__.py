"""How good generated examples are: arrays in, numbers out; each name says what it was measured with."""

from gan_core.metrics.confusion import CodeMatch, agreement, confusion_matrix, match_codes
from gan_core.metrics.frechet import frechet_distance, frechet_name, gaussian_frechet_distance
from gan_core.metrics.histogram import class_histogram, kl_to_reference, relative_shares
from gan_core.metrics.metric import Metric, count_text, metric_name
from gan_core.metrics.modes import ModeCoverage, mode_coverage
from gan_core.metrics.neighbours import PRDC, prdc
from gan_core.metrics.similarity import ssim
from gan_core.metrics.sweeps import monotone_ways, monotonicity, rank_correlations

__all__ = [
    "PRDC",
    "CodeMatch",
    "Metric",
    "ModeCoverage",
    "agreement",
    "class_histogram",
    "confusion_matrix",
    "count_text",
    "frechet_distance",
    "frechet_name",
    "gaussian_frechet_distance",
    "kl_to_reference",
    "match_codes",
    "metric_name",
    "mode_coverage",
    "monotone_ways",
    "monotonicity",
    "prdc",
    "rank_correlations",
    "relative_shares",
    "ssim",
]
