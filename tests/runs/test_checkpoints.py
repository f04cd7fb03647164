"""Checkpoint files: exact, whole at any instant, refused when damaged, never pickled."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_core.runs import checkpoints
from gan_core.runs.checkpoints import DamagedFileError
from gan_core.runs.files import RunFolder, checkpoint_step, link_or_copy, remove_leftovers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "latest.safetensors"


def _state() -> dict[str, Any]:
    weight = torch.arange(24.0).view(2, 3, 2, 2).to(memory_format=torch.channels_last)
    bias = torch.arange(6.0)
    return {
        "step": 12,
        "modules": {"g": {"0.weight": weight, "0.bias": torch.tensor(2.5)}, "g.0": {"weight": -weight}},
        "half": weight.to(torch.bfloat16),
        "same memory": [bias, bias, bias[2:], weight],
        "empty": torch.zeros(0, 3),
        "rng": torch.Generator().manual_seed(3).get_state(),
        "optimizer": {0: {"betas": (0.5, 0.9), "lr": 1e-3}, "$tensor": None, "params": [1, [2, True]]},
        "limit": float("inf"),
    }


def _assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            _assert_same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            _assert_same(x, y)
    else:
        assert a == b


def test_a_state_comes_back_exactly(path: Path) -> None:
    checkpoints.save(path, _state())
    _assert_same(checkpoints.load(path), _state())


def test_an_encoded_state_is_a_copy(path: Path) -> None:
    weight = torch.zeros(3)
    content = checkpoints.encode({"weight": weight})
    weight.fill_(1.0)
    path.parent.mkdir()
    path.write_bytes(content)
    assert torch.equal(checkpoints.load(path)["weight"], torch.zeros(3))


def test_the_step_and_the_plain_values_can_be_read_without_the_tensors(path: Path) -> None:
    checkpoints.save(path, _state())
    assert checkpoint_step(path) == 12
    folder = RunFolder(path.parent)
    assert folder.checkpoint_values(12)["optimizer"]["$pairs"][2] == ["params", [1, [2, True]]]
    assert folder.checkpoint_values(11) == {}


def test_what_cannot_be_stored_is_refused(path: Path) -> None:
    with pytest.raises(TypeError):
        checkpoints.save(path, {"x": object()})
    assert not path.exists()


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_file_cut_short_is_refused_with_a_sentence(path: Path, kept: float) -> None:
    checkpoints.save(path, _state() | {"large": torch.zeros(10_000)})
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(DamagedFileError, match="is damaged or no checkpoint; branch from an older one"):
        checkpoints.load(path)


@pytest.mark.parametrize(
    "content", [b"\x00" * 100, b"\xff" * 100, b"PK\x03\x04" + b"x" * 50, b"\x02" + b"\x00" * 7 + b"{}"]
)
def test_another_file_is_refused_with_a_sentence(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match="damaged or no checkpoint"):
        checkpoints.load(path)
    assert checkpoint_step(path) is None


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_old_checkpoint_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints.save(path, {"step": 1})
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.save(path, {"step": 2})
    assert checkpoints.load(path) == {"step": 1}
    assert list(path.parent.iterdir()) == [path]


SAVE_FOREVER = """
import sys, torch
from pathlib import Path
from gan_core.runs import checkpoints
step = 0
while True:
    step += 1
    checkpoints.save(Path(sys.argv[1]), {"step": step, "x": torch.full((500_000,), float(step))})
    print(step, flush=True)
"""


def test_a_kill_while_saving_leaves_a_whole_checkpoint(path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while int(process.stdout.readline()) < 5:
        pass
    process.kill()
    process.communicate()
    state = checkpoints.load(path)
    assert torch.equal(state["x"], torch.full((500_000,), float(state["step"])))
    remove_leftovers(path.parent)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_kept_checkpoint_does_not_change_with_the_latest(
    path: Path, has_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    checkpoints.save(path, {"step": 1})
    kept = RunFolder(path.parent).checkpoint(1)
    link_or_copy(path, kept)
    link_or_copy(path, kept)  # again, now that both are one file
    checkpoints.save(path, {"step": 2})
    assert checkpoints.load(kept) == {"step": 1}
    assert sorted(file.name for file in path.parent.rglob("*") if file.is_file()) == [kept.name, path.name]


class _Planted:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.trace,))


def test_nothing_is_unpickled(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    torch.save({"step": _Planted(tmp_path / "trace")}, path)
    with pytest.raises(DamagedFileError):
        checkpoints.load(path)
    assert not (tmp_path / "trace").exists()
