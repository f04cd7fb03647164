"""`publish RUN_ID NAME`: a run's networks become a file in weights/ with a card and a place in the index."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from gan_core.cli.evaluate import print_evaluation
from gan_core.cli.terminal import console
from gan_core.cli.waiting import shown_progress
from gan_core.settings import UserError

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # what may become a file name
LONGEST_NAME = 60


def publish(
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="Id of an ended run.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name in weights/, e.g. dcgan-mnist.")],
    n: Annotated[
        int | None, typer.Option("--n", min=1, help="Samples to measure; by default as `evaluate` does.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="What people call it; by default family and data set.")
    ] = None,
    compact: Annotated[
        bool, typer.Option("--compact", help="Store eight bits a number: a quarter of the size.")
    ] = False,
    sampling_only: Annotated[
        bool,
        typer.Option(
            "--sampling-only", help="Store only the networks that draw: a smaller file, which cannot score."
        ),
    ] = False,
    note: Annotated[
        str, typer.Option("--note", help="What else a user of the weights should know; part of the card.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Replace weights of that name without asking.")
    ] = False,
) -> None:
    """Measure a run and write its networks to weights/, with a card that says how to make them again."""
    from gan_core import weights
    from gan_core.evaluation.measuring import evaluate
    from gan_core.runs.store import RunStore

    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UserError(
            f"a name in weights/ has up to {LONGEST_NAME} small letters, digits and single hyphens between "
            f"them, got '{name}'; try dcgan-mnist"
        )
    store = RunStore()
    store.reap()
    run = store.get(run_id)
    if not run.can_resume:
        raise UserError(f"run '{run.name}' is {run.state}; let it finish or stop it before you publish it")
    path = weights.WEIGHTS_DIR / f"{name}.safetensors"
    if path.exists() and not yes:
        typer.confirm(f"Replace the weights called {name}?", abort=True)
    model = weights.load(run_id, store)
    if compact:  # before they are measured, so that the card tells of the networks as they are stored
        weights.round_as_stored(model.family)
    with shown_progress() as tell:
        measured = evaluate(model.family, model.card.dataset, n, drawing=run.config.drawing, progress=tell)
    notes = " ".join(part for part in (note.strip(), model.card.notes) if part)
    card = model.card.changed(
        name=name, title=title or model.card.title, metrics=measured.metrics, notes=notes,
        storage="int8" if compact else "float32",
    )  # fmt: skip
    card = weights.save(path, model.family, card, model.family.sampling_modules if sampling_only else None)
    weights.write_index()
    print_evaluation(name, measured)
    console().print(
        f"Published run {run.id} as {name}: {card.parameters:,} parameters, {card.bytes / 1e6:.1f} MB. "
        f"Made again by: {card.command}",
        soft_wrap=True,
    )
