"""Pictures of a run's snapshots, made once and shared by all viewers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import sentences, services, sheets
from pages.components.charts import thinned
from pages.components.colours import FAKE, REAL, WHITE, rgb
from pages.components.pictures import (
    Numbers,
    Pixels,
    beside,
    captioned,
    data_url,
    points_picture,
    sample_sheet,
)
from pages.components.sheets import Sheet

if TYPE_CHECKING:
    from gan_core.runs.files import RunFolder
    from gan_core.runs.timeline import Snapshot

FAKES, FAKE_COLUMNS = 16, 4
REALS, REAL_COLUMNS = 8, 2  # columns also where every row shows one class
THREES, THREE_COLUMNS = 4, 2  # of a family that translates: rows, and threes in each
BETWEEN = 32  # pixels between the generated and the real curves
FILM_FRAMES = 120
FILM_FPS = 10.0


def folder(run_id: str) -> RunFolder:
    """The folder of a run's files."""
    from gan_core.runs.files import RunFolder

    return RunFolder(services.store().folder(run_id))


def snapshot(run_id: str, step: int | None) -> tuple[int, Snapshot]:
    """The snapshot at a step, or the newest.

    Raises:
        UserError: There is none.
    """
    from gan_core.runs.timeline import read_snapshot

    return read_snapshot(folder(run_id), step)


@lru_cache(maxsize=32)
def kept_snapshot(run_id: str, step: int, rewinds: int) -> Snapshot:
    """The snapshot at a step, read once for all viewers; its arrays must not be changed.

    Args:
        run_id: The run.
        step: Step of a snapshot.
        rewinds: The run's own count; tells apart what was trained again from the same step.

    Raises:
        UserError: There is no such snapshot.
    """
    del rewinds
    return snapshot(run_id, step)[1]


@st.cache_data(show_spinner=False, max_entries=240)
def tiles(run_id: str, step: int, rewinds: int) -> str:
    """Generated images beside real ones, D's score under each: a picture as an address that holds it.

    A family that is asked for classes shows one per row, without scores. One that translates shows threes:
    what it was given, what it made of it, and the real image; or, both ways, start, translation and end. One
    that draws sentences shows its sketch, its picture and the real scene over each sentence. One that encodes
    shows each real image followed by what it rebuilds of it.

    Args:
        run_id: A run that learns images.
        step: Step of a snapshot.
        rewinds: The run's own count; tells apart what was trained again from the same step.

    Raises:
        UserError: There is no such snapshot.
    """
    return sheets.address(_sheet(run_id, kept_snapshot(run_id, step, rewinds)))


def _sheet(run_id: str, arrays: Snapshot) -> Sheet:
    """The pictures of a snapshot as one, laid out as its family needs."""
    from gan_core.runs.timeline import read_conditions, read_real_examples

    if "sketch" in arrays:
        return spoken(run_id, arrays)
    real = read_real_examples(folder(run_id))
    if "columns" in arrays:
        return _rows(arrays, real)
    given = read_conditions(folder(run_id))
    if given is not None:
        return threes(arrays, given, real)
    sheet = sheets.tiles(arrays["fake"][:FAKES], _scores(arrays, "fake_score", FAKES), FAKE_COLUMNS)
    if real is not None and "rebuilt" in arrays:
        both = np.stack([real[:REALS], arrays["rebuilt"][:REALS]], axis=1).reshape(-1, *real.shape[1:])
        return sheets.beside(sheet, sheets.tiles(both, None, 2 * REAL_COLUMNS))
    if real is not None:
        scores = _scores(arrays, "real_score", REALS)
        return sheets.beside(sheet, sheets.tiles(real[:REALS], scores, REAL_COLUMNS))
    return sheet


@st.cache_data(show_spinner=False, max_entries=120)
def curves(run_id: str, step: int, rewinds: int) -> str:
    """Generated sequences beside real ones, as curves: a PNG as an address that holds it.

    Args:
        run_id: A run that learns sequences.
        step: Step of a snapshot.
        rewinds: The run's own count; tells apart what was trained again from the same step.

    Raises:
        UserError: There is no such snapshot.
    """
    from gan_core.images import png

    return data_url(png(_curves(kept_snapshot(run_id, step, rewinds))))


def _curves(arrays: Snapshot) -> Pixels:
    """Sixteen generated sequences beside eight real ones, RGBA."""
    from gan_core.curves import curve_tiles

    fake = curve_tiles(arrays["fake"][:FAKES], rgb(FAKE), FAKE_COLUMNS)
    return beside(fake, curve_tiles(arrays["real"][:REALS], rgb(REAL), REAL_COLUMNS), BETWEEN)


def _rows(arrays: Snapshot, real: Pixels | None) -> Sheet:
    """Generated images with one class per row, beside real ones; too many for scores that could be read."""
    columns = int(arrays["columns"])
    sheet = sheets.tiles(arrays["fake"], None, columns)
    if real is None:
        return sheet
    shown = real.reshape(-1, columns, *real.shape[1:])[:, :REAL_COLUMNS]
    return sheets.beside(sheet, sheets.tiles(shown.reshape(-1, *real.shape[1:]), None, REAL_COLUMNS))


def spoken(run_id: str, arrays: Snapshot) -> Sheet:
    """Sketches, pictures and real scenes of a run that draws sentences, over their sentences."""
    from gan_core.runs.timeline import read_captions, read_real_examples

    captions, real = read_captions(folder(run_id)), read_real_examples(folder(run_id))
    assert captions is not None  # written together when the run begins
    assert real is not None
    return sentences.sheet(arrays, captions.tolist(), real)


def threes(arrays: Snapshot, given: Pixels, real: Pixels | None) -> Sheet:
    """Columns of threes, as far apart as generated and real images are elsewhere.

    Of a family that translates both ways the first column starts in one domain, the second in the other.

    Args:
        arrays: What was made, `fake`, and D's scores if there are any; both ways, also `loop`, `back` and
            `back_loop`.
        given: What it was made of, in the same order, of any size.
        real: The real images, written together with what was given.
    """
    from gan_core.images import like

    made = arrays["fake"]
    assert real is not None  # written together with what was given
    if "back" in arrays:
        ways = ((given, made, arrays["loop"]), (real, arrays["back"], arrays["back_loop"]))
        columns = [np.stack([like(images[:THREES], made) for images in way], axis=1) for way in ways]
        left, right = (sheets.tiles(way.reshape(-1, *made.shape[1:]), None, 3) for way in columns)
        return sheets.beside(left, right)
    sheet = None
    for start in range(0, THREES * THREE_COLUMNS, THREES):
        part = slice(start, start + THREES)
        three = np.stack([like(given[part], made), made[part], real[part]], axis=1)
        scores = None
        if "fake_score" in arrays:
            fakes, reals = arrays["fake_score"][part], arrays["real_score"][part]
            scores = np.stack([np.full_like(fakes, np.nan), fakes, reals], axis=1).flatten()
        column = sheets.tiles(three.reshape(-1, *made.shape[1:]), scores, 3)
        sheet = column if sheet is None else sheets.beside(sheet, column)
    assert sheet is not None
    return sheet


def _scores(arrays: Snapshot, name: str, n: int) -> Numbers | None:
    return arrays[name][:n] if name in arrays else None


def picture(arrays: Snapshot, ground: str = WHITE) -> Pixels:
    """A whole snapshot as one picture, RGB: every sample, the points over D's field, or curves.

    Args:
        arrays: The snapshot.
        ground: Colour of the page, "#RRGGBB", behind curves and shining through D's field.
    """
    if arrays["fake"].ndim == 3:
        from gan_core.curves import on_ground

        return on_ground(_curves(arrays), rgb(ground))
    if "extent" not in arrays:
        images = arrays["fake"]
        return sample_sheet(images, columns=int(arrays.get("columns", round(np.sqrt(len(images))))))
    field = arrays.get("field", np.full((2, 2), 0.5, np.float32))
    return points_picture(arrays["fake"], arrays["real"], field, float(arrays["extent"]), ground=ground)


def whole_picture(run_id: str, arrays: Snapshot, ground: str = WHITE) -> Pixels:
    """A snapshot with what it was made from as one picture, RGB; see `picture`."""
    from gan_core.curves import on_ground
    from gan_core.runs.timeline import read_conditions, read_real_examples

    given = read_conditions(folder(run_id))
    bare = {name: images for name, images in arrays.items() if not name.endswith("_score")}
    if "sketch" in arrays:
        sheet = spoken(run_id, bare)
    elif given is not None:
        sheet = threes(bare, given, read_real_examples(folder(run_id)))
    else:
        return picture(arrays, ground)
    return on_ground(sheets.drawn(sheet), rgb(ground))


def film(run_id: str) -> bytes:
    """The timeline as an animated GIF, each frame with its step.

    Raises:
        UserError: The run has no snapshot yet.
    """
    from gan_core.images import gif
    from gan_core.settings import UserError

    frames = []
    for step in thinned(folder(run_id).snapshot_steps(), FILM_FRAMES):
        try:
            _, arrays = snapshot(run_id, step)
        except UserError:  # thinned away by the worker meanwhile
            continue
        if "extent" not in arrays and "columns" not in arrays:
            arrays = {**arrays, "fake": arrays["fake"][:FAKES]}
        frames.append(captioned(whole_picture(run_id, arrays), step))
    if not frames:
        raise UserError("this run has no snapshot yet; wait for the first one")
    return gif(frames, FILM_FPS)


def newest_png(run_id: str) -> bytes:
    """The newest snapshot as PNG.

    Raises:
        UserError: The run has no snapshot yet.
    """
    from gan_core.images import png

    return png(whole_picture(run_id, snapshot(run_id, None)[1]))
