"""What all viewers of this process share: run store, launcher, one reader per run, and a warm torch."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.runs.records import UnknownRunError

if TYPE_CHECKING:
    from gan_core.runs.launcher import Launcher
    from gan_core.runs.reader import RunReader
    from gan_core.runs.store import RunStore


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Imports torch beside the first page, so that the page does not wait for it."""
    thread = threading.Thread(target=_import_torch, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import_torch() -> None:
    import torch

    import gan_core.families

    torch.set_num_threads(1)  # one quick inference thread; the cores belong to the worker
    del gan_core
    gc.collect()
    gc.freeze()  # a quarter of a million objects of torch that no later collection has to walk


def wait_for_torch() -> None:
    """Returns when torch is imported; call it before anything that imports torch."""
    warm_up().join()


@st.cache_resource(show_spinner=False)
def store() -> RunStore:
    """The process's one run store."""
    from gan_core.runs.store import RunStore

    return RunStore()


@st.cache_resource(show_spinner=False)
def launcher() -> Launcher:
    """The process's one launcher, started."""
    from gan_core.runs.launcher import Launcher

    started = Launcher(store())
    started.start()
    return started


@st.cache_resource(show_spinner=False, max_entries=64)
def reader(run_id: str) -> RunReader:
    """The one reader of a run; all its viewers share it."""
    from gan_core.runs.reader import RunReader

    return RunReader(store(), run_id)


def follow(run_id: str, *, now: bool = False) -> RunReader:
    """The reader of a run, up to date; if the run was deleted meanwhile, the page starts over and says so.

    Args:
        run_id: The run.
        now: Look even if another viewer looked a moment ago.
    """
    try:
        found = reader(run_id)
        found.poll(now=now)
    except UnknownRunError:
        st.rerun()
    return found
