"""Evaluation of generators whose quality is known: ones that replay data, and ones that lose some of it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gan_core import weights
from gan_core.building import build_trainer, resolve_config
from gan_core.capabilities import Translation
from gan_core.data import ImageDataset, PointDataset, load_dataset
from gan_core.evaluation import conditional, extractors
from gan_core.evaluation.extractors import random_subset
from gan_core.evaluation.measuring import evaluate
from gan_core.families.classifier import Classifier, ClassifierSettings
from gan_core.images import from_uint8, png
from gan_core.latent_spec import CodeReading, LatentSpec
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision
from gan_core.weights import Card, save
from tests.replay import Replay


def digits(split: str = "train") -> ImageDataset:
    dataset = load_dataset("digits", split=split)  # type: ignore[arg-type]
    assert isinstance(dataset, ImageDataset)
    return dataset


def ring() -> PointDataset:
    dataset = load_dataset("ring8")
    assert isinstance(dataset, PointDataset)
    return dataset


def normal(n: int) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    monkeypatch.setattr(weights, "WEIGHTS_DIR", folder)
    return folder


@pytest.fixture(scope="module")
def digit_classifier() -> Classifier:
    """A classifier after a second of training: right about nine times in ten."""
    family = Classifier(ClassifierSettings(width=8), DataSpec("images", (1, 16, 16), 10))
    config = RunConfig(
        family="classifier",
        dataset="digits",
        settings={"width": 8},
        training=TrainingSettings(steps=60, batch_size=64, device="cpu"),
    )
    trainer = build_trainer(resolve_config(config), precision=Precision())
    for _ in trainer.run():
        pass
    with trainer.sampling():
        family.classifier.load_state_dict(trainer.family.modules()["classifier"].state_dict())
    family.classifier.eval()
    return family


@pytest.fixture
def with_classifier(no_weights: Path, digit_classifier: Classifier) -> Path:
    """The weights folder, holding classifier-digits."""
    return store_classifier(no_weights, digit_classifier)


def store_classifier(folder: Path, family: Classifier, name: str = "classifier-digits") -> Path:
    card = Card.parse(
        {
            "name": name, "title": "", "family": "classifier", "dataset": "digits",
            "data": {"kind": "images", "shape": family.data.shape, "class_names": list("0123456789")},
            "settings": family.settings.model_dump(), "training": {}, "preset": "default", "command": "",
            "seed": 0, "steps": 1, "images_seen": 1, "seconds": 1.0, "device": "cpu", "hardware": "",
            "versions": {}, "created": "2026-11-22",
        }
    )  # fmt: skip
    save(folder / f"{name}.safetensors", family, card)
    return folder


class Mirror(Replay):
    """Translates by showing the condition, which is the image itself, or its negative."""

    can_translate = True

    def __init__(self, *, negative: bool = False, noisy: bool = False) -> None:
        super().__init__(torch.zeros(1, 1, 16, 16))
        self.latent = None
        self.negative, self.noisy = negative, noisy
        self.translation = Translation((1, 16, 16), "picture", LatentSpec(1) if noisy else None)

    def condition_of(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return x

    def translate(self, x_condition: Tensor, z: Tensor | None = None) -> Tensor:
        assert (z is not None) == self.noisy
        if z is not None:
            return z.sign().view(-1, 1, 1, 1).expand_as(x_condition)
        return -x_condition if self.negative else x_condition


# --- images that translate --------------------------------------------------------------------------------


def test_a_perfect_translation_differs_in_nothing_and_is_recognised_like_the_real_images(
    with_classifier: Path,
) -> None:
    result = evaluate(Mirror(), "digits")
    assert result["l1_test_297"] == 0
    name = "agreement_classifier-digits_297"
    assert result[name] == result[f"{name}_floor"] > 0.8
    assert result["frechet_classifier-digits_297"] == pytest.approx(0, abs=1e-3)
    assert result["frechet_classifier-digits_297_floor"] > 0.01
    assert not [name for name in result if name.startswith("diversity")]  # without noise there is none
    assert [metric.count for metric in result.metrics] == [297] * 3


def test_a_wrong_translation_is_found_out(with_classifier: Path) -> None:
    result = evaluate(Mirror(negative=True), "digits", n=200)
    pixels = random_subset(digits("test").images, 200).double() / 255
    assert result["l1_test_200"] == pytest.approx(float((2 * pixels - 1).abs().mean()), abs=1e-3)
    assert result["agreement_classifier-digits_200"] < 0.4
    assert result["frechet_classifier-digits_200_ratio"] > 5


def test_what_noise_changes_is_measured(no_weights: Path) -> None:
    result = evaluate(Mirror(noisy=True), "digits")
    assert result["diversity_test_297"] == pytest.approx(0.5, abs=0.1)  # black and white, half and half
    assert result == evaluate(Mirror(noisy=True), "digits")
    assert result != evaluate(Mirror(noisy=True), "digits", seed=1)
    assert not [name for name in result if name.startswith("agreement")]  # nothing here knows the classes


# --- images -----------------------------------------------------------------------------------------------


def test_a_generator_that_replays_the_training_images_scores_about_the_floor(with_classifier: Path) -> None:
    train = digits()
    result = evaluate(Replay(from_uint8(train.images)), "digits", n=1500)
    name = "frechet_classifier-digits_1500"
    assert result.extractor == "classifier-digits"
    assert result[name] == pytest.approx(result[f"{name}_floor"], rel=0.5)
    assert result[f"{name}_ratio"] == pytest.approx(result[name] / result[f"{name}_floor"])
    assert result["coverage_classifier-digits_297"] > 0.85
    assert "coverage_classifier-digits_297_ratio" not in result  # a ratio of shares says nothing
    assert result["class_kl_classifier-digits_1500"] < 0.01
    assert result["class_imbalance_classifier-digits_1500"] < 0.3
    assert [share.name for share in result.class_shares] == list("0123456789")
    assert sum(share.count for share in result.class_shares) == 1500


def test_a_generator_that_lost_half_the_classes_is_found_out(with_classifier: Path) -> None:
    train = digits()
    assert train.labels is not None
    result = evaluate(Replay(from_uint8(train.images[train.labels < 5])), "digits", n=1000)
    assert result["frechet_classifier-digits_1k_ratio"] > 5
    assert result["coverage_classifier-digits_297"] < 0.7
    assert result["precision_classifier-digits_297"] > 0.8
    assert result["class_kl_classifier-digits_1k"] > 0.4  # ln 2 for a perfect classifier
    assert all(share.relative < 0.5 for share in result.class_shares[5:])
    assert result["class_imbalance_classifier-digits_1k"] > 0.9


def test_noise_is_far_from_everything(no_weights: Path) -> None:
    noise = torch.rand(300, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    result = evaluate(Replay(noise), "digits", n=300)
    assert result["frechet_pixels-pca64_300_ratio"] > 5
    assert result["precision_pixels-pca64_297"] < 0.1


def test_without_a_classifier_the_name_says_pixels_and_no_classes_are_told(no_weights: Path) -> None:
    result = evaluate(Replay(from_uint8(digits().images)), "digits", n=1500)
    assert result.extractor == "pixels-pca64"
    assert result["frechet_pixels-pca64_1500_ratio"] < 1.5
    assert result.class_shares == ()
    assert not [name for name in result if name.startswith("class")]


def test_no_more_images_are_compared_than_the_floor_has(no_weights: Path) -> None:
    result = evaluate(Replay(from_uint8(digits().images)), "digits")
    assert [m.count for m in result.metrics] == [1500, 297, 297, 297, 297]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(no_weights: Path) -> None:
    family = Replay(from_uint8(digits().images))
    first, again, other = (dict(evaluate(family, "digits", n=300, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    name = "frechet_pixels-pca64_300"
    assert first[name] != other[name]
    assert first[f"{name}_floor"] == other[f"{name}_floor"]


def test_too_few_samples_are_refused_in_one_sentence(with_classifier: Path) -> None:
    with pytest.raises(UserError, match="on 128 features needs more than 128 examples per set, got 100"):
        evaluate(Replay(from_uint8(digits().images)), "digits", n=100)
    with pytest.raises(UserError, match="n must be at least 1 generated example, got 0"):
        evaluate(Replay(from_uint8(digits().images)), "digits", n=0)


def test_a_conditional_family_is_asked_for_the_datas_own_classes(no_weights: Path) -> None:
    family = Replay(from_uint8(digits().images), num_classes=10)
    family.num_classes = 10
    evaluate(family, "digits", n=400)
    asked = torch.cat(family.asked)
    assert len(asked) == 400
    assert torch.bincount(asked, minlength=10).min() > 15


class Labelled(Replay):
    """Replays real images of the class asked for, or of another one."""

    def __init__(self, dataset: ImageDataset, wrong: float = 0.0) -> None:
        super().__init__(from_uint8(dataset.images), num_classes=10)
        assert dataset.labels is not None
        self.num_classes, self.wrong, self.labels = 10, wrong, dataset.labels

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        assert y is not None
        self.asked.append(y)
        share = (z[:, 0] + 1) / 2
        made = torch.where(share < self.wrong, (y + 1) % 10, y)
        pools = [(self.labels == c).nonzero().flatten() for c in range(10)]
        fractions = (share * 997) % 1  # independent of which ones are wrong
        chosen = [pools[c][int(u * len(pools[c]))] for c, u in zip(made.tolist(), fractions, strict=True)]
        return self.examples[torch.stack(chosen)]


def test_an_obedient_generator_agrees_as_well_as_real_images_do(with_classifier: Path) -> None:
    result = evaluate(Labelled(digits()), "digits", n=1500)
    name = "agreement_classifier-digits_1500"
    assert result[name] == pytest.approx(result[f"{name}_floor"], abs=0.03)
    assert result[name] > 0.85
    per_class = [metric for metric in result.metrics if metric.name.startswith("agreement_class")]
    assert len(per_class) == 11  # the whole and ten classes: its name carries the classifier
    assert sum(metric.count for metric in per_class[1:]) == 1500
    parts = sum(metric.value * metric.count for metric in per_class[1:]) / 1500
    assert parts == pytest.approx(result[name])


def test_a_generator_that_ignores_some_labels_is_found_out(with_classifier: Path) -> None:
    result = evaluate(Labelled(digits(), wrong=0.4), "digits", n=1500)
    obedient = evaluate(Labelled(digits()), "digits", n=1500)
    name = "agreement_classifier-digits_1500"
    assert result[name] == pytest.approx(0.6 * obedient[name], abs=0.06)
    assert result["class_kl_classifier-digits_1500"] < 0.02  # the mix of classes alone tells nothing


def test_every_class_has_a_recall_and_only_large_ones_a_distance(no_weights: Path) -> None:
    result = evaluate(Labelled(digits()), "digits", n=1500)
    recalls = {name for name in result if name.startswith("recall_class") and not name.endswith("_floor")}
    assert len(recalls) == 10
    assert all(result[name] > 0.5 for name in recalls)
    assert not [name for name in result if name.startswith("frechet_class")]  # 64 features, 30 test images
    assert not [name for name in result if name.startswith("agreement")]  # pixels know no classes


def test_the_distance_of_a_class_is_about_that_class_and_has_a_floor_of_its_own() -> None:
    rng = torch.Generator().manual_seed(0)
    y = torch.arange(400) % 2
    draws = [torch.randn(400, 3, generator=rng) for _ in range(3)]
    far = draws[0] + 5.0 * (y == 1)[:, None]
    fake, floor, test = (conditional.Labelled(x, y) for x in (far, *draws[1:]))
    values = {m.name: m for m in conditional.label_metrics("x", ("a", "b"), fake, floor, test)}
    near, away = values["frechet_class0_x_200"], values["frechet_class1_x_200"]
    assert near.value < 0.3
    assert away.value == pytest.approx(75, rel=0.1)  # 5^2 along each of three axes
    assert near.floor is not None
    assert away.floor is not None
    assert max(near.floor, away.floor) < 0.3
    assert away.count == 200
    assert values["recall_class1_x_200"].value == 0
    assert values["recall_class0_x_200"].value > 0.8


class Reader(Replay):
    """Makes an image of the class its code says, and reads that class off images by looking them up."""

    can_read_codes = True

    def __init__(self, dataset: ImageDataset, known: ImageDataset, right: float = 1.0) -> None:
        super().__init__(from_uint8(dataset.images))
        self.latent = LatentSpec(11, "uniform", (10,))
        self.right = right
        pairs = [*zip(dataset.images, dataset.labels, strict=True)]  # type: ignore[arg-type]
        pairs += zip(known.images, known.labels, strict=True)  # type: ignore[arg-type]
        self.known = {image.numpy().tobytes(): int(c) for image, c in pairs}
        self.pools = [(dataset.labels == c).nonzero().flatten() for c in range(10)]

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        assert self.latent is not None
        codes = self.latent.split(z)
        return self.examples[torch.stack([self.pools[(3 * c) % 10][0] for c in codes.c_cat[:, 0].tolist()])]

    def read_codes(self, x: Tensor) -> CodeReading:
        pixels = ((x + 1) * 127.5).round().to(torch.uint8)
        codes = torch.tensor([7 * self.known[image.numpy().tobytes()] % 10 for image in pixels])  # 3 * 7 = 1
        wrong = torch.arange(len(codes)) >= self.right * len(codes)
        codes = torch.where(wrong, (codes + 1) % 10, codes)
        return CodeReading(20.0 * torch.nn.functional.one_hot(codes, 10), x.new_zeros(len(x), 0))


def test_a_code_that_is_the_class_in_another_order_classifies_the_test_split(no_weights: Path) -> None:
    train, test = digits(), digits("test")
    result = evaluate(Reader(train, test), "digits", n=300)
    assert result["code_accuracy_test_297"] == 1
    assert result["information_cat_generated_300"] == pytest.approx(math.log(10), abs=1e-4)
    partly = evaluate(Reader(train, test, right=0.75), "digits", n=300)
    assert partly["code_accuracy_test_297"] == pytest.approx(0.75, abs=0.02)
    assert partly["information_cat_generated_300"] < 0


def test_the_modes_of_the_networks_are_put_back(no_weights: Path) -> None:
    family = Replay(from_uint8(digits().images))
    family.network.train()
    evaluate(family, "digits", n=200)
    assert family.network.training


def test_progress_is_told(no_weights: Path) -> None:
    told: list[tuple[str, float]] = []
    family = Replay(from_uint8(digits().images))
    evaluate(family, "digits", n=600, progress=lambda text, share: told.append((text, share)))
    texts = {text for text, _ in told}
    assert {"Generating", "Reading the generated images", "Comparing neighbours"} <= texts
    assert all(0 <= share <= 1 for _, share in told)


@pytest.mark.parametrize(
    ("examples", "dataset", "sentence"),
    [
        (torch.zeros(4, 1, 16, 16), "ring8", "the networks know images but data set 'ring8' holds points"),
        (torch.zeros(4, 2), "digits", "the networks know points but data set 'digits' holds images"),
        (torch.zeros(4, 3, 16, 16), "digits", r"shape \(3, 16, 16\).* 'digits' holds \(1, 16, 16\)"),
        (torch.zeros(4, 1, 16, 16), "didgits", "didgits"),
    ],
)
def test_data_that_do_not_fit_are_refused(examples: Tensor, dataset: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        evaluate(Replay(examples), dataset, n=10)


def test_a_users_own_images_are_measured_by_their_pixels(no_weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    pixels = digits().images[:60].permute(0, 2, 3, 1).numpy()
    for number, picture in enumerate(pixels):
        (folder / f"{number}.png").write_bytes(png(picture))
    dataset = load_dataset(str(folder), image_size=16)
    assert isinstance(dataset, ImageDataset)
    result = evaluate(Replay(from_uint8(dataset.images)), str(folder), n=100)
    assert result.extractor == "pixels-pca3"  # half of the 6 held-out images
    assert result.dataset == str(folder)


# --- extractors -------------------------------------------------------------------------------------------


def test_a_damaged_classifier_is_told_not_replaced_in_silence(with_classifier: Path) -> None:
    file = with_classifier / "classifier-digits.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"classifier-digits\.safetensors' has"):
        evaluate(Replay(from_uint8(digits().images)), "digits", n=200)


def test_images_of_another_size_are_resized_for_the_classifier(with_classifier: Path) -> None:
    extractor = extractors.extractor_for("digits", digits().images, 297)
    large = load_dataset("digits", image_size=32, split="test")
    small = digits("test")
    assert isinstance(large, ImageDataset)
    assert extractor.classify is not None
    agreement = (extractor.classify(large.images) == extractor.classify(small.images)).float().mean()
    assert agreement > 0.95
    colour = small.images.expand(-1, 3, -1, -1)
    grey = extractor.features(small.images)
    torch.testing.assert_close(extractor.features(colour), grey, atol=1e-4, rtol=1e-4)


def test_real_features_are_read_from_the_cache_the_second_time(with_classifier: Path, data_dir: Path) -> None:
    extractor = extractors.extractor_for("digits", digits().images, 297)
    calls = 0

    def counted(images: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return extractor.features(images)

    counting = extractors.Extractor("x", counted, key=extractor.key)
    images = digits("test").images[:150]
    first = extractors.cached_features(counting, images, lambda text, share: None)
    assert torch.equal(extractors.cached_features(counting, images, lambda text, share: None), first)
    assert calls == 1
    (file,) = (data_dir / ".cache").glob("features-*.safetensors")
    file.write_bytes(file.read_bytes()[:-3])  # damaged: made anew
    assert torch.equal(extractors.cached_features(counting, images, lambda text, share: None), first)
    assert calls == 2
    extractors.cached_features(counting, images.flip(0), lambda text, share: None)  # other images
    extractors.cached_features(
        extractors.Extractor("x", counted, key="other"), images, lambda text, share: None
    )  # another extractor
    assert calls == 4


def test_a_cache_that_cannot_be_written_is_done_without(
    with_classifier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(path: Path, state: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(extractors.checkpoints, "save", full_disk)
    told: list[str] = []
    extractor = extractors.extractor_for("digits", digits().images, 297)
    images = digits("test").images[:10]
    features = extractors.cached_features(extractor, images, lambda text, share: told.append(text))
    assert features.shape == (10, 128)
    assert any("No space left on device" in text for text in told)


def test_the_first_images_of_a_file_are_not_taken_for_typical() -> None:
    images = torch.arange(100).reshape(100, 1, 1, 1)
    chosen = extractors.random_subset(images, 50).flatten()
    assert torch.equal(chosen, extractors.random_subset(images, 50).flatten())
    assert 35 < chosen.float().mean() < 65
    assert len(set(chosen.tolist())) == 50


def test_pixel_features_are_the_principal_components() -> None:
    images = digits().images
    extractor = extractors.pixel_extractor(images, 20)
    covariance = torch.cov(extractor.features(images).T)
    pixels = from_uint8(images).flatten(1).double()
    spread = torch.linalg.svdvals(pixels - pixels.mean(0))
    expected = (spread**2 / (len(images) - 1))[:20].float()
    torch.testing.assert_close(covariance.diagonal(), expected, rtol=0.02, atol=0)


# --- points and classifiers -------------------------------------------------------------------------------


def test_points_of_the_right_law_score_like_real_ones() -> None:
    points = ring().sample(4000, torch.Generator().manual_seed(5))
    result = evaluate(Replay(points), "ring8")
    assert result["modes_points_2500"] == 8
    assert result["high_quality_points_2500"] == pytest.approx(0.989, abs=0.008)
    assert result["high_quality_points_2500_floor"] == pytest.approx(0.989, abs=0.008)
    assert result["reverse_kl_points_2500"] < 0.01
    assert result["coverage_points_2500"] > 0.9
    assert result["frechet_points_2500"] < 0.01


def test_points_on_one_mode_only_are_a_collapse() -> None:
    ring8 = ring()
    assert ring8.centres is not None
    result = evaluate(Replay(ring8.centres[:1] + 0.005 * normal(500)), "ring8", n=1000)
    assert result["modes_points_1k"] == 1
    assert result["high_quality_points_1k"] > 0.95
    assert result["reverse_kl_points_1k"] == pytest.approx(2.079, abs=0.001)  # ln 8
    assert result["coverage_points_1k"] < 0.2


def test_a_curve_has_no_modes_to_count() -> None:
    result = evaluate(Replay(normal(500)), "circle", n=500)
    assert not [name for name in result if name.startswith(("modes", "high_quality", "reverse_kl"))]
    assert result["frechet_points_500_ratio"] > 5


def test_a_drawing_is_measured_against_itself() -> None:
    drawing = [(-1.0, -1.0), (1.0, 1.0)]
    dataset = load_dataset("drawn", drawing=drawing)
    assert isinstance(dataset, PointDataset)
    points = dataset.sample(2000, torch.Generator().manual_seed(1))
    right = evaluate(Replay(points), "drawn", n=1000, drawing=drawing)
    wrong = evaluate(Replay(points), "drawn", n=1000)
    assert right["frechet_points_1k"] < wrong["frechet_points_1k"] / 10


def test_a_classifier_is_measured_by_its_accuracy_on_the_test_split(digit_classifier: Classifier) -> None:
    test = digits("test")
    assert test.labels is not None
    result = evaluate(digit_classifier, "digits")
    with torch.no_grad():
        named = digit_classifier.class_logits(from_uint8(test.images)).argmax(1)
    assert result["accuracy_test_297"] == pytest.approx(float((named == test.labels).double().mean()))
    assert result["accuracy_test_297"] > 0.8
    assert list(result) == ["accuracy_test_297"]


def test_a_classifier_of_other_classes_is_refused() -> None:
    family = Classifier(ClassifierSettings(width=8), DataSpec("images", (1, 16, 16), 3))
    with pytest.raises(UserError, match="knows 3 classes but data set 'digits' has 10"):
        evaluate(family, "digits")


def test_a_family_that_does_nothing_is_refused() -> None:
    family = Replay(torch.zeros(4, 1, 16, 16))
    family.latent = None
    with pytest.raises(UserError, match="neither generates nor classifies"):
        evaluate(family, "digits")


def test_the_features_of_the_real_images_do_not_depend_on_the_generator(with_classifier: Path) -> None:
    good = evaluate(Replay(from_uint8(digits().images)), "digits", n=300)
    poor = evaluate(Replay(torch.zeros(10, 1, 16, 16)), "digits", n=300)
    floors = [name for name in good if name.endswith("_floor")]
    assert floors
    assert all(good[name] == poor[name] for name in floors)
