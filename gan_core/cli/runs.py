"""`runs`: list, show, resume and delete what the run store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gan_core.cli.terminal import console, duration, moment, number, steps_text, table
from gan_core.settings import UserError

if TYPE_CHECKING:
    from gan_core.runs.records import Run
    from gan_core.runs.store import RunStore

RunId = Annotated[str, typer.Argument(metavar="ID", help="Id of the run, as `runs list` shows it.")]

runs = typer.Typer(help="List, show, resume and delete runs.", invoke_without_command=True)


@runs.callback()
def default(ctx: typer.Context) -> None:
    """List, show, resume and delete runs; without a command: list."""
    if ctx.invoked_subcommand is None:
        list_runs()


@runs.command("list")
def list_runs() -> None:
    """List all runs, newest first."""
    store = _open_store()
    rows = table(
        "id", "name", "family", "data set", "state", "steps", "time", "created", right=("steps", "time")
    )
    for run in store.runs():
        rows.add_row(
            run.id,
            run.name,
            run.config.family,
            run.config.dataset,
            _state(run, store),
            steps_text(run.step, run.total_steps),
            duration(run.seconds),
            moment(run.created),
        )
    if rows.row_count:
        console().print(rows)
    else:
        console().print("There are no runs yet. Start one: python -m gan_core train mlp")


@runs.command()
def show(run_id: RunId) -> None:
    """Show one run: settings, state, latest losses, checkpoints."""
    store = _open_store()
    run = store.get(run_id)
    screen = console()
    for title, facts in (
        (f"Run {run.id} '{run.name}'", _facts(run, store)),
        ("Settings", {**run.config.settings, **run.config.training.model_dump()}),
        ("Latest values", _latest_values(store, run_id)),
    ):
        screen.print(f"\n{title}", style="bold")
        rows = table("", "")
        rows.show_header = False
        for name, value in facts.items():
            rows.add_row(name, "none" if value is None else str(value))
        screen.print(rows)


@runs.command()
def resume(
    run_id: RunId,
    steps: Annotated[int | None, typer.Option(help="New total number of steps.")] = None,
    minutes: Annotated[float | None, typer.Option(help="New total of minutes.")] = None,
) -> None:
    """Go on with a run that ended, or was left waiting, from its last checkpoint; show its progress."""
    from gan_core.cli.follow import run_to_its_end
    from gan_core.runs.launcher import Launcher

    if steps is not None and minutes is not None:
        raise UserError("give one of --steps and --minutes, not both")
    store = _open_store()
    launcher = Launcher(store, keep_spare=False)
    if store.get(run_id).state != "queued" or steps is not None or minutes is not None:
        launcher.resume(run_id, steps=steps, minutes=minutes)
    run_to_its_end(launcher, run_id)


@runs.command()
def delete(
    run_id: RunId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a run with its checkpoints and pictures, after a question."""
    store = _open_store()
    run = store.get(run_id)
    question = f"Delete run {run.id} '{run.name}' ({steps_text(run.step, run.total_steps)} steps) for good?"
    if not yes and not typer.confirm(question):
        console().print("Nothing was deleted.")
        raise typer.Exit(1)
    store.delete(run_id)
    console().print(f"Deleted run {run.id} '{run.name}'.")


def _open_store() -> RunStore:
    """The run store, brought up to date; what the user should know of the store itself is told first."""
    from gan_core.runs.store import RunStore

    store = RunStore()
    store.reap()
    for notice in store.notices:
        console(stderr=True).print(f"Note: {notice}", soft_wrap=True)
    store.dismiss_notices()
    return store


def _state(run: Run, store: RunStore) -> str:
    place = store.queue_place(run.id) if run.state == "queued" else None
    return run.state if place is None else f"queued ({place}.)"


def _facts(run: Run, store: RunStore) -> dict[str, object]:
    """What is known about the run, in words, in the order to show it; what is not known yet is left out."""
    origin = f"{run.parent_id} at step {run.parent_step:,}" if run.parent_step is not None else None
    checkpoints = ", ".join(f"{step:,}" for step in store.checkpoint_steps(run.id))
    facts = {
        "family": run.config.family,
        "data set": run.config.dataset,
        "preset": run.config.preset,
        "state": _state(run, store),
        "error": run.error,
        "steps": steps_text(run.step, run.total_steps),
        "time": duration(run.seconds),
        "speed": f"{number(run.images_per_s)} examples/s" if run.images_per_s else None,
        "device": run.device,
        "arithmetic": run.precision,
        "created": moment(run.created),
        "started": moment(run.started) if run.started else None,
        "ended": moment(run.finished) if run.finished else None,
        "branched from": origin,
        "checkpoints": f"steps {checkpoints}" if checkpoints else None,
        "versions": ", ".join(f"{name} {version}" for name, version in run.versions.items()) or None,
        "folder": store.folder(run.id),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _latest_values(store: RunStore, run_id: str) -> dict[str, object]:
    rows, _ = store.metrics_since(run_id)
    return {name: f"{number(value)} at step {step:,}" for step, name, value in rows}
