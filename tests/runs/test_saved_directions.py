from __future__ import annotations

from pathlib import Path

import pytest

from gan_core.runs.saved_directions import (
    FILE,
    SavedDirection,
    delete_direction,
    save_direction,
    saved_directions,
)
from gan_core.settings import UserError


def direction(name: str = "bold", source: str = "dcgan-mnist") -> SavedDirection:
    return SavedDirection(source=source, name=name, step="AAAAAA")


def test_what_is_saved_is_found_for_its_source_alone(tmp_path: Path) -> None:
    assert saved_directions(tmp_path, "dcgan-mnist") == []
    save_direction(tmp_path, direction("  bold\n strokes "))
    save_direction(tmp_path, direction(source="abc234"))
    assert [found.name for found in saved_directions(tmp_path, "dcgan-mnist")] == ["bold strokes"]
    delete_direction(tmp_path, "dcgan-mnist", "bold strokes")
    delete_direction(tmp_path, "dcgan-mnist", "bold strokes")
    assert saved_directions(tmp_path, "dcgan-mnist") == []
    assert len(saved_directions(tmp_path, "abc234")) == 1


@pytest.mark.parametrize("name", ["", "  ", "\x00", "x" * 41])
def test_a_name_nobody_could_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="1 to 40 characters"):
        save_direction(tmp_path, direction(name))


def test_nothing_saved_is_overwritten(tmp_path: Path) -> None:
    save_direction(tmp_path, direction())
    with pytest.raises(UserError, match="already called 'bold'"):
        save_direction(tmp_path, direction())
    (tmp_path / FILE).write_text("{not json")
    with pytest.raises(UserError, match="damaged"):
        save_direction(tmp_path, direction("other"))
    assert (tmp_path / FILE).read_text() == "{not json"
