"""One visitor's place in the lab: a game that plays or rests, at a speed, and begins anew when asked to."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from gan_core.lab.config import LabConfig
from gan_core.lab.game import Game

COMMANDS = ("play", "pause", "step", "generator", "discriminator", "finish", "reset")
_RATE_S = 1.0  # over which the shown speed is measured
_BACKLOG_S = 0.1  # of steps a game may catch up on after a pause of the engine


class LabSession:
    """A visitor's game.

    Args:
        config: What the visitor chose.

    Attributes:
        game: The game since it last began.
        playing: Whether it goes on by itself.
        speed: Steps a second at most; None: as many as possible.

    Raises:
        UserError: The settings do not fit together.
    """

    def __init__(self, config: LabConfig) -> None:
        self.playing = False
        self.speed: float | None = None
        self.game = Game(config)
        self._owed, self._last = 0.0, time.perf_counter()
        self._rate, self._counted, self._counted_since = 0.0, 0, time.perf_counter()

    def configure(self, config: LabConfig) -> None:
        """Takes over other settings: live ones at once, others by beginning anew.

        Raises:
            UserError: They do not fit together; the game stays as it is.
        """
        if config == self.game.config:
            return
        if self.game.config.needs_restart(config):
            self.game = Game(config)
        else:
            self.game.update(config)

    def obey(self, command: str) -> None:
        """Does one of `COMMANDS`."""
        if command in ("play", "pause"):
            self.playing = command == "play" and self.game.problem is None
            self._last = self._counted_since = time.perf_counter()
            self._owed, self._counted = 0.0, 0
        elif command == "reset":
            self.game = Game(self.game.config)
        else:
            self.playing = False
            if command == "finish":
                self.game.finish_step()
            else:
                self.game.train(1, only=None if command == "step" else command)

    def advance(self, seconds: float) -> bool:
        """Trains for about this long if it plays and is not ahead of its speed; whether it did anything."""
        if not self.playing:
            return False
        now, steps = time.perf_counter(), None
        if self.speed is not None:
            most = max(1.0, self.speed * _BACKLOG_S)
            self._owed = min(self._owed + (now - self._last) * self.speed, most)
            steps = int(self._owed)
        self._last = now
        if steps == 0:
            return False
        done = self.game.train(steps, until=now + seconds)
        self._owed -= done
        self._counted += done
        if self.game.problem is not None:
            self.playing = False
        return True

    def frame(self, layers: Collection[str]) -> dict[str, Any]:
        """Everything the page draws now; see `Game.frame`."""
        found = self.game.frame(layers)
        return found | {"playing": self.playing, "speed": self._steps_per_second()}

    def _steps_per_second(self) -> float:
        now = time.perf_counter()
        if now - self._counted_since >= _RATE_S:
            self._rate = self._counted / (now - self._counted_since)
            self._counted, self._counted_since = 0, now
        return round(self._rate, 1) if self.playing else 0.0
