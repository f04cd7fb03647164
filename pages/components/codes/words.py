"""Codes, kinds and what is measured of them, in words."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gan_core.percent import percent

if TYPE_CHECKING:
    from gan_core.evaluation.kinds import Kinds
    from gan_core.evaluation.traversals import CodeEffect, TraitEffect

CLEAR = 0.5  # change, in deviations of real images, from which a code is said to change a trait
_LONGEST_NAME = 3  # of a class, that fits above a picture
PAPER_ERROR = 0.05  # Chen et al. 2016 (arXiv:1606.03657), section 7.2, on MNIST


def letter(kind: int) -> str:
    """A kind's name: A to Z, then AA, AB... Not a number, which would be taken for a digit."""
    first, last = divmod(kind, 26)
    return (string.ascii_uppercase[first - 1] if first else "") + string.ascii_uppercase[last]


def code_name(code: int, count: int) -> str:
    """What a categorical code is called beside `count - 1` others."""
    return "Which kind" if count == 1 else f"Which kind, code {code + 1}"


def amount(effect: TraitEffect) -> str:
    """A change from one end of the code to the other with its unit."""
    size = abs(effect.change)
    if effect.trait == "slant":
        return f"{size:.0f} degrees"
    return f"{percent(size)} of the range" if effect.trait == "brightness" else f"{size:.1f} pixels"


def headline(effect: CodeEffect) -> str:
    """What a code changes most: "Code 1: slant, 38 degrees from end to end"."""
    main = effect.main
    if abs(main.relative) < CLEAR:
        return f"Code {effect.code + 1}: nothing clear"
    return f"Code {effect.code + 1}: {main.trait}, {amount(main)} from end to end"


def details(effect: CodeEffect, real: bool) -> str:
    """How sure that is, in a few short sentences.

    Args:
        effect: What the code does.
        real: Whether changes are counted in deviations of real images, else of generated ones.
    """
    main = effect.main
    if abs(main.relative) < CLEAR:
        return (
            "Between −1 and 1 it moves none of slant, width, thickness and brightness by half a standard "
            f"deviation of {'real' if real else 'generated'} images; it may change the shape."
        )
    others = [
        f"{other.trait} ({amount(other)})"
        for other in sorted(effect.effects, key=lambda other: -abs(other.relative))[1:]
        if abs(other.relative) >= CLEAR
    ]
    also = f" It also changes {_and(others)}." if others else ""
    return (
        f"That is {abs(main.relative):.1f} standard deviations of {'real' if real else 'generated'} images. "
        f"In {percent(main.monotone)} of {effect.count} latents it goes that way throughout; rank "
        f"correlation within a latent {abs(main.rank):.2f}.{also}"
    )


def kind_label(kind: int, kinds: Kinds | None, classes: Sequence[str]) -> str:
    """A kind's letter, with the class it mostly collects where that is known and short: "A: 4"."""
    if kinds is None or not kinds.counts[kind].sum():
        return letter(kind)
    name = classes[int(kinds.counts[kind].argmax())]
    fits = len(name) <= _LONGEST_NAME and name.isascii()  # the pictures' font has no other letters
    return f"{letter(kind)}: {name}" if fits else letter(kind)


def sharing(kinds: Kinds, classes: Sequence[str]) -> list[str]:
    """Which kinds share a class, which class has none, in sentences."""
    counts = kinds.counts
    used = [kind for kind in range(len(counts)) if counts[kind].sum()]
    mostly = {kind: int(counts[kind].argmax()) for kind in used}
    found = []
    for c, name in enumerate(classes):
        of_class = [letter(kind) for kind in used if mostly[kind] == c]
        if len(of_class) > 1:
            found.append(f"Kinds {_and(of_class)} share {name}.")
    for c, name in enumerate(classes):
        if c not in mostly.values() and counts[:, c].sum():
            goes = letter(int(counts[:, c].argmax()))
            share = counts[:, c].max() / counts[:, c].sum()
            found.append(f"No kind collects mostly {name}: {percent(share)} of it goes to kind {goes}.")
    idle = [letter(kind) for kind in range(len(counts)) if kind not in used]
    if idle:
        found.append(f"No test image is read as kind {_and(idle)}.")
    return found or ["Every kind has a class of its own."]


def verdict(kinds: Kinds, dataset: str, count: int) -> str:
    """How good a classifier the code is, beside the paper's figure."""
    paper = f"the paper reports {percent(PAPER_ERROR)} on MNIST"
    if dataset != "mnist":
        paper += ", which is other data"
    return (
        f"Matched one to one, kind and class agree for {percent(kinds.accuracy, 1)} of {count:,} test "
        f"images: an error of {percent(1 - kinds.accuracy, 1)} without a single label in training; {paper}."
    )


def categorical(value: float, bound: float) -> str:
    """What the information about the kinds means."""
    share = value / bound if bound > 0 else 0.0
    told = f"{value:.2f} of at most {bound:.2f} nats"
    if share < 0.1:
        return f"{told}: Q cannot tell from a generated picture which kind was asked for."
    if share < 0.9:
        return f"{told}: Q often recognises the kind that was asked for, but not always."
    return f"{told}: Q recognises nearly every time which kind a generated picture was asked for."


def continuous(value: float, codes: int) -> str:
    """What the information about the numbers means: the error a Gaussian with that much of it makes."""
    per_code = value / max(codes, 1)
    error = 2 * math.exp(-per_code) / math.sqrt(2 * math.pi * math.e)
    told = f"{value:.2f} nats over {codes} code{'s' if codes > 1 else ''}, without an upper bound"
    if error >= 1 / math.sqrt(3):  # the deviation of the codes themselves
        return f"{told}: Q cannot read the numbers off a picture better than by guessing their mean."
    return f"{told}: Q reads each number, between −1 and 1, to about ±{error:.2f}."


def _and(parts: Sequence[str]) -> str:
    """Joins parts: "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
