"""One-click lessons: a question, two runs that answer it, and what to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gan_core.data import DATASETS, dataset_status
from gan_core.kitchen.dials import changed, plain_game, switched
from gan_core.kitchen.twins import twin
from gan_core.settings import RunConfig, UserError

Outcome = Literal["fewer", "more"]


@dataclass(frozen=True)
class Lesson:
    """A question that two runs answer.

    Attributes:
        name: In links.
        title: What it is called.
        family: Of both runs.
        datasets: The first that is on this machine is used.
        steps: Of each run.
        shared: Switches that are on in both runs.
        own: The switch that is on in the second run alone.
        first: What the first run is called.
        second: What the second run is called.
        predict: The question.
        look: What to look at while they train.
        learned: What it teaches, once they have ended.
        outcome: Whether the second run makes fewer or more of the modes or classes.
        settings: Further settings of both runs, by name.
    """

    name: str
    title: str
    family: str
    datasets: tuple[str, ...]
    steps: int
    shared: tuple[str, ...]
    own: str
    first: str
    second: str
    predict: str
    look: str
    learned: str
    outcome: Outcome
    settings: tuple[tuple[str, int | float | str], ...] = ()


# Rates that fall over the second half: the points come to rest, and are counted where they belong.
_CALM_END = (("cosine_tail", 0.5),)

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "ring", "Collapse on the ring", "mlp", ("ring8",), 2500, (), "high-generator-rate",
        "Even game", "Hasty generator",
        "Eight clusters lie on a ring. In the second run D learns only a tenth as fast, so G can run ahead. "
        "Will G cover more of the eight clusters, or fewer?",
        "Watch the purple points of the second run: they gather where D is most pleased, and hop when D "
        "follows. The even game spreads them over the ring.",
        "A generator that is too quick for its judge needs only one good spot at a time. Nothing in the game "
        "tells it to keep the others.",
        "fewer", _CALM_END,
    ),
    Lesson(
        "images", "Collapse on MNIST", "dcgan", ("mnist", "digits"), 3000, ("r1",), "many-generator-steps",
        "Even game", "Hasty generator",
        "In the second run G moves five times for each answer of D. Will it draw more of the ten digits, or "
        "fewer?",
        "Compare the sixteen pictures: are they different digits, or one picture again and again? Count the "
        "classes in the first curve.",
        "One picture alone does not tell. Only a look at many of them shows that most digits are gone: so "
        "the quality of single pictures is no measure of a generator.",
        "fewer",
    ),
    Lesson(
        "packing", "Cure by packing", "mlp", ("ring8",), 2500, ("high-generator-rate",), "packing",
        "Hasty generator", "The same, in packs of four",
        "Both runs have the hasty generator that collapses. In the second one D judges four examples at a "
        "time. Will that bring clusters back?",
        "Four points from one cluster are easily told from four real ones, which are spread out. See whether "
        "the second run spreads.",
        "Packing lets D see what a single example cannot show: a lack of variety. Nothing else in the game "
        "has changed.",
        "more", _CALM_END,
    ),
)  # fmt: skip
_BY_NAME = {lesson.name: lesson for lesson in LESSONS}


@dataclass(frozen=True)
class Part:
    """One run of a lesson: what it is called, and its config."""

    title: str
    config: RunConfig


@dataclass(frozen=True)
class Prepared:
    """A lesson as it can be run here.

    Attributes:
        parts: Its two runs.
        note: Why other data are used than the title says; None: they are not.
    """

    parts: tuple[Part, Part]
    note: str | None


def lesson(name: str) -> Lesson:
    """The lesson called `name`.

    Raises:
        UserError: There is none.
    """
    if name not in _BY_NAME:
        raise UserError(f"there is no lesson '{name}'; lessons are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def prepare(which: Lesson, seed: int) -> Prepared:
    """The two runs of a lesson: twins, on the first of its data sets that is on this machine.

    Args:
        which: The lesson.
        seed: Of weights, noise and the order of the data.
    """
    dataset = next((name for name in which.datasets if dataset_status(name) == "ready"), which.datasets[-1])
    note = None
    if dataset != which.datasets[0]:
        wanted, used = DATASETS[which.datasets[0]].title, DATASETS[dataset].title
        note = f"{wanted} is not on this machine, so the lesson uses {used}: the effect is the same."
    first = plain_game(which.family, dataset, steps=which.steps, seed=seed, more=which.shared)
    first = changed(first, dict(which.settings))
    second = twin(first, switched(first, [which.own]))
    return Prepared((Part(which.first, first), Part(which.second, second)), note)
