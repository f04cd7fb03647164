"""Which process owns a run, and whether it still lives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class ProcessId(NamedTuple):
    """A process, told apart from a later one with the same number by the time it started."""

    pid: int
    start: str  # opaque; empty if unknown
    host: str


def this_process() -> ProcessId:
    """The calling process."""
    pid = os.getpid()
    return ProcessId(pid, process_start(pid) or "", host_name())


def available_cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def host_name() -> str:
    """Name of this machine or container."""
    return socket.gethostname()


def is_alive(process: ProcessId) -> bool | None:
    """Whether the process runs; None if that cannot be told, e.g. because it runs on another machine."""
    if process.host != host_name() or not process.start:
        return None
    return process_start(process.pid) == process.start


def process_start(pid: int) -> str | None:
    """When process `pid` of this machine started, as an opaque text; None if there is no such process."""
    if sys.platform == "win32":
        return _start_on_windows(pid)
    return _start_by_proc(pid) if Path("/proc/self/stat").exists() else _start_by_ps(pid)


def _start_by_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the command name before it may hold spaces and brackets
    state, ticks_since_boot = fields[0], fields[19]
    if state in "ZX":  # ended, its parent has not asked yet
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{ticks_since_boot}"


def _start_by_ps(pid: int) -> str | None:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    fields = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return None if not fields or fields[0].startswith("Z") else " ".join(fields[1:])


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    QUERY_LIMITED_INFORMATION = 0x1000
    STILL_ACTIVE = 259

    def _start_on_windows(pid: int) -> str | None:
        kernel = ctypes.windll.kernel32
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = wintypes.HANDLE(kernel.OpenProcess(QUERY_LIMITED_INFORMATION, False, pid))
        if not handle:
            return None
        try:
            code = wintypes.DWORD()
            created, *others = (wintypes.FILETIME() for _ in range(4))
            kernel.GetExitCodeProcess(handle, ctypes.byref(code))
            kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in (created, *others)))
        finally:
            kernel.CloseHandle(handle)
        return f"{created.dwHighDateTime}/{created.dwLowDateTime}" if code.value == STILL_ACTIVE else None
