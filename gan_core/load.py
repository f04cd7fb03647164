"""How busy the machine is, beside this process."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple


class Load(NamedTuple):
    """Seconds since an arbitrary instant, and processor seconds used by this process and by all."""

    clock: float
    own: float
    machine: float | None  # None where the system does not tell

    @classmethod
    def now(cls) -> Load:
        """As of this instant."""
        return cls(time.perf_counter(), time.process_time(), busy_seconds())

    def others_since(self, start: Load) -> float:
        """Cores that others kept busy since `start`; 0 where the system does not tell."""
        if self.machine is None or start.machine is None:
            return 0.0
        return (self.machine - start.machine - (self.own - start.own)) / (self.clock - start.clock)


def busy_seconds() -> float | None:
    """Processor seconds the whole machine has spent so far; None where the system does not tell."""
    try:
        fields = Path("/proc/stat").read_text().split()[1:8]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, fields)
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")
