"""Records a run's curves and speed, at a price that stays small however fast the steps are."""

from __future__ import annotations

import time
from collections import deque

from gan_core.runs.pacing import metric_interval
from gan_core.trainer import StepRecord

SHARE = 0.01  # of the training time may go into computing the recorded values
MAX_INTERVAL_S = 0.4  # between recorded steps of a young run, whatever they cost
SPEED_WINDOW_S = 3.0
SMOOTHING = 0.2  # weight of the newest step in the running means of the step times


class MetricRecorder:
    """Decides which steps are recorded, by time, and collects their values until they are stored.

    A recorded step takes longer than others: values are fetched and norms computed. Both kinds are timed,
    and if the difference is large, fewer steps are recorded.

    Attributes:
        rows: Collected `(step, name, value)`; whoever stores them clears the list.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[int, str, float]] = []
        self._next = 0.0
        self._has_recorded = False
        self._recorded_s: float | None = None  # running means of step times
        self._plain_s: float | None = None

    def wants(self, step: int) -> bool:
        """Whether the values of the step about to be done are wanted."""
        if self._has_recorded and self._plain_s is None:
            return False  # one step without, to know what the values cost
        return time.perf_counter() >= self._next

    def add(self, record: StepRecord, step_s: float, training_s: float) -> None:
        """Takes in a finished step.

        Args:
            record: The step, with values if they were wanted.
            step_s: What it took.
            training_s: Training time so far.
        """
        if record.values is None:
            self._plain_s = _mean(self._plain_s, step_s)
            return
        if self._has_recorded:  # the very first step also loads kernels, whatever it records
            self._recorded_s = _mean(self._recorded_s, step_s)
        self.rows += [(record.step, name, value) for name, value in record.values.items()]
        self._has_recorded = True
        interval = max(metric_interval(training_s), min(MAX_INTERVAL_S, self._extra_s / SHARE))
        self._next = time.perf_counter() - step_s + interval

    @property
    def _extra_s(self) -> float:
        """What recording adds to a step, in seconds; 0 until both kinds of step were seen."""
        if self._recorded_s is None or self._plain_s is None:
            return 0.0
        return self._recorded_s - self._plain_s


def _mean(mean: float | None, value: float) -> float:
    return value if mean is None else mean + SMOOTHING * (value - mean)


class Speedometer:
    """Real examples per second over the last seconds.

    Args:
        examples_per_step: Batch size.
    """

    def __init__(self, examples_per_step: int) -> None:
        self._examples_per_step = examples_per_step
        self._marks: deque[tuple[float, int]] = deque()

    def read(self, step: int) -> float:
        """The speed, now that `step` steps are done."""
        now = time.perf_counter()
        self._marks.append((now, step))
        while len(self._marks) > 2 and now - self._marks[1][0] > SPEED_WINDOW_S:
            self._marks.popleft()
        then, earlier_step = self._marks[0]
        return (step - earlier_step) * self._examples_per_step / (now - then) if now > then else 0.0

    def reset(self) -> None:
        """Forgets the past, e.g. because of a pause."""
        self._marks.clear()
