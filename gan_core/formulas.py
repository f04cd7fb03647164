"""The losses of `gan_core.losses` as formulas in LaTeX, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class _Parts(NamedTuple):
    """A loss as a function of a raw output s: D's terms for real and for generated examples, and G's."""

    real: str
    fake: str
    generator: str


_LOG = _Parts(r"-\log \sigma({s})", r"-\log (1 - \sigma({s}))", r"-\log \sigma({s})")
_PARTS: dict[str, _Parts] = {
    "non_saturating": _LOG,
    "minimax": _LOG._replace(generator=r"\log (1 - \sigma({s}))"),
    "least_squares": _Parts(
        r"\tfrac{{1}}{{2}} ({s} - 1)^2", r"\tfrac{{1}}{{2}} {s}^2", r"\tfrac{{1}}{{2}} ({s} - 1)^2"
    ),
    "hinge": _Parts(r"\max(0, 1 - {s})", r"\max(0, 1 + {s})", "-{s}"),
    "wasserstein": _Parts("-{s}", "{s}", "-{s}"),
}


class Symbols(NamedTuple):
    """How the examples that D judges, and D's raw output, are written in formulas."""

    real: str = "x"
    fake: str = "G(z)"
    critic: str = "C"


def adversarial(loss: str, *, relativistic: bool, symbols: Symbols) -> dict[str, str]:
    """D's and G's adversarial loss, in D's raw output, before the sigmoid.

    Args:
        loss: A key of `gan_core.losses.LOSSES`.
        relativistic: Each real example is scored against a generated one.
        symbols: How the examples and the raw output are written.
    """
    parts = _PARTS[loss]
    real, fake = (f"{symbols.critic}({x})" for x in (symbols.real, symbols.fake))
    if relativistic:
        judge, make = (_difference(loss, a, b) for a, b in ((real, fake), (fake, real)))
        if loss == "minimax":
            make = f"-[{judge}]"
        return {
            "discriminator/adversarial": rf"\mathbb{{E}}[{judge}]",
            "generator/adversarial": rf"\mathbb{{E}}[{make}]",
        }
    return {
        "discriminator/adversarial": (
            rf"\mathbb{{E}}[{parts.real.format(s=real)}] + \mathbb{{E}}[{parts.fake.format(s=fake)}]"
        ),
        "generator/adversarial": rf"\mathbb{{E}}[{parts.generator.format(s=fake)}]",
    }


def _difference(loss: str, first: str, second: str) -> str:
    """D's term for real examples at the difference of two raw outputs."""
    is_inside = loss not in ("hinge", "wasserstein")  # brackets or a subtraction of 1 are around it already
    return _PARTS[loss].real.format(s=f"{first} - {second}" if is_inside else f"({first} - {second})")


def penalties(symbols: Symbols) -> dict[str, str]:
    """The penalties on D's gradient."""
    real, fake, between = (
        rf"\lVert \nabla {symbols.critic}({x}) \rVert" for x in (symbols.real, symbols.fake, r"\hat{x}")
    )
    return {
        "discriminator/gradient_penalty": rf"\lambda\, \mathbb{{E}}[({between} - 1)^2]",
        "discriminator/r1": rf"\tfrac{{\gamma}}{{2}}\, \mathbb{{E}}{real}^2",
        "discriminator/r2": rf"\tfrac{{\gamma}}{{2}}\, \mathbb{{E}}{fake}^2",
    }


def formula_of(formulas: Mapping[str, str], phase: str, loss: str) -> str | None:
    """The formula of a phase's loss: that of its full name, else that of its role."""
    role = phase.rsplit("/", 1)[-1]
    return formulas.get(f"{phase}/{loss}", formulas.get(f"{role}/{loss}"))
