"""What the guide of the families shows of one: read off its own phases, losses and docstring."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from gan_core.building import build_trainer, family_class
from gan_core.data import dataset_status
from gan_core.evaluation.judges import reader_for
from gan_core.families import FAMILIES
from gan_core.formulas import formula_of
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import FLOAT32

_DEPARTURES = re.compile(r"Departs from the papers?:(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


@dataclass(frozen=True)
class LossCard:
    """One loss of a phase: its name, and its formula in LaTeX where the family gives one."""

    name: str
    formula: str | None


@dataclass(frozen=True)
class PhaseCard:
    """One update inside a training step.

    Attributes:
        name: Name of the phase.
        trains: Networks it updates.
        frozen: Networks that stay as they are meanwhile.
        every: It takes part in one of so many steps.
        start: First step.
        stop: First step in which it no longer runs; None: it goes on.
        losses: What it minimises.
    """

    name: str
    trains: tuple[str, ...]
    frozen: tuple[str, ...]
    every: int
    start: int
    stop: int | None
    losses: tuple[LossCard, ...]


@dataclass(frozen=True)
class FamilyCard:
    """A family in its default settings.

    Attributes:
        name: Name of the family.
        phases: The phases of a training step, in order.
        parameters: Trained numbers of each network.
        departures: Where it leaves the paper; empty: nowhere.
        arxiv: Number of the paper at arXiv; None: it is not there.
    """

    name: str
    phases: tuple[PhaseCard, ...]
    parameters: dict[str, int]
    departures: str
    arxiv: str | None


def describe(name: str) -> FamilyCard:
    """Builds a family with its default settings and lets each phase compute once, to see its losses.

    Args:
        name: A key of `FAMILIES`.

    Raises:
        UserError: There is no such family.
    """
    cls = family_class(name)
    training = TrainingSettings(steps=None, batch_size=8)
    is_here = dataset_status(cls.default_dataset) == "ready"
    every = {"penalty_every": 1} if "penalty_every" in cls.Settings.model_fields else {}  # to see them all
    dataset = cls.default_dataset if is_here else "digits"
    config = RunConfig(family=name, dataset=dataset, settings=every, training=training)
    trainer = build_trainer(config, precision=FLOAT32, find_reader=reader_for)
    family = trainer.family
    counted = {key: sum(p.numel() for p in module.parameters()) for key, module in trainer.modules.items()}
    parameters = {key: count for key, count in counted.items() if count}  # not a network kept as it was
    modules = {key: trainer.modules[key] for key in parameters}
    formulas, phases = family.formulas(), []
    for phase in family.phases():
        trainer.step = phase.start + phase.every - 1  # the first step in which it takes part
        record = next(trainer.run(1, only=phase.role))
        prefix = f"{phase.name}/"
        found = [key.removeprefix(prefix) for key in record.values or {} if key.startswith(prefix)]
        trained = {id(module) for module in phase.trains}
        phases.append(
            PhaseCard(
                phase.name,
                tuple(key for key, module in modules.items() if id(module) in trained),
                tuple(key for key, module in modules.items() if id(module) not in trained),
                phase.every, phase.start, phase.stop,
                tuple(LossCard(loss, formula_of(formulas, phase.name, loss)) for loss in found),
            )
        )  # fmt: skip
    number = _ARXIV.search(cls.paper)
    return FamilyCard(name, tuple(phases), parameters, departures(cls), number and number.group(1))


def departures(cls: type) -> str:
    """The paragraph of a family's docstring that says where it leaves its paper, in one line."""
    found = _DEPARTURES.search(inspect.getdoc(cls) or "")
    return "" if found is None else " ".join(found.group(1).split())


def tree() -> list[tuple[str | None, str]]:
    """Every family with the one whose idea it builds on, in the order of the interface."""
    return [(cls.guide.ancestor, name) for name, cls in FAMILIES.items()]
