"""How the doctor decides: every rule with its limits, for everyone to read."""

from __future__ import annotations

import streamlit as st

from gan_core.doctor import RULES, Rule
from pages.components import text

_CURVES = {
    "modes": "modes reached",
    "modes_near": "modes that points lie around",
    "classes": "classes that are made",
    "turnover": "noise that turned into another mode or class",
    "high_quality": "points near a mode",
    "js_divergence": "divergence from the true law",
    "coverage": "real examples with a generated one nearby",
    "agreement": "images recognised as the class asked for",
    "d_overfit": "D(seen) less D(unseen)",
    "grad_norm/generator": "size of G's gradient",
}
_SEVERITY = {"ill": "ill", "watch": "to be watched", "well": "well"}


def show() -> None:
    """Draws the closed expander."""
    with st.expander("How the doctor decides", icon=":material/rule:"):
        st.html(
            '<p class="quiet">Every rule looks at curves that are recorded while a run trains, and at '
            "nothing else. The first rule that applies is what the line above the pictures says. Without "
            "any, the run is still learning.</p>"
        )
        st.html("".join(_rule(rule) for rule in RULES))


def _rule(rule: Rule) -> str:
    reads = ", ".join(curve(name) for name in rule.reads)
    items = "".join(f"<li>{text.escape(words)}</li>" for words in limits(rule))
    return (
        f'<div class="rule"><b>{text.escape(rule.title)}</b> <span class="quiet">({_SEVERITY[rule.severity]})'
        f"</span><br>{text.escape(rule.meaning)}<br>"
        f'<span class="quiet">Looks at: {text.escape(reads)}.</span><ul class="limits">{items}</ul></div>'
    )


def limits(rule: Rule) -> list[str]:
    """The rule's thresholds in words: "0.9: share of the modes below which G has collapsed"."""
    return [f"{text.short_number(limit.value)}: {limit.words}" for limit in rule.thresholds.values()]


def curve(name: str) -> str:
    """What a curve is called."""
    return _CURVES.get(name) or text.curve_title(name)
