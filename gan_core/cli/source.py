"""The trained networks that a command looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from gan_core.weights import LoadedModel

Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="Name in weights/, id of a run, or path of a .safetensors file."),
]
Step = Annotated[int | None, typer.Option(min=0, help="Checkpoint of a run to take; by default the latest.")]


class Opened(NamedTuple):
    """Networks, and the data that only their run knows.

    Attributes:
        model: The networks with their card.
        drawing: Points of the strokes it was trained on; None: its data were not drawn, or are not known.
    """

    model: LoadedModel
    drawing: tuple[tuple[float, float], ...] | None


def open_source(source: str, step: int | None) -> Opened:
    """Loads what a command names.

    Raises:
        UserError: There is no such source or checkpoint, or its file is damaged.
    """
    from gan_core import weights
    from gan_core.runs.store import RunStore
    from gan_core.weights.sources import RunCheckpoint

    store = RunStore()
    origin = weights.resolve(source, store, step=step)
    drawing = origin.run.config.drawing if isinstance(origin, RunCheckpoint) else None
    return Opened(weights.load(source, store, step=step), drawing)
