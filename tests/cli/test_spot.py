"""`spot` as a user types it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gan_core.cli.app import app
from gan_core.evaluation import spotting
from pages.components.spot.detectors import command


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spotting, "STEPS", 5)
    monkeypatch.setattr(spotting, "LEARNED", 200)
    monkeypatch.setattr(spotting, "TESTED", 150)


def spot(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["spot", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_row_and_a_column_for_each_generator_and_progress_apart_from_them() -> None:
    asked_by_the_page = command(["dcgan-digits", "vae-digits"])[4:]  # after python -m gan_core spot
    code, out, err = spot(*asked_by_the_page)
    assert code == 0, err
    found = json.loads(out)
    assert found["names"] == ["dcgan-digits", "vae-digits"]
    assert [len(row) for row in found["told_apart"]] == [2, 2]
    assert "Training on the fakes of vae-digits" in err


def test_the_table_says_what_guessing_would_do() -> None:
    code, out, err = spot("dcgan-digits", "vae-digits")
    assert code == 0, err
    assert out.count("vae-digits") == 2
    assert "guessing" in out


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (["dcgan-digits"], "two generators of the same images are needed"),
        (["dcgan-digits", "dcgan-digits"], "named twice"),
        (["dcgan-digits", "classifier-digits"], "'classifier-digits' makes nothing from noise alone"),
        (["dcgan-digits", "mlp-ring8"], "'mlp-ring8' makes no images"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_sentence(sources: list[str], sentence: str) -> None:
    code, _, err = spot(*sources)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err
