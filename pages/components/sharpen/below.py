"""Under the pictures: what each way of enlarging is worth over the test images, and where detail misleads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from gan_core.enlarging import TITLES, TRAINED
from gan_core.percent import percent
from gan_core.settings import UserError
from pages.components import sources, text
from pages.components.pictures import Pixels, data_url
from pages.components.sharpen.table import TONES
from pages.components.translate import given as translate
from pages.components.translate import place
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from gan_core.metrics import Metric
    from gan_core.weights import LoadedModel

READ = 500  # test images in which failures are looked for
MEASURED = 1_000  # test images of a run that are measured on a click
SHOWN = 6
TABS = {"numbers": "Over the test images", "failures": "Invented detail", "how": "How it works"}
CASES = {
    "misled": "SRGAN misleads",
    "blurred": "SRResNet fails, SRGAN does not",
    "helped": "Bicubic fails, SRGAN does not",
}
HOW = (
    'First the <span class="fake">generator</span> learns to make small pictures large from the differences '
    "of pixels alone: that is SRResNet. Where the small picture leaves open what was there, it draws the "
    'mean of everything that could be: a blur. Then a <span class="disc">discriminator</span> joins, which '
    "tells real pictures from enlarged ones, and the generator, now SRGAN, has to decide for one "
    "possibility. That looks sharper, and pixel by pixel it is often further from the truth (a lower PSNR): "
    "the detail is learned, not seen. Never read a number plate from such a picture."
)

NUMBERS = (
    "PSNR says how small the differences of pixels are, in decibels: three more halve them in the square. "
    "SSIM says how far light, contrast and structure agree around each pixel, up to 1. The perceptual "
    "distance says how differently a classifier sees two pictures: 0 alike, 1 nothing in common."
)


def show(where: Place, loaded: LoadedModel) -> None:
    """Draws the choice, and what is chosen; the address remembers it."""
    asked = st.query_params.get("tab", "")
    chosen = st.segmented_control(
        "Below", list(TABS), default=asked if asked in TABS else "numbers", required=True, key="sharpen_tab",
        format_func=TABS.__getitem__, label_visibility="collapsed",
        on_change=lambda: place.remember(tab=st.session_state["sharpen_tab"]),
        help="What is shown below the pictures.",
    )  # fmt: skip
    if chosen == "how":
        st.html(f'<p class="quiet">{HOW}</p><p class="quiet">{NUMBERS}</p>')
    elif chosen == "failures":
        _failures(where, loaded)
    else:
        _numbers(where, loaded)


# --- numbers over the test images ---


def _numbers(where: Place, loaded: LoadedModel) -> None:
    from gan_core.evaluation.enlarging import table_of

    table = table_of(loaded.card.metrics)
    if not table:
        key = f"sharpen_measured:{where.source.name}:{where.step}:{where.source.rewinds}"
        if st.button(
            "Measure now", icon=":material/straighten:", key="sharpen_measure",
            help=f"Makes {MEASURED:,} test images small and enlarges them in every way; takes some seconds.",
        ):  # fmt: skip
            st.session_state[key] = True
        if not st.session_state.get(key):
            return
        table = table_of(_measured(where.source.name, where.step, where.source.rewinds))
    st.html(_as_html(table))
    st.html(
        '<p class="quiet">The classifier’s own features may have guided the training, so its reading '
        "flatters SRGAN; the nearest training image is a reader that no network has met. More is better, but "
        "for the perceptual distance.</p>"
    )


@st.cache_data(show_spinner="Measuring", max_entries=16)
def _measured(name: str, step: int | None, rewinds: int) -> tuple[Metric, ...]:
    from gan_core.evaluation.measuring import evaluate

    loaded = sources.model(name, step, rewinds)
    return evaluate(loaded.family, loaded.card.dataset, MEASURED).metrics


def _as_html(table: dict[str, dict[str, Metric]]) -> str:
    """A line per measure, a column per method, and what true pictures score."""
    from gan_core.evaluation.enlarging import MEASURES

    methods = [method for method in TITLES if any(method in row for row in table.values())]
    head = "".join(f'<th><span class="{TONES.get(m, "")}">{TITLES[m]}</span></th>' for m in methods)
    lines = []
    for measure, row in table.items():
        first = next(iter(row.values()))
        best = (min if first.better == "lower" else max)(metric.value for metric in row.values())
        cells = "".join(_cell(measure, row.get(method), best) for method in methods)
        floor = "" if first.floor is None else percent(first.floor, 1)
        words = MEASURES[measure][:1].upper() + MEASURES[measure][1:]
        lines.append(f"<tr><td>{words}</td>{cells}<td>{floor}</td><td>{first.count:,}</td></tr>")
    return (
        f'<table class="class-table"><tr><th></th>{head}<th><span class="real">True pictures</span></th>'
        f"<th>Images</th></tr>{''.join(lines)}</table>"
    )


def _cell(measure: str, metric: Metric | None, best: float) -> str:
    if metric is None:
        return "<td></td>"
    written = {"psnr": f"{metric.value:.2f}"}.get(measure, f"{metric.value:.3f}")
    if measure.startswith("agreement"):
        written = percent(metric.value, 1)
    return f"<td><b>{written}</b></td>" if metric.value == best else f"<td>{written}</td>"


# --- failures ---


@dataclass(frozen=True)
class Reading:
    """Test images, enlarged, and the classes read in them.

    Attributes:
        pictures: uint8 `(n, H, W, C)` by method; "small" and "real" too.
        read: Class number `(n,)` by method; "real" are the true classes.
        numbers: Which test images these are `(n,)`.
    """

    pictures: dict[str, Pixels]
    read: dict[str, np.ndarray]
    numbers: np.ndarray


@st.cache_data(show_spinner="Reading enlarged test images", max_entries=8)
def reading(name: str, step: int | None, rewinds: int) -> Reading | None:
    """The first test images, enlarged and read; None if nothing can read them.

    Raises:
        UserError: They are not on this machine.
    """
    import torch

    from gan_core.data.progress import silent
    from gan_core.evaluation.enlarging import enlarged_tests
    from gan_core.evaluation.extractors import classifier_extractor, in_batches

    loaded = sources.model(name, step, rewinds)
    data = translate.test_images(loaded.card.dataset, name, step, rewinds)
    judge = sources.judging(loaded.card.dataset)
    if judge is None or data.labels is None:
        return None
    classify = classifier_extractor(judge).classify
    assert classify is not None
    numbers = torch.arange(min(READ, len(data)))
    found = enlarged_tests(loaded.family, data, numbers, silent)
    pictures = {**found.made, "small": found.low_res, "real": found.real}
    read = {m: in_batches(classify, images, "", silent).numpy() for m, images in found.made.items()}
    return Reading(
        {m: images.permute(0, 2, 3, 1).contiguous().numpy() for m, images in pictures.items()},
        {**read, "real": data.labels[numbers].numpy()},
        numbers.numpy(),
    )


def _failures(where: Place, loaded: LoadedModel) -> None:
    found = reading(where.source.name, where.step, where.source.rewinds)
    if found is None:
        raise UserError(
            "no classifier knows the classes of these pictures, so nobody can say what is misread; choose a "
            "network trained on digits or MNIST"
        )
    wrong = {m: read != found.read["real"] for m, read in found.read.items() if m != "real"}
    cases = {"misled": wrong[TRAINED], "helped": wrong["bicubic"] & ~wrong[TRAINED]}
    if "warm-up" in wrong:
        cases["blurred"] = wrong["warm-up"] & ~wrong[TRAINED]
    shares = ", ".join(f"{TITLES[m]} {int(w.sum())}" for m, w in wrong.items())
    st.html(
        f"<p>Of {len(found.numbers)} test images the classifier misreads, enlarged by: {shares}. Sharp and "
        "wrong is worse than blurred: nobody doubts it.</p>"
    )
    case = st.segmented_control(
        "Which", [c for c in CASES if c in cases], default="misled", required=True, key="sharpen_case",
        format_func=lambda name: f"{CASES[name]} ({int(cases[name].sum())})", label_visibility="collapsed",
        help="Which of the test images are shown.",
    )  # fmt: skip
    chosen = np.flatnonzero(cases[str(case)])[:SHOWN]
    if not len(chosen):
        st.info("There is no such picture among them.", icon=":material/check:")
        return
    st.html(f'<div class="sharpen-cases">{"".join(_case(loaded, found, int(i)) for i in chosen)}</div>')


def _case(loaded: LoadedModel, found: Reading, index: int) -> str:
    """One test image in every version, with the class read in each."""
    from gan_core.images import png

    names = loaded.card.data.class_names
    figures = []
    for method in ("small", *(m for m in TITLES if m in found.read and m != "nearest"), "real"):
        address = data_url(png(found.pictures[method][index]))
        said, tone = "given", ""
        if method != "small":
            y, truth = int(found.read[method][index]), int(found.read["real"][index])
            said = f"is {names[y]}" if method == "real" else f"read {names[y]}"
            tone = "real" if y == truth else "wrong"
        title = {"small": f"No. {int(found.numbers[index]) + 1}", "real": "True"}.get(method) or TITLES[
            method
        ]
        figures.append(
            f'<figure><div class="title">{text.escape(title)}</div><img src="{address}" '
            f'alt="{text.escape(f"{title}, {said}")}"><figcaption class="{tone}">{text.escape(said)}'
            "</figcaption></figure>"
        )
    return f'<div class="case">{"".join(figures)}</div>'
