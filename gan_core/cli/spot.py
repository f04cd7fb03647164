"""`spot SOURCE SOURCE...`: which detector of fakes finds whose."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gan_core.cli.source import open_source
from gan_core.cli.terminal import console, table
from gan_core.cli.waiting import shown_progress
from gan_core.percent import percent
from gan_core.settings import UserError

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="Two generators of the same images or more: names in weights/, ids of runs, or paths.",
    ),
]


def spot(
    sources: Sources,
    dataset: Annotated[
        str | None, typer.Option(help="The real images; by default those the first one was trained on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Train a detector on the fakes of each generator and try it on those of all: who finds whom."""
    from gan_core.evaluation.spotting import spot_generators

    models = {source: open_source(source, None).model for source in sources}
    if len(models) < len(sources):
        raise UserError("a generator is named twice; name each once")
    real = dataset or models[sources[0]].card.dataset
    with shown_progress() as tell:
        found = spot_generators({source: model.family for source, model in models.items()}, real, tell)
    if as_json:
        typer.echo(json.dumps({"names": found.names, "told_apart": found.told_apart}))
        return
    screen = console()
    screen.print("Of pairs of a real image and a fake of the column's, told apart by the row's detector:")
    rows = table("detector of", *found.names, right=found.names)
    for name, row in zip(found.names, found.told_apart, strict=True):
        rows.add_row(name, *(percent(share, 1) for share in row))
    screen.print(rows)
    screen.print(
        f"Of its own generator's {percent(found.own, 1)}, of the others' {percent(found.others, 1)}; "
        f"guessing tells {percent(0.5)} apart."
    )
