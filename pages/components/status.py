"""The line above the pictures: how the game stands, or what the run is waiting for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import services, text
from pages.components.actions import sentence

if TYPE_CHECKING:
    from gan_core.doctor import Verdict
    from gan_core.runs.records import Run
    from pages.components.reading import Reading

_TONES = {
    "just_started": "--quiet", "learning": "--real", "balanced": "--real", "no_scores": "--quiet",
    "d_too_strong": "--care", "g_fools_d": "--care", "oscillating": "--care",
    "settled": "--real", "rising": "--care",
    "wait": "--discriminator", "bad": "--alarm", "care": "--care",
}  # fmt: skip


def show(run: Run, reading: Reading, verdict: Verdict) -> None:
    """Draws the line; of fixed least height so that nothing below jumps when it changes."""
    tone, headline, body = words(run, reading, verdict)
    st.html(
        f'<div class="status" role="status" style="--tone:var({_TONES[tone]})">'
        f"<b>{text.escape(headline)}</b>{text.escape(body)}</div>"
    )


def words(run: Run, reading: Reading, verdict: Verdict) -> tuple[str, str, str]:
    """Tone, headline and sentence for the run's state; else the doctor's if it is ill, else the reading's."""
    if run.state == "queued":
        return "wait", "Waiting", _queue_sentence(run)
    if run.state == "starting":
        doing = f" {sentence(run.activity)}" if run.activity else ""
        return "wait", "Starting", f"The worker is getting ready.{doing}"
    if run.state == "failed":
        kept = " The last good checkpoint is kept." if services.store().checkpoint_steps(run.id) else ""
        return "bad", "Failed", sentence(run.error or "the worker gave no reason") + kept
    if run.state == "interrupted":
        reason = sentence(run.error) if run.error else "Its worker is gone."
        advice = "" if "resume" in reason else " Press Resume to go on from the last checkpoint."
        return "care", "Interrupted", reason + advice
    if verdict.severity == "ill":
        return "bad", verdict.title, f"{sentence(verdict.evidence)} The doctor below says what to try."
    return reading.kind, reading.headline, reading.sentence


def _queue_sentence(run: Run) -> str:
    place = services.store().queue_place(run.id) or 1
    if place == 1:
        return "Next in the queue: it starts as soon as a running one ends or pauses."
    return f"Number {place} in the queue: it starts by itself when its turn comes."
