"""The snapshots on the disk: thinned, whole, readable without trust."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from gan_core.runs import timeline
from gan_core.runs.files import RunFolder
from gan_core.runs.timeline import Timeline, read_real_examples, read_snapshot, write_snapshot
from gan_core.settings import UserError


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def _snapshot(number: int) -> dict[str, np.ndarray]:
    return {"fake": np.full((2, 3, 3, 1), number % 256, np.uint8), "fake_score": np.float32([number, 0.5])}


def test_a_snapshot_comes_back_exactly(folder: RunFolder) -> None:
    Timeline(folder).add(12, 0.0, _snapshot(7))
    step, snapshot = read_snapshot(folder, 12)
    assert step == 12
    assert snapshot.keys() == {"fake", "fake_score"}
    np.testing.assert_array_equal(snapshot["fake"], _snapshot(7)["fake"])
    np.testing.assert_array_equal(snapshot["fake_score"], _snapshot(7)["fake_score"])


def test_the_newest_snapshot_is_always_there_however_often_they_come(folder: RunFolder) -> None:
    line = Timeline(folder)
    for step in range(20):
        line.add(step, 0.1 * step, _snapshot(step))
        assert read_snapshot(folder)[0] == step
    assert folder.snapshot_steps() == [
        0,
        3,
        6,
        9,
        12,
        15,
        18,
        19,
    ]  # a quarter of a second apart, and the last


def test_a_long_timeline_keeps_its_length_its_beginning_and_its_end(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "LIMIT", 10)
    line = Timeline(folder)
    for step in range(137):
        line.add(step, 0.25 * step, _snapshot(step))
        steps = folder.snapshot_steps()
        assert len(steps) <= 11  # the newest may be about to go
        assert (steps[0], steps[-1]) == (0, step)
    gaps = [later - earlier for earlier, later in itertools.pairwise(steps[:-1])]
    assert max(gaps) <= 2 * min(gaps)
    assert len(steps) >= 5


def test_snapshots_after_the_checkpoint_a_run_goes_on_from_are_forgotten(folder: RunFolder) -> None:
    line = Timeline(folder)
    for step in (0, 10, 20, 30):
        line.add(step, float(step), _snapshot(step))
    Timeline(folder, 20.0).forget_after(20)
    assert folder.snapshot_steps() == [0, 10, 20]


@pytest.mark.parametrize(("step", "message"), [(None, "no snapshot yet"), (5, "no snapshot at step 5")])
def test_a_missing_snapshot_gets_a_sentence(folder: RunFolder, step: int | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_snapshot(folder, step)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half", b"anything else"])
def test_a_damaged_snapshot_gets_a_sentence(folder: RunFolder, content: bytes) -> None:
    folder.snapshots.mkdir(parents=True)
    folder.snapshot(3).write_bytes(content)
    with pytest.raises(UserError, match=r"000000003\.npz is damaged"):
        read_snapshot(folder, 3)


def test_nothing_is_unpickled(folder: RunFolder) -> None:
    folder.snapshots.mkdir(parents=True)
    np.savez(folder.snapshot(3), fake=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="damaged"):
        read_snapshot(folder, 3)


def test_real_examples_are_there_or_not(folder: RunFolder) -> None:
    assert read_real_examples(folder) is None
    write_snapshot(folder.real_examples, {"real": np.zeros((2, 3, 3, 1), np.uint8)})
    real = read_real_examples(folder)
    assert real is not None
    assert real.shape == (2, 3, 3, 1)
    assert folder.snapshot_steps() == []
