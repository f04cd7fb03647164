"""Weights files and cards: round trip, damage, runs as sources, the index."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from gan_core import weights
from gan_core.building import build_trainer, parse_assignments, resolve_config
from gan_core.family import Family
from gan_core.metrics import Metric
from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision, Trainer
from gan_core.weights import (
    Card,
    card_path,
    command_of,
    read_card,
    read_cards,
    render_index,
    save,
    write_index,
)

ROOT = Path(__file__).parents[1]


def small_config(**training: Any) -> RunConfig:
    return resolve_config(
        RunConfig(
            family="mlp",
            dataset="ring8",
            settings={"generator_width": 8, "discriminator_width": 8, "r1_gamma": 0.0, "r2_gamma": 0.0},
            training=TrainingSettings.parse(
                {"steps": 6, "batch_size": 8, "seed": 3, "device": "cpu", **training}
            ),
        )
    )


def trained(steps: int = 3, config: RunConfig | None = None) -> Trainer:
    trainer = build_trainer(config or small_config(), precision=Precision())
    for _ in trainer.run(steps):
        pass
    return trainer


def card_for(**changes: Any) -> Card:
    config = small_config()
    values: dict[str, Any] = {
        "name": "tiny",
        "title": "MLP GAN on Ring of 8",
        "family": "mlp",
        "dataset": "ring8",
        "data": {"kind": "points", "shape": (2,)},
        "settings": config.settings,
        "training": config.training.model_dump(),
        "preset": "default",
        "command": command_of(config),
        "seed": 3,
        "steps": 3,
        "images_seen": 24,
        "seconds": 0.5,
        "device": "cpu, float32",
        "hardware": "a laptop",
        "versions": {"torch": "2"},
        "created": "2026-11-22",
    }
    return Card.parse(values | changes)


@pytest.fixture
def family() -> Family:
    return trained().family


@pytest.fixture
def saved(tmp_path: Path, family: Family) -> Path:
    path = tmp_path / "tiny.safetensors"
    save(path, family, card_for())
    return path


@pytest.fixture
def weights_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    monkeypatch.setattr(weights, "WEIGHTS_DIR", folder)
    return folder


def samples(family: Family) -> torch.Tensor:
    with torch.no_grad():
        return family.generate(family.sample_z(5, torch.Generator().manual_seed(1)))


# --- files ----------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded_and_generates_the_same(saved: Path, family: Family) -> None:
    model = weights.load(saved)
    assert torch.equal(samples(model.family), samples(family))
    assert model.card.modules == ("generator", "discriminator")
    assert not any(
        p.requires_grad or m.training for m in model.family.modules().values() for p in m.parameters()
    )


def test_the_card_describes_the_file_as_it_lies_there(saved: Path, family: Family) -> None:
    card = read_card(card_path(saved))
    content = saved.read_bytes()
    assert card.sha256 == hashlib.sha256(content).hexdigest()
    assert card.bytes == len(content)
    assert card.parameters == sum(p.numel() for m in family.modules().values() for p in m.parameters())


def test_the_generator_alone_generates_but_cannot_score(tmp_path: Path, family: Family) -> None:
    path = tmp_path / "g.safetensors"
    card = save(path, family, card_for(), ["generator"])
    model = weights.load(path)
    assert card.modules == ("generator",)
    assert not any(name.startswith("discriminator") for name in safetensors.torch.load_file(path))
    assert torch.equal(samples(model.family), samples(family))
    assert family.can_score
    assert not model.family.can_score


def test_loading_leaves_the_global_random_numbers_alone(saved: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    weights.load(saved)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    ("name", "modules", "sentence"),
    [
        ("x.bin", None, "must end in .safetensors, got 'x.bin'"),
        ("x.safetensors", ["generator", "critic"], "no network 'critic'; it has generator, discriminator"),
        ("x.safetensors", ["discriminator"], "cannot do without 'generator'"),
        ("folder/x.safetensors", None, "cannot write 'x.safetensors'"),
    ],
)
def test_what_cannot_be_saved_is_refused(
    tmp_path: Path, family: Family, name: str, modules: list[str] | None, sentence: str
) -> None:
    (tmp_path / "folder").write_text("a file where the folder should be")
    with pytest.raises(UserError, match=sentence):
        save(tmp_path / name, family, card_for(), modules)
    assert not (tmp_path / name).exists()


def test_a_failed_write_leaves_the_old_file_loadable(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_core.weights.files.write_atomically", full_disk)
    with pytest.raises(UserError, match="No space left on device"):
        save(saved, trained(5).family, card_for())
    assert weights.load(saved).card.steps == 3


def test_an_infinite_metric_survives_the_card(tmp_path: Path, family: Family) -> None:
    metric = Metric(name="kl", title="KL", value=math.inf, count=10, floor=0.1, better="lower")
    save(tmp_path / "m.safetensors", family, card_for(metrics=[metric.model_dump()]))
    assert weights.load(tmp_path / "m.safetensors").card.metrics == (metric,)


def test_the_folders_of_a_users_own_data_stay_private(tmp_path: Path, family: Family) -> None:
    path = tmp_path / "m.safetensors"
    save(path, family, card_for(dataset="/somewhere/private/cats"))
    assert weights.load(path).card.dataset == "cats"
    assert "private" not in card_path(path).read_text()


# --- damage ---------------------------------------------------------------------------------------------


def edit_card(path: Path, **changes: Any) -> None:
    card = json.loads(card_path(path).read_text())
    card_path(path).write_text(json.dumps(card | changes))


def refit_card(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Other tensors in the file, with a card that knows its size and hash."""
    content = safetensors.torch.save(tensors)
    path.write_bytes(content)
    edit_card(path, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def cut_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)


def cut_card(path: Path) -> None:
    card_path(path).write_text(card_path(path).read_text()[:-40])


def no_tensors_at_all(path: Path) -> None:
    path.write_bytes(b"not a safetensors file")
    edit_card(path, bytes=22, sha256=hashlib.sha256(b"not a safetensors file").hexdigest())


def lose_a_tensor(path: Path) -> None:
    tensors = safetensors.torch.load_file(path)
    refit_card(path, {k: v for k, v in tensors.items() if k != "generator.0.bias"})


def add_a_tensor(path: Path) -> None:
    refit_card(path, {**safetensors.torch.load_file(path), "generator.extra": torch.zeros(1)})


def reshape_a_tensor(path: Path) -> None:
    tensors = safetensors.torch.load_file(path)
    refit_card(path, {**tensors, "generator.0.bias": tensors["generator.0.bias"][:-1].clone()})


def halve_a_tensor(path: Path) -> None:
    tensors = safetensors.torch.load_file(path)
    refit_card(path, {**tensors, "generator.0.bias": tensors["generator.0.bias"].half()})


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (cut_file, r"'tiny.safetensors' has [\d,]+ bytes but its card says [\d,]+"),
        (flip_a_bit, "'tiny.safetensors' is damaged: its SHA-256 is not the one on its card"),
        (cut_card, "the card 'tiny.json' is damaged or cut short"),
        (no_tensors_at_all, "'tiny.safetensors' is no safetensors file"),
        (lose_a_tensor, "does not fit family 'mlp': it lacks tensor 'generator.0.bias'"),
        (add_a_tensor, "it has an unknown tensor 'generator.extra'"),
        (reshape_a_tensor, r"tensor 'generator.0.bias' must be \(8,\) float32, got \(7,\) float32"),
        (halve_a_tensor, r"tensor 'generator.0.bias' must be \(8,\) float32, got \(8,\) float16"),
        (lambda path: card_path(path).unlink(), "there is no card 'tiny.json' beside the weights"),
        (
            lambda path: card_path(path).write_text("[1]"),
            "'tiny.json' is no card: it must hold a JSON object",
        ),
        (
            lambda path: edit_card(path, extra=1),
            "the card 'tiny.json' cannot be read: unknown setting 'extra'",
        ),
        (lambda path: edit_card(path, format=2), "the card 'tiny.json' cannot be read: format"),
        (lambda path: edit_card(path, family="biggan"), "does not fit this version: unknown family 'biggan'"),
        (lambda path: edit_card(path, modules=["g"]), "does not fit this version: .* no network 'g'"),
        (lambda path: edit_card(path, settings={"depth": 3}), "unknown setting 'depth'"),
        (lambda path: edit_card(path, data={"kind": "points", "shape": [10**9]}), "data.shape"),
    ],
)
def test_damage_is_told_in_one_sentence(saved: Path, damage: Callable[[Path], None], sentence: str) -> None:
    damage(saved)
    with pytest.raises(UserError, match=sentence) as caught:
        weights.load(saved)
    assert "\n" not in str(caught.value)


# --- sources --------------------------------------------------------------------------------------------


def stored_run(store: RunStore, config: RunConfig, steps: int = 3) -> tuple[str, Trainer]:
    """A run with the checkpoint of `steps` training steps."""
    run_id = store.create(config)
    trainer = trained(steps, config)
    checkpoints.save(RunFolder(store.folder(run_id)).latest, trainer.state_dict())
    return run_id, trainer


def test_a_name_finds_the_file_in_the_weights_folder(weights_dir: Path, family: Family) -> None:
    save(weights_dir / "tiny.safetensors", family, card_for())
    assert weights.resolve("tiny") == weights_dir / "tiny.safetensors"
    assert weights.load("tiny").card.name == "tiny"


def test_a_run_gives_its_averaged_weights_and_a_full_card(runs_dir: Path, weights_dir: Path) -> None:
    store = RunStore()
    run_id, trainer = stored_run(store, small_config(ema_decay=0.9))
    model = weights.load(run_id, store)
    with trainer.sampling() as averaged:
        assert torch.equal(samples(model.family), samples(averaged))
    assert not torch.equal(samples(model.family), samples(trainer.family))
    card = model.card
    assert (card.family, card.dataset, card.seed, card.steps, card.images_seen) == ("mlp", "ring8", 3, 3, 24)
    assert card.settings["generator_width"] == 8
    assert "torch" in card.versions
    assert card.notes == "Taken at step 3 of 6."


def test_the_command_of_an_open_ended_run_ends_where_the_run_was_left(
    runs_dir: Path, weights_dir: Path
) -> None:
    store = RunStore()
    run_id, _ = stored_run(store, small_config(steps=None))
    command = weights.load(run_id, store).card.command
    assert "--steps 3 " in command
    assert "steps=null" not in command


def test_a_run_without_averaging_gives_its_plain_weights(runs_dir: Path, weights_dir: Path) -> None:
    store = RunStore()
    run_id, trainer = stored_run(store, small_config(ema_decay=0.0))
    assert torch.equal(samples(weights.load(run_id, store).family), samples(trainer.family))


def test_a_kept_checkpoint_is_found_by_its_step(runs_dir: Path, weights_dir: Path) -> None:
    store = RunStore()
    run_id, trainer = stored_run(store, small_config())
    folder = RunFolder(store.folder(run_id))
    checkpoints.save(folder.checkpoint(3), trainer.state_dict())
    for _ in trainer.run(2):
        pass
    checkpoints.save(folder.latest, trainer.state_dict())
    assert weights.load(run_id, store).card.steps == 5
    assert weights.load(run_id, store, step=3).card.steps == 3
    with pytest.raises(UserError, match="no checkpoint at step 4; its checkpoints are at: 3, 5"):
        weights.load(run_id, store, step=4)
    folder.latest.unlink()
    assert weights.load(run_id, store).card.steps == 3


def test_settings_changed_while_training_are_those_of_the_card(runs_dir: Path, weights_dir: Path) -> None:
    store = RunStore()
    config = small_config()
    run_id, trainer = stored_run(store, config)
    trainer.update_settings(trainer.family.settings.changed(lr_generator=0.004))
    checkpoints.save(RunFolder(store.folder(run_id)).latest, trainer.state_dict())
    card = weights.load(run_id, store).card
    assert card.settings["lr_generator"] == 0.004
    assert "Changed while it trained: lr_generator" in card.notes


def test_a_run_can_be_published_under_a_name(runs_dir: Path, weights_dir: Path) -> None:
    store = RunStore()
    run_id, _ = stored_run(store, small_config())
    model = weights.load(run_id, store)
    save(weights_dir / "ring.safetensors", model.family, model.card.changed(name="ring"), ["generator"])
    again = weights.load("ring")
    assert again.card.name == "ring"
    assert torch.equal(samples(again.family), samples(model.family))


@pytest.mark.parametrize(
    ("config", "shape", "classes"),
    [
        (RunConfig(family="classifier", dataset="digits", settings={"width": 8}), (1, 16, 16), 10),
        (RunConfig(family="mlp", dataset="moons"), (2,), 0),
    ],
)
def test_the_card_of_a_run_knows_the_shape_of_its_data(
    runs_dir: Path, weights_dir: Path, config: RunConfig, shape: tuple[int, ...], classes: int
) -> None:
    store = RunStore()
    config = config.model_copy(update={"training": TrainingSettings(device="cpu", batch_size=4, steps=1)})
    run_id, trainer = stored_run(store, resolve_config(config), steps=1)
    model = weights.load(run_id, store)
    assert (model.card.data.shape, len(model.card.data.class_names)) == (shape, classes)
    assert model.family.data == trainer.family.data


def test_a_run_without_a_checkpoint_says_so(runs_dir: Path, weights_dir: Path) -> None:
    store = RunStore()
    run_id = store.create(small_config())
    with pytest.raises(UserError, match="no checkpoint yet"):
        weights.load(run_id, store)


def test_an_unknown_source_names_what_there_is(runs_dir: Path, weights_dir: Path, family: Family) -> None:
    save(weights_dir / "tiny.safetensors", family, card_for())
    with pytest.raises(UserError, match=r"nothing is called 'tiyn' \(did you mean 'tiny'\?\)"):
        weights.load("tiyn", RunStore())
    with pytest.raises(UserError, match=r"weights/ \(tiny\), the id of a run"):
        weights.load("nonesuch")
    with pytest.raises(UserError, match=r"no file 'gone.safetensors'"):
        weights.load("gone.safetensors")


# --- command and index ----------------------------------------------------------------------------------


def test_the_command_spells_out_what_differs_from_the_preset() -> None:
    config = small_config()
    assert command_of(config) == (
        "python -m gan_core train mlp --dataset ring8 --steps 6 --set batch_size=8 --seed 3 --set device=cpu "
        "--set r1_gamma=0.0 --set r2_gamma=0.0 --set generator_width=8 --set discriminator_width=8"
    )


def test_the_command_of_a_plain_preset_is_short() -> None:
    config = resolve_config(RunConfig(family="classifier", dataset="mnist", preset="small-data"))
    assert (
        command_of(config)
        == "python -m gan_core train classifier --dataset mnist --preset small-data --seed 0"
    )


def test_the_command_leads_back_to_the_config() -> None:
    config = small_config()
    pairs = list(pairwise(command_of(config).split()))
    settings, training = parse_assignments("mlp", [value for key, value in pairs if key == "--set"])
    training |= {key[2:]: int(value) for key, value in pairs if key in ("--steps", "--seed")}
    again = RunConfig(
        family="mlp", dataset="ring8", settings=settings, training=TrainingSettings.parse(training)
    )
    assert resolve_config(again) == config


def test_the_command_gives_one_budget_only() -> None:
    command = command_of(small_config(minutes=2.5))
    assert "--minutes 2.5" in command
    assert "--steps" not in command


def test_the_command_keeps_a_users_folder_private() -> None:
    config = resolve_config(RunConfig(family="dcgan", dataset="/somewhere/private/my cats.zip"))
    assert command_of(config) == "python -m gan_core train dcgan --dataset 'my cats.zip' --seed 0"


def test_the_index_shows_every_card(weights_dir: Path, family: Family) -> None:
    metric = {"name": "frechet_points_2500", "title": "Fréchet distance", "value": 0.25, "count": 2500}
    metrics = [metric | {"floor": 0.125, "better": "lower"}]
    save(weights_dir / "b.safetensors", family, card_for(name="b", notes="A note."))
    save(weights_dir / "a.safetensors", family, card_for(name="a", metrics=metrics, seconds=600))
    text = write_index().read_text()
    assert text == render_index(read_cards())
    assert text.index("## a") < text.index("## b")
    assert "| [a](#a) | MLP GAN on Ring of 8 |" in text
    assert "| 10 min | Fréchet distance 0.25 (floor 0.125) |" in text
    assert "| Fréchet distance (`frechet_points_2500`) | 0.25 | 0.125 | 2,500 |" in text
    assert "A note." in text
    assert card_for().command in text


def test_the_index_of_an_empty_folder_says_so(weights_dir: Path) -> None:
    assert "There are none yet." in write_index().read_text()


def test_the_committed_index_is_current() -> None:
    committed = ROOT / "weights" / "README.md"
    assert committed.read_text() == render_index(read_cards(committed.parent)), (
        "run: python -m gan_core.weights"
    )


@pytest.mark.parametrize("path", sorted((ROOT / "weights").glob("*.safetensors")), ids=lambda path: path.stem)
def test_shipped_weights_fit_their_cards(path: Path) -> None:
    card = weights.load(path).card
    assert card.name == path.stem
    assert card.metrics


def test_listing_files_needs_no_torch() -> None:
    program = "import sys; from gan_core.weights import WEIGHTS_DIR; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0
