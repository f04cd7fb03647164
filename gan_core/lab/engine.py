"""The process in which the lab's games train: python -m gan_core.lab.engine.

It reads requests from stdin and writes one answer to each to stdout, a JSON object a line. Between requests
it gives every game that plays a slice of time in turn, so that many visitors share it evenly. A game nobody
looks at sleeps and is forgotten a little later; a process without games ends, as it does when its stdin ends.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import torch

from gan_core.lab.config import LabConfig
from gan_core.lab.limits import FORGET_S, IDLE_S, MOST_GAMES, PAUSE_S, SLEEP_S, SLICE_S
from gan_core.lab.session import COMMANDS, LabSession
from gan_core.runs.worker_process import NICENESS
from gan_core.settings import UserError


class Seat(NamedTuple):
    """A visitor's game, the settings it was asked for with, and when, in seconds of the monotonic clock."""

    session: LabSession
    config: dict[str, Any]
    asked: float


class Engine:
    """Games by their visitor's id.

    Args:
        clock: Seconds, for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seats: dict[str, Seat] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Does what a request asks for.

        Args:
            request: `id` of the visitor; `config` of the game; `do`, commands in order; `speed` in steps a
                second, or None; `layers` that are shown; or `close`.

        Returns:
            `frame`; or `problem`, a sentence.
        """
        visitor = str(request["id"])
        if request.get("close"):
            self.seats.pop(visitor, None)
            return {"frame": None}
        try:
            session = self._session(visitor, request["config"])
            session.speed = request.get("speed")
            for command in request.get("do", ()):
                if command in COMMANDS:
                    session.obey(command)
            return {"frame": session.frame(request.get("layers", ()))}
        except UserError as error:
            return {"problem": str(error)}
        except Exception as error:  # one visitor's game, which must not take the others along
            traceback.print_exception(error)
            self.seats.pop(visitor, None)
            return {"problem": f"the game ended by an error in this program: {type(error).__name__}: {error}"}

    def _session(self, visitor: str, config: dict[str, Any]) -> LabSession:
        seat = self.seats.get(visitor)
        if seat is None:
            if len(self.seats) >= MOST_GAMES:
                raise UserError(f"all {MOST_GAMES} places of the lab are taken; try again in a few minutes")
            session = LabSession(LabConfig.parse(config))
        else:
            session = seat.session
            if config != seat.config:
                session.configure(LabConfig.parse(config))
        self.seats[visitor] = Seat(session, config, self._clock())
        return session

    def turns(self) -> list[LabSession]:
        """The games whose turn it is now, each for one slice; forgets those nobody looks at."""
        now = self._clock()
        for visitor in [name for name, seat in self.seats.items() if now - seat.asked > FORGET_S]:
            del self.seats[visitor]
        awake = [seat.session for seat in self.seats.values() if now - seat.asked <= SLEEP_S]
        return [session for session in awake if session.playing]


def serve(engine: Engine, requests: SimpleQueue[dict[str, Any] | None], send: Callable[[str], None]) -> None:
    """Answers requests and trains in between, until the requests end or nobody has come for a while."""
    idle_since = time.monotonic()
    while True:
        turns = engine.turns()
        if engine.seats:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > IDLE_S:
            return
        busy = False
        for session in turns:
            if not _attend(engine, requests, send, 0.0):
                return
            busy |= session.advance(SLICE_S)
        if not busy and not _attend(engine, requests, send, PAUSE_S if turns else 0.5):
            return


def _attend(
    engine: Engine,
    requests: SimpleQueue[dict[str, Any] | None],
    send: Callable[[str], None],
    patience: float,
) -> bool:
    """Answers what waits, or else the next request within `patience` seconds; False: they have ended."""
    while True:
        try:
            request = requests.get(timeout=patience) if patience else requests.get_nowait()
        except Empty:
            return True
        if request is None:
            return False
        send(json.dumps({"n": request["n"], **engine.answer(request)}))
        patience = 0.0


def _listen(requests: SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    requests.put(None)


def main() -> None:
    """Serves one web process."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    torch.set_num_threads(1)
    requests: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), name="stdin", daemon=True).start()
    gc.collect()
    gc.freeze()  # what the imports made stays

    def send(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    with suppress(BrokenPipeError):  # the web process is gone
        serve(Engine(), requests, send)
    os._exit(0)  # the thread that reads stdin would hold its lock


if __name__ == "__main__":
    main()
