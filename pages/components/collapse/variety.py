"""Tab "How varied": diversity of what is made, beside that of real examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.percent import percent
from pages.components import text
from pages.components.collapse.measure import Seen

if TYPE_CHECKING:
    from gan_core.evaluation.diagnosis import Diagnosis, Variety

# Name, label, help, whether it is a share.
_FIGURES = (
    ("coverage", "Coverage", "real examples with a generated one nearby; low: something is missing", True),
    ("recall", "Recall", "real examples that lie where the generator makes something", True),
    ("precision", "Precision", "generated examples that lie among real ones; stays high in a collapse", True),
    ("density", "Density", "how crowded generated examples are around real ones; 1 is right", False),
    ("class_kl", "Class imbalance", "divergence of the class mix from the data's, in nats", False),
    ("reverse_kl", "Mode imbalance", "divergence of the mode mix from an even one, in nats", False),
    ("js_divergence", "Divergence", "from the true law, in nats; 0.693: nothing in common", False),
    ("frechet", "Fréchet distance", "between generated and real examples; low is near", False),
)  # fmt: skip


def show(seen: Sequence[Seen]) -> None:
    """Figures of the whole, then class by class."""
    columns = st.columns(len(seen), gap="large") if len(seen) > 1 else [st.container()]
    for each, column in zip(seen, columns, strict=True):
        with column:
            found = each.evidence.diagnosis
            left, right = st.columns([1, 1.15], gap="large") if len(seen) == 1 else (st.container(),) * 2
            with left:
                st.html(_figures(found))
            with right:
                st.html(_classes(found.variety))
    st.html(
        '<p class="quiet small">Distances are measured in what a classifier sees, or in pixels where none '
        "comes with the lab. Each figure stands beside what as many real examples score: a perfect generator "
        "would score that, too.</p>"
    )


def _figures(found: Diagnosis) -> str:
    rows = []
    for name, label, help_text, is_share in _FIGURES:
        try:
            metric = found[name]
        except KeyError:
            continue
        floor = "–" if metric.floor is None else _amount(metric.floor, is_share)
        rows.append(
            f"<tr><td><b>{label}</b><br><span class='quiet small'>{text.escape(help_text)}</span></td>"
            f"<td>{_amount(metric.value, is_share)}</td><td>{floor}</td></tr>"
        )
    head = "<th></th><th><span class='fake'>made</span></th><th><span class='real'>real</span></th>"
    return f'<table class="class-table roomy"><tr>{head}</tr>{"".join(rows)}</table>'


def _amount(value: float, is_share: bool) -> str:
    if math.isinf(value):
        return "infinite"
    return percent(value) if is_share else text.short_number(value)


def _classes(parts: Sequence[Variety]) -> str:
    """How different pictures of one class are, class by class; the least varied first in words."""
    if not parts:
        return '<p class="quiet">There are no classes whose variety could be compared.</p>'
    least = min(parts, key=lambda part: part.distance)
    said = (
        f"Least varied is class {least.name}: its pictures differ {percent(least.distance)} as much "
        "as real ones."
    )
    rows = "".join(
        f"<tr><td>{text.escape(part.name)}</td><td>{percent(part.distance)}</td>"
        f"<td>{part.similarity:.2f}</td><td>{part.real_similarity:.2f}</td><td>{part.count:,}</td></tr>"
        for part in parts
    )
    head = (
        "<th>class</th><th>variety, of real</th><th>likeness <span class='fake'>made</span></th>"
        "<th>likeness <span class='real'>real</span></th><th>pictures</th>"
    )
    note = "Likeness is the mean multi-scale SSIM of pairs: 1 if all are the same picture."
    return (
        f'<p>{text.escape(said)}</p><table class="class-table"><tr>{head}</tr>{rows}</table>'
        f'<p class="quiet small">{note}</p>'
    )
