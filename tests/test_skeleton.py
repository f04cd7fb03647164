"""What the project promises outside its code: Streamlit's options, pinned requirements, one `make test`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PRINT_OPTIONS = """
import json
from streamlit import config
print(json.dumps({name: config.get_option(name) for name in config.get_config_options()}))
"""


@pytest.fixture(scope="module")
def options() -> dict[str, object]:
    """Streamlit's effective options, read as `streamlit run app.py` in the project's folder reads them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    program = [sys.executable, "-c", PRINT_OPTIONS]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("runner.postScriptGC", False),
        ("server.fileWatcherType", "none"),
        ("server.maxUploadSize", 32),
        ("server.address", "127.0.0.1"),
        ("server.enableXsrfProtection", True),
        ("browser.gatherUsageStats", False),
        ("client.toolbarMode", "viewer"),
        ("client.showErrorDetails", "type"),
    ],
)
def test_streamlit_runs_with_option(options: dict[str, object], name: str, value: object) -> None:
    assert options[name] == value


def test_the_first_chart_colours_are_those_of_real_fake_discriminator_and_gradient(
    options: dict[str, object],
) -> None:
    colours = options["theme.chartCategoricalColors"]
    assert isinstance(colours, list)
    assert colours[:4] == ["#008837", "#A33EBD", "#447CE4", "#C414DB"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_background(options: dict[str, object], theme: str) -> None:
    text = str(options[f"theme.{theme}.textColor"])
    for background in ("backgroundColor", "secondaryBackgroundColor"):
        assert _contrast(text, str(options[f"theme.{theme}.{background}"])) >= 7


def test_the_primary_colour_is_readable_as_text_and_under_white_text(options: dict[str, object]) -> None:
    light, dark = str(options["theme.primaryColor"]), str(options["theme.dark.primaryColor"])
    assert _contrast(light, str(options["theme.light.backgroundColor"])) >= 4.5
    assert _contrast(dark, str(options["theme.dark.backgroundColor"])) >= 4.2
    assert _contrast(dark, "#FFFFFF") >= 4.2  # no purple reaches 4.5 both ways


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    requirements = [line for line in lines if line and not line.startswith(("#", "-r "))]
    loose = [line for line in requirements if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line)]
    assert requirements
    assert not loose


def test_the_automatic_check_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"


@pytest.mark.parametrize("target", ["app", "test", "check", "format", "bench"])
def test_the_makefile_has_the_promised_target(target: str) -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert any(line.startswith(f"{target}:") for line in lines)


def test_mypy_is_strict_on_the_library() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tools["mypy"]["strict"] is True
    assert tools["mypy"]["packages"] == ["gan_core"]


def _contrast(first: str, second: str) -> float:
    """Contrast ratio of two "#RRGGBB" colours, 1 to 21, as the Web Content Accessibility Guidelines say."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
