from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gan_core.families import FAMILIES
from pages.components import colours, text
from pages.components.assets import asset


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("non_saturating", "Non-saturating"),
        ("least_squares", "Least squares"),
        ("wgan-gp", "WGAN-GP"),
        ("leaky_relu", "Leaky ReLU"),
        ("paper-2015", "2015 paper"),
        ("r1_gamma", "R1 gamma"),
        ("stage2_generator", "Stage II generator"),
        ("lr_generator", "Learning rate generator"),
    ],
)
def test_a_name_from_code_becomes_a_label(name: str, label: str) -> None:
    assert text.title(name) == label


def test_a_network_has_the_colour_of_its_role_whatever_its_stage() -> None:
    assert colours.of_role("stage2_generator") == colours.of_role("generator") == colours.FAKE
    assert colours.of_role("stage1_discriminator") == colours.DISCRIMINATOR


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("d_real", "D(real)"),
        ("generator/adversarial", "Generator: adversarial"),
        ("discriminator/r1", "Discriminator: R1"),
        ("grad_norm/generator", "Generator"),
        ("level2/generator/adversarial", "Level 2: generator adversarial"),
    ],
)
def test_a_recorded_value_gets_a_readable_name(name: str, label: str) -> None:
    assert text.curve_title(name) == label


def test_the_counter_is_padded_and_grouped() -> None:
    assert [text.step_counter(step) for step in (0, 12_500, 1_234_567)] == ["000,000", "012,500", "1,234,567"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.693147, "0.693"), (1e-5, "1e-5"), (2.5e-4, "2.5e-4"), (12.345, "12.3"), (12_345.6, "12,346"),
        (3.0, "3"), (0.0, "0"), (-0.5, "-0.5"), (0.001, "0.001"), (float("nan"), "not a number"),
    ],
)  # fmt: skip
def test_a_number_has_three_figures(value: float, shown: str) -> None:
    assert text.short_number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (4800, "1 h 20 min"),
        (-3, "0 s"),
    ],
)
def test_a_span_of_time_reads_plainly(seconds: float, shown: str) -> None:
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("lr_generator", 2e-4, "lr G 2e-4"),
        ("d_steps", 5, "D steps 5"),
        ("relativistic", True, "relativistic on"),
        ("loss", "least_squares", "loss least squares"),
    ],
)
def test_a_changed_setting_has_a_short_mark(name: str, value: object, shown: str) -> None:
    assert text.setting_mark(name, value) == shown


def test_typed_text_cannot_become_html_or_markdown() -> None:
    assert "<" not in text.escape("<img src=x onerror=alert(1)>")
    assert text.escape_markdown("[a](b) **c** :red[d]") == r"\[a\]\(b\) \*\*c\*\* \:red\[d\]"


def test_the_grounds_are_those_of_the_theme() -> None:
    root = Path(__file__).parents[2]
    theme = tomllib.loads((root / ".streamlit" / "config.toml").read_text())["theme"]
    assert {name: theme[name]["backgroundColor"] for name in ("light", "dark")} == colours.GROUNDS
    sheet = asset("lab.css").lower()
    assert f"--ground: light-dark({colours.GROUNDS['light']}, {colours.GROUNDS['dark']})".lower() in sheet
    for colour in (colours.REAL, colours.FAKE, colours.GRADIENT):
        assert f"light-dark({colour.lower()}" in sheet


def test_no_family_is_called_by_its_name_in_code() -> None:
    titles = {text.title(name) for name in FAMILIES}
    assert not {title for title in titles if title.endswith("gan")}
