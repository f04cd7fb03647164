"""`evaluate`: the one entry to every measurement."""

from __future__ import annotations

from collections.abc import Sequence

from gan_core.building import images_for
from gan_core.data import PointDataset, SequenceDataset, load_dataset
from gan_core.data.progress import Progress, silent
from gan_core.evaluation.classifiers import evaluate_classifier
from gan_core.evaluation.domains import evaluate_domains
from gan_core.evaluation.enlarging import evaluate_enlarging
from gan_core.evaluation.generating import evaluation_mode
from gan_core.evaluation.illustration import evaluate_illustration, evaluate_reader
from gan_core.evaluation.images import evaluate_images
from gan_core.evaluation.matching import evaluate_matching
from gan_core.evaluation.points import evaluate_points
from gan_core.evaluation.result import Evaluation
from gan_core.evaluation.sequences import evaluate_sequences
from gan_core.evaluation.translation import evaluate_translation
from gan_core.family import Family
from gan_core.settings import UserError

IMAGES = 10_000  # the usual sample count of a Fréchet distance on a test split of this size
POINTS = 2_500  # the sample count of the published 2-D tables; sequences are as many


def evaluate(
    family: Family,
    dataset: str,
    n: int | None = None,
    seed: int = 0,
    *,
    drawing: Sequence[Sequence[float]] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Compares what a generator makes with data it has not seen, or tests a classifier on them.

    Images are compared with the whole test split; the floor beside each number is what as many training
    images score. Of a small data set no more generated images enter the Fréchet distance than there are
    training images, so that value and floor have the same count. Points and sequences are compared with fresh
    ones. A family that translates makes one image of the condition of each test image, of n at most; one
    that translates both ways makes one of each test image of either domain; one that enlarges is compared
    with plainer ways to do so; one that draws sentences makes an image of each caption of the test split.

    Args:
        family: Trained; its weights are used as they are, in evaluation mode.
        dataset: Name or path of the data set it was trained on.
        n: Examples to generate; None: 10,000 images or 2,500 points or sequences. A classifier always reads
            the whole test split.
        seed: Seed of the generated examples.
        drawing: Points of the strokes for the data set `drawn`.
        progress: Told what is going on and the fraction of that part.

    Raises:
        UserError: The data do not fit the family, there is nothing to measure, or there are too few examples.
    """
    if n is not None and n < 1:
        raise UserError(f"n must be at least 1 generated example, got {n}")
    progress = progress or silent
    with evaluation_mode(family):
        if family.data.kind == "points":
            points = load_points(dataset, drawing, progress)
            return _evaluate_points(family, dataset, points, n or POINTS, seed, progress)
        if family.data.kind == "sequences":
            law = load_dataset(dataset, progress=progress)
            if not isinstance(law, SequenceDataset):
                raise UserError(f"the networks know sequences, but '{dataset}' holds none; name 'sines'")
            return evaluate_sequences(family, dataset, law, n=n or POINTS, seed=seed, progress=progress)
        return _evaluate_pictures(family, dataset, n or IMAGES, seed, progress)


def _evaluate_pictures(family: Family, dataset: str, n: int, seed: int, progress: Progress) -> Evaluation:
    """`evaluate` for a family of images, by what it can do."""
    train, test = (images_for(family, dataset, split, progress) for split in ("train", "test"))
    if family.can_translate_back:
        return evaluate_domains(family, dataset, train, test, n=n, seed=seed, progress=progress)
    if family.can_enlarge:
        return evaluate_enlarging(family, dataset, train, test, n=n, progress=progress)
    if family.can_translate:
        return evaluate_translation(family, dataset, train, test, n=n, seed=seed, progress=progress)
    if family.can_illustrate:
        return evaluate_illustration(family, dataset, train, test, n=n, seed=seed, progress=progress)
    if family.can_read_attributes:
        return evaluate_reader(family, dataset, test, progress)
    if family.latent is not None:
        return evaluate_images(family, dataset, train, test, n=n, seed=seed, progress=progress)
    if family.can_classify:
        return evaluate_classifier(family, dataset, test, progress)
    raise UserError(f"family '{family.name}' neither generates nor classifies: there is nothing to measure")


def _evaluate_points(
    family: Family, dataset: str, points: PointDataset, n: int, seed: int, progress: Progress
) -> Evaluation:
    if family.can_translate_back:
        return evaluate_matching(family, dataset, points, n=n, seed=seed)
    return evaluate_points(family, dataset, points, n=n, seed=seed, progress=progress)


def load_points(dataset: str, drawing: Sequence[Sequence[float]] | None, progress: Progress) -> PointDataset:
    """The points a family was trained on.

    Raises:
        UserError: The data set holds images.
    """
    points = load_dataset(dataset, drawing=drawing, progress=progress)
    if not isinstance(points, PointDataset):
        raise UserError(f"the networks know points but data set '{dataset}' holds images; name one of points")
    return points
