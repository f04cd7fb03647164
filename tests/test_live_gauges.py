"""The gauges of collapse while a run trains, on generators whose quality is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gan_core import weights
from gan_core.building import build_trainer, resolve_config
from gan_core.data import DATASETS, ImageDataset, PointDataset, load_dataset
from gan_core.evaluation import live_images
from gan_core.evaluation.live import find_probes
from gan_core.evaluation.subject import Subject
from gan_core.images import from_uint8
from gan_core.metrics import REPEATED
from gan_core.runs.probes import Probe
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision, Trainer

torch.set_num_threads(1)

ON_D = {"d_right_on_train", "d_right_on_fake"}
OVERLAP = {"coverage", "precision", "recall", "density", "support", "frechet"}
POINT_GAUGES = {"js_divergence", "optimality_gap"} | OVERLAP | ON_D
IMAGE_GAUGES = {
    "classes", "class_kl", "turnover", "variety", "ms_ssim", "memorisation", "d_overfit",
    "d_right_on_held_out",
} | OVERLAP | ON_D  # fmt: skip


def trainer(family: str, dataset: str, **settings: object) -> Trainer:
    training = TrainingSettings(steps=4, batch_size=8)
    config = RunConfig(family=family, dataset=dataset, settings=settings, training=training)
    return build_trainer(resolve_config(config), precision=Precision())


def images_trainer() -> Trainer:
    return trainer("dcgan", "digits", width=4, stem_width=0, head_width=0)


def probes_of(t: Trainer, dataset: str) -> dict[str, Probe]:
    return {probe.name: probe for probe in find_probes(t, dataset).probes}


def value(t: Trainer, probe: Probe) -> float:
    with t.sampling() as family:
        return probe.measure(family)


def drawing_from(examples: Tensor) -> Callable[..., Tensor]:
    """A generator that draws from a list."""
    rng = torch.Generator().manual_seed(5)

    def generate(z: Tensor, y: Tensor | None = None) -> Tensor:
        return examples[torch.randint(len(examples), (len(z),), generator=rng)]

    return generate


def digits(split: str = "train") -> ImageDataset:
    dataset = load_dataset("digits", split=split)  # type: ignore[arg-type]
    assert isinstance(dataset, ImageDataset)
    return dataset


def test_a_run_on_points_is_gauged_by_modes_sharpness_and_divergence(monkeypatch: pytest.MonkeyPatch) -> None:
    t = trainer("mlp", "ring8")
    found = probes_of(t, "ring8")
    assert set(found) == POINT_GAUGES | {"modes", "modes_near", "high_quality", "mode_kl", "turnover"}
    ring = load_dataset("ring8")
    assert isinstance(ring, PointDataset)
    real = ring.sample(5000, torch.Generator().manual_seed(3))
    monkeypatch.setattr(t.family, "generate", drawing_from(real))
    assert value(t, found["modes"]) == 8
    assert value(t, found["high_quality"]) == pytest.approx(0.989, abs=0.01)
    best = found["js_divergence"].best
    assert best is not None
    assert value(t, found["js_divergence"]) == pytest.approx(best.value, rel=0.5)
    monkeypatch.setattr(t.family, "generate", drawing_from(real[real[:, 0] > 0.9]))  # the mode at (1, 0)
    assert value(t, found["modes"]) == 1
    # one of eight equal modes, by hand: KL(p, m) = 7/8 ln 2 + 1/8 ln (1/8) / (9/16), KL(q, m) = ln 16/9
    by_hand = 0.5 * (7 / 8 * math.log(2) + 1 / 8 * math.log(2 / 9) + math.log(16 / 9))
    assert value(t, found["js_divergence"]) == pytest.approx(by_hand, abs=0.02)


def test_data_without_modes_are_gauged_by_the_law_and_by_neighbours() -> None:
    assert set(probes_of(trainer("mlp", "circle"), "circle")) == POINT_GAUGES


def test_replayed_digits_look_like_real_ones_and_half_the_classes_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t, train = images_trainer(), digits()
    assert train.labels is not None
    found = probes_of(t, "digits")
    assert set(found) == IMAGE_GAUGES
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images)))
    assert value(t, found["classes"]) == 10
    whole, far = value(t, found["coverage"]), value(t, found["frechet"])
    best = found["coverage"].best
    assert best is not None
    assert whole == pytest.approx(best.value, abs=0.08)
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images[train.labels < 5])))
    assert value(t, found["classes"]) == 5
    assert value(t, found["coverage"]) < 0.65
    assert value(t, found["frechet"]) > 3 * far


def test_a_discriminator_that_knows_its_images_by_heart_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    t = images_trainer()
    probe = probes_of(t, "digits")["d_overfit"]
    known = {image.numpy().tobytes() for image in from_uint8(digits().images)}

    def by_heart(x: Tensor, y: Tensor | None = None) -> Tensor:
        return torch.tensor([0.9 if image.numpy().tobytes() in known else 0.2 for image in x])

    monkeypatch.setattr(t.family, "discriminator_scores", by_heart)
    assert value(t, probe) == pytest.approx(0.7, abs=0.02)  # some test images may be equal to training ones
    monkeypatch.setattr(t.family, "discriminator_scores", lambda x, y=None: torch.full((len(x),), 0.4))
    assert value(t, probe) == 0


def test_without_a_classifier_groups_of_similar_images_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)
    t, train = images_trainer(), digits()
    found = probes_of(t, "digits")
    assert "groups" in found["classes"].words
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images)))
    assert value(t, found["classes"]) == 10
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images[:1])))
    assert value(t, found["classes"]) == 1


def test_images_that_are_not_here_are_not_compared_with_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t = images_trainer()
    monkeypatch.setattr("gan_core.evaluation.subject.dataset_status", lambda name: "missing")
    found = find_probes(t, "digits")
    assert [probe.name for probe in found.probes] == [
        "classes", "class_kl", "turnover", "d_right_on_train", "d_right_on_fake"
    ]  # fmt: skip
    assert found.missing == (
        "How much of the data is covered is not measured: the test images are not on this machine.",
    )


def test_where_the_data_repeat_themselves_no_copies_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    t = images_trainer()
    assert "memorisation" in probes_of(t, "digits")

    def seen_before(subject: Subject) -> tuple[Tensor, Tensor]:
        assert isinstance(subject.data, ImageDataset)
        seen = subject.read(live_images.some_images(subject.data, live_images.COPIED).images)
        return seen, seen

    monkeypatch.setattr(live_images, "_real_features", seen_before)
    found = find_probes(t, "digits")
    assert "memorisation" not in [probe.name for probe in found.probes]
    assert REPEATED in found.missing


def test_measuring_draws_nothing_from_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs, one of which is measured after each step, end with the same weights."""
    ends = []
    for measured in (False, True):
        t = trainer("mlp", "ring8")
        found = probes_of(t, "ring8")
        for _ in t.run(3):
            if measured:
                for probe in found.values():
                    value(t, probe)
        ends.append([w.clone() for m in t.modules.values() for w in m.parameters()])
    for a, b in zip(*ends, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_the_catalogue_is_not_named_in_a_gauge() -> None:
    """A drawn heart, the data set with settings of its own, is gauged as well."""
    assert "drawn" in DATASETS
    assert set(probes_of(trainer("mlp", "drawn"), "drawn")) == POINT_GAUGES


def test_a_family_of_images_on_bare_images_still_has_its_gauges(monkeypatch: pytest.MonkeyPatch) -> None:
    t, bare = images_trainer(), replace(digits(), labels=None, class_names=())
    monkeypatch.setattr(t.stream, "dataset", bare)
    found = probes_of(t, "digits")
    assert "groups" in found["classes"].words


def test_points_that_repeat_themselves_or_gather_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    t, ring = trainer("mlp", "ring8"), load_dataset("ring8")
    assert isinstance(ring, PointDataset)
    found, real = probes_of(t, "ring8"), ring.sample(5000, torch.Generator().manual_seed(3))
    monkeypatch.setattr(t.family, "generate", lambda z, y=None: real[: len(z)])
    varied = value(t, found["support"])
    assert value(t, found["coverage"]) > 0.9
    assert value(t, found["mode_kl"]) < 0.01
    assert value(t, found["modes_near"]) == 8
    monkeypatch.setattr(t.family, "generate", drawing_from(real[:40]))
    assert value(t, found["support"]) == pytest.approx(40, rel=0.5)
    assert varied > 5000
    beside = torch.tensor([0.8, 0.8]) + 0.01 * torch.randn(200, 2, generator=torch.Generator().manual_seed(1))
    monkeypatch.setattr(t.family, "generate", drawing_from(beside))
    assert (value(t, found["modes"]), value(t, found["modes_near"])) == (0, 1)
    assert value(t, found["precision"]) < 0.05


def test_noise_that_hops_to_another_mode_is_counted_from_the_second_look_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t = trainer("mlp", "ring8")
    probe = probes_of(t, "ring8")["turnover"]
    at = torch.zeros(2500, 2)
    at[:, 0] = 1.0  # the mode at (1, 0)
    monkeypatch.setattr(t.family, "generate", lambda z, y=None: at)
    assert math.isnan(value(t, probe))
    assert value(t, probe) == 0
    hopped = at.clone()
    hopped[:1000] *= -1
    monkeypatch.setattr(t.family, "generate", lambda z, y=None: hopped)
    assert value(t, probe) == pytest.approx(0.4)


def test_d_that_guesses_and_d_that_knows_are_told_apart_on_points(monkeypatch: pytest.MonkeyPatch) -> None:
    t = trainer("mlp", "ring8", relativistic=False)
    found = probes_of(t, "ring8")
    monkeypatch.setattr(t.family, "generate", lambda z, y=None: torch.full((len(z), 2), 1.3))
    monkeypatch.setattr(t.family, "discriminator_scores", lambda x, y=None: (x.sum(1) < 2).float())
    assert value(t, found["d_right_on_train"]) == 1
    assert value(t, found["d_right_on_fake"]) == 1
    assert value(t, found["optimality_gap"]) < 0.01  # 1 where only real points are, 0 where only fakes
    (tally,) = find_probes(t, "ring8").tallies
    with t.sampling() as family:
        counts = tally.count(tally.look(family))
    assert counts == {"seen": [0] * 19 + [500], "fake": [500] + [0] * 19}


def test_copies_one_image_per_class_and_a_lopsided_mix_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    t, train, unseen = images_trainer(), digits(), digits("test")
    assert train.labels is not None
    found = probes_of(t, "digits")
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(unseen.images)))
    assert value(t, found["variety"]) == pytest.approx(1, abs=0.1)
    alike, fresh = value(t, found["ms_ssim"]), value(t, found["memorisation"])
    assert value(t, found["class_kl"]) < 0.1
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images)))
    assert value(t, found["memorisation"]) < 0.7 * fresh
    first = [int((train.labels == c).nonzero()[0]) for c in range(10)]
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images[first])))
    assert value(t, found["variety"]) < 0.1
    assert value(t, found["ms_ssim"]) > max(0.95, alike)
    assert value(t, found["support"]) < 20
    monkeypatch.setattr(t.family, "generate", drawing_from(from_uint8(train.images[train.labels == 3])))
    assert value(t, found["class_kl"]) == pytest.approx(math.log(10), abs=0.3)
