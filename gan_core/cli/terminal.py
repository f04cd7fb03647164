"""What commands write with: consoles, tables, and numbers and times as people read them."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 160  # characters of a table's line where no terminal sets the width


def console(*, stderr: bool = False) -> Console:
    """A console on standard output, or on standard error."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False)


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table; columns named in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def duration(seconds: float) -> str:
    """A time in words: "1 h 02 min", "3 min 20 s" or "12 s"."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {whole % 60:02} s" if minutes else f"{whole} s"


def moment(unix_time: float) -> str:
    """Local date and time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(unix_time))


def number(value: float) -> str:
    """Four significant digits; whole thousands with separators."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def steps_text(step: int, total: int | None) -> str:
    """Steps done: "1,200 of 3,000" or, for an open end, "1,200"."""
    return f"{step:,} of {total:,}" if total else f"{step:,}"
