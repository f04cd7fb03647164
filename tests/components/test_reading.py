from __future__ import annotations

import math

import pytest
import torch

from gan_core.losses import LOSSES
from pages.components.reading import WINDOW, probe_references, read, read_loss, read_probe, references

N = 60
STEPS = list(range(0, N * 20, 20))


def _level(real: float, fake: float) -> tuple[list[int], list[float], list[float]]:
    wobble = [0.02 * math.sin(i) for i in range(N)]
    return STEPS, [real + w for w in wobble], [fake - w for w in wobble]


@pytest.mark.parametrize(
    ("real", "fake", "kind"),
    [
        (0.55, 0.45, "balanced"),
        (0.5, 0.5, "balanced"),
        (0.75, 0.3, "learning"),
        (0.98, 0.02, "d_too_strong"),
        (0.4, 0.6, "g_fools_d"),
        (0.85, 0.8, "g_fools_d"),
    ],
)
def test_steady_answers_are_read_by_their_levels(real: float, fake: float, kind: str) -> None:
    assert read(*_level(real, fake)).kind == kind


def test_without_scores_it_says_where_they_will_come_from() -> None:
    assert read([], [], []).kind == "no_scores"


def test_the_first_steps_are_not_judged() -> None:
    assert read(STEPS[:4], [0.9] * 4, [0.1] * 4).kind == "just_started"
    assert read(list(range(20)), [0.99] * 20, [0.01] * 20).kind == "just_started"


def test_a_swinging_lead_is_called_oscillating() -> None:
    swing = [0.35 * math.sin(i / 1.5) for i in range(N)]
    assert read(STEPS, [0.5 + s for s in swing], [0.5 - s for s in swing]).kind == "oscillating"


def test_a_steady_climb_is_not_called_oscillating() -> None:
    climb = [max(0.0, (i - N + WINDOW) / WINDOW) for i in range(N)]
    assert read(STEPS, [0.5 + c / 2 for c in climb], [0.5 - c / 2 for c in climb]).kind != "oscillating"


def test_only_the_newest_values_count() -> None:
    steps, real, fake = _level(0.98, 0.02)
    old, quiet = [0.5] * (N - WINDOW), slice(N - WINDOW, None)
    assert read(steps, old + real[quiet], old + fake[quiet]).kind == "d_too_strong"


def test_values_that_are_no_numbers_are_passed_over() -> None:
    steps, real, fake = _level(0.55, 0.45)
    real[-3] = float("nan")
    assert read(steps, real, fake).kind == "balanced"


def test_the_sentence_tells_the_numbers_and_what_to_do() -> None:
    sentence = read(*_level(0.98, 0.02)).sentence
    assert "D(real) 0.98, D(fake) 0.02" in sentence
    assert "learning rate" in sentence


@pytest.mark.parametrize("relativistic", [False, True])
@pytest.mark.parametrize("name", ["non_saturating", "minimax"])
def test_reference_lines_are_the_losses_at_logits_of_zero(name: str, relativistic: bool) -> None:
    zeros = torch.zeros(8)
    loss = LOSSES[name]
    d = float(loss.discriminator_loss(zeros, zeros, relativistic=relativistic))
    g = float(loss.generator_loss(zeros, zeros if relativistic else None))
    values = [value for value, _ in references(name, relativistic=relativistic)]
    assert sorted(values) == pytest.approx(sorted({round(d, 6), round(g, 6)}), abs=1e-5)


def test_losses_without_a_meaning_at_one_half_get_no_reference() -> None:
    assert references("wasserstein") == ()
    assert references(None) == ()


PROBE = {
    "name": "agreement", "title": "Recognised", "words": "{value} are recognised", "is_share": True,
    "worst": [0.1, "guessing"], "best": [0.9, "real images"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0.1, "No better than guessing: 10\u00a0% are recognised."),
        (0.05, "No better than guessing: 5\u00a0% are recognised."),
        (0.4, "Learning: 40\u00a0% are recognised."),
        (0.753, "Mostly right: 75.3\u00a0% are recognised."),
        (0.89, "Close to real images: 89\u00a0% are recognised."),
    ],
)
def test_a_share_is_read_by_its_place_between_the_references(value: float, sentence: str) -> None:
    assert read_probe(PROBE, value) == sentence


def test_a_number_of_which_less_is_better_is_read_the_same_way() -> None:
    distance = {**PROBE, "is_share": False, "worst": [40.0, "noise"], "best": [0.15, "real images"]}
    assert read_probe(distance, 39.0).startswith("No better than noise: 39 are")
    assert read_probe(distance, 0.3).startswith("Close to real images: 0.3 are")


def test_without_references_only_the_value_is_said() -> None:
    bare = {**PROBE, "worst": None}
    assert read_probe(bare, 0.4) == "40\u00a0% are recognised."
    assert probe_references(bare) == ((0.9, "real images: 90\u00a0%"),)


@pytest.mark.parametrize(("change", "kind"), [(-1.0, "learning"), (0.0, "settled"), (1.0, "rising")])
def test_a_loss_is_read_against_its_own_noise(change: float, kind: str) -> None:
    losses = [100 + change * i / 10 + math.sin(2.4 * i) for i in range(N)]
    reading = read_loss(STEPS, losses)
    assert reading.kind == kind
    assert reading.sentence.endswith(".")


def test_a_loss_without_a_past_is_not_judged() -> None:
    assert read_loss([], []).kind == "no_scores"
    assert read_loss([0, 20], [100.0, 50.0]).kind == "just_started"
    assert read_loss(STEPS, [math.nan] * N).kind == "no_scores"
