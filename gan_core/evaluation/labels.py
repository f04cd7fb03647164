"""Does asking for a class work? What a classifier recognises in what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.asking import ask, num_kinds
from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import in_batches
from gan_core.evaluation.generating import latents
from gan_core.evaluation.real import some_of_each
from gan_core.family import Family
from gan_core.images import to_pixels
from gan_core.metrics import confusion_matrix
from gan_core.metrics.histogram import Counts
from gan_core.percent import percent

_AT_ONCE = 250
MOSTLY = 0.5  # share of a kind's pictures from which it is called by their class
_NEARLY_ALWAYS = 0.9
_IGNORED = 0.15  # share of the way from guessing to what real images reach
_WEAK = 0.8  # share of what real images of the class reach


class Meaning(NamedTuple):
    """What pictures of one kind mostly are."""

    y: int  # class that is recognised most often
    share: float  # share of the pictures, 0 to 1


class Finding(NamedTuple):
    """One sentence about the labels, and whether it is good news."""

    good: bool
    sentence: str


def pictures_of_kinds(family: Family, n: int, seed: int, progress: Progress) -> Tensor:
    """Some pictures of each kind, each from its own z: uint8 `(num_kinds * n, C, H, W)`, kind by kind.

    Args:
        family: One that has kinds; its networks are used as they are, on the CPU.
        n: Pictures of each kind.
        seed: Seed of the z.
        progress: Told how far it is.
    """
    kinds = torch.arange(num_kinds(family)).repeat_interleave(n)
    z = latents(family, len(kinds), seed)
    parts = []
    with torch.no_grad():
        for start in range(0, len(kinds), _AT_ONCE):
            progress("Making pictures", start / len(kinds))
            part = slice(start, start + _AT_ONCE)
            parts.append(to_pixels(family.generate(*ask(family, z[part], kinds[part]))))
    return torch.cat(parts)


def recognised_kinds(
    pictures: Tensor, classify: Callable[[Tensor], Tensor], kinds: int, classes: int, progress: Progress
) -> Counts:
    """How often each class is recognised in pictures of each kind: counts `(kinds, classes)`.

    Args:
        pictures: uint8 `(kinds * n, C, H, W)`, kind by kind.
        classify: Class numbers `(N,)` of uint8 pictures.
        kinds: Number of kinds.
        classes: Number of classes.
        progress: Told how far it is.
    """
    asked = torch.arange(kinds).repeat_interleave(len(pictures) // kinds)
    return confusion_matrix(
        asked, in_batches(classify, pictures, "Recognising them", progress), kinds, classes
    )


def recognised_real(
    real: ImageDataset, n: int, classify: Callable[[Tensor], Tensor], progress: Progress
) -> Counts:
    """The same for up to n real images of each class: counts `(classes, classes)`; empty without labels."""
    k = len(real.class_names)
    if real.labels is None:
        return confusion_matrix(torch.empty(0), torch.empty(0), k, k)
    chosen = some_of_each(real.labels, n)
    found = in_batches(classify, real.images[chosen], "Recognising real images", progress)
    return confusion_matrix(real.labels[chosen], found, k, k)


def meanings(counts: Counts) -> tuple[Meaning, ...]:
    """What each kind, a row of counts `(kinds, classes)`, mostly is."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    return tuple(Meaning(int(row.argmax()), float(row.max())) for row in shares)


@dataclass(frozen=True)
class LabelCheck:
    """What is recognised in what was asked for.

    Attributes:
        classes: Names of the classes.
        counts: Pictures by kind asked for and class recognised `(kinds, classes)`.
        real: Real images by class and class recognised `(classes, classes)`; None: none are at hand.
        coded: Whether the kinds were found without labels: then each is expected to be what it mostly is.
    """

    classes: tuple[str, ...]
    counts: Counts
    real: Counts | None
    coded: bool = False

    @property
    def expected(self) -> tuple[int, ...]:
        """The class that each kind should be."""
        return tuple(m.y for m in meanings(self.counts)) if self.coded else tuple(range(len(self.counts)))

    @property
    def of_kind(self) -> tuple[float, ...]:
        """Share of each kind's pictures that are recognised as what they should be."""
        rows = zip(self.counts, self.expected, strict=True)
        return tuple(float(row[y] / row.sum()) for row, y in rows)

    @property
    def overall(self) -> float:
        """The same for all pictures."""
        return sum(self.of_kind) / len(self.of_kind)

    @property
    def real_of_class(self) -> tuple[float, ...]:
        """Share of each class's real images that the classifier recognises; NaN where there are none."""
        if self.real is None:
            return (float("nan"),) * len(self.classes)
        rows = enumerate(self.real)
        return tuple(float(row[y] / row.sum()) if row.sum() else float("nan") for y, row in rows)

    @property
    def real_overall(self) -> float:
        """The same for all real images; NaN without any."""
        total = 0 if self.real is None else self.real.sum()
        return float(self.real.trace() / total) if self.real is not None and total else float("nan")

    @property
    def chance(self) -> float:
        """What guessing reaches."""
        return 1 / len(self.classes)

    def findings(self) -> list[Finding]:
        """What the numbers say, the most important first."""
        return self._of_codes() if self.coded else self._of_classes()

    def _of_classes(self) -> list[Finding]:
        reached = f"{_percent(self.overall)} of the pictures are recognised as the class asked for"
        best = 1.0 if math.isnan(self.real_overall) else self.real_overall
        if self.overall - self.chance < _IGNORED * (best - self.chance):
            guess = f"guessing alone reaches {_percent(self.chance)}"
            return [Finding(False, f"The label is ignored: only {reached}, and {guess}.")]
        bad = [finding for y in range(len(self.classes)) for finding in self._of_class(y)]
        real = "" if math.isnan(self.real_overall) else f", of real images {_percent(self.real_overall)}"
        works = "The label works" if not bad else "Over all classes"
        return [*bad, Finding(not bad, f"{works}: {reached}{real}.")]

    def _of_class(self, y: int) -> list[Finding]:
        name, made = self.classes[y], meanings(self.counts)[y]
        if made.y != y and made.share >= MOSTLY:
            often = "nearly always" if made.share >= _NEARLY_ALWAYS else "mostly"
            other = self.classes[made.y]
            return [Finding(False, f"Asked for {name}, it {often} makes {other} ({_percent(made.share)}).")]
        own, real = self.of_kind[y], self.real_of_class[y]
        beside = "" if math.isnan(real) else f", of real ones {_percent(real)}"
        if own < _WEAK * (real if beside else 1.0):
            return [Finding(False, f"Of {name} only {_percent(own)} are recognised{beside}.")]
        return []

    def _of_codes(self) -> list[Finding]:
        found = meanings(self.counts)
        clear = {m.y for m in found if m.share >= MOSTLY}
        mixed = [str(kind) for kind, m in enumerate(found) if m.share < MOSTLY]
        none = [name for y, name in enumerate(self.classes) if y not in clear]
        findings = []
        if none:
            findings.append(Finding(False, f"No kind of its own: {', '.join(none)}."))
        if mixed:
            findings.append(Finding(False, f"A mixture of several classes: kind {', '.join(mixed)}."))
        sentence = (
            f"Without ever seeing a label, it sorted its pictures so that {_percent(self.overall)} are of "
            f"the class their kind mostly is; guessing alone reaches {_percent(self.chance)}."
        )
        return [*findings, Finding(not none and not mixed, sentence)]


def _percent(share: float) -> str:
    """Full per cent; what is not quite everything or nothing does not look so."""
    return percent(share, 1 if 0 < share < 0.01 or 0.99 < share < 1 else 0)
