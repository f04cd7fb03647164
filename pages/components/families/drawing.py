"""Drawings of the Families page, as HTML that follows the theme: the tree, and a phase of a training step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pages.components import colours, text

if TYPE_CHECKING:
    from gan_core.evaluation.describing import PhaseCard
    from gan_core.family import Family


def family_tree(families: Mapping[str, type[Family]], chosen: str) -> str:
    """Who builds on whom: each family under the one whose idea it takes further.

    Args:
        families: By name, in the order of the interface.
        chosen: Name of the one that is shown below.
    """
    roots = [name for name, cls in families.items() if cls.guide.ancestor not in families]
    return f'<ul class="family-tree">{"".join(_branch(families, name, chosen) for name in roots)}</ul>'


def _branch(families: Mapping[str, type[Family]], name: str, chosen: str) -> str:
    cls = families[name]
    below = [other for other, each in families.items() if each.guide.ancestor == name]
    mark = ' class="chosen"' if name == chosen else ""
    title = text.escape(cls.title.partition(" (")[0])
    inner = f"<b>{title}</b><span>{text.escape(cls.guide.step)}</span>"
    children = f"<ul>{''.join(_branch(families, child, chosen) for child in below)}</ul>" if below else ""
    return f'<li><a{mark} href="?family={name}">{inner}</a>{children}</li>'


def phase_diagram(number: int, phase: PhaseCard, parameters: Mapping[str, int]) -> str:
    """A phase's networks as boxes: those it trains in their colour, the others grey.

    Args:
        number: Of the phase in the step, from 1.
        phase: The phase.
        parameters: Trained numbers of each network.
    """
    boxes = [_box(name, parameters[name], trained=True) for name in phase.trains]
    boxes += [_box(name, parameters[name], trained=False) for name in phase.frozen]
    title = text.escape(text.curve_title(phase.name))
    return (
        f'<div class="phase"><b>{number}. {title}</b><span class="quiet">{_when(phase)}</span>'
        f"<div>{''.join(boxes)}</div></div>"
    )


def _when(phase: PhaseCard) -> str:
    """When a phase takes part, in words."""
    words = "every step" if phase.every == 1 else f"one step in {phase.every}"
    if phase.start:
        words += f", from step {phase.start:,} on"
    return words if phase.stop is None else f"{words}, until step {phase.stop:,}"


def _box(name: str, parameters: int, *, trained: bool) -> str:
    colour = colours.of_network(name) if trained else "transparent"
    state = "trained" if trained else "frozen"
    label = text.escape(text.title(name))
    return (
        f'<span class="network {state}" style="background:{colour}">{label}'
        f"<small>{parameters:,} weights, {state}</small></span>"
    )
