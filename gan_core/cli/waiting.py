"""Shows what a command is doing while the user waits: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress

from gan_core.cli.terminal import console


@contextmanager
def shown_progress() -> Iterator[Callable[[str, float], None]]:
    """A function to tell what is going on, and the fraction of it that is done, for the length of the block.

    It writes to standard error, so that results can be piped on.
    """
    screen = console(stderr=True)
    told = ""
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("", total=1.0, visible=False)

        def tell(text: str, fraction: float) -> None:
            nonlocal told
            progress.update(task, description=text, completed=fraction, visible=True)
            if not screen.is_terminal and text != told:
                screen.print(text, soft_wrap=True)
                told = text

        yield tell
