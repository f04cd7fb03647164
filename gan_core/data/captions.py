"""The English captions of scenes of handwritten digits: vocabulary, grammar, writing and reading.

    sentence := thing | thing place | thing relation thing | thing "and" thing
    thing    := "a" [size] [colour] digit
    size     := small | tiny | little | large | big | huge
    colour   := red | green | blue | yellow | purple | violet | white
    digit    := zero | one | two | ... | nine
    place    := in the middle | in the centre | at the top | at the bottom | on the left | on the right
    relation := above | over | below | under | left of | to the left of | right of | to the right of

Only "a" stands before a thing; "an" is read too ("an eight"). What a sentence leaves out, it leaves open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from gan_core.settings import UserError
from gan_core.text_spec import OPEN, TextSpec

SIZES = (("small", "tiny", "little"), ("large", "big", "huge"))
COLOURS = (("red",), ("green",), ("blue",), ("yellow",), ("purple", "violet"), ("white",))
_DIGIT_WORDS = "zero one two three four five six seven eight nine"
DIGITS = tuple((word,) for word in _DIGIT_WORDS.split())
_VERTICAL = (("above", "over"), ("below", "under"))
_SIDES = (("left",), ("right",))
_ENDS = (("top",), ("bottom",))
_CENTRE = ("middle", "centre", "center")
_FILLERS = ("a", "an", "the", "in", "at", "on", "to", "of", "and", *_CENTRE)

# Layouts: where a single thing stands, then how two stand; of two, the upper or left one comes first.
MIDDLE, TOP, BOTTOM, LEFT, RIGHT, STACKED, BESIDE = range(7)
LAYOUTS = ("in the middle", "at the top", "at the bottom", "on the left", "on the right", "stacked", "beside")
NO_THING = (len(SIZES), len(COLOURS), len(DIGITS))  # size, colour, digit of a second thing that is not there

_T = TypeVar("_T")
_GROUPS = (SIZES, COLOURS, DIGITS, _VERTICAL, _SIDES, _ENDS)
TEXT = TextSpec(
    words=(*_FILLERS, *(word for group in _GROUPS for meaning in group for word in meaning)),
    length=16,
    groups=_GROUPS,
    example="a small red three above a large blue seven",
)
# Name and values of each attribute of a scene, in the order of a row of attributes.
ATTRIBUTES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("position", LAYOUTS),
    *(
        (f"{what} {k}", (*(meaning[0] for meaning in group), *(("none",) if k == 2 else ())))
        for k in (1, 2)
        for what, group in (("size", SIZES), ("colour", COLOURS), ("digit", DIGITS))
    ),
)


class Meaning(NamedTuple):
    """What a sentence says of a scene.

    Attributes:
        layout: Position in `LAYOUTS`, or OPEN.
        first: Size, colour and digit of the thing that stands alone, or above, or on the left; OPEN where
            the sentence does not say.
        second: The same of the other one; `NO_THING` where there is none.
    """

    layout: int
    first: tuple[int, int, int]
    second: tuple[int, int, int]

    @property
    def row(self) -> tuple[int, ...]:
        """The attributes in the order of `ATTRIBUTES`."""
        return (self.layout, *self.first, *self.second)


_PLACES = {
    MIDDLE: tuple(("in", "the", word) for word in _CENTRE),
    TOP: (("at", "the", "top"),),
    BOTTOM: (("at", "the", "bottom"),),
    LEFT: (("on", "the", "left"),),
    RIGHT: (("on", "the", "right"),),
}
# Words between two things -> layout, and whether the thing named first is the upper or left one.
_RELATIONS: dict[tuple[str, ...], tuple[int, bool]] = {
    **{(word,): (STACKED, True) for word in _VERTICAL[0]},
    **{(word,): (STACKED, False) for word in _VERTICAL[1]},
    ("left", "of"): (BESIDE, True),
    ("to", "the", "left", "of"): (BESIDE, True),
    ("right", "of"): (BESIDE, False),
    ("to", "the", "right", "of"): (BESIDE, False),
    ("and",): (OPEN, True),
}
_LEAVES_OUT = (0.15, 0.1, 0.15, 0.1)  # share of captions without: size, colour (each thing), place, relation


def write(row: Sequence[int], rng: np.random.Generator, *, complete: bool) -> list[str]:
    """The words of a sentence for a scene, in one of its many wordings.

    Args:
        row: The scene's attributes in the order of `ATTRIBUTES`, none of them open.
        rng: Source of the choice of words, of the order of the two things and of what is left out.
        complete: Leave nothing out.
    """
    layout, first, second = row[0], tuple(row[1:4]), tuple(row[4:7])
    u = rng.random(8)
    if second == NO_THING:
        place = () if not complete and u[0] < _LEAVES_OUT[2] else _pick(_PLACES[layout], u[1])
        return [*_thing(first, rng, complete), *place]
    if not complete and u[0] < _LEAVES_OUT[3]:
        words: tuple[str, ...] = ("and",)
        first_comes_first = bool(u[2] < 0.5)
    else:
        fitting = tuple(words for words, (where, _) in _RELATIONS.items() if where == layout)
        words = _pick(fitting, u[1])
        first_comes_first = _RELATIONS[words][1]
    one, other = (first, second) if first_comes_first else (second, first)
    return [*_thing(one, rng, complete), *words, *_thing(other, rng, complete)]


def write_all(rows: NDArray[np.int64], seed: int, *, complete: bool) -> list[list[str]]:
    """A sentence for each row of attributes `(N, 7)`."""
    rng = np.random.default_rng(seed)
    return [write(row, rng, complete=complete) for row in rows.tolist()]


def describe(row: Sequence[int]) -> str:
    """The usual words for a scene's attributes, in the order of `ATTRIBUTES`; every value in its bounds."""
    layout, first, second = row[0], row[1:4], row[4:7]
    one, other = (
        " ".join(group[value][0] for group, value in zip((SIZES, COLOURS, DIGITS), thing, strict=True))
        if all(value < none for value, none in zip(thing, NO_THING, strict=True))
        else ""
        for thing in (first, second)
    )
    if layout in _PLACES:
        return f"a {one} {' '.join(_PLACES[layout][0])}"
    return f"a {one} {'above' if layout == STACKED else 'left of'} {f'a {other}' if other else 'nothing'}"


def read(sentence: str) -> Meaning:
    """What a sentence says.

    Raises:
        UserError: It has unknown words, or is not built like the captions.
    """
    TEXT.encode(sentence)  # names what is unknown, missing or too long
    return _read(TEXT.split(sentence))


def _read(words: list[str]) -> Meaning:
    one, rest = _read_thing(words)
    if tuple(rest) in _ALL_PLACES or not rest:
        return Meaning(_ALL_PLACES.get(tuple(rest), OPEN), one, NO_THING)
    for length in range(len(rest), 0, -1):
        found = _RELATIONS.get(tuple(rest[:length]))
        if found is not None:
            other, beyond = _read_thing(rest[length:])
            if beyond:
                raise _not_understood(beyond)
            layout, first_comes_first = found
            return Meaning(layout, *((one, other) if first_comes_first else (other, one)))
    raise _not_understood(rest)


def said(words: Sequence[str]) -> tuple[int, ...]:
    """What a caption says of each of `ATTRIBUTES`; OPEN where it leaves it open.

    Of two things joined by "and" it is open which is the upper or left one: nothing is said of either.
    """
    meaning = _read(list(words))
    if meaning.layout == OPEN and meaning.second != NO_THING:
        return (OPEN,) * len(ATTRIBUTES)
    return meaning.row


_ALL_PLACES: dict[tuple[str, ...], int] = {
    words: layout for layout, wordings in _PLACES.items() for words in wordings
}


def _thing(values: tuple[int, ...], rng: np.random.Generator, complete: bool) -> list[str]:
    """The words of one thing; values are its size, colour and digit."""
    u = rng.random(4)
    words = ["a"]
    if complete or u[0] >= _LEAVES_OUT[0]:
        words.append(_pick(SIZES[values[0]], u[1]))
    if complete or u[2] >= _LEAVES_OUT[1]:
        words.append(_pick(COLOURS[values[1]], u[3]))
    words.append(DIGITS[values[2]][0])
    if words[:2] == ["a", "eight"]:
        words[0] = "an"
    return words


def _pick(choices: Sequence[_T], u: float) -> _T:
    return choices[int(u * len(choices))]


def _read_thing(words: Sequence[str]) -> tuple[tuple[int, int, int], list[str]]:
    """Size, colour and digit of the thing a list of words begins with, and the words after it."""
    rest = list(words)
    if rest and rest[0] in ("a", "an", "the"):
        rest.pop(0)
    values = []
    for group in (SIZES, COLOURS, DIGITS):
        value = next((k for k, meaning in enumerate(group) if rest and rest[0] in meaning), OPEN)
        if value != OPEN:
            rest.pop(0)
        values.append(value)
    if values[2] == OPEN:
        raise _not_understood(rest or words)
    return (values[0], values[1], values[2]), rest


def _not_understood(words: Sequence[str]) -> UserError:
    return UserError(
        f"“{' '.join(words)}” is not where it is expected: a sentence names one or two digits, each with its "
        f'size and colour before it, and where they stand, such as "{TEXT.example}"'
    )
