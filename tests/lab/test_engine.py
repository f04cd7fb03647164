"""Many visitors in one engine."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import pytest

from gan_core.lab.client import LabClient
from gan_core.lab.engine import Engine
from gan_core.lab.limits import FORGET_S, MOST_GAMES, SLEEP_S
from gan_core.lab.session import LabSession
from gan_core.settings import UserError
from tests.lab.test_session import config


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def request(visitor: str, *do: str, **changes: Any) -> dict[str, Any]:
    return {"id": visitor, "config": config(**changes).model_dump(mode="json"), "do": do, "layers": []}


def test_everyone_who_plays_gets_the_same_time() -> None:
    engine = Engine()
    for visitor in "abc":
        engine.answer(request(visitor, "play"))
    engine.answer(request("d"))
    for _ in range(6):
        turns = engine.turns()
        assert len(turns) == 3
        for session in turns:
            session.advance(0.01)
    steps = [engine.answer(request(visitor))["frame"]["step"] for visitor in "abcd"]
    assert steps[3] == 0
    assert min(steps[:3]) > 0


def test_a_game_nobody_looks_at_sleeps_and_is_forgotten() -> None:
    clock = Clock()
    engine = Engine(clock)
    engine.answer(request("a", "play"))
    clock.now = SLEEP_S + 1
    assert engine.turns() == []
    engine.answer(request("a"))
    assert len(engine.turns()) == 1
    clock.now += FORGET_S + 1
    assert engine.turns() == []
    assert engine.seats == {}


def test_one_visitors_mishap_is_not_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.answer(request("a", "step"))
    assert "seed" in engine.answer({"id": "b", "config": {"seed": -3}})["problem"]
    monkeypatch.setattr(LabSession, "obey", lambda self, command: 1 / 0)
    assert "ZeroDivisionError" in engine.answer(request("c", "play"))["problem"]
    monkeypatch.undo()
    assert set(engine.seats) == {"a"}
    assert engine.answer(request("a"))["frame"]["step"] == 1


def test_a_full_lab_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    session = LabSession(config())
    monkeypatch.setattr("gan_core.lab.engine.LabSession", lambda config: session)
    for visitor in range(MOST_GAMES):
        assert "frame" in engine.answer(request(str(visitor)))
    assert "places" in engine.answer(request("late"))["problem"]
    engine.answer({"id": "0", "close": True})
    assert "frame" in engine.answer(request("late"))


def test_an_engine_process_trains_and_ends_with_its_client() -> None:
    client = LabClient(1)
    ask = {"config": config().model_dump(mode="json"), "layers": [], "speed": None}
    try:
        client.ask("a", do=["play"], **ask)
        deadline = time.monotonic() + 20
        while client.ask("a", do=[], **ask)["step"] < 5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        (pid,) = client.pids
        client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


_STUB = """
import json, sys
for count, line in enumerate(sys.stdin, 1):
    request = json.loads(line)
    print(json.dumps({"n": request["n"], "frame": {"count": count}}), flush=True)
"""


def test_a_lost_engine_is_told_and_replaced_and_visitors_are_spread() -> None:
    client = LabClient(2, [sys.executable, "-c", _STUB])
    try:
        assert [client.ask(visitor)["count"] for visitor in "abca"] == [1, 1, 2, 3]
        first, second = client.pids
        os.kill(first, signal.SIGKILL)
        with pytest.raises(UserError, match="begin again"):
            client.ask("a")
        assert client.ask("b")["count"] == 2  # the other engine knows nothing of it
        assert client.ask("a")["count"] == 1
        assert second in client.pids
        assert first not in client.pids
    finally:
        client.close()
