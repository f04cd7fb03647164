"""What is measured of a family that draws sentences, with an artist and a reader whose ways are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import Result
from torch import Tensor
from typer.testing import CliRunner

from gan_core import weights
from gan_core.capabilities import Drawn, Illustration
from gan_core.cli.app import app
from gan_core.data import ImageDataset
from gan_core.data.captions import ATTRIBUTES, TEXT, read
from gan_core.data.progress import silent
from gan_core.data.scenes import SceneDataset, build_scenes
from gan_core.evaluation import illustration
from gan_core.evaluation.illustration import evaluate_illustration, evaluate_reader
from gan_core.family import Family
from gan_core.illustrating import draw, some_captions
from gan_core.latent_spec import LatentSpec
from gan_core.phases import DataSpec
from gan_core.runs.snapshots import Snapshotter
from gan_core.runs.store import RunStore
from gan_core.settings import Settings, UserError
from tests.small_runs import small_talker

SIDE = 16
SPEC = DataSpec("images", (3, SIDE, SIDE), text=TEXT, attributes=ATTRIBUTES)


class Known(Family):
    """Writes what a sentence says into pixels, its sketch always with a wrong first digit; and reads them."""

    name = "known"
    data_kinds = ("images",)
    default_dataset = "captioned-digits"
    can_illustrate = True
    can_read_attributes = True
    illustration = Illustration(TEXT, LatentSpec(4), (3, SIDE, SIDE))

    def __init__(self) -> None:
        super().__init__(Settings(), SPEC)
        self.net = torch.nn.Linear(1, 1)

    def modules(self) -> dict[str, torch.nn.Module]:
        return {"net": self.net}

    def phases(self) -> Any:
        return ()

    def illustrate(self, captions: Tensor, z: Tensor) -> Drawn:
        rows = torch.tensor([read(TEXT.decode(row)).row for row in captions])
        wrong = rows.clone()
        wrong[:, 3] = (wrong[:, 3] + 1) % 10
        return Drawn(z, written(wrong), written(rows) + 0 * z.mean())

    def read_attributes(self, x: Tensor) -> Tensor:
        return (x[:, 0, 0, : len(ATTRIBUTES)].add(1).mul(127.5 / 10).round()).long()

    def features(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :8]


def written(rows: Tensor) -> Tensor:
    x = torch.full((len(rows), 3, SIDE, SIDE), -1.0)
    x[:, :, 0, : rows.shape[1]] = (rows * 10 / 127.5 - 1)[:, None]
    return x


class Written(SceneDataset):
    """Scenes that hold their attributes in pixels."""

    def compose(self, indices: Tensor) -> Tensor:
        return written(self.table.attributes[indices].long())


@pytest.fixture
def scenes(monkeypatch: pytest.MonkeyPatch) -> dict[str, SceneDataset]:
    monkeypatch.setattr("gan_core.data.scenes.COUNTS", {"train": 120, "test": 60})
    marks = torch.zeros(20, 1, 28, 28, dtype=torch.uint8)
    marks[:, :, 4:24, 10:18] = 255
    digits = ImageDataset("bars", marks, torch.arange(20) % 10, tuple("0123456789"))
    found = {split: build_scenes("bars", digits, SIDE, split) for split in ("train", "test")}
    return {split: Written(data.name, data.marks, data.table, data.side) for split, data in found.items()}


def test_agreement_counts_what_the_reader_sees(
    scenes: dict[str, SceneDataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Known()
    card = weights.Card.model_construct(name="reader-known", sha256="0")
    monkeypatch.setattr(illustration, "reader_for", lambda dataset: weights.LoadedModel(known, card))
    found = evaluate_illustration(
        known, "captioned-digits", scenes["train"], scenes["test"], n=50, seed=0, progress=silent
    )
    for kind in ("position", "size", "colour", "digit", "scene"):
        assert found[f"{kind}_agreement_reader_50"] == 1
        assert found[f"{kind}_agreement_reader_50_floor"] == 1
    for kind, share in (("position", 1), ("colour", 1), ("digit", 0), ("scene", 0)):
        assert found[f"sketch_{kind}_agreement_reader_50"] == share
    pictures, sketches = found["frechet_reader-known_50"], found["sketch_frechet_reader-known_50"]
    assert pictures == pytest.approx(0, abs=1e-6)
    assert sketches > pictures


def test_a_reader_is_tested_on_every_held_out_scene(scenes: dict[str, SceneDataset]) -> None:
    known = Known()
    found = evaluate_reader(known, "captioned-digits", scenes["test"], silent)
    assert set(found.values()) == {1.0}
    known.read_attributes = lambda x: Known.read_attributes(known, x) * torch.tensor([1, 1, 1, 0, 1, 1, 1])  # type: ignore[method-assign]
    found = evaluate_reader(known, "captioned-digits", scenes["test"], silent)
    zeros = float((scenes["test"].table.attributes[:, 3] == 0).double().mean())
    assert found["digit_accuracy_test_60"] == found["scene_accuracy_test_60"] == zeros
    assert found["colour_accuracy_test_60"] == 1


def test_captions_come_in_an_order_that_follows_the_seed_each_once_first(
    scenes: dict[str, SceneDataset],
) -> None:
    test = scenes["test"]
    one, same, other = (some_captions(test, 70, seed) for seed in (1, 1, 2))
    assert torch.equal(one.captions, same.captions)
    assert not torch.equal(one.captions, other.captions)
    assert torch.equal(one.captions[:10], one.captions[60:])
    plain = ImageDataset("plain", torch.zeros(4, 1, 16, 16, dtype=torch.uint8))
    with pytest.raises(UserError, match="'plain' has no captions; choose captioned-digits"):
        some_captions(plain, 2, 0)


def test_noise_follows_the_seed() -> None:
    family, captions = Known(), TEXT.encode(TEXT.example).expand(3, -1)
    assert torch.equal(draw(family, captions, 1).embedding, draw(family, captions, 1).embedding)
    assert not torch.equal(draw(family, captions, 1).embedding, draw(family, captions, 2).embedding)


def said(result: Result) -> str:
    """What a command printed, without its line breaks."""
    return " ".join(result.output.split())


def test_the_command_draws_a_sentence_and_names_what_it_does_not_know(tmp_path: Path, runs_dir: Path) -> None:
    run, out = small_talker(RunStore(runs_dir)), tmp_path / "out.npz"
    command = ["sample", run, "--n", "2", "--out", str(out), "--caption"]
    result = CliRunner().invoke(app, [*command, "A red three"])
    assert result.exit_code == 0, result.output
    with np.load(out) as arrays:
        assert arrays["images"].shape == (2, 32, 32, 3)
        assert arrays["sketches"].shape == (2, 8, 8, 3)
        assert arrays["captions"].tolist() == ["a red three"] * 2
        assert not np.array_equal(arrays["images"][0], arrays["images"][1])
    result = CliRunner().invoke(app, [*command, "a red cat", "--yes"])
    assert result.exit_code == 2
    assert "unknown: “cat”" in said(result)
    sheet = tmp_path / "out.png"
    result = CliRunner().invoke(
        app, ["sample", run, "--n", "2", "--out", str(sheet), "--caption", "an eight"]
    )
    assert result.exit_code == 0, result.output
    assert sheet.stat().st_size > 0


def test_a_sentence_for_a_family_that_reads_none_is_refused(tmp_path: Path) -> None:
    out = str(tmp_path / "out.npz")
    result = CliRunner().invoke(app, ["sample", "dcgan-digits", "--out", out, "--caption", "a three"])
    assert result.exit_code == 2
    assert "reads no sentences; choose stackgan" in said(result)


def test_weights_keep_the_vocabulary(tmp_path: Path, runs_dir: Path) -> None:
    model = weights.load(small_talker(RunStore(runs_dir)), RunStore(runs_dir))
    path = tmp_path / "talker.safetensors"
    weights.save(path, model.family, model.card, model.family.sampling_modules)
    loaded = weights.load(path)
    assert loaded.card.data.text == TEXT
    assert loaded.family.data == model.family.data
    assert not loaded.family.can_score
    caption = TEXT.encode(TEXT.example)
    torch.testing.assert_close(
        draw(loaded.family, caption, 0).picture, draw(model.family, caption, 0).picture
    )
    words = json.loads(path.with_suffix(".json").read_text())["data"]["text"]["words"]
    assert words == list(TEXT.words)


def test_snapshots_show_sketch_and_picture_of_the_captions_of_real_scenes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gan_core.building import build_trainer
    from gan_core.settings import RunConfig, TrainingSettings
    from gan_core.trainer import Precision

    monkeypatch.setattr("gan_core.data.scenes.COUNTS", {"train": 64, "test": 10})
    monkeypatch.setattr("gan_core.data.loading.dataset_status", lambda name: "download")
    sizes = {
        "width": 4,
        "stage2_width": 8,
        "text_dims": 8,
        "word_dims": 4,
        "text_steps": 1,
        "stage1_steps": 1,
    }
    training = TrainingSettings(batch_size=4, image_size=16)
    config = RunConfig(family="stackgan", dataset="captioned-digits", settings=sizes, training=training)
    trainer = build_trainer(config, precision=Precision())
    snapshotter = Snapshotter(trainer)
    captions, real = snapshotter.captions, snapshotter.real_images
    assert captions is not None
    assert real is not None
    assert len(captions) == len(real) == 64
    read(str(captions[0]))
    first = snapshotter.take()
    assert first is not None
    assert {name: array.shape for name, array in first.items()} == {
        "fake": (64, 16, 16, 3), "sketch": (64, 4, 4, 3), "fake_score": (64,), "real_score": (64,),
    }  # fmt: skip
    list(trainer.run(3))
    second = snapshotter.take()
    assert second is not None
    assert not np.array_equal(first["sketch"], second["sketch"])
    assert not np.array_equal(first["fake"], second["fake"])
