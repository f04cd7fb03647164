"""What can go wrong with the file under the store: damaged, lost, locked, full, too new, no folder."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gan_core.runs import checkpoints, database
from gan_core.runs.database import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
)
from gan_core.runs.files import RunFolder
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig

CONFIG = RunConfig(family="mlp", dataset="ring8", settings={"z_dim": 5})
ASIDE = "runs.sqlite3.damaged-*[0-9]"


def _overwrite_head(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"no database " * 20)


def _overwrite_pages(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def _cut_in_half(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@pytest.fixture(params=[_overwrite_head, _overwrite_pages, _cut_in_half])
def damage(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def filled(runs_dir: Path) -> tuple[str, str]:
    """Ids of two runs in a store nobody has open; the first has a checkpoint at step 70."""
    store = RunStore(runs_dir)
    first, second = store.create(CONFIG, name="first"), store.create(CONFIG)
    checkpoints.save(RunFolder(store.folder(first)).latest, {"step": 70})
    for step in range(2000):
        store.add_metrics(first, [(step, "d", 0.5)] * 5)
    store.close()  # the last connection to close moves the log into the file
    return first, second


def test_a_damaged_database_is_kept_aside_and_its_runs_can_be_resumed(
    runs_dir: Path, filled: tuple[str, str], damage: Callable[[Path], None]
) -> None:
    damage(runs_dir / "runs.sqlite3")
    damaged = (runs_dir / "runs.sqlite3").read_bytes()
    store = RunStore(runs_dir)
    runs = {run.id: run for run in _until_it_notices(store).runs()}
    assert set(runs) == set(filled)
    first = runs[filled[0]]
    assert (first.name, first.state, first.step, first.config) == ("first", "interrupted", 70, CONFIG)
    (aside,) = runs_dir.glob(ASIDE)
    assert aside.read_bytes() == damaged
    assert any("damaged" in notice and aside.name in notice for notice in store.notices)
    store.requeue(first.id)
    assert store.queue_place(first.id) == 1


def _until_it_notices(store: RunStore) -> RunStore:
    """The store after it has come across the damage, which may lie in pages it did not need to open."""
    try:
        for run in store.runs():
            store.metrics_since(run.id)
        store.reap()
    except StoreDamagedError:
        pass
    return store


def test_damage_under_an_open_store_is_told_once_and_then_everything_works(
    runs_dir: Path, filled: tuple[str, str]
) -> None:
    store, other = RunStore(runs_dir), RunStore(runs_dir)
    store.runs()
    _overwrite_behind_sqlite(runs_dir / "runs.sqlite3")
    with pytest.raises(StoreDamagedError, match=r"was damaged; it was kept as runs\.sqlite3\.damaged-"):
        store.metrics_since(filled[0])
    assert {run.state for run in store.runs()} == {"interrupted"}
    assert {run.id for run in other.runs()} == set(filled)  # it finds the new file by itself
    assert len(list(runs_dir.glob(ASIDE))) == 1
    store.dismiss_notices()
    assert other.notices == ()


def _overwrite_behind_sqlite(path: Path) -> None:
    """Damages an open database in another process; closing the file in this one drops the locks."""
    program = "import sys; open(sys.argv[1], 'r+b').write(b'x' * int(sys.argv[2]))"
    subprocess.run([sys.executable, "-c", program, str(path), str(path.stat().st_size)], check=True)


def test_those_that_find_the_damage_together_keep_one_copy(
    runs_dir: Path, filled: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = [RunStore(runs_dir), RunStore(runs_dir)]
    _overwrite_behind_sqlite(runs_dir / "runs.sqlite3")
    is_healthy, meeting = database._is_healthy, threading.Barrier(2)

    def look_together(path: Path) -> bool:
        found = is_healthy(path)
        with suppress(threading.BrokenBarrierError):  # one has to wait for the other, so they cannot meet
            meeting.wait(timeout=0.2)
        return found

    monkeypatch.setattr(database, "_is_healthy", look_together)
    threads = [threading.Thread(target=store._database._replace_damaged) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(runs_dir.glob(ASIDE))) == 1
    assert [len(store.runs()) for store in stores] == [2, 2]


@pytest.mark.parametrize(
    "lose", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["deleted", "emptied"]
)
def test_a_lost_database_is_listed_anew_from_the_folders(
    runs_dir: Path, filled: tuple[str, str], lose: Callable[[Path], object]
) -> None:
    lose(runs_dir / "runs.sqlite3")
    store = RunStore(runs_dir)
    assert {(run.id, run.state) for run in store.runs()} == {(run_id, "interrupted") for run_id in filled}
    assert any("2 runs were found" in notice for notice in store.notices)


def test_a_folder_that_is_no_run_does_not_keep_the_others_from_being_listed(
    runs_dir: Path, filled: tuple[str, str]
) -> None:
    for name, text in (("a", "half a fi"), ("b", "[]"), ("c", '{"id": "c"}')):
        (runs_dir / name).mkdir()
        (runs_dir / name / "run.json").write_text(text)
    (runs_dir / "runs.sqlite3").unlink()
    assert {run.id for run in RunStore(runs_dir).runs()} == set(filled)


def test_a_deleted_run_is_not_listed_again(runs_dir: Path, filled: tuple[str, str]) -> None:
    store = RunStore(runs_dir)
    store.delete(filled[0])
    store.close()
    (runs_dir / "runs.sqlite3").unlink()
    assert {run.id for run in RunStore(runs_dir).runs()} == {filled[1]}


def test_the_folder_of_a_store_may_vanish_while_it_is_open(store: RunStore, runs_dir: Path) -> None:
    store.create(CONFIG)
    runs_dir.rename(runs_dir.with_name("moved"))
    assert store.runs() == []


def test_a_locked_database_gets_a_sentence(runs_dir: Path, filled: tuple[str, str]) -> None:
    store = RunStore(runs_dir, timeout=0.02)
    with closing(sqlite3.connect(runs_dir / "runs.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert len(store.runs()) == 2  # reading goes on
        with pytest.raises(
            StoreLockedError, match=r"held by another program for 0\.02 s; close that program"
        ):
            store.create(CONFIG)
    store.create(CONFIG)


def test_a_full_disk_gets_a_sentence(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    with store._database.read() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFullError, match=r"disk that holds the run store .* is full; free some space"):
        store.add_metrics(run_id, [(step, "d", 0.5) for step in range(10_000)])
    assert store.metrics_since(run_id)[0] == []


def test_a_database_of_a_newer_version_is_left_alone(runs_dir: Path, filled: tuple[str, str]) -> None:
    with closing(sqlite3.connect(runs_dir / "runs.sqlite3")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer version of this program; update"):
        RunStore(runs_dir)
    assert not list(runs_dir.glob("*damaged*"))


def test_a_place_that_cannot_hold_a_store_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be used .* set GAN_RUNS_DIR"):
        RunStore(tmp_path / "file" / "runs")
    (tmp_path / "folder" / "runs.sqlite3").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"cannot be used .* set GAN_RUNS_DIR"):
        RunStore(tmp_path / "folder")
