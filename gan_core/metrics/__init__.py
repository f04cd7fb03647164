"""How good generated examples are: arrays in, numbers out; each name says what it was measured with."""

from gan_core.metrics.census import Census, census
from gan_core.metrics.combinations import CombinationCensus, combination_census
from gan_core.metrics.confusion import CodeMatch, agreement, confusion_matrix, match_codes
from gan_core.metrics.discrepancy import squared_mmd
from gan_core.metrics.discrimination import Discrimination, discrimination, score_histogram
from gan_core.metrics.divergence import jensen_shannon
from gan_core.metrics.duplicates import Birthday, Duplicate, birthday, support_size
from gan_core.metrics.frechet import frechet_distance, frechet_name, gaussian_frechet_distance
from gan_core.metrics.histogram import class_histogram, kl_to_reference, relative_shares
from gan_core.metrics.matching import ModeMatch, match_modes
from gan_core.metrics.memorisation import REPEATED, Memorisation, memorisation, repeats_itself
from gan_core.metrics.metric import Metric, count_text, metric_name
from gan_core.metrics.modes import ModeCoverage, mode_coverage, modes_near, nearest_mode, reverse_kl_floor
from gan_core.metrics.moment import Moment, moment_of_collapse
from gan_core.metrics.neighbours import PRDC, prdc
from gan_core.metrics.optimality import optimal_scores, optimality_gap, without_constant
from gan_core.metrics.retrieval import others_nearest, precision_at
from gan_core.metrics.similarity import gaussian_ssim, multiscale_ssim, psnr, ssim
from gan_core.metrics.sweeps import monotone_ways, monotonicity, rank_correlations
from gan_core.metrics.waves import Waves, nearest_sines

__all__ = [
    "PRDC",
    "REPEATED",
    "Birthday",
    "Census",
    "CodeMatch",
    "CombinationCensus",
    "Discrimination",
    "Duplicate",
    "Memorisation",
    "Metric",
    "ModeCoverage",
    "ModeMatch",
    "Moment",
    "Waves",
    "agreement",
    "birthday",
    "census",
    "class_histogram",
    "combination_census",
    "confusion_matrix",
    "count_text",
    "discrimination",
    "frechet_distance",
    "frechet_name",
    "gaussian_frechet_distance",
    "gaussian_ssim",
    "jensen_shannon",
    "kl_to_reference",
    "match_codes",
    "match_modes",
    "memorisation",
    "metric_name",
    "mode_coverage",
    "modes_near",
    "moment_of_collapse",
    "monotone_ways",
    "monotonicity",
    "multiscale_ssim",
    "nearest_mode",
    "nearest_sines",
    "optimal_scores",
    "optimality_gap",
    "others_nearest",
    "prdc",
    "precision_at",
    "psnr",
    "rank_correlations",
    "relative_shares",
    "repeats_itself",
    "reverse_kl_floor",
    "score_histogram",
    "squared_mmd",
    "ssim",
    "support_size",
    "without_constant",
]
