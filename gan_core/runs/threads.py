"""Threads of a run on a machine that others use too."""

from __future__ import annotations

from collections.abc import Callable

import torch

from gan_core.load import Load
from gan_core.precision import free_cores

WINDOW_S, WINDOW_STEPS = 1.0, 4  # of training, over which the time of a step is averaged
FIRST_WINDOW_S, TRIAL_S = 0.25, 0.5  # the same at the start of a run, and of a trial
SLOW = 1.6  # times as long as usual: another program displaces a thread, and the others wait for it
BUSY = 0.6  # cores beyond the spare ones that others use, from which on several threads are not even tried
REST_S, LONGEST_REST_S = 1.0, 20.0  # of training on one thread before several are tried again
STALL = 10.0  # times as long as usual for a single step: a program that does not pause, or soon again
TRIAL_STALL = 6.0  # times as long as a step on one thread: the trial has failed
DRIFT = 1.002  # per window, of the usual time: an exceptionally quick one is forgotten
WIN = 0.9  # of the time on one thread: several threads are the quicker again


class ThreadGovernor:
    """Lets a run go on with one thread while other programs keep a core busy.

    The threads of a network's layer wait for each other, a few hundred times in a step. If another program
    displaces one of them, all wait until it is its turn again: beside a single busy program two threads on
    two cores took 20 to 40 times as long for a step as one thread alone. The run's own helpers are no better:
    they borrow the other threads' cores.

    Args:
        threads: Threads the run trains with on a quiet machine; one: nothing is ever changed.
        use: Sets the number of threads.
        load: Tells how busy the machine is.
        cores: That the run's threads and other programs share.
    """

    def __init__(
        self,
        threads: int,
        use: Callable[[int], None] = torch.set_num_threads,
        load: Callable[[], Load] = Load.now,
        cores: int | None = None,
    ) -> None:
        self._most, self._use, self._load = threads, use, load
        self._spare = max(0, (cores or free_cores()) - threads)
        self._present, self._is_trial = threads, False
        self._usual: float | None = None  # seconds of an undisturbed step with all threads
        self._alone = 0.0  # seconds of a step on one thread, lately
        self._before_loan: int | None = None  # threads when a helper of its own came; None: there is none
        self._rest, self._rested = REST_S, 0.0
        self._start_window()

    def after_step(self, seconds: float) -> None:
        """Takes in what a step took, and changes the number of threads if another is the quicker now."""
        if self._most == 1 or self._before_loan is not None:
            return
        self._seconds += seconds
        self._steps += 1
        if self._is_trial:
            self._judge_trial(seconds)
        elif (self._seconds >= self._window_s and self._steps >= WINDOW_STEPS) or self._is_stalled(seconds):
            self._judge_window()

    def lend(self) -> None:
        """Goes on with one thread, so that a helper of the run's own can compute on the other cores."""
        self._before_loan = self._present
        if self._present > 1:
            self._use(1)

    def take_back(self) -> None:
        """Goes on as before the helper came; what steps took meanwhile says nothing of the machine."""
        if self._before_loan is not None and self._before_loan > 1:
            self._use(self._before_loan)
        self._before_loan = None
        self._start_window()

    @property
    def _window_s(self) -> float:
        """Short as long as nothing is known; then long enough for the bursts of a page that is looked at."""
        return FIRST_WINDOW_S if self._usual is None or self._present == 1 else WINDOW_S

    def _is_stalled(self, seconds: float) -> bool:
        """Whether one step was so slow that nothing more need be known."""
        shared = self._present > 1
        return shared and self._usual is not None and seconds > STALL * self._usual

    def _judge_window(self) -> None:
        mean = self._mean
        if self._present == 1:
            self._alone = mean
            self._rested += self._seconds
            is_free = not self._is_busy
            self._start_window()
            if self._rested >= self._rest and is_free:
                self._switch(self._most, is_trial=True)
            return
        is_slow = self._is_busy if self._usual is None else mean > SLOW * self._usual
        if is_slow:
            self._switch(1)
            return
        self._usual = mean if self._usual is None else min(mean, DRIFT * self._usual)
        self._start_window()

    def _judge_trial(self, seconds: float) -> None:
        """Ends a trial of several threads as soon as its outcome is clear."""
        if seconds > TRIAL_STALL * self._alone:
            self._lose()
        elif self._seconds >= TRIAL_S and self._steps >= WINDOW_STEPS:
            if self._mean > WIN * self._alone:
                self._lose()
                return
            self._is_trial, self._usual, self._rest = False, self._mean, REST_S
            self._start_window()

    def _lose(self) -> None:
        self._rest = min(2 * self._rest, LONGEST_REST_S)
        self._switch(1)

    def _switch(self, threads: int, *, is_trial: bool = False) -> None:
        self._present, self._is_trial, self._rested = threads, is_trial, 0.0
        self._use(threads)
        self._start_window()

    def _start_window(self) -> None:
        self._seconds, self._steps, self._since = 0.0, 0, self._load()

    @property
    def _mean(self) -> float:
        return self._seconds / self._steps

    @property
    def _is_busy(self) -> bool:
        """Whether other programs needed a core of this run's during the window."""
        return self._load().others_since(self._since) > self._spare + BUSY
