"""Frozen, validated settings; their bounds and descriptions also build widgets and command-line help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError


class UserError(ValueError):
    """A mistake a user can mend, told in one sentence: what was given, what is allowed, what to do."""


class Settings(BaseModel):
    """Base of every settings class: immutable, unknown keys refused, errors in one sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @property
    def batch_multiple(self) -> int:
        """What a batch size must be a multiple of: the examples a network judges together."""
        return 1

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validates `values`; raises UserError naming the first bad key, its value and what is allowed."""
        unknown = sorted(set(values) - set(cls.model_fields))
        if unknown:
            raise UserError(
                f"unknown setting '{unknown[0]}'; known settings are {', '.join(cls.model_fields)}"
            )
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise UserError(describe_validation_error(error)) from None

    def changed(self, **changes: Any) -> Self:
        """A validated copy with some settings changed."""
        return type(self).parse({**self.model_dump(), **changes})


_WHOLE, _NUMBER, _SWITCH = "must be a whole number", "must be a number", "must be true or false"
_IN_WORDS = {
    "int_parsing": _WHOLE, "int_type": _WHOLE, "int_from_float": _WHOLE,
    "float_parsing": _NUMBER, "float_type": _NUMBER, "bool_parsing": _SWITCH, "bool_type": _SWITCH,
}  # fmt: skip


def describe_validation_error(error: ValidationError) -> str:
    """The first problem of a pydantic error as one sentence naming the setting and the value given."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = _IN_WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
    if not where:
        return message
    message = message.replace("Input should be", "must be", 1)
    return f"{where}: {message[0].lower()}{message[1:]}, got {first['input']!r}"


def setting(
    default: Any,
    description: str,
    *,
    live: bool = False,
    advanced: bool = True,
    title: str | None = None,
    **bounds: Any,
) -> Any:
    """One settings field.

    Args:
        default: Value used when nothing is given.
        description: Help text of the widget and of the command line.
        live: True if the value may change while a run is training; otherwise a change needs a new run.
        advanced: True if the widget belongs behind the "Advanced" expander.
        title: Label of the widget; by default the field's name with spaces.
        **bounds: `ge`, `le`, `gt`, `lt` as pydantic takes them.
    """
    extra: dict[str, JsonValue] = {"live": live, "advanced": advanced}
    return Field(default, description=description, title=title, json_schema_extra=extra, **bounds)


def is_live(cls: type[BaseModel], name: str) -> bool:
    """Whether the setting may change during a run."""
    extra = cls.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("live"))


def is_advanced(cls: type[BaseModel], name: str) -> bool:
    """Whether the setting's widget belongs behind the "Advanced" expander."""
    extra = cls.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("advanced"))


class TrainingSettings(Settings):
    """What the trainer needs to know beside the family: budget, batches, seed, averaging, arithmetic."""

    steps: int | None = setting(
        3000, "Training steps until the run finishes; none: until stopped.", ge=1, advanced=False
    )
    minutes: float | None = setting(
        None,
        "Minutes of training until the run finishes, instead of a number of steps; phases that begin or end "
        "at a step do so at that share of the time.",
        gt=0,
        title="minutes",
    )
    batch_size: int = setting(64, "Real examples per discriminator update.", ge=2, le=4096, advanced=False)
    seed: int = setting(
        0, "Seed of the initial weights, the noise and the order of the data.", ge=0, advanced=False
    )
    image_size: int | None = setting(
        None,
        "Side of the images in pixels; none: the data set's own training size.",
        ge=8,
        le=128,
        title="image size",
    )
    ema_decay: float = setting(
        0.999,
        "Decay per step of the averaged generator used for samples; 0 switches averaging off.",
        ge=0,
        lt=1,
        title="averaging (EMA decay)",
    )
    cosine_tail: float = setting(
        0.0,
        "Last part of the budget, 0 to 1, over which learning rates fall to zero along a cosine.",
        ge=0,
        le=1,
        title="cosine tail",
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto", "Arithmetic of the networks; auto times both at the start and keeps the faster."
    )
    channels_last: bool | None = setting(
        None, "Memory layout of images; none: timed at the start.", title="channels last"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = setting(
        "auto", "Where the networks run; auto takes a GPU if there is one."
    )


class RunConfig(Settings):
    """Everything that defines a run: the same config and seed give the same run.

    A twin names in `start_like` the settings of the run whose initial weights it takes over where they fit.
    """

    family: str
    dataset: str
    preset: str = "default"
    settings: dict[str, JsonValue] = {}
    training: TrainingSettings = TrainingSettings()
    drawing: tuple[tuple[float, float], ...] | None = None
    start_like: dict[str, JsonValue] | None = None
