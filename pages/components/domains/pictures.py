"""Digits and scenes: a picture on its way to the other domain and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, own_picture, sources, text
from pages.components.pictures import sample_sheet
from pages.components.translate import given, place
from pages.components.translate.place import Place
from pages.components.translate.stage import Tile, figure, share_of

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data import ImageDataset
    from gan_core.family import Family
    from gan_core.weights import LoadedModel

OTHERS = 7  # the same picture with other codes
DIRECTIONS = {"ab": "Digit \u2192 scene \u2192 digit", "ba": "Scene \u2192 digit \u2192 scene"}
_WAYS = {"ab": ("test", "draw", "upload"), "ba": ("test", "upload")}
_NAMES = {"ab": ("digit", "scene"), "ba": ("scene", "digit")}
_HINTS = {
    "draw": "Draw a digit on the left: it becomes a scene when you lift the pen.",
    "upload": "Choose a picture on the left: it is translated at once.",
}
HOW = (
    'Two <span class="fake">generators</span> learned from digits and from scenes, but never saw which digit '
    'belongs to which scene: no such pair exists. Two <span class="disc">discriminators</span> ask that '
    "everything made looks real; the loop asks that the way there and back ends where it started."
)


@dataclass(frozen=True)
class Start:
    """Where a loop starts.

    Attributes:
        image: `(C, H, W)` in [-1, 1].
        title: What it is.
        is_real: Whether it is a real image of the test split.
        y: Its class, where that is known.
    """

    image: Tensor
    title: str
    is_real: bool = False
    y: int | None = None


def show(where: Place, loaded: LoadedModel, link: Mapping[str, str]) -> None:
    """Draws controls on the left and the loop on the right.

    Args:
        where: Network, picture and seed.
        loaded: The network.
        link: Parameters of the page's address.
    """
    left, right = st.columns([3.4, 7.6], gap="large")
    with right:
        shown = st.container(key="domains_stage")
    with left, st.container(key="translate_given"):
        direction = _direction(link)
        start, problem = None, None
        try:
            start = _start(where, loaded, direction)
        except UserError as error:
            problem = error
        st.html(f'<p class="quiet">{HOW}</p>')
    with shown:
        if problem is not None:
            st.error(actions.sentence(text.escape_markdown(str(problem))), icon=":material/error:")
        elif start is None:
            st.info(_HINTS[where.way], icon=":material/draw:")
        else:
            _loop(where, loaded, direction, start)


def _direction(link: Mapping[str, str]) -> str:
    key, asked = f"domains_direction:{place.version()}", link.get("direction", "")
    return str(
        st.segmented_control(
            "Direction", list(DIRECTIONS), default=asked if asked in DIRECTIONS else "ab", required=True,
            key=key, format_func=DIRECTIONS.__getitem__, label_visibility="collapsed",
            on_change=lambda: place.go(direction=st.session_state[key]),
            help="Where the loop starts, and ends again.",
        )
    )  # fmt: skip


# --- where the loop starts ---


def _start(where: Place, loaded: LoadedModel, direction: str) -> Start | None:
    """Draws the controls and returns what they give; None: nothing yet.

    Raises:
        UserError: It cannot be used.
    """
    ways = _WAYS[direction]
    key = f"translate_way:{place.version()}"
    way = st.segmented_control(
        "Start", ways, default=where.way if where.way in ways else "test", required=True, key=key,
        format_func=given.LABELS.__getitem__, label_visibility="collapsed",
        on_change=lambda: place.go(way=st.session_state[key]), help="Where the first picture comes from.",
    )  # fmt: skip
    if way == "test":
        return _tested(where, loaded, direction)
    return _own(where, loaded, direction, str(way))


def _images(where: Place, loaded: LoadedModel, direction: str) -> ImageDataset:
    from gan_core.translating import other_domain

    data = given.test_images(loaded.card.dataset, where.source.name, where.step, where.source.rewinds)
    return other_domain(loaded.family, data) if direction == "ab" else data


def _tested(where: Place, loaded: LoadedModel, direction: str) -> Start:
    from gan_core.images import from_uint8

    data = _images(where, loaded, direction)
    number = min(where.number, len(data) - 1)
    given.number_choice(number, len(data))
    y = None if data.labels is None else int(data.labels[number])
    return Start(from_uint8(data.images[number]), f"Real {_NAMES[direction][0]}", is_real=True, y=y)


def _own(where: Place, loaded: LoadedModel, direction: str, way: str) -> Start | None:
    import torch

    from gan_core.images import from_uint8
    from gan_core.latent.pictures import as_sample, refuse_blank

    try:
        examples = from_uint8(_images(where, loaded, direction).images[:64])
    except UserError:  # the test images are not on this machine; digits are light on black
        shape = loaded.family.data.other_shape if direction == "ab" else loaded.family.data.shape
        examples = torch.full((1, *(shape or ())), -1.0 if direction == "ab" else -0.3)
    if direction == "ba":
        data = own_picture.upload(key="domains_scene")
        if data is None:
            return None
        picture = own_picture.read(data, on_black=False)
        refuse_blank(picture)
        return Start(as_sample(picture, examples, centre=False), "Your scene")
    kind = own_picture.DRAW if way == "draw" else own_picture.UPLOAD
    own = own_picture.ask(kind, "domains", where.source.name)
    if own.data is None:
        return None
    picture = own_picture.as_sample(own, examples)
    refuse_blank(picture)
    return Start(picture, "Your digit")


# --- what becomes of it ---


def _loop(where: Place, loaded: LoadedModel, direction: str, start: Start) -> None:
    """Start, translation and end large; the same with other codes small."""
    made, end = looped(loaded.family, start.image, direction, where.seed)
    near, far = _judges(loaded, direction)
    first, second = _NAMES[direction]
    names = loaded.card.data.class_names
    known = () if start.y is None or start.y >= len(names) else (f"This is a {names[start.y]}",)
    difference = share_of(float((end - start.image).abs().mean()) / 2)
    tiles = [
        Tile(start.title, "real" if start.is_real else "", start.image, known),
        Tile(f"As a {second}", "fake", made[0], _seen(far, made[:1], names)[0]),
        Tile(
            f"Back as a {first}", "fake", end, (*_seen(near, end[None], names)[0], f"Difference {difference}")
        ),
    ]
    st.html(f'<div class="translated">{"".join(figure(tile) for tile in tiles)}</div>')
    if len(made) > 1:
        st.html('<div class="heading">The same digit in other colours</div>')
        scenes = _judges(loaded, "ab")[1]
        others = [
            Tile("", "fake", image, words)
            for image, words in zip(made[1:], _seen(scenes, made[1:], names), strict=True)
        ]
        st.html(f'<div class="translated others">{"".join(figure(tile) for tile in others)}</div>')
    st.download_button(
        "Download PNG", _sheet(start.image, made, end), f"{where.source.name}.png", "image/png",
        icon=":material/download:", key="domains_download", on_click="ignore",
        help="Start, translation and end, then the other colours.",
    )  # fmt: skip


def looped(family: Family, image: Tensor, direction: str, seed: int) -> tuple[Tensor, Tensor]:
    """The way of one picture.

    Args:
        family: Translates both ways.
        image: `(C, H, W)`, of the first domain for "ab", of the second for "ba".
        direction: "ab" or "ba".
        seed: Of the codes.

    Returns:
        Translations `(n, C', H', W')`, and what the first one becomes on the way back, like image. The
        translations after the first one are scenes with other codes: for "ba", of the digit that was found.
    """
    import torch

    from gan_core.translating import noise

    z = noise(family, 1 + OTHERS, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        if direction == "ab":
            made = _scenes(family, image, z)
            return made, family.translate_back(made[:1]).x_condition[0]
        back = family.translate_back(image[None])
        end = family.translate(back.x_condition, back.z)[0]
        if z is None:
            return back.x_condition, end
        scenes = _scenes(family, back.x_condition[0], z[1:])
        return torch.cat([_alike(back.x_condition, scenes), scenes]), end


def _scenes(family: Family, digit: Tensor, z: Tensor | None) -> Tensor:
    """Scenes `(n, C, H, W)` of one digit, one of each code."""
    n = 1 if z is None else len(z)
    return family.translate(digit[None].expand(n, -1, -1, -1).contiguous(), z)


def _alike(digit: Tensor, scenes: Tensor) -> Tensor:
    """A digit `(1, C, H, W)` with the channels of scenes."""
    return digit.expand(-1, scenes.shape[1], -1, -1)


def _judges(loaded: LoadedModel, direction: str) -> tuple[Family | None, Family | None]:
    """Who knows the classes of the domain a loop starts in, and of the other one."""
    from gan_core.data import DATASETS

    info = DATASETS.get(loaded.card.dataset)
    plain = sources.judge(info.base) if info is not None and info.base else None
    scenes = sources.judge(loaded.card.dataset)
    return (plain, scenes) if direction == "ab" else (scenes, plain)


def _seen(judge: Family | None, images: Tensor, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What the classifier sees in each picture and how sure it is; nothing where there is none."""
    import torch

    from gan_core.images import fit_to

    if judge is None:
        return [()] * len(images)
    with torch.no_grad():
        shares = judge.class_logits(fit_to(images, judge.data.shape)).softmax(1)
    sure, classes = shares.max(1)
    pairs = zip(classes.tolist(), sure.tolist(), strict=True)
    return [(f"Seen as {names[y]}, {share_of(p)}",) for y, p in pairs]


def _sheet(start: Tensor, made: Tensor, end: Tensor) -> bytes:
    """Everything on the page as one PNG."""
    import numpy as np

    from gan_core.images import like, png, to_uint8

    widest = to_uint8(max((start[None], made, end[None]), key=lambda images: images.shape[1]))
    parts = [like(to_uint8(images), widest) for images in (start[None], made[:1], end[None], made[1:])]
    return png(sample_sheet(np.concatenate(parts), columns=5))
