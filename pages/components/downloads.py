"""What can be taken home from a run; each file is made when it is asked for, not before."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frames, services

if TYPE_CHECKING:
    from gan_core.runs.records import Run


def show(run: Run | None) -> None:
    """Draws the menu of files."""
    with st.popover("Download", icon=":material/download:", disabled=run is None):
        if run is None:
            return
        _button(
            run,
            "Timeline as film (GIF)",
            "gif",
            "image/gif",
            partial(frames.film, run.id),
            ready=_has_pictures(run),
        )
        _button(
            run,
            "Newest picture (PNG)",
            "png",
            "image/png",
            partial(frames.newest_png, run.id),
            ready=_has_pictures(run),
        )
        _button(run, "Curves (CSV)", "csv", "text/csv", partial(curves_csv, run.id), ready=run.step > 0)
        trained = bool(services.store().checkpoint_steps(run.id))
        _button(
            run,
            "Generator (safetensors and card)",
            "zip",
            "application/zip",
            partial(generator_zip, run.id),
            ready=trained,
        )


def _has_pictures(run: Run) -> bool:
    return bool(frames.folder(run.id).snapshot_steps())


def _button(run: Run, label: str, ending: str, mime: str, make: Callable[[], bytes], *, ready: bool) -> None:
    st.download_button(
        label,
        data=make,
        file_name=f"{run.config.family}-{run.id}.{ending}",
        mime=mime,
        on_click="ignore",
        disabled=not ready,
        help=None if ready else "Nothing is there yet.",
        key=f"download:{ending}:{run.id}",
        width="stretch",
    )


def curves_csv(run_id: str) -> bytes:
    """Every recorded value of a run: step, name, value."""
    rows, _ = services.store().metrics_since(run_id)
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(("step", "name", "value"))
    writer.writerows(rows)
    return sheet.getvalue().encode()


def generator_zip(run_id: str) -> bytes:
    """The networks that make a run's samples, with their card, as the project's own weights are kept.

    Raises:
        UserError: The run has no checkpoint yet.
    """
    services.wait_for_torch()
    from gan_core import weights

    model = weights.load(run_id, services.store())
    archive = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{model.card.family}-{run_id}.safetensors"
        weights.save(path, model.family, model.card, model.family.sampling_modules)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
            for part in (path, weights.card_path(path)):
                file.write(part, part.name)
    return archive.getvalue()
