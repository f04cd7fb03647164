"""LAPGAN: levels that learn apart, and pictures that are the sum of what they made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from gan_core.building import build_trainer
from gan_core.families.lapgan import Lapgan
from gan_core.families.lapgan_levels import LapganSettings
from gan_core.formulas import formula_of
from gan_core.metrics import frechet_distance
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.pyramid import put_together, take_apart
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision

SMALL: Mapping[str, Any] = {"width": 4, "head_width": 8, "z_dim": 6, "detail_dims": 4}


def make(side: int = 28, channels: int = 1, num_classes: int = 10, **settings: Any) -> Lapgan:
    spec = DataSpec("images", (channels, side, side), num_classes)
    family = Lapgan(LapganSettings(**{**SMALL, **settings}), spec)
    for module in family.modules().values():
        module.eval()
    return family


def drawn(family: Lapgan, n: int = 3, seed: int = 0) -> torch.Tensor:
    return family.sample_z(n, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("side", "sides"),
    [(28, (7, 14, 28)), (32, (8, 16, 32)), (16, (8, 16)), (36, (9, 18, 36)), (64, (8, 16, 32, 64))],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_side_is_halved_to_about_eight_pixels(side: int, sides: tuple[int, ...], channels: int) -> None:
    family = make(side, channels)
    assert family.pyramid.sides == sides
    with torch.no_grad():
        levels = family.build_up(drawn(family))
        assert [level.image.shape for level in levels] == [(3, channels, s, s) for s in sides]
        assert family.level_scores(levels).shape == (len(sides), 3)


@pytest.mark.parametrize(("side", "levels"), [(28, 4), (16, 5), (20, 4)])
def test_more_levels_than_the_side_can_be_halved_are_refused(side: int, levels: int) -> None:
    with pytest.raises(UserError, match="set levels=0"):
        make(side, levels=levels)


def test_what_is_shown_of_the_levels_sums_up_to_what_is_generated() -> None:
    family = make()
    z = drawn(family)
    with torch.no_grad():
        levels = family.build_up(z)
        assert torch.equal(levels[-1].image, family.generate(z))
    assert levels[0].residual is None
    for level in levels[1:]:
        torch.testing.assert_close(level.upsampled + level.residual, level.image)
    torch.testing.assert_close(put_together(levels), levels[-1].image)
    assert levels[-1].image.abs().max() <= 1


@pytest.mark.parametrize("noise", ["vector", "plane"])
def test_a_levels_noise_changes_only_its_residual_and_what_is_finer(noise: str) -> None:
    family = make(detail_noise=noise)
    z, other = drawn(family, seed=0), drawn(family, seed=1)
    for number, part in enumerate(family.pyramid.parts):
        changed = z.clone()
        changed[:, part] = other[:, part]
        with torch.no_grad():
            before, after = family.build_up(z), family.build_up(changed)
        same = [torch.equal(a.image, b.image) for a, b in zip(before, after, strict=True)]
        assert same == [True] * number + [False] * (len(same) - number)


def test_no_gradient_crosses_from_one_level_to_another() -> None:
    family = make(side=32)
    for module in family.modules().values():
        module.train()
    real = torch.rand(4, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    phases = family.phases()
    names = [phase.name for phase in phases]
    assert names == [f"level{n}/{role}" for n in (1, 2, 3) for role in ("discriminator", "generator")]
    ctx = StepContext(Batch(real), torch.Generator().manual_seed(1), 0)
    for index, phase in enumerate(phases):
        ctx.upcoming = frozenset(names[index:])
        for module in family.modules().values():
            module.zero_grad(set_to_none=True)
        torch.stack(list(phase.compute(ctx).losses.values())).sum().backward()
        touched = {
            name.partition("_")[0]
            for name, module in family.modules().items()
            if any(weight.grad is not None for weight in module.parameters())
        }
        assert touched == {phase.name.partition("/")[0]}


def test_a_finer_level_learns_from_real_coarse_pictures() -> None:
    """Whatever the coarsest generator makes, the finer levels are given the same."""
    losses = []
    for change in (0.0, 5.0):
        torch.manual_seed(0)
        family = make()
        for weight in family.modules()["level1_generator"].parameters():
            weight.data += change
        real = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
        ctx = StepContext(Batch(real), torch.Generator().manual_seed(1), 1)
        ctx.upcoming = frozenset(phase.name for phase in family.phases())
        found = {phase.name: phase.compute(ctx).losses["adversarial"] for phase in family.phases()}
        losses.append({name: value.item() for name, value in found.items()})
    assert losses[0]["level1/discriminator"] != losses[1]["level1/discriminator"]
    for role in ("discriminator", "generator"):
        for level in ("level2", "level3"):
            assert losses[0][f"{level}/{role}"] == losses[1][f"{level}/{role}"]


def test_the_log_odds_of_a_picture_are_the_sum_of_its_levels() -> None:
    family = make()
    x = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        each = torch.logit(family.level_scores(take_apart(x, 3)))
        torch.testing.assert_close(torch.logit(family.discriminator_scores(x)), each.sum(0))
    assert family.score_meaning == "probability"


def test_penalties_are_in_proportion_to_the_pixels_of_a_level() -> None:
    family = make(r1_gamma=1.6)
    family.phases()
    assert [gan.settings.r1_gamma for gan in family.level_gans] == pytest.approx([0.1, 0.4, 1.6])


def test_classes_are_asked_for_at_every_level_or_not_at_all() -> None:
    plain, told = make(), make(class_conditional=True)
    assert plain.num_classes == 0
    assert told.num_classes == 10
    assert Lapgan.kinds(told.settings, told.data) == 10
    assert Lapgan.kinds(plain.settings, plain.data) == 0
    z = drawn(told, 1).expand(2, -1)
    with torch.no_grad():
        levels = told.build_up(z, torch.tensor([3, 8]))
        for level in levels:
            assert not torch.allclose(level.image[0], level.image[1])
        shares = torch.eye(10)[[3, 8]]
        torch.testing.assert_close(told.generate(z, shares), levels[-1].image)
        first, second = (told.level_scores(levels, torch.tensor([y, y])) for y in (3, 8))
        assert not torch.isclose(first, second).any()
    with pytest.raises(UserError, match="needs the class of every example, 0 to 9"):
        told.generate(z)
    with pytest.raises(UserError, match="a table of 10 numbers"):
        told.generate(z, torch.rand(2, 4))
    with pytest.raises(UserError, match="needs images with at least 2 classes, got 0"):
        make(num_classes=0, class_conditional=True)


def test_every_loss_has_a_formula() -> None:
    family = make()
    formulas = family.formulas()
    assert "l + h" in str(formula_of(formulas, "level3/discriminator", "adversarial"))
    assert "l + h" not in str(formula_of(formulas, "level1/discriminator", "adversarial"))
    for phase in family.phases():
        assert formula_of(formulas, phase.name, "adversarial")


def test_a_short_training_on_digits_comes_closer_to_them() -> None:
    torch.set_num_threads(1)
    training = TrainingSettings(seed=0, steps=150, batch_size=16, ema_decay=0.9, device="cpu")
    settings = {"head_width": 128, "r1_gamma": 1.0}
    config = RunConfig(family="lapgan", dataset="digits", settings=settings, training=training)
    trainer = build_trainer(config, precision=Precision(), threads=1)
    real = torch.cat([trainer.stream.next().real for _ in range(16)])

    def gap() -> float:
        """Fréchet distance of squares of 2 x 2 pixels."""
        with trainer.sampling() as family:
            fake = family.generate(drawn(family, 256))
        return frechet_distance(*(F.avg_pool2d(x, 2).flatten(1) for x in (fake, real)))

    before = gap()
    for _ in trainer.run(record=lambda step: False):
        pass
    assert gap() < 0.7 * before
