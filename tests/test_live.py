"""What is measured while a run trains: agreement of classes, accuracy of codes, or why there is neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gan_core import weights
from gan_core.building import build_trainer, resolve_config
from gan_core.data import ImageDataset, load_dataset
from gan_core.evaluation.live import find_probes
from gan_core.evaluation.measuring import evaluate
from gan_core.images import from_uint8
from gan_core.latent_spec import CodeReading
from gan_core.runs.probes import Probe
from gan_core.runs.store import RunStore
from gan_core.runs.worker import run_worker
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision, Trainer

SMALL = {"width": 4, "stem_width": 0, "head_width": 0}


def config(family: str, steps: int | None = 4, dataset: str = "digits") -> RunConfig:
    training = TrainingSettings(steps=steps, batch_size=8)
    return resolve_config(RunConfig(family=family, dataset=dataset, settings=SMALL, training=training))


def trainer(family: str) -> Trainer:
    return build_trainer(config(family), precision=Precision())


def probe_of(t: Trainer, name: str, dataset: str = "digits") -> Probe:
    found = find_probes(t, dataset)
    assert not found.missing
    return next(probe for probe in found.probes if probe.name == name)


def measured(t: Trainer, probe: Probe) -> float:
    with t.sampling() as family:
        return probe.measure(family)


def replaying(share_right: float) -> Callable[[Tensor, Tensor | None], Tensor]:
    """A generator that shows a real training image of the class asked for, or of the next one."""
    train = load_dataset("digits")
    assert isinstance(train, ImageDataset)
    assert train.labels is not None
    first = {c: int((train.labels == c).nonzero()[0]) for c in range(10)}

    def generate(z: Tensor, y: Tensor | None) -> Tensor:
        assert y is not None
        wrong = torch.arange(len(y)) >= share_right * len(y)
        shown = torch.where(wrong, (y + 1) % 10, y)
        return from_uint8(train.images[torch.tensor([first[c] for c in shown.tolist()])])

    return generate


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_agreement_is_the_share_that_shows_the_class_asked_for(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    t = trainer("cgan")
    monkeypatch.setattr(t.family, "generate", replaying(share))
    probe = probe_of(t, "agreement")
    assert measured(t, probe) == pytest.approx(share, abs=0.02)
    assert probe.worst is not None
    assert probe.worst.value == pytest.approx(0.1)
    assert probe.best is not None
    assert probe.best.value > 0.95


def test_the_same_networks_give_the_same_agreement() -> None:
    t = trainer("cgan")
    assert measured(t, probe_of(t, "agreement")) == measured(t, probe_of(t, "agreement"))


def test_without_a_classifier_agreement_is_missing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)
    found = find_probes(trainer("cgan"), "digits")
    assert "agreement" not in [probe.name for probe in found.probes]
    sentence, groups = found.missing
    assert "no classifier that knows Digits (small) comes with the lab" in sentence
    assert "10 groups of similar training images are counted instead" in groups


def test_code_accuracy_is_that_of_the_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """All 297 test images fit into the subset, so both see the same ones."""
    t = trainer("infogan")
    list(t.run(3))
    probe = probe_of(t, "code_accuracy")
    with t.sampling() as family:
        expected = evaluate(family, "digits", n=300)["code_accuracy_test_297"]
    assert (probe.name, measured(t, probe)) == ("code_accuracy", expected)


def test_codes_that_are_the_classes_in_another_order_are_all_right(monkeypatch: pytest.MonkeyPatch) -> None:
    t, test = trainer("infogan"), load_dataset("digits", split="test")
    assert isinstance(test, ImageDataset)
    assert test.labels is not None
    known = {
        image.numpy().tobytes(): int(y) for image, y in zip(from_uint8(test.images), test.labels, strict=True)
    }

    def read(x: Tensor) -> CodeReading:
        codes = torch.tensor([(known[image.numpy().tobytes()] + 3) % 10 for image in x])
        return CodeReading(torch.nn.functional.one_hot(codes, 10).float(), x.new_zeros(len(x), 2))

    monkeypatch.setattr(t.family, "read_codes", read)
    probe = probe_of(t, "code_accuracy")
    assert measured(t, probe) == 1.0
    assert probe.worst is not None
    assert 0.1 < probe.worst.value < 0.25  # the best match of random codes is a little above a tenth


def test_codes_of_images_without_labels_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    t, data = trainer("infogan"), load_dataset("digits", split="test")
    assert isinstance(data, ImageDataset)
    bare = replace(data, labels=None, class_names=())
    monkeypatch.setattr("gan_core.evaluation.subject.load_dataset", lambda *args, **more: bare)
    found = find_probes(t, "digits")
    assert "code_accuracy" not in [probe.name for probe in found.probes]
    assert "carry no labels" in found.missing[0]


def test_a_finished_run_holds_the_curve_and_what_a_page_needs_to_draw_it(runs_dir: Path) -> None:
    store = RunStore(runs_dir)
    run_id = store.create(config("cgan"))
    assert store.claim(run_id, 1) is not None

    def build(c: RunConfig, **more: object) -> Trainer:
        return build_trainer(c, precision=Precision())

    run_worker(store, run_id, build=build)
    assert store.get(run_id).state == "finished"
    rows, _ = store.metrics_since(run_id)
    assert [step for step, name, _ in rows if name == "agreement"][-1] == 4  # a slow machine has earlier ones
    (event,) = [event for event in store.events_since(run_id)[0] if event.kind == "probes"]
    probe = next(probe for probe in event.detail["probes"] if probe["name"] == "agreement")
    assert (probe["name"], probe["worst"]) == ("agreement", [0.1, "guessing"])
