"""Tab "Does the label work?": what a classifier recognises in what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.percent import percent
from gan_core.settings import UserError
from pages.components import actions, kept, text
from pages.components.classes import controls, kinds, measured
from pages.components.classes.kinds import Kinds
from pages.components.colours import FAKE, muted
from pages.components.explore import place
from pages.components.explore.place import Place
from pages.components.shell import ground

if TYPE_CHECKING:
    from gan_core.evaluation.extractors import Extractor
    from gan_core.evaluation.labels import LabelCheck

NO_JUDGE = (
    "No classifier for this data set comes with the lab, so nobody can say what the pictures show; look at "
    "the tab Grid instead."
)


def per_class(tip: str) -> int:
    """The number of pictures of each class that are measured, the same in both tabs."""
    return controls.whole("Pictures of each", "per", 20, 500, 100, tip, step=20)


def show(where: Place, kinds_here: Kinds) -> None:
    """Findings and table left, the table of asked and recognised right."""
    judge = kinds.extractor(place.loaded(where).card.dataset)
    if judge is None or not kinds_here.classes:
        st.info(NO_JUDGE, icon=":material/info:")
        return
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        n = per_class("More say more exactly, and take longer. The noise is not truncated here.")
        found = _check(where, kinds_here, judge, n)
        findings = found.findings()
        tone = st.success if all(finding.good for finding in findings) else st.warning
        tone("  \n".join(text.escape_markdown(finding.sentence) for finding in findings))
        st.html(_table(found, kinds_here))
    with right:
        what = f'<span class="fake">asked for</span> down, recognised across, in % of {n} pictures'
        st.html(f'<div class="heading">{kinds_here.noun.capitalize()} {what}</div>')
        st.plotly_chart(
            _heatmap(found, kinds_here), key="classes_confusion", config={"displayModeBar": False}
        )
        st.caption(
            "The classifier never saw a generated picture; what it reaches on real images it did not learn "
            "from is the most that can be expected."
        )


def _check(where: Place, kinds_here: Kinds, judge: Extractor, n: int) -> LabelCheck:
    from gan_core.evaluation.labels import LabelCheck, recognised_real
    from gan_core.evaluation.real import images_here

    loaded, classify = place.loaded(where), judge.classify
    assert classify is not None
    made = measured.counts(where, loaded, classify, len(kinds_here.classes), n)
    dataset, size = loaded.card.dataset, loaded.card.data.shape[-1]
    try:
        real = kept.once(
            ("real counts", dataset, size, n),
            lambda report: recognised_real(images_here(dataset, size, "test", report), n, classify, report),
        )
    except UserError as error:  # the pictures can be judged without them
        real = None
        sentence = f"There is nothing to compare with: {error}"
        st.info(actions.sentence(text.escape_markdown(sentence)), icon=":material/info:")
    return LabelCheck(kinds_here.classes, made, real, kinds_here.coded)


def _table(found: LabelCheck, kinds_here: Kinds) -> str:
    """Share recognised of every class beside that of real ones, and of all."""
    rows = [
        (text.escape(name), share, found.real_of_class[y])
        for name, share, y in zip(kinds_here.names, found.of_kind, found.expected, strict=True)
    ]
    rows.append(("<b>all</b>", found.overall, found.real_overall))
    lines = "".join(
        f"<tr><td>{name}</td><td>{percent(made, 1)}</td><td>{percent(real, 1)}</td></tr>"
        for name, made, real in rows
    )
    head = (
        f"<th>{kinds_here.noun}</th><th><span class='fake'>generated</span></th>"
        "<th><span class='real'>real</span></th>"
    )
    return f'<table class="class-table"><tr>{head}</tr>{lines}</table>'


def _heatmap(found: LabelCheck, kinds_here: Kinds) -> Any:
    """Asked for down, recognised across; from the ground of the page, so that the numbers are legible."""
    import plotly.graph_objects as go

    shares = 100 * found.counts / found.counts.sum(axis=1, keepdims=True)
    figure = go.Figure(
        go.Heatmap(
            z=shares, zmin=0, zmax=100, colorscale=[[0, muted(FAKE, ground(), 0.04)], [1, FAKE]],
            showscale=False,
            text=[[f"{value:.0f}" if value >= 0.5 else "" for value in row] for row in shares],
            texttemplate="%{text}", xgap=1, ygap=1,
            customdata=[[[kind, name] for name in found.classes] for kind in kinds_here.names],
            hovertemplate="asked for %{customdata[0]}, seen as %{customdata[1]}: %{z:.1f} %<extra></extra>",
        )
    )  # fmt: skip
    ticks = {"tickmode": "array", "showgrid": False, "zeroline": False}
    figure.update_xaxes(
        **ticks, tickvals=list(range(len(found.classes))), ticktext=list(found.classes), side="top"
    )
    figure.update_yaxes(
        **ticks, tickvals=list(range(len(kinds_here.names))), ticktext=list(kinds_here.names),
        autorange="reversed",
    )  # fmt: skip
    figure.update_layout(
        height=max(400, 60 + 26 * len(kinds_here.names)), margin={"l": 8, "r": 8, "t": 30, "b": 8}
    )
    return figure
