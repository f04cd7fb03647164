"""Classifiers on the test split."""

from __future__ import annotations

from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import in_batches
from gan_core.evaluation.generating import device_of
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.metrics import Metric, metric_name
from gan_core.settings import UserError


def evaluate_classifier(family: Family, dataset: str, test: ImageDataset, progress: Progress) -> Evaluation:
    """Share of the test split that is named right."""
    if test.labels is None or test.spec.num_classes != family.data.num_classes:
        raise UserError(
            f"the classifier knows {family.data.num_classes} classes but data set '{dataset}' has "
            f"{test.spec.num_classes}; name the one it was trained on"
        )
    device = device_of(family)

    def classify(images: Tensor) -> Tensor:
        return family.class_logits(from_uint8(images.to(device))).argmax(dim=1).cpu()

    named = in_batches(classify, test.images, "Naming classes", progress)
    accuracy = Metric(
        name=metric_name("accuracy", "test", len(test)),
        title="Accuracy on the test split",
        value=float((named == test.labels).double().mean()),
        count=len(test),
        better="higher",
    )
    return Evaluation(dataset, "labels", None, (accuracy,))
