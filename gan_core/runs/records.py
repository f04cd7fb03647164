"""What the run store holds: runs and their states, events, commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from gan_core.settings import RunConfig, Settings, UserError

State = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
EventKind = Literal["state", "setting", "checkpoint", "warning", "probes", "scores"]
CommandName = Literal["pause", "resume", "stop", "step", "set", "snapshot", "checkpoint"]

MAX_SINGLE_STEPS = 10_000
DIVERGED = "training diverged"  # how the error of a run begins that would go the same way again
ACTIVE: frozenset[State] = frozenset(("starting", "running", "paused"))  # a worker process works on the run
ENDED: frozenset[State] = frozenset(("finished", "stopped", "failed", "interrupted"))  # can be queued again

NEXT_STATES: Mapping[State, frozenset[State]] = {
    "queued": frozenset(("starting", "stopped")),
    "starting": frozenset(("running", "paused", *ENDED)),
    "running": frozenset(("paused", *ENDED)),
    "paused": frozenset(("running", *ENDED)),
    **dict.fromkeys(ENDED, frozenset(("queued",))),
}


class Identity(Settings):
    """What it takes to list a run again should the database be lost."""

    id: str
    name: str
    created: float
    parent: tuple[str, int] | None
    config: RunConfig


class UnknownRunError(UserError):
    """No run has this id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run '{run_id}'; 'runs list' shows those that exist")


class RunStateError(UserError):
    """The run's state does not allow what was asked for."""


@dataclass(frozen=True)
class Run:
    """One run as the store knows it.

    Attributes:
        id: Short, URL safe.
        name: What the user calls it; never a path.
        state: See `NEXT_STATES`.
        config: Family, data, settings, budget and seed it was submitted with; later changes are events.
        device: Device the worker took, e.g. "cpu"; None before its first start.
        precision: Arithmetic the worker chose, in words.
        step: Training steps done.
        total_steps: Steps after which it finishes; None: open end, or a budget of minutes.
        seconds: Time spent training, without pauses.
        images_per_s: Real examples per second over the last seconds.
        created: Unix time, like all the following times.
        started: When a worker last took it up.
        finished: When it last ended in a state of `ENDED`.
        heartbeat: When its worker last wrote.
        pid: Process that owns it, or last owned it.
        host: Machine that process runs on.
        error: One sentence for `failed` and `interrupted`.
        activity: What the worker is preparing while `starting`, in words.
        parent_id: Run it branched from; that run may have been deleted since.
        parent_step: Step of the checkpoint it started from.
        versions: Versions of python, torch and the like it ran with.
        rewinds: How often metrics were taken back because the run resumed from an earlier checkpoint.
    """

    id: str
    name: str
    state: State
    config: RunConfig
    device: str | None
    precision: str | None
    step: int
    total_steps: int | None
    seconds: float
    images_per_s: float
    created: float
    started: float | None
    finished: float | None
    heartbeat: float | None
    pid: int | None
    host: str | None
    error: str | None
    activity: str | None
    parent_id: str | None
    parent_step: int | None
    versions: Mapping[str, str]
    rewinds: int

    @property
    def seed(self) -> int:
        """Seed of weights, noise and data order."""
        return self.config.training.seed

    @property
    def is_active(self) -> bool:
        """Whether a worker process works on it."""
        return self.state in ACTIVE

    @property
    def can_resume(self) -> bool:
        """Whether it ended and may be queued again."""
        return self.state in ENDED

    @property
    def identity(self) -> Identity:
        """What must outlive the database."""
        return Identity(
            id=self.id, name=self.name, created=self.created, parent=self.parent, config=self.config
        )

    @property
    def parent(self) -> tuple[str, int] | None:
        """Run and step it branched from."""
        return (
            None if self.parent_id is None or self.parent_step is None else (self.parent_id, self.parent_step)
        )

    @classmethod
    def from_columns(cls, row: Mapping[str, Any]) -> Run:
        """The run in one row of the database.

        Raises:
            UserError: Its config was written by another version of this program.
        """
        values = {name: row[name] for name in cls.__dataclass_fields__ if name not in ("config", "versions")}
        return cls(config=read_config(row["config"]), versions=json.loads(row["versions"]), **values)


@lru_cache(maxsize=1024)
def read_config(text: str) -> RunConfig:
    """A config from JSON; the same text is parsed once."""
    return RunConfig.parse(json.loads(text))


def write_config(config: RunConfig) -> str:
    """A config as JSON; what nobody set stays unset, so that a preset may still fill it in."""
    return config.model_dump_json(exclude_unset=True)


@dataclass(frozen=True)
class Event:
    """Something that happened to a run at a step.

    Attributes:
        id: Grows with time, unique in the store.
        step: Steps done when it happened.
        time: Unix time.
        kind: What happened; a checkpoint only if a user asked for it.
        detail: For a state: `state`, maybe `error`. For a setting: `changes`, a map from its name to
            `[old, new]`. For a checkpoint: `seconds` of training before it. For a warning: `text`.
            For probes: `probes` and `missing`, see `gan_core.runs.probes.ProbeSet.detail`.
            For scores: `counts`, histograms of D's scores by whose they are, and the `step` they are of.
    """

    id: int
    step: int
    time: float
    kind: EventKind
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Command:
    """Something a viewer asks of the run's worker."""

    id: int
    name: CommandName
    arguments: Mapping[str, Any]


def check_command(name: str, arguments: Mapping[str, Any]) -> CommandName:
    """Returns `name` if it is a command and its arguments fit.

    Raises:
        UserError: Unknown command, or arguments it does not take.
    """
    known = get_args(CommandName)
    if name not in known:
        raise UserError(f"unknown command '{name}'; commands are {', '.join(known)}")
    allowed = {"step": {"count", "only"}, "set": {"settings"}}.get(name, set())
    if extra := sorted(set(arguments) - allowed):
        raise UserError(
            f"command '{name}' takes {', '.join(sorted(allowed)) or 'no arguments'}, got '{extra[0]}'"
        )
    if name == "step":
        _check_step(**arguments)
    if name == "set" and not (isinstance(arguments.get("settings"), Mapping) and arguments["settings"]):
        raise UserError("command 'set' needs settings, a map from names to new values")
    return next(command for command in known if command == name)


def _check_step(count: Any = 1, only: Any = None) -> None:
    if not isinstance(count, int) or not 1 <= count <= MAX_SINGLE_STEPS:
        raise UserError(f"count must be a whole number of steps from 1 to {MAX_SINGLE_STEPS}, got {count!r}")
    if only not in (None, "generator", "discriminator"):
        raise UserError(f"only must be 'generator', 'discriminator' or none, got {only!r}")
