"""A run that collapses on the ring, in a real browser: flagged, cured at one click, recovered."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer
from tests.e2e.test_train_journey import state, transport, wait_for_curve_beyond

pytestmark = pytest.mark.e2e
expect.set_options(timeout=1000 * PATIENCE_S)

COLLAPSING = "train?new=&family=mlp&data=ring8&preset=high-generator-rate"  # from the first hundred steps on
SLOW_MS = 4000 * PATIENCE_S  # 500 training steps, on a machine that others keep busy


def test_a_collapse_is_flagged_and_cured_at_one_click(lab: Lab, viewers: list[Viewer]) -> None:
    student = viewers[0]
    page = student.open(f"{lab.url}/{COLLAPSING}")
    transport(page, "Play").click()
    expect(state(page)).to_have_text("Training")
    wait_for_curve_beyond(page, 250)
    doctor = page.locator(".st-key-doctor")
    verdict = doctor.locator(".verdict").first
    expect(verdict).to_contain_text("Mode collapse", timeout=SLOW_MS)
    expect(verdict).to_contain_text(re.compile("around at most [12345] of 8 modes"))
    expect(page.locator(".status")).to_contain_text("Mode collapse")
    expect(doctor).to_contain_text("Changes this run at once; the curves get a mark.")
    doctor.get_by_role("button", name="Relativistic pairing on").click()
    expect(doctor).to_contain_text(re.compile(r"Since the change at step [\d,]+: .* → 8\."))
    expect(verdict).to_contain_text(re.compile("Learning|Healthy"), timeout=SLOW_MS)
    expect(state(page)).to_have_text("Training")
    transport(page, "Pause").click()
    expect(state(page)).to_have_text("Paused")
    assert student.complaints == []
    lab.assert_no_traceback()
