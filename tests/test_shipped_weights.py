"""The weights that come with the lab can be made again by the command in their card."""

from __future__ import annotations

import shlex
from itertools import pairwise

import pytest
import torch

from gan_core import weights
from gan_core.building import build_family, build_trainer, parse_assignments, resolve_config
from gan_core.evaluation.judges import reader_for
from gan_core.family import Family
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision
from gan_core.weights.card import SUFFIX

SHIPPED = sorted(path.stem for path in weights.WEIGHTS_DIR.glob(f"*{SUFFIX}"))


def config_of(command: str) -> RunConfig:
    """The run a command starts."""
    python, option, module, verb, family, *rest = shlex.split(command)
    assert (python, option, module, verb) == ("python", "-m", "gan_core", "train")
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    assert given.keys() <= {"--dataset", "--preset", "--steps", "--minutes", "--seed", "--set"}
    pairs = [value for key, value in pairwise(rest) if key == "--set"]
    settings, training = parse_assignments(family, pairs)
    training |= {key[2:]: int(given[key]) for key in ("--steps", "--seed") if key in given}
    training |= {"minutes": None} if "--steps" in given else {}
    training |= {"minutes": float(given["--minutes"])} if "--minutes" in given else {}
    return RunConfig(
        family=family, dataset=given["--dataset"], preset=given.get("--preset", "default"),
        settings=settings, training=TrainingSettings.parse(training),
    )  # fmt: skip


def shapes(family: Family) -> dict[str, torch.Size]:
    return {
        f"{name}.{key}": tensor.shape
        for name, module in family.modules().items()
        for key, tensor in module.state_dict().items()
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_the_command_of_a_card_builds_its_networks(name: str) -> None:
    shipped = weights.load(name)
    assert shipped.card.metrics
    config = resolve_config(config_of(shipped.card.command))
    assert config.dataset == shipped.card.dataset
    assert config.training.seed == shipped.card.training.seed
    assert config.training.minutes == shipped.card.training.minutes
    assert config.training.minutes or config.training.steps == shipped.card.training.steps
    assert shapes(build_family(config, shipped.family.data)) == shapes(shipped.family)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.endswith("-digits")])
def test_the_command_of_a_card_trains(name: str) -> None:
    shipped = weights.load(name)
    trainer = build_trainer(
        config_of(shipped.card.command), precision=Precision(), threads=1, find_reader=reader_for
    )
    before = {
        key: value.clone()
        for key, value in next(iter(trainer.family.modules().values())).state_dict().items()
    }
    for _ in trainer.run(2):
        pass
    after = next(iter(trainer.family.modules().values())).state_dict()
    assert shapes(trainer.family) == shapes(shipped.family)
    assert any(not torch.equal(before[key], after[key]) for key in before)
    assert all(torch.isfinite(value.float()).all() for value in after.values())
