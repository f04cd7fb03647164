"""What a snapshot shows, and that taking one leaves training alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gan_core.building import build_trainer, resolve_config
from gan_core.conditions import outline
from gan_core.data import BatchStream, ImageDataset
from gan_core.families import FAMILIES
from gan_core.images import from_uint8, to_uint8
from gan_core.runs import snapshots
from gan_core.runs.snapshots import Snapshotter
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision, Trainer

Tiny = Callable[..., RunConfig]


@pytest.fixture
def points(tiny: Tiny) -> Trainer:
    return build_trainer(resolve_config(tiny()), precision=Precision())


def images(family: str, settings: dict[str, Any], side: int = 16) -> Trainer:
    """A trainer on 50 random grey images in two classes."""
    rng = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (50, 1, side, side), generator=rng, dtype=torch.uint8)
    data = ImageDataset("random", pixels, torch.arange(50) % 2, ("a", "b"))
    torch.manual_seed(2)
    cls = FAMILIES[family]
    training = TrainingSettings(batch_size=4, seed=3)
    stream = BatchStream(data, 4, rng)
    return Trainer(cls(cls.Settings.parse(settings), data.spec), stream, training, torch.device("cpu"))


@pytest.fixture
def dcgan() -> Trainer:
    return images("dcgan", {"width": 8})


def _equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


def test_a_snapshot_of_points_holds_both_clouds_and_the_field(points: Trainer) -> None:
    snapshot = Snapshotter(points).take()
    assert snapshot is not None
    shapes = {name: (array.shape, str(array.dtype)) for name, array in snapshot.items()}
    assert shapes == {
        "fake": ((512, 2), "float32"),
        "real": ((512, 2), "float32"),
        "extent": ((), "float32"),
        "field": ((48, 48), "float32"),
    }
    assert np.abs(snapshot["real"]).max() < snapshot["extent"]
    assert 0 <= snapshot["field"].min() <= snapshot["field"].max() <= 1


def test_rows_of_the_field_go_up_and_columns_to_the_right(
    points: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points.family, "discriminator_scores", lambda x, y=None: x[:, 0] + 10 * x[:, 1])
    snapshot = Snapshotter(points).take()
    assert snapshot is not None
    extent = float(snapshot["extent"])
    assert snapshot["field"][0, 0] == pytest.approx(-11 * extent)
    assert snapshot["field"][0, -1] == pytest.approx(-9 * extent)
    assert snapshot["field"][-1, 0] == pytest.approx(9 * extent)


def test_a_snapshot_of_images_holds_pictures_and_scores(dcgan: Trainer) -> None:
    snapshotter = Snapshotter(dcgan)
    snapshot = snapshotter.take()
    assert snapshot is not None
    shapes = {name: (array.shape, str(array.dtype)) for name, array in snapshot.items()}
    assert shapes == {
        "fake": ((64, 16, 16, 1), "uint8"),
        "fake_score": ((64,), "float32"),
        "real_score": ((64,), "float32"),
    }
    real = snapshotter.real_images
    assert real is not None
    assert (real.shape, str(real.dtype)) == ((64, 16, 16, 1), "uint8")
    with dcgan.sampling() as family:
        scores = family.discriminator_scores(torch.from_numpy(real).permute(0, 3, 1, 2) / 127.5 - 1)
    np.testing.assert_allclose(snapshot["real_score"], scores.numpy(), rtol=1e-4)


@pytest.fixture
def cgan() -> Trainer:
    return images("cgan", {"width": 8})


def test_a_conditional_family_shows_one_class_per_row_with_the_same_noise(cgan: Trainer) -> None:
    snapshotter = Snapshotter(cgan)
    snapshot = snapshotter.take()
    assert snapshot is not None
    shapes = {name: (array.shape, str(array.dtype)) for name, array in snapshot.items()}
    assert shapes == {
        "fake": ((20, 16, 16, 1), "uint8"),  # two classes
        "fake_score": ((20,), "float32"),
        "real_score": ((20,), "float32"),
        "columns": ((), "int64"),
    }
    request, real = snapshotter._request, snapshotter._real
    assert request is not None
    assert request.y is not None
    assert request.y.tolist() == [0] * 10 + [1] * 10
    assert torch.equal(request.z[:10], request.z[10:])
    data = snapshots.training_data(cgan)
    assert isinstance(data, ImageDataset)
    assert data.labels is not None
    everything = data.batch(torch.arange(50)).real
    for image, c in zip(real, request.y.tolist(), strict=True):
        matches = (everything == image).flatten(1).all(1)
        assert c in data.labels[matches].tolist()
    with cgan.sampling() as family:
        scores = family.discriminator_scores(real, request.y)
    np.testing.assert_allclose(snapshot["real_score"], scores.numpy(), rtol=1e-4)


def test_a_family_with_a_code_shows_one_value_per_row() -> None:
    trainer = images("infogan", {"width": 8, "cat_size": 30})
    snapshotter = Snapshotter(trainer)
    snapshot = snapshotter.take()
    assert snapshot is not None
    assert snapshot["fake"].shape == (100, 16, 16, 1)
    assert snapshotter.real_images is not None
    assert len(snapshotter.real_images) == 100
    assert snapshotter._request is not None
    assert trainer.family.latent is not None
    codes = trainer.family.latent.split(snapshotter._request.z).c_cat[::10, 0].tolist()
    assert codes == [0, 3, 6, 10, 13, 16, 19, 23, 26, 29]  # ten of thirty, spread evenly


def test_without_a_categorical_code_there_are_no_rows() -> None:
    snapshot = Snapshotter(images("infogan", {"width": 8, "cat_codes": 0})).take()
    assert snapshot is not None
    assert snapshot["fake"].shape == (64, 16, 16, 1)
    assert "columns" not in snapshot


def test_a_class_without_an_image_shows_any_real_one(cgan: Trainer) -> None:
    data = snapshots.training_data(cgan)
    assert isinstance(data, ImageDataset)
    first = data.subset(torch.arange(0, 50, 2))  # class 0 alone
    assert len(snapshots._of_classes(first, torch.tensor([0, 1, 1]), torch.Generator())) == 3


def test_large_pictures_are_fewer() -> None:
    large = images("dcgan", {"width": 8}, side=64)
    snapshot = Snapshotter(large).take()
    assert snapshot is not None
    assert snapshot["fake"].shape == (snapshots.LARGE_IMAGES, 64, 64, 1)


@pytest.mark.parametrize("kind", ["points", "dcgan", "cgan"])
def test_taking_a_snapshot_does_not_change_training(kind: str, request: pytest.FixtureRequest) -> None:
    trainer: Trainer = request.getfixturevalue(kind)
    snapshotter = Snapshotter(trainer)
    list(trainer.run(2))
    before = repr(trainer.state_dict())
    global_rng = torch.get_rng_state()
    first = snapshotter.take()
    second = snapshotter.take()
    assert first is not None
    assert second is not None
    assert _equal(first, second)
    assert repr(trainer.state_dict()) == before
    assert torch.equal(torch.get_rng_state(), global_rng)
    assert all(module.training for module in trainer.modules.values())


@pytest.mark.parametrize("kind", ["points", "dcgan", "cgan"])
def test_the_noise_is_fixed_and_the_networks_change(kind: str, request: pytest.FixtureRequest) -> None:
    trainer: Trainer = request.getfixturevalue(kind)
    first, again = Snapshotter(trainer).take(), Snapshotter(trainer).take()  # as after a resume
    assert first is not None
    assert again is not None
    assert _equal(first, again)
    list(trainer.run(3))
    later = Snapshotter(trainer).take()
    assert later is not None
    assert not np.array_equal(first["fake"], later["fake"])
    if "real" in first:
        np.testing.assert_array_equal(first["real"], later["real"])


def test_a_family_that_does_not_generate_has_no_snapshots() -> None:
    assert Snapshotter(images("classifier", {}, side=28)).take() is None


def test_a_family_that_does_not_score_has_neither_scores_nor_field(points: Trainer, dcgan: Trainer) -> None:
    for trainer, names in ((points, {"fake", "real", "extent"}), (dcgan, {"fake"})):
        trainer.family.can_score = False
        snapshot = Snapshotter(trainer).take()
        assert snapshot is not None
        assert snapshot.keys() == names


@pytest.mark.parametrize("condition", ["outline", "partial"])
def test_a_family_that_translates_shows_what_it_makes_of_the_real_images(condition: str) -> None:
    trainer = images("pix2pix", {"width": 8, "condition": condition})
    snapshotter = Snapshotter(trainer)
    conditions, real = snapshotter.conditions, snapshotter.real_images
    assert conditions is not None
    assert real is not None
    assert conditions.shape == real.shape == (64, 16, 16, 1)
    if condition == "outline":
        lines = outline(from_uint8(torch.from_numpy(real).permute(0, 3, 1, 2)))
        np.testing.assert_array_equal(conditions, to_uint8(lines))
    first = snapshotter.take()
    assert first is not None
    assert {name: array.shape for name, array in first.items()} == {
        "fake": (64, 16, 16, 1), "fake_score": (64,), "real_score": (64,),
    }  # fmt: skip
    assert _equal(first, Snapshotter(trainer).take() or {})
    list(trainer.run(2))
    second = snapshotter.take()
    assert second is not None
    assert not np.array_equal(first["fake"], second["fake"])
    np.testing.assert_array_equal(conditions, snapshotter.conditions)


def test_other_families_have_no_conditions(dcgan: Trainer) -> None:
    assert Snapshotter(dcgan).conditions is None


def test_a_family_that_encodes_shows_the_real_images_rebuilt() -> None:
    trainer = images("autoencoder", {"width": 4, "stem_width": 8, "head_width": 8, "z_dim": 4})
    snapshotter = Snapshotter(trainer)
    snapshot = snapshotter.take()
    assert snapshot is not None
    assert snapshotter.real_images is not None
    real = from_uint8(torch.from_numpy(snapshotter.real_images)).permute(0, 3, 1, 2)
    with trainer.sampling() as family:
        rebuilt = family.generate(family.encode(real))
    assert np.abs(snapshot["rebuilt"].astype(int) - to_uint8(rebuilt)).max() <= 1
    assert "fake_score" not in snapshot
