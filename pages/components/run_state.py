"""How a run's state is called and coloured, and what its viewer can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components import text

if TYPE_CHECKING:
    from gan_core.runs.records import Run

_COLOURS = {
    "queued": "--quiet", "starting": "--discriminator", "running": "--real", "paused": "--care",
    "finished": "--real", "stopped": "--quiet", "failed": "--alarm", "interrupted": "--care",
}  # fmt: skip
_WORDS = {
    "queued": "Waiting", "starting": "Starting", "running": "Training", "paused": "Paused",
    "finished": "Finished", "stopped": "Stopped", "failed": "Failed", "interrupted": "Interrupted",
}  # fmt: skip
_ALIVE = frozenset(("queued", "starting", "running", "paused"))


def is_alive(run: Run) -> bool:
    """Whether the run trains, or will without anybody's help."""
    return run.state in _ALIVE


def refresh(run: Run, seconds: float) -> float | None:
    """How often to look at a run: more often until its first step is done, never once it has ended."""
    if not is_alive(run):
        return None
    return seconds / 2 if run.step == 0 and run.state != "paused" else seconds


def word(run: Run) -> str:
    """The state as a person says it."""
    return _WORDS[run.state]


def pill(run: Run) -> str:
    """The state as a small coloured label, HTML."""
    return f'<span class="pill" style="color:var({_COLOURS[run.state]})">{word(run)}</span>'


def progress(run: Run) -> float | None:
    """Share of the budget that is spent, 0 to 1; None for an open-ended run."""
    minutes = run.config.training.minutes
    if minutes is not None:
        return min(1.0, run.seconds / (60 * minutes))
    return min(1.0, run.step / run.total_steps) if run.total_steps else None


def remaining_seconds(run: Run) -> float | None:
    """Training time that is left at the present pace; None if that cannot be said."""
    share = progress(run)
    if share is None or share <= 0 or run.seconds <= 0:
        return None
    return run.seconds * (1 - share) / share


def describe(run: Run) -> str:
    """One line for lists: family, data, steps."""
    steps = f"{run.step:,}" + (f" of {run.total_steps:,}" if run.total_steps else "")
    return f"{text.title(run.config.family)} on {dataset_title(run.config.dataset)}, {steps} steps"


def dataset_title(name: str) -> str:
    """Title of a data set; an upload has the name of its file, another path gives its last part."""
    from gan_core.data import DATASETS, upload_at

    if name in DATASETS:
        return DATASETS[name].title
    if upload := upload_at(name):
        return upload.title
    return name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
