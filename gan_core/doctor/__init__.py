"""The doctor: rules that read a run's curves and say what is happening, on what evidence, and what to do."""

from gan_core.doctor.examining import Suggestion, Verdict, examine
from gan_core.doctor.record import Record, Reference, references_of
from gan_core.doctor.rules import RULES, Cure, Rule, Threshold

__all__ = [
    "RULES",
    "Cure",
    "Record",
    "Reference",
    "Rule",
    "Suggestion",
    "Threshold",
    "Verdict",
    "examine",
    "references_of",
]
