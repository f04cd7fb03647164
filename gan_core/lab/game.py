"""One game from its first step on: its training, and how it looks."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_core import weights
from gan_core.building import resolve_config
from gan_core.data import PointDataset, load_dataset
from gan_core.family import Family
from gan_core.lab.config import LabConfig, lab_settings
from gan_core.lab.curves import LOSSES, READINGS, Curves, named, rounded
from gan_core.lab.dense import DenseTrainer
from gan_core.lab.gauges import Comparison, Gauges, Pace, Reading, shares
from gan_core.lab.layers import discriminator_field, pull_on_fakes, sheet
from gan_core.trainer import TrainingDivergedError

REAL_POINTS, FAKE_POINTS = 400, 250
_RECORD_S = 0.05  # between two recorded steps
_MARKS = 12  # of changed settings
_FULL = 32_767  # largest number of 16 bits with a sign
_LONGEST_PULL = 16.0  # longer gradients are cut
_BROKEN = (
    "The game broke down: a number became too large to compute with. Lower the learning rates and reset."
)


class Game:
    """Networks in training, with the fixed noise and the real points they are shown with.

    Args:
        config: What the visitor chose.

    Attributes:
        problem: Why it cannot go on, in one sentence; None: it can.

    Raises:
        UserError: The settings do not fit together, or the weights to start from are damaged.
    """

    def __init__(self, config: LabConfig) -> None:
        run = resolve_config(config.run_config)
        dataset = load_dataset(run.dataset, drawing=run.drawing)
        assert isinstance(dataset, PointDataset)
        self.config, self.dataset = config, dataset
        self.problem: str | None = None
        self._trainer = DenseTrainer.of(run, dataset)
        if config.start is not None:
            trained = weights.load(config.start).family.modules()
            for name, module in self._trainer.modules.items():
                module.load_state_dict(trained[name].state_dict())
        family, rng = self._trainer.family, torch.Generator().manual_seed(config.seed)
        packing = int(config.family_settings["packing"])
        self._z = family.sample_z(FAKE_POINTS // packing * packing, rng)
        self._real = dataset.sample(REAL_POINTS, rng)
        self._gauges = Gauges(dataset, family)
        self._curves, self._readings = Curves(), Curves()
        self._comparison: Comparison | None = None
        self._reading: Reading | None = None
        self._marks: list[tuple[int, str]] = []
        self._gauge_pace, self._compare_pace = Pace(0.04, 0.5), Pace(0.15, 0.3)
        self._record_due = 0.0

    @property
    def step(self) -> int:
        """Training steps done."""
        return self._trainer.step

    def update(self, config: LabConfig) -> None:
        """Takes over changed live settings.

        Raises:
            UserError: They do not fit together.
        """
        self._trainer.update_settings(lab_settings().parse(resolve_config(config.run_config).settings))
        before, after = self.config.family_settings, config.family_settings
        changed = [name for name, value in after.items() if value != before[name]]
        self._marks = [*self._marks, (self.step, ",".join(changed))][-_MARKS:]
        self.config, self.problem, self._comparison = config, None, None

    def train(self, steps: int | None, until: float | None = None, only: str | None = None) -> int:
        """Trains; returns how many steps it did.

        Args:
            steps: At most so many.
            until: Time of `time.perf_counter` after which it stops.
            only: Role of the network that learns alone.
        """
        before = self.step
        try:
            for record in self._trainer.run(steps, record=self._wants_record, only=only):
                if record.values is not None:
                    self._curves.add(record.step, named(record.values))
                if until is not None and time.perf_counter() >= until:
                    break
        except TrainingDivergedError:
            self.problem = _BROKEN
        return self.step - before

    def finish_step(self) -> None:
        """G's half of a step whose first half was D's alone."""
        self._trainer.step = max(0, self._trainer.step - 1)
        self.train(1, only="generator")

    def _wants_record(self, step: int) -> bool:
        now = time.perf_counter()
        if now < self._record_due:
            return False
        self._record_due = now + _RECORD_S
        return True

    def frame(self, layers: Collection[str]) -> dict[str, Any]:
        """Everything the page draws now, as plain values; arrays as base64 of little-endian numbers.

        Args:
            layers: What is switched on; the rest is not computed.
        """
        found: dict[str, Any] = {
            "step": self.step, "problem": self.problem, "extent": self.dataset.extent,
            "real": self._places_of(self._real), "meaning": self._trainer.family.score_meaning,
            "centres": [] if self.dataset.centres is None else self.dataset.centres.tolist(),
        }  # fmt: skip
        with self._trainer.sampling() as family:
            found["fake"] = self._places_of(family.generate(self._z))
            if "field" in layers:
                found["field"] = _packed(shares(discriminator_field(family, self.dataset.extent)))
            if "sheet" in layers:
                found |= self._sheet(family)
            self._measure(family, bool({"best", "gap"} & set(layers)))
        if "pull" in layers and self.problem is None:
            found["pull"] = _sixteen_bits(self._pull() / _LONGEST_PULL)
        if self._comparison is not None:
            field = self._comparison.field
            if "best" in layers:
                found["best"] = _packed(shares(field.optimal.T))
            if "gap" in layers:
                found["gap"] = _packed(shares(abs(field.scores - field.optimal).T))
        return found | self._numbers()

    def _pull(self) -> Tensor:
        return pull_on_fakes(self._trainer, self._z, self._real[: len(self._z)])

    def _sheet(self, family: Family) -> dict[str, Any]:
        bent = sheet(family)
        if bent is None:
            return {}
        scale = bent.density * (2 * self.dataset.extent) ** (2 if bent.corners.shape[1] > 1 else 1)
        opacity = 1 - torch.exp(-scale / 8)  # 8 times as dense as an even spread over the square: 63 %
        return {
            "sheet": self._places_of(bent.corners.reshape(-1, 2)),
            "sheet_rows": bent.corners.shape[0],
            "sheet_columns": bent.corners.shape[1],
            "opacity": _packed(shares(opacity.nan_to_num(nan=1.0))),
        }

    def _measure(self, family: Family, compares: bool) -> None:
        """Gauges, if it is time and something has changed; the comparison of D more often if it is shown."""
        start = time.process_time()
        due = self._gauge_pace.is_due and (self._reading is None or self._reading.step != self.step)
        stale = self._comparison is None or self._comparison.step != self.step
        if stale and (due or (compares and self._compare_pace.is_due)):
            self._comparison = self._gauges.compare(family, self.step)
            self._compare_pace.spent(time.process_time() - start)
        if due:
            reading = self._reading = self._gauges.read(family, self.step, self._comparison)
            values = {name: getattr(reading, name) for name in READINGS}
            self._readings.add(self.step, {name: v for name, v in values.items() if v is not None})
            self._gauge_pace.spent(time.process_time() - start)

    def _numbers(self) -> dict[str, Any]:
        reading = None if self._reading is None else self._reading._asdict()
        return {
            "reading": reading and {name: rounded(value) for name, value in reading.items()},
            "floors": {name: rounded(value) for name, value in self._gauges.floors().items()},
            "curves": self._curves.shown(LOSSES),
            "readings": self._readings.shown(READINGS),
            "marks": self._marks,
        }

    def _places_of(self, points: Tensor) -> str:
        """Points `(N, 2)` in units of twice the extent; those further out stay at that border."""
        return _sixteen_bits(points / (2 * self.dataset.extent))


def _sixteen_bits(values: Tensor) -> str:
    """Numbers from -1 to 1 as 16-bit ones; those outside are cut, what is no number is 0."""
    whole = (values.nan_to_num(nan=0.0).clamp(-1, 1) * _FULL).numpy().astype("<i2")
    return _packed(whole)


def _packed(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
