"""What the codes of a generator do, measured on one whose codes really lean and thicken what it draws."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from gan_core.evaluation.measuring import evaluate
from gan_core.evaluation.traversals import STOPS, code_effects, trait_deviations, traversal_metrics
from gan_core.family import Family
from gan_core.images import to_uint8
from gan_core.latent.traits import TRAITS
from gan_core.latent_spec import LatentSpec
from gan_core.phases import DataSpec, Phase
from gan_core.settings import Settings, UserError

DEGREES, PIXELS = 15.0, 3.0


class Bars(Family):
    """Draws a bar: code 1 leans it up to 15 degrees, code 2 makes it thinner, code 3 does nothing.

    The first number of z decides which way code 1 leans, if that is wanted; the kind, how long the bar is.
    """

    name = "bars"
    data_kinds = ("images",)
    Settings = Settings

    def __init__(self, *, of_two_minds: bool = False, cont_codes: int = 3, size: int = 32) -> None:
        super().__init__(Settings(), DataSpec("images", (1, size, size)))
        self.latent: LatentSpec = LatentSpec(4 + cont_codes, cat_sizes=(2,), cont_codes=cont_codes)
        self.network, self.of_two_minds = nn.Linear(1, 1), of_two_minds

    def modules(self) -> dict[str, nn.Module]:
        return {"network": self.network}

    def phases(self) -> Sequence[Phase]:
        return ()

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        codes = self.latent.split(z)
        lean, thin = codes.c_cont[:, 0] * DEGREES, codes.c_cont[:, 1] * PIXELS
        if self.of_two_minds:
            lean = lean * codes.noise[:, 0].sign()
        size = self.data.shape[-1]
        places = (torch.arange(float(size)) - (size - 1) / 2) * 32 / size
        y_up, x = torch.meshgrid(-places, places, indexing="ij")
        across = (x - y_up * torch.tan(lean * math.pi / 180).view(-1, 1, 1)).abs()
        ink = (5 - thin.view(-1, 1, 1) / 2 - across).clamp(0, 1)  # 2 * 5 pixels wide, thinner or thicker
        long = (y_up.abs() < (10 + 2 * codes.c_cat[:, 0]).view(-1, 1, 1)).float()
        return (ink * long)[:, None] * 2 - 1


def pictures(family: Bars) -> Tensor:
    x = family.generate(family.latent.sample(200, torch.Generator().manual_seed(1)))
    return torch.from_numpy(to_uint8(x)).permute(0, 3, 1, 2)


def test_each_code_is_named_by_what_it_does_and_the_numbers_are_the_planted_ones() -> None:
    family = Bars()
    leans, thins, nothing = code_effects(family, n=40, deviations=trait_deviations(pictures(family)))
    assert leans.main.trait == "slant"
    assert leans.main.change == pytest.approx(2 * DEGREES, rel=0.1)
    assert leans.main.rank == pytest.approx(1)
    assert (leans.main.monotone, leans.main.straightness) == (1, 1)
    assert leans.main.curve[len(STOPS) // 2] == pytest.approx(0, abs=1)
    assert leans.main.beyond[1] > leans.main.curve[-1] + 5
    assert leans.main.relative == pytest.approx(2 * 3**0.5, rel=0.15)  # 2, in deviations of a uniform code

    width = thins.on("width")
    assert thins.main.trait in ("thickness", "width", "brightness")
    assert width.change == pytest.approx(-2 * PIXELS / 12**0.5, rel=0.15)
    assert width.rank < -0.99
    assert width.monotone == 1
    assert abs(thins.on("slant").relative) < 0.1

    assert all(abs(effect.relative) < 1e-5 for effect in nothing.effects)
    assert all(effect.monotone == 0 for effect in nothing.effects)


def test_a_code_that_leans_half_of_the_latents_the_other_way_is_not_taken_for_a_slant() -> None:
    (leans, *_) = code_effects(Bars(of_two_minds=True), n=200, seed=1)
    slant = leans.on("slant")
    assert abs(slant.rank) < 0.2
    assert 0.4 < slant.monotone < 0.6


def test_the_metrics_say_which_code_changes_what() -> None:
    family = Bars()
    metrics = {m.name: m for m in traversal_metrics(family, pictures(family), n=40)}
    assert metrics["code1_slant_rank_traits_40"].value == pytest.approx(1)
    assert metrics["best_slant_rank_traits_40"].value == pytest.approx(1)
    assert "best code, 1" in metrics["best_slant_change_traits_40"].title
    assert "best code, 2" in metrics["best_width_change_traits_40"].title
    assert metrics["best_thickness_curve_traits_40"].value == pytest.approx(1)
    assert metrics["best_width_monotone_traits_40"].value == 1
    assert all(m.count == 40 and 0 <= m.value < 10 for m in metrics.values())


def test_the_same_numbers_every_time() -> None:
    assert code_effects(Bars(), n=20) == code_effects(Bars(), n=20)
    assert code_effects(Bars(), n=20) != code_effects(Bars(), n=20, seed=1)


def test_a_family_without_continuous_codes_has_nothing_to_sweep() -> None:
    family = Bars(cont_codes=0)
    assert traversal_metrics(family, torch.zeros(2, 1, 32, 32, dtype=torch.uint8)) == []
    with pytest.raises(UserError, match="no continuous codes"):
        code_effects(family)
    with pytest.raises(UserError, match="2 latents at least, got 1"):
        code_effects(Bars(), n=1)


def test_deviations_are_those_of_the_images() -> None:
    images = torch.zeros(600, 1, 8, 8, dtype=torch.uint8)
    images[::2] = 255
    deviations = trait_deviations(images)
    assert float(deviations[TRAITS.index("brightness")]) == pytest.approx(0.5, rel=0.01)
    assert float(deviations[TRAITS.index("slant")]) == 0


def test_evaluation_reports_the_codes() -> None:
    result = evaluate(Bars(size=16), "digits", n=200)
    assert result["code1_slant_rank_traits_500"] > 0.999
    assert result["best_slant_monotone_traits_500"] == 1
    assert not [name for name in result if "traits" in name and name.endswith("floor")]
