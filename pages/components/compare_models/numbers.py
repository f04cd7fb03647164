"""Tab Figures: what was measured of each model, measured now where it was not, and what each is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import kept, text
from pages.components.compare_models import figures
from pages.components.compare_models.place import Model, Place

if TYPE_CHECKING:
    from gan_core.data.progress import Progress
    from gan_core.metrics import Metric

SEARCHED = 30  # test pictures whose code is searched for, where there is no encoder
USES = (
    (
        "An autoencoder",
        "is for short codes of things there are: to compress, to clean, to see what is unusual. It rebuilds "
        "best. It cannot invent: nobody told it which codes are allowed.",
    ),
    (
        "A VAE",
        "is for codes and samples at once: every picture has a code, nearly every code has a picture, and "
        "what lies between two pictures makes sense. It pays with blur, because it averages over codes that "
        "overlap.",
    ),
    (
        "A GAN",
        "is for pictures that look real. Nothing compares them pixel by pixel, so they are sharp. It pays "
        "with missing ways: it has no encoder, says nothing about how likely a picture is, and may leave "
        "out kinds.",
    ),
)


def show(where: Place) -> None:
    """A table, the button that fills it, and the words."""
    measured = [_metrics(model) for model in where.models]
    missing = [model for model, metrics in zip(where.models, measured, strict=True) if _missing(metrics)]
    st.html(_table(where.models, measured))
    if missing:
        _measure_button(where, missing)
    st.caption(
        "Rebuilding: root mean square difference to test pictures, of the full range of brightness, lower is "
        f"better; without an encoder, of {SEARCHED} test pictures whose codes were searched for. Fréchet "
        "distance: of random samples from real pictures, on the features of a classifier, lower is better; "
        "compare it only within one row."
    )
    for column, (name, use) in zip(st.columns(len(USES), gap="medium"), USES, strict=True):
        column.html(f'<p class="compare-use"><b>{name}</b> {use}</p>')


def _key(model: Model, what: str) -> tuple[object, ...]:
    return ("compare figures", what, model.source.key)


def _metrics(model: Model) -> tuple[Metric, ...]:
    """What the card says, and what was measured here since."""
    more: list[Metric] = []
    for what in ("evaluation", "searched"):
        if kept.is_kept(_key(model, what)):
            more += kept.once(_key(model, what), lambda report: ())
    return (*model.loaded.card.metrics, *more)


def _missing(metrics: Sequence[Metric]) -> bool:
    return figures.frechet(metrics) is None or figures.reconstruction(metrics) is None


def _table(models: Sequence[Model], measured: Sequence[Sequence[Metric]]) -> str:
    rows: tuple[tuple[str, list[str]], ...] = (
        ("Rebuilt test pictures are off by", [figures.reconstruction(each) or "–" for each in measured]),
        ("Fréchet distance of samples", [figures.frechet(each) or "–" for each in measured]),
        ("Numbers in a code", [_size(model) for model in models]),
        ("Numbers in the networks", [f"{_parameters(model):,}" for model in models]),
        ("Trained for", [_trained(model) for model in models]),
    )
    head = "".join(f'<th><span class="fake">{text.escape(model.title)}</span></th>' for model in models)
    body = "".join(
        f"<tr><td>{name}</td>{''.join(f'<td>{text.escape(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in rows
    )
    return f'<table class="compare-table"><tr><th></th>{head}</tr>{body}</table>'


def _size(model: Model) -> str:
    latent = model.loaded.family.latent
    return "–" if latent is None else str(latent.z_dim)


def _parameters(model: Model) -> int:
    networks = model.loaded.family.modules().values()
    return sum(weight.numel() for network in networks for weight in network.parameters())


def _trained(model: Model) -> str:
    card = model.loaded.card
    return f"{card.steps:,} steps, {text.duration(card.seconds)}"


def _measure_button(where: Place, missing: Sequence[Model]) -> None:
    names = ", ".join(model.title for model in missing)
    if st.button(
        "Measure what is missing", icon=":material/straighten:", key="compare_measure", type="primary",
        help=f"Takes seconds on the small digits, a few minutes on large data: {names}.",
    ):  # fmt: skip
        for model in missing:
            _measure(where, model)
        st.rerun()


def _measure(where: Place, model: Model) -> None:
    """Measures what a card does not say, once for all viewers."""
    metrics = _metrics(model)
    if figures.frechet(metrics) is None or (model.encodes and figures.reconstruction(metrics) is None):
        from gan_core.evaluation.measuring import evaluate

        def measure(report: Progress) -> tuple[Metric, ...]:
            return evaluate(model.loaded.family, where.dataset, progress=report).metrics

        kept.once(_key(model, "evaluation"), measure)
    if not model.encodes and figures.reconstruction(_metrics(model)) is None:
        from gan_core.evaluation.rebuilding import searched_metric

        test = where.test()
        kept.once(
            _key(model, "searched"),
            lambda report: (searched_metric(model.loaded.family, test, SEARCHED, report),),
        )
