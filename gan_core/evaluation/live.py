"""What is measured of a run while it trains. A further diagnosis is one more function in `PROBES`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gan_core.data import BatchStream, ImageDataset
from gan_core.evaluation import live_domains, live_images, live_points, live_scores, live_sequences
from gan_core.evaluation.subject import (
    GENERATED,
    READ,
    SEED,
    Find,
    Finding,
    SeenImages,
    Subject,
    some_order,
)
from gan_core.runs.probes import Probe, ProbeSet, Reference, Tally
from gan_core.trainer import Trainer

if TYPE_CHECKING:
    from gan_core.metrics import Metric


def find_probes(trainer: Trainer, dataset: str) -> ProbeSet:
    """Everything that can be measured of a run.

    Args:
        trainer: Holds the networks.
        dataset: Name or path of the data set it learns.

    Raises:
        UserError: The classifier's file, or the data set's, is damaged.
    """
    stream = trainer.stream
    data = stream.dataset if isinstance(stream, BatchStream) else None
    subject = Subject(trainer.family, dataset, trainer.device, data)
    found: list[Finding | Tally] = []
    for find in PROBES:
        finding = find(subject)
        found.extend(finding if isinstance(finding, tuple) else (finding,))
    return ProbeSet(
        tuple(probe for probe in found if isinstance(probe, Probe)),
        tuple(reason for reason in found if isinstance(reason, str)),
        tuple(tally for tally in found if isinstance(tally, Tally)),
    )


def _agreement(subject: Subject) -> Finding:
    """Share of generated images that a classifier recognises as the class asked for."""
    k = subject.family.num_classes
    if not k:
        return None
    from gan_core.images import fit_to
    from gan_core.metrics import agreement, confusion_matrix

    model = subject.judge
    if model is None:
        return (
            "Whether the classes asked for are recognised is not measured: no classifier that knows "
            f"{subject.title} comes with the lab."
        )
    judge, shape = model.family, model.family.data.shape
    n = subject.images(GENERATED)

    def compute(seen: SeenImages) -> float:
        assert seen.y is not None
        named = judge.class_logits(fit_to(seen.images, shape)).argmax(dim=1)
        return agreement(confusion_matrix(seen.y, named, k, k))[0]

    return Probe(
        "agreement",
        "Recognised as the class asked for",
        f"{{value}} of {n} generated images are recognised as the class asked for",
        compute,
        worst=Reference(1 / k, "guessing"),
        best=_own_accuracy(model.card.metrics),
        look=subject.look,
    )


def _own_accuracy(metrics: Sequence[Metric]) -> Reference | None:
    """How often the classifier is right on real images; None if its card does not say."""
    found = next((metric for metric in metrics if metric.name.startswith("accuracy_test")), None)
    return None if found is None else Reference(found.value, "real images")


def _code_accuracy(subject: Subject) -> Finding:
    """Share of real images whose categorical code, matched to a class, is right."""
    family = subject.family
    if not family.can_read_codes or family.latent is None or not family.latent.cat_sizes:
        return None
    test = _test_images(subject)
    if isinstance(test, str):
        return test
    from gan_core.data.progress import silent
    from gan_core.evaluation.conditional import code_accuracy

    return Probe(
        "code_accuracy",
        "Real images whose code names their class",
        f"{{value}} of {len(test)} unseen real images get a code that, matched to a class, is right",
        lambda family: code_accuracy(family, test, silent),
        worst=Reference(_guessing_codes(test, family.latent.cat_sizes[0]), "guessing"),
        best=Reference(1.0, "every image"),
    )


def _test_images(subject: Subject) -> ImageDataset | str:
    """Some labelled images of the test split, or why there are none."""
    what = "How well the codes found without labels name the classes is not measured"
    test = subject.unseen
    if test is None:
        return f"{what}: the test images are not on this machine."
    if test.labels is None:
        return f"{what}: the images carry no labels to compare them with."
    return test.subset(some_order(len(test))[: subject.images(READ)])


def _guessing_codes(test: ImageDataset, size: int, draws: int = 20) -> float:
    """What random codes score after the best match: a little more than one class's share."""
    from gan_core.metrics import confusion_matrix, match_codes

    assert test.labels is not None
    rng, k = torch.Generator().manual_seed(SEED), len(test.class_names)

    def score(labels: Tensor) -> float:
        codes = torch.randint(size, (len(labels),), generator=rng)
        return match_codes(confusion_matrix(codes, labels, size, k)).accuracy

    return sum(score(test.labels) for _ in range(draws)) / draws


PROBES: tuple[Find, ...] = (
    live_points.modes_covered,
    live_points.high_quality,
    live_points.modes_surrounded,
    live_points.mode_kl,
    live_points.turnover,
    live_points.divergence,
    live_sequences.clean_sines,
    live_sequences.cycles,
    live_sequences.discrepancy,
    live_points.frechet,
    live_points.neighbours,
    live_points.support,
    live_points.optimality,
    _agreement,
    _code_accuracy,
    live_domains.survival,
    live_images.classes_made,
    live_images.class_kl,
    live_images.neighbours,
    live_images.frechet,
    live_images.turnover,
    live_images.varieties,
    live_images.support,
    live_images.memorised,
    live_scores.verdicts,
)
