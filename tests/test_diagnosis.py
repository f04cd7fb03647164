"""The diagnosis of generators whose fault is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from gan_core import weights
from gan_core.building import build_family, resolve_config
from gan_core.cli.app import app
from gan_core.data import ImageDataset, PointDataset, load_dataset
from gan_core.data.progress import silent
from gan_core.evaluation import diagnosis_images
from gan_core.evaluation.diagnosis import diagnose
from gan_core.evaluation.generating import evaluation_mode
from gan_core.images import from_uint8
from gan_core.metrics import REPEATED
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, UserError
from tests.replay import Replay

torch.set_num_threads(1)


def digits(split: str = "train") -> ImageDataset:
    dataset = load_dataset("digits", split=split)  # type: ignore[arg-type]
    assert isinstance(dataset, ImageDataset)
    return dataset


def images_of(*classes: int) -> Tensor:
    train = digits()
    assert train.labels is not None
    return from_uint8(train.images[torch.isin(train.labels, torch.tensor(classes))])


def ring(n: int) -> Tensor:
    dataset = load_dataset("ring8")
    assert isinstance(dataset, PointDataset)
    return dataset.sample(n, torch.Generator().manual_seed(3))


class Unseen(Replay):
    """Generates the held-out images: the data's own law, and no copies."""

    can_score = True
    score_meaning = "probability"

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        known = {image.numpy().tobytes() for image in from_uint8(digits().images)}
        return torch.tensor([0.9 if image.numpy().tobytes() in known else 0.3 for image in x])


def test_a_generator_that_lost_seven_classes_is_seen_by_every_gauge() -> None:
    found = diagnose(Replay(images_of(0, 1, 2)), "digits", n=400)
    assert found.census is not None
    assert found.census.by == "classifier-digits"
    assert found.census.covered == 3
    assert {kind.name for kind in found.census.missing} == set("3456789")
    assert found["kinds"].value == 3
    assert found["class_kl"].value > 1.0  # ln 10 / 3 = 1.20 for a perfect classifier
    assert found["coverage"].value < 0.45
    assert found["precision"].value > 0.8
    assert {part.name for part in found.variety} >= set("012")
    assert all(part.distance == pytest.approx(1, abs=0.25) for part in found.variety if part.name in "012")


def test_one_picture_per_class_covers_every_class_and_varies_in_none() -> None:
    train = digits()
    assert train.labels is not None
    first = [int((train.labels == c).nonzero()[0]) for c in range(10)]
    found = diagnose(Replay(from_uint8(train.images[first])), "digits", n=400)
    assert found.census is not None
    assert found.census.covered >= 9
    assert all(part.distance < 0.01 and part.similarity > 0.99 for part in found.variety)
    assert found.duplicates is not None
    assert found.duplicates.support < 20
    assert found.duplicates.pairs[0].distance == 0
    assert found.memorisation is not None
    assert found.memorisation.score == pytest.approx(0, abs=1e-4)
    assert found.memorisation.close == 1


def test_unseen_images_are_no_copies_and_d_that_knows_its_own_by_heart_is_seen() -> None:
    half = from_uint8(digits("test").images)
    found = diagnose(Unseen(half), "digits", n=300)
    assert found.discriminator is not None
    told = found.discriminator.answers
    assert told.on_train == 1.0
    assert told.on_held_out < 0.05
    assert told.on_fake > 0.95
    assert told.gap == pytest.approx(0.6, abs=0.05)
    assert found.discriminator.train.sum() == found.discriminator.fake.sum() == 297
    copies = diagnose(Replay(from_uint8(digits().images)), "digits", n=300)
    assert copies.memorisation is not None
    assert copies.memorisation.score == pytest.approx(0, abs=1e-4)
    assert "There is no discriminator to examine." in copies.missing


def test_the_same_seed_gives_the_same_diagnosis_and_another_does_not() -> None:
    family = Replay(images_of(0, 1))
    once, again, other = (diagnose(family, "digits", n=100, seed=seed).json() for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_without_a_classifier_groups_of_similar_images_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)
    whole = diagnose(Replay(from_uint8(digits("test").images)), "digits", n=400)
    assert whole.census is not None
    assert whole.census.by == "clusters"
    assert whole.census.covered == 10
    assert whole.census.unsure == pytest.approx(0.05, abs=0.06)
    assert any("10 groups of similar training images" in sentence for sentence in whole.missing)
    part = diagnose(Replay(images_of(0)), "digits", n=400)
    assert part.census is not None
    assert part.census.covered <= 3


def test_points_of_one_mode() -> None:
    points = ring(4000)
    found = diagnose(Replay(points[points[:, 0] > 0.9]), "ring8", n=1000)
    assert found.census is not None
    assert (found.census.by, found.census.covered, len(found.census.missing)) == ("centres", 1, 7)
    assert found["modes"].value == 1
    assert found["high_quality"].value > 0.95
    assert found["js_divergence"].value > 0.4
    assert found.field is None
    assert any("points are drawn afresh" in sentence for sentence in found.missing)


def test_an_untrained_pair_on_points_has_a_field_and_the_json_holds_it() -> None:
    config = resolve_config(RunConfig(family="mlp", dataset="ring8"))
    found = diagnose(build_family(config, DataSpec("points", (2,))), "ring8", n=200)
    content = json.loads(found.json())
    assert content["field"]["shifted"] is True  # the default recipe is relativistic
    assert len(content["field"]["scores"]) == 60
    assert 0 < content["field"]["gap"] < 1
    assert sum(content["discriminator"]["answers"][name] >= 0 for name in ("on_train", "on_fake")) == 2
    assert len(content["discriminator"]["fake"]) == 20


def test_a_score_that_is_no_probability_is_not_held_against_one() -> None:
    config = resolve_config(RunConfig(family="mlp", dataset="circle", preset="wgan-gp"))
    found = diagnose(build_family(config, DataSpec("points", (2,))), "circle", n=200)
    assert found.field is None
    assert any("no probability" in sentence for sentence in found.missing)
    assert any("Modes are not counted" in sentence for sentence in found.missing)


def test_a_tiny_set_of_own_images_is_diagnosed_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = digits(), digits("test")
    few = replace(train.subset(torch.arange(30)), labels=None, class_names=())
    held = replace(test.subset(torch.arange(3)), labels=None, class_names=())
    monkeypatch.setattr("gan_core.evaluation.extractors.judge_for", lambda dataset: None)
    family = Replay(from_uint8(few.images))
    with evaluation_mode(family):
        found = diagnosis_images.diagnose_images(family, "own", few, held, n=40, seed=0, progress=silent)
    assert found.memorisation is None
    assert found.duplicates is None
    said = " ".join(found.missing)
    assert "4 images that were not trained on" in said
    assert "32 generated and 32 unseen" in said


def test_where_unseen_images_are_seen_ones_no_copies_are_looked_for() -> None:
    few = digits().subset(torch.arange(60))
    family = Replay(from_uint8(few.images))
    with evaluation_mode(family):
        found = diagnosis_images.diagnose_images(family, "own", few, few, n=40, seed=0, progress=silent)
    assert found.memorisation is None
    assert REPEATED in found.missing


def test_a_users_mistakes_are_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="at least 20 generated examples, got 5"):
        diagnose(Replay(ring(100)), "ring8", n=5)
    with pytest.raises(UserError, match="holds images"):
        diagnose(Replay(ring(100)), "digits", n=50)
    classifier = weights.load("classifier-digits").family
    with pytest.raises(UserError, match="makes nothing from noise alone"):
        diagnose(classifier, "digits")


def test_the_command_prints_tables_or_json() -> None:
    runner = CliRunner()
    plain = runner.invoke(app, ["diagnose", "dcgan-digits", "--n", "60"])
    assert plain.exit_code == 0, plain.output
    assert "Classes of 10 that are made" in plain.output
    assert "D is right about" in plain.output
    done = runner.invoke(app, ["diagnose", "dcgan-digits", "--n", "60", "--json"])
    content = json.loads(done.stdout[done.stdout.index("{") :])
    assert content["n"] == 60
    assert content["metrics"][0]["name"].startswith(("frechet", "class_kl"))
    assert runner.invoke(app, ["diagnose", "no-such-thing"]).exit_code == 2


@pytest.mark.parametrize(
    ("settings", "meaning"),
    [
        ({}, "probability"),
        ({"loss": "least_squares"}, "probability"),
        ({"relativistic": True}, "odds"),
        ({"relativistic": True, "loss": "least_squares"}, "ranking"),
        ({"real_label": 0.9}, "ranking"),
        ({"loss": "hinge"}, "ranking"),
    ],
)
def test_what_the_scores_of_d_mean_follows_from_its_loss(settings: dict[str, object], meaning: str) -> None:
    config = resolve_config(
        RunConfig(family="mlp", dataset="ring8", preset="textbook", settings=settings)  # type: ignore[arg-type]
    )
    assert build_family(config, DataSpec("points", (2,))).score_meaning == meaning
