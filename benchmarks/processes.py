"""What Linux tells about a process: its workers, its memory, the processor time it has used."""

import os
from pathlib import Path

MB = 1e6  # bytes
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; the command name before it may hold spaces and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def exists(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be asked how does not."""
    try:
        return _stat(pid)[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int, words: str) -> list[int]:
    """Processes started by `pid`, still running, with `words` in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(_stat(int(folder.name))[1])
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
            continue
        if parent == pid and words in command:
            found.append(int(folder.name))
    return found


def niceness(pid: int) -> int:
    """Its nice value."""
    return int(_stat(pid)[16])


def cpu_seconds(pid: int) -> float:
    """Processor time of all its threads so far."""
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / TICKS_PER_S


def peak_mb(pid: int) -> float:
    """Most memory it ever had resident (VmHWM), libraries it shares with other processes included."""
    return _status_mb(pid, "VmHWM")


def resident_mb(pid: int) -> float:
    """Memory it has resident now (VmRSS)."""
    return _status_mb(pid, "VmRSS")


def _status_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) * 1024 / MB for line in lines if line.startswith(f"{name}:"))


def private_mb(pid: int) -> float:
    """Memory that would come back if it ended (USS): resident and shared with no other process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(float(line.split()[1]) * 1024 / MB for line in lines if line.startswith("Private_"))
