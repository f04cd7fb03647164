"""What D says of seen, unseen and generated examples while a run trains: one look, many answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gan_core.data import ImageDataset, PointDataset
from gan_core.evaluation.subject import GENERATED, SEED, Finding, Subject, generated, some_images
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.runs.probes import Probe, Reference, Tally

if TYPE_CHECKING:
    from gan_core.evaluation.diagnosis import DiscriminatorReport

POINTS = 500  # of each kind that D is asked about
_CHART = "How often D is right"
_WORDS = {
    "on_train": ("Seen real examples", "{value} of the real examples D has seen are real to it"),
    "on_held_out": ("Unseen real examples", "{value} of the real examples D has not seen are real to it"),
    "on_fake": ("Generated examples", "{value} of the generated examples are fake to D"),
}


@dataclass(frozen=True)
class Scored:
    """D's scores at one step.

    Attributes:
        family: Knows what its scores mean.
        seen: Of real examples it was trained on `(N,)`; of points, of fresh ones.
        unseen: Of other real examples `(M,)`; None: every batch is new to it.
        fake: Of generated examples `(K,)`.
    """

    family: Family
    seen: Tensor
    unseen: Tensor | None
    fake: Tensor

    @cached_property
    def report(self) -> DiscriminatorReport:
        """How often D is right, and the histograms."""
        from gan_core.evaluation.verdicts import report

        unseen = self.seen if self.unseen is None else self.unseen
        return report(self.family, self.seen, unseen, self.fake)

    def histograms(self) -> dict[str, list[int]]:
        """Counts in twentieths of [0, 1] by whose scores they are."""
        counts = {"seen": self.report.train, "unseen": self.report.held_out, "fake": self.report.fake}
        return {
            name: row.tolist() for name, row in counts.items() if name != "unseen" or self.unseen is not None
        }


Examples = tuple[Tensor, Tensor | None]  # what D is asked about, and the classes it is told


def verdicts(subject: Subject) -> tuple[Finding | Tally, ...]:
    """How often D is right, what it gives seen images more than unseen ones, and its scores as histograms."""
    known = isinstance(subject.data, PointDataset | ImageDataset)
    if subject.family.latent is None or not subject.family.can_score or not known:
        return ()
    look = _look_of(subject)
    if isinstance(look, str):
        return (look,)
    tally = Tally("Histograms of D's scores", Scored.histograms, look)
    has_unseen = isinstance(subject.data, ImageDataset) and subject.unseen is not None
    if not has_unseen:
        return _right("on_train", look), _right("on_fake", look), tally
    gap = Probe(
        "d_overfit",
        "D(seen) less D(unseen)",
        "{value} is what D gives training images more than as many unseen ones",
        lambda scored: float(scored.report.answers.gap),
        best=Reference(0.0, "no difference"),
        is_share=False,
        look=look,
    )
    return gap, *(_right(name, look) for name in _WORDS), tally


def _right(name: str, look: Callable[[Family], Scored]) -> Probe:
    title, words = _WORDS[name]

    def share(scored: Scored) -> float:
        return float(getattr(scored.report.answers, name))

    return Probe(f"d_right_{name}", title, words, share, Reference(0.5, "guessing"), chart=_CHART, look=look)


def _look_of(subject: Subject) -> Callable[[Family], Scored] | str:
    from gan_core.evaluation.verdicts import scores

    real = _real_examples(subject)
    if isinstance(real, str):
        return real
    seen, unseen, n = real
    z, y = subject.fixed_latents(n)

    def look(family: Family) -> Scored:
        made = generated(family, z, y)
        return Scored(
            family,
            scores(family, *seen),
            None if unseen is None else scores(family, *unseen),
            scores(family, made, y),
        )

    return look


def _real_examples(subject: Subject) -> tuple[Examples, Examples | None, int] | str:
    """Seen and unseen examples with the classes D is told, and how many to generate."""
    data = subject.data
    if isinstance(data, PointDataset):
        fresh = data.sample(POINTS, torch.Generator().manual_seed(SEED))
        return (fresh, None), None, POINTS
    assert isinstance(data, ImageDataset)
    unseen, told = subject.unseen, bool(subject.family.num_classes)
    if told and (data.labels is None or (unseen is not None and unseen.labels is None)):
        return "Whether D knows its images by heart is not measured: they carry no classes to tell it."
    count = min(subject.images(GENERATED), len(data), len(data) if unseen is None else len(unseen))

    def examples(images: ImageDataset) -> Examples:
        some = some_images(images, count)
        return from_uint8(some.images), some.labels if told else None

    return examples(data), None if unseen is None else examples(unseen), count
