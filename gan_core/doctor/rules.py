"""The rules. Each is an object whose thresholds are data, so that the page and the documents can show them.

Starting points of the thresholds: deleting classes from real digits lowers coverage in proportion and leaves
precision as it is, so coverage, modes and classes are the gauges of collapse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from gan_core.doctor import signs
from gan_core.doctor.record import Record
from gan_core.doctor.signs import Limits

Severity = Literal["ill", "watch", "well"]


@dataclass(frozen=True)
class Threshold:
    """A limit of a rule: its value, and what it is, in words."""

    value: float
    words: str


@dataclass(frozen=True)
class Cure:
    """One change of a setting that helps.

    Attributes:
        setting: Its name, of the family or of the training.
        why: What it does, in a clause.
        to: The new value; None: `factor` or `least` says it.
        factor: The new value as a multiple of the old one.
        least: The new value is at least this.
        least_of: Another setting that it shall be at least as large as.
        together: Further changes made at the same time; what stands as it should already is left out.
    """

    setting: str
    why: str
    to: bool | int | float | str | None = None
    factor: float | None = None
    least: float | None = None
    least_of: str | None = None
    together: tuple[Cure, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One thing that can be the case with a run.

    Attributes:
        name: Of the verdict.
        title: Two to four words.
        severity: "ill": something is wrong; "watch": it may become so; "well".
        meaning: What it means, in a sentence.
        reads: Curves it looks at.
        thresholds: By name.
        evidence: What it sees that makes it apply, in a sentence; None: it does not apply.
        cures: What to change, the most helpful first.
        limit: The curve that decides, and the value at which it does; None: no single value does.
        shows: The curves that decide where no single value does; None: all it reads.
    """

    name: str
    title: str
    severity: Severity
    meaning: str
    reads: tuple[str, ...]
    thresholds: Mapping[str, Threshold]
    evidence: Callable[[Record, Limits], str | None]
    cures: tuple[Cure, ...] = ()
    limit: Callable[[Record, Limits], tuple[str, float] | None] | None = None
    shows: Callable[[Record, Limits], tuple[str, ...]] | None = None

    def line(self, record: Record) -> tuple[str, float] | None:
        """The curve that decides and its limit, to be drawn; None if there is none, or not in this run."""
        return None if self.limit is None else self.limit(record, self._limits)

    def curves(self, record: Record) -> tuple[str, ...]:
        """The curves to be drawn as evidence."""
        line = self.line(record)
        if line is not None:
            return (line[0],)
        return (() if self.shows is None else self.shows(record, self._limits)) or self.reads

    @property
    def _limits(self) -> Limits:
        return {name: limit.value for name, limit in self.thresholds.items()}

    def applies(self, record: Record) -> str | None:
        """The evidence if the rule applies to the run, else None."""
        return self.evidence(record, self._limits)


_WINDOW = Threshold(500, "training steps that are looked at, the newest ones")
_LEAST = Threshold(8, "recorded values a judgement needs")
_MEASURED = Threshold(4, "measurements a judgement needs")
_JUDGED = "steps, from the start or a change of settings, before which nothing is judged"
_BEFORE = Threshold(500, _JUDGED)


_SHARP = Threshold(0.5, "share of points near a mode below which every point counts for its nearest mode")

_CALMER = (
    Cure("lr_generator", "slows G down, so that D can follow where it goes", factor=0.5),
    Cure("g_steps", "lets D answer every move of G", to=1),
)

_RECIPE = Cure(
    "relativistic",
    "D keeps up with G, compares fakes with real examples and stays smooth: every mode goes on pulling",
    to=True,
    together=(
        Cure("lr_discriminator", "", least_of="lr_generator"),
        Cure("r1_gamma", "", least=0.1),
        Cure("r2_gamma", "", least=0.1),
        Cure("g_steps", "", to=1),
        Cure("beta1", "", to=0.0),
    ),
)

_FELT = Cure("r1_gamma", "keeps D smooth near real examples: G feels what it misses", least=0.1)

RULES: tuple[Rule, ...] = (
    Rule(
        "collapse",
        "Mode collapse",
        "ill",
        "G makes only a part of what is in the data, and that has stopped growing.",
        ("modes", "modes_near", "classes", "high_quality"),
        {
            "share": Threshold(0.9, "share of the modes or classes below which G has collapsed"),
            "growth": Threshold(0.05, "gain over all earlier measurements, as a share of all of them, that "
                "counts as still learning"),
            "sharp": _SHARP, "window": _WINDOW,
            "measured": Threshold(3, "measurements a judgement needs"), "before": _BEFORE,
        },
        signs.collapse,
        (
            _RECIPE,
            *_CALMER,
            _FELT,
            Cure("packing", "shows D several examples at a time, so that it sees what is missing", least=4),
        ),
        signs.fewest_kinds,
    ),
    Rule(
        "astray",
        "G misses the data",
        "ill",
        "What G makes lies beside the data, scattered between the modes, and does not settle.",
        ("high_quality", "modes_near"),
        {
            "sharp": Threshold(0.05, "share of points near a mode below which G misses the data"),
            "share": Threshold(0.9, "share of the modes below which points gather in few places: collapse"),
            "growth": Threshold(0.01, "gain over all earlier measurements that counts as still learning"),
            "measured": Threshold(8, "measurements a judgement needs"),
            "before": Threshold(3000, _JUDGED),
        },
        signs.astray,
        (_RECIPE, *_CALMER, Cure("lr_discriminator", "makes D's moves smaller too", factor=0.5), _FELT),
        signs.least_sharp,
    ),
    Rule(
        "part_lost",
        "A part of the data is lost",
        "ill",
        "G has left a part of the data that it does not come back to.",
        ("js_divergence", "coverage"),
        {
            "divergence": Threshold(0.2, "nats above the floor: half of the data missing costs 0.22"),
            "fall": Threshold(0.25, "fall of coverage, in all measurements looked at, from its best before"),
            "growth": Threshold(0.02, "fall of the divergence below all earlier ones, in nats, that counts "
                "as still learning"),
            "measured": _MEASURED, "before": _BEFORE,
        },
        signs.missing_mass,
        (_RECIPE, *_CALMER, _FELT),
        signs.most_divergent,
    ),
    Rule(
        "vanishing",
        "G's gradient has vanished",
        "ill",
        "D is so sure that G is told hardly anything about how to improve.",
        ("grad_norm/generator", "d_real", "d_fake"),
        {
            "part": Threshold(0.05, "of its early size, below which G's gradient has vanished"),
            "of_peak": Threshold(0.1, "of its eighth largest size, which an early one counts for at least"),
            "lead": Threshold(0.85, "lead D(real) - D(fake) that D has at the same time"),
            "window": _WINDOW, "least": _LEAST, "before": _BEFORE,
        },
        signs.vanishing,
        (
            Cure("loss", "still pulls when D is sure", to="non_saturating"),
            Cure("lr_discriminator", "slows D down", factor=0.25),
            Cure("r1_gamma", "keeps D from becoming steep", least=0.1),
        ),
        signs.weakest_gradient,
    ),
    Rule(
        "d_too_strong",
        "D is too strong",
        "ill",
        "D recognises nearly every fake, so G learns little from its answers.",
        ("d_real", "d_fake"),
        {
            "lead": Threshold(0.85, "lead D(real) - D(fake) from which D is right nearly always"),
            "share": Threshold(0.9, "share of the recorded steps in which it has that lead"),
            "window": _WINDOW, "least": _LEAST, "before": _BEFORE,
        },
        signs.d_too_strong,
        (
            Cure("lr_discriminator", "slows D down", factor=0.5),
            Cure("d_steps", "gives D no more turns than G", to=1),
            Cure("r1_gamma", "keeps D from becoming steep", least=0.1),
        ),
    ),
    Rule(
        "oscillation",
        "Oscillation",
        "ill",
        "The two chase each other in circles: what G makes changes and does not get better.",
        ("turnover", "modes", "modes_near", "classes", "coverage", "d_real", "d_fake"),
        {
            "turnover": Threshold(0.5, "share of the same noise that turns into another mode or class from "
                "each measurement to the next, on average"),
            "swing": Threshold(0.3, "share of the modes, classes or coverage that comes and goes, without "
                "the highest and the lowest measurement, and among the newest half of them"),
            "measurements": Threshold(8, "measurements that are looked at, the newest ones"),
            "sharp": _SHARP,
            "crossings": Threshold(4, "times a curve crosses its own mean"),
            "deviation": Threshold(0.18, "standard deviation of D's lead, without its extremes"),
            "values": Threshold(30, "recorded values of D's lead that are looked at"),
            "window": _WINDOW, "before": _BEFORE,
        },
        signs.oscillation,
        (
            Cure("lr_generator", "makes G's moves smaller", factor=0.5),
            Cure("lr_discriminator", "makes D's moves smaller", factor=0.5),
            Cure("r1_gamma", "damps the chase", least=0.1),
            Cure("ema_decay", "shows the average of G's weights, which stands still in the middle", to=0.999),
        ),
        shows=signs.chasing,
    ),
    Rule(
        "d_overfits",
        "D knows its data by heart",
        "watch",
        "D tells training examples from other real ones: it has learned them and not what makes them real.",
        ("d_overfit",),
        {
            "gap": Threshold(0.2, "mean D(training) - D(unseen)"),
            "measured": Threshold(3, "measurements in a row"),
        },
        signs.overfit,
        (
            Cure("r1_gamma", "makes it harder for D to single out examples", least=1.0),
            Cure("lr_discriminator", "slows D down", factor=0.5),
            Cure("discriminator_width", "leaves D less room to remember", factor=0.5),
        ),
        signs.widest_gap,
    ),
    Rule(
        "label_ignored",
        "The label is ignored",
        "ill",
        "G makes images without heeding the class it is asked for.",
        ("agreement",),
        {
            "way": Threshold(0.15, "share of the way from guessing to real images"),
            "measured": Threshold(3, "measurements in a row"),
            "before": Threshold(1000, _JUDGED),
        },
        signs.label_ignored,
        (
            Cure("generator_condition", "tells G the class where noise cannot drown it", to="batch_norm"),
            Cure("discriminator_condition", "lets D see whether the class fits", to="projection"),
            Cure("lambda_class", "makes the class count for more", factor=2.0, least=1.0),
        ),
        signs.fewest_agreeing,
    ),
    Rule(
        "healthy",
        "Healthy",
        "well",
        "G makes everything that is in the data, and D still gives it something to learn.",
        ("modes", "classes", "js_divergence", "coverage"),
        {
            "share": Threshold(0.9, "share of the modes or classes that are made"),
            "sharp": _SHARP,
            "divergence": Threshold(0.1, "nats above the floor, where there are no modes"),
            "loose": Threshold(0.3, "nats above the floor, where there are modes"),
            "coverage": Threshold(0.7, "of the coverage that real examples reach"),
            "measured": Threshold(3, "measurements in a row"),
            "before": _BEFORE,
        },
        signs.healthy,
    ),
)  # fmt: skip
