"""What is measured of a run while it trains. A further diagnosis is one more function in `PROBES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gan_core.data import DATASETS, ImageDataset, dataset_status, load_dataset
from gan_core.family import Family
from gan_core.runs.probes import Probe, ProbeSet, Reference
from gan_core.trainer import Trainer

if TYPE_CHECKING:
    from gan_core.metrics import Metric

# The heavy half of the library is imported inside functions: half a second and 40 MB that only a run pays
# for which there is something to measure.

GENERATED, READ = 300, 500  # images per measurement, if they are small
FEWEST, AT_ONCE = 100, 100
USUAL_PIXELS = 32 * 32
SEED = 9_001  # of the fixed examples: the same for every run, so that runs can be compared


@dataclass(frozen=True)
class Subject:
    """The run to measure."""

    family: Family
    dataset: str  # name in the catalogue, or path
    device: torch.device

    def images(self, usual: int) -> int:
        """Images per measurement: fewer of large ones, so that neither training nor a command waits long."""
        _, height, width = self.family.data.shape
        return max(FEWEST, usual * USUAL_PIXELS // max(height * width, USUAL_PIXELS))


Finding = Probe | str | None  # a probe; or why there is none, in a sentence; or nothing to say at all


def find_probes(trainer: Trainer, dataset: str) -> ProbeSet:
    """Everything that can be measured of a run.

    Args:
        trainer: Holds the networks.
        dataset: Name or path of the data set it learns.

    Raises:
        UserError: The classifier's file, or the data set's, is damaged.
    """
    if trainer.family.data.kind != "images":
        return ProbeSet()
    subject = Subject(trainer.family, dataset, trainer.device)
    found = [find(subject) for find in PROBES]
    return ProbeSet(
        tuple(probe for probe in found if isinstance(probe, Probe)),
        tuple(reason for reason in found if isinstance(reason, str)),
    )


def _agreement(subject: Subject) -> Finding:
    """Share of generated images that a classifier recognises as the class asked for."""
    family, k = subject.family, subject.family.num_classes
    if not k:
        return None
    from gan_core.evaluation.judges import judge_for
    from gan_core.images import fit_to
    from gan_core.metrics import agreement, confusion_matrix

    model = judge_for(subject.dataset)
    if model is None:
        title = DATASETS[subject.dataset].title if subject.dataset in DATASETS else "this data set"
        return (
            f"Whether the classes asked for are recognised is not measured: no classifier that knows {title} "
            "comes with the lab."
        )
    judge, shape = model.family, model.family.data.shape
    for network in judge.modules().values():
        network.to(subject.device)
    n = subject.images(GENERATED)
    z = family.sample_z(n, torch.Generator().manual_seed(SEED)).to(subject.device)
    y = (torch.arange(n) % k).to(subject.device)

    def compute(family: Family) -> float:
        parts = zip(torch.split(z, AT_ONCE), torch.split(y, AT_ONCE), strict=True)
        named = [judge.class_logits(fit_to(family.generate(*part), shape)).argmax(dim=1) for part in parts]
        return agreement(confusion_matrix(y, torch.cat(named), k, k))[0]

    return Probe(
        "agreement",
        "Recognised as the class asked for",
        f"{{value}} of {n} generated images are recognised as the class asked for",
        compute,
        worst=Reference(1 / k, "guessing"),
        best=_own_accuracy(model.card.metrics),
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
    if subject.dataset in DATASETS and dataset_status(subject.dataset) != "ready":
        return f"{what}: the test images are not on this machine."
    test = load_dataset(subject.dataset, image_size=subject.family.data.shape[-1], split="test")
    if not isinstance(test, ImageDataset) or test.labels is None:
        return f"{what}: the images carry no labels to compare them with."
    order = torch.randperm(len(test), generator=torch.Generator().manual_seed(SEED))
    return test.subset(order[: subject.images(READ)])


def _guessing_codes(test: ImageDataset, size: int, draws: int = 20) -> float:
    """What random codes score after the best match: a little more than one class's share."""
    from gan_core.metrics import confusion_matrix, match_codes

    assert test.labels is not None
    rng, k = torch.Generator().manual_seed(SEED), len(test.class_names)

    def score(labels: Tensor) -> float:
        codes = torch.randint(size, (len(labels),), generator=rng)
        return match_codes(confusion_matrix(codes, labels, size, k)).accuracy

    return sum(score(test.labels) for _ in range(draws)) / draws


PROBES: tuple[Callable[[Subject], Finding], ...] = (_agreement, _code_accuracy)
