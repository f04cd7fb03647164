"""The classifier family: shapes, augmentation, learning on a tiny problem, refusals."""

import pytest
import torch
import torch.nn.functional as F

from gan_core.families.classifier import FEATURE_DIM, Classifier, ClassifierSettings, augment
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import UserError


def build(shape: tuple[int, ...] = (1, 16, 16), num_classes: int = 10, **settings: float) -> Classifier:
    torch.manual_seed(0)
    return Classifier(
        ClassifierSettings.parse({"width": 8, **settings}), DataSpec("images", shape, num_classes)
    )


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("shape", [(1, 16, 16), (1, 28, 28), (3, 32, 32), (1, 64, 64), (3, 20, 48)])
def test_features_and_logits_have_the_promised_shape_and_type(shape: tuple[int, ...]) -> None:
    family = build(shape, num_classes=7)
    x = torch.rand(3, *shape) * 2 - 1
    features, logits = family.features(x), family.class_logits(x)
    assert features.shape == (3, FEATURE_DIM)
    assert features.min() >= 0
    assert logits.shape == (3, 7)
    assert features.dtype == logits.dtype == torch.float32


def test_logits_are_the_head_applied_to_the_features() -> None:
    family = build()
    family.classifier.eval()
    x = torch.rand(4, 1, 16, 16) * 2 - 1
    torch.testing.assert_close(family.class_logits(x), family.classifier.head(family.features(x)))


def test_phase_reports_the_cross_entropy_in_nats_and_the_accuracy() -> None:
    family = build(max_shift=0.0, max_rotation=0.0, max_zoom=0.0)
    family.classifier.eval()  # batch statistics would differ between the two passes
    x, y = torch.rand(6, 1, 16, 16) * 2 - 1, torch.arange(6)
    output = family.phases()[0].compute(StepContext(Batch(x, y), seeded(), step=0))
    logits = family.class_logits(x)
    torch.testing.assert_close(output.losses["cross_entropy"], F.cross_entropy(logits, y))
    torch.testing.assert_close(output.stats["accuracy"], (logits.argmax(1) == y).float().mean())


def test_learns_to_tell_left_bars_from_right_bars() -> None:
    family = build(num_classes=2)
    rng = seeded()
    phase = family.phases()[0]
    optimizer = torch.optim.Adam(family.classifier.parameters(), lr=phase.optimizer.lr)
    for step in range(12):
        y = torch.arange(16) % 2
        optimizer.zero_grad()
        phase.compute(StepContext(Batch(bars(y), y), rng, step)).losses["cross_entropy"].backward()
        optimizer.step()
    y = torch.arange(32) % 2
    with torch.no_grad():
        accuracy = (family.class_logits(bars(y)).argmax(1) == y).float().mean()
    assert accuracy == 1.0


def bars(y: torch.Tensor) -> torch.Tensor:
    """A bright vertical bar in the left (y=0) or right (y=1) third."""
    x = torch.full((len(y), 1, 16, 16), -1.0)
    for i, label in enumerate(y.tolist()):
        x[i, :, :, 3 + 8 * label : 5 + 8 * label] = 1.0
    return x


def test_augment_without_amounts_changes_nothing() -> None:
    x = torch.rand(5, 1, 17, 23) * 2 - 1
    torch.testing.assert_close(
        augment(x, seeded(), max_shift=0, max_rotation=0, max_zoom=0), x, atol=1e-5, rtol=0
    )


def test_augment_fills_with_black_and_stays_in_range() -> None:
    x = torch.full((64, 1, 16, 16), 1.0)
    moved = augment(x, seeded(), max_shift=0.25, max_rotation=45, max_zoom=0.5)
    assert moved.min() >= -1 - 1e-6
    assert moved.max() <= 1 + 1e-6
    assert (moved[:, :, 0, 0] < -0.99).any()  # a corner moved in from outside is black, not grey


def test_augment_shifts_by_at_most_the_given_fraction_of_the_side() -> None:
    x = torch.full((256, 1, 32, 32), -1.0)
    x[:, :, 16, 16] = 1.0
    moved = augment(x, seeded(), max_shift=0.125, max_rotation=0, max_zoom=0) + 1
    rows = torch.arange(32.0)[:, None]
    centre = (moved[:, 0] * rows).sum((1, 2)) / moved[:, 0].sum((1, 2))
    distance = (centre - 16).abs()
    assert distance.max() <= 4 + 1e-3  # 0.125 of 32 pixels
    assert distance.max() > 3.5
    assert distance.min() < 0.5


def test_augment_rotates_by_at_most_the_given_angle() -> None:
    x = torch.full((256, 1, 33, 33), -1.0)
    x[:, :, 16, 28] = 1.0  # 12 pixels right of the centre
    moved = augment(x, seeded(), max_shift=0, max_rotation=30, max_zoom=0)[:, 0] + 1
    mass = moved.sum((1, 2))
    across = (moved * torch.arange(33.0)).sum((1, 2)) / mass - 16
    down = (moved * torch.arange(33.0)[:, None]).sum((1, 2)) / mass - 16
    angles = torch.rad2deg(torch.atan2(down, across)).abs()
    assert angles.max() <= 31  # bilinear weights move the centre by a little
    assert angles.max() > 25


def test_augment_is_repeatable_from_its_generator() -> None:
    x = torch.rand(4, 3, 16, 16)
    limits = {"max_shift": 0.1, "max_rotation": 10.0, "max_zoom": 0.1}
    assert torch.equal(augment(x, seeded(3), **limits), augment(x, seeded(3), **limits))
    assert not torch.equal(augment(x, seeded(3), **limits), augment(x, seeded(4), **limits))


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (DataSpec("images", (1, 28, 28), 0), "at least 2 classes, got 0"),
        (DataSpec("images", (1, 8, 8), 10), "16 to 64 pixels.*got 8 x 8"),
        (DataSpec("images", (1, 65, 65), 10), "16 to 64 pixels.*got 65 x 65"),
        (DataSpec("images", (2, 28, 28), 10), "1 or 3 channels.*channels: 2"),
        (DataSpec("points", (2,), 2), "learns images"),
    ],
)
def test_unfit_data_is_refused_in_one_sentence(spec: DataSpec, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Classifier(ClassifierSettings(), spec)


def test_a_batch_without_labels_is_refused() -> None:
    with pytest.raises(UserError, match="needs labels"):
        build().phases()[0].compute(StepContext(Batch(torch.zeros(2, 1, 16, 16)), seeded(), step=0))
