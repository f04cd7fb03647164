"""One visitor's game: it trains for a moment, does what it is told, and says how it looks."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_core import weights
from gan_core.building import resolve_config
from gan_core.data import BatchStream, PointDataset, load_dataset
from gan_core.family import Family
from gan_core.lab.config import LabConfig, lab_settings
from gan_core.lab.dense import DenseTrainer
from gan_core.lab.gauges import Comparison, Gauges, Pace, Reading, shares
from gan_core.lab.layers import discriminator_field, pull_on_fakes, sheet
from gan_core.trainer import TrainingDivergedError

REAL_POINTS, FAKE_POINTS = 400, 250
CURVE_POINTS = 120  # of each curve that is shown
COMMANDS = ("play", "pause", "step", "generator", "discriminator", "finish", "reset")
_RECORD_S = 0.05  # between two recorded steps while playing
_CURVES = ("d_loss", "g_loss", "d_real", "d_fake", "reached", "quality", "divergence", "gap")


@dataclass
class Curves:
    """Recorded values over steps; every second one is dropped when they get many."""

    steps: list[int] = field(default_factory=list)
    values: list[dict[str, float]] = field(default_factory=list)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Records the values of a step."""
        self.steps.append(step)
        self.values.append(values)
        if len(self.steps) > 2 * CURVE_POINTS:
            self.steps, self.values = self.steps[::2], self.values[::2]

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Steps and, by name, values with four figures; None where a value is unknown."""
        stride = 1 + len(self.steps) // CURVE_POINTS
        picked = sorted({*range(0, len(self.steps), stride), *range(len(self.steps))[-1:]})
        rows = [self.values[i] for i in picked]
        return {
            "steps": [self.steps[i] for i in picked],
            **{
                name: [_rounded(row.get(name)) for row in rows]
                for name in names
                if any(name in row for row in rows)
            },
        }


class LabSession:
    """A game of the lab.

    Args:
        config: What the visitor chose.

    Attributes:
        playing: Whether it goes on by itself.
        speed: Steps a second at most; None: as many as possible.
        problem: Why it stopped, in one sentence; None: it did not.
    """

    def __init__(self, config: LabConfig) -> None:
        self.playing, self.speed = False, None
        self._begin(config)

    # --- what the visitor wants -----------------------------------------------------------------------------

    def configure(self, config: LabConfig) -> None:
        """Takes over other settings: live ones at once, others by beginning anew.

        Raises:
            UserError: They do not fit together.
        """
        if config == self.config:
            return
        if self.config.needs_restart(config):
            self._begin(config)
            return
        self._trainer.update_settings(lab_settings().parse(resolve_config(config.run_config).settings))
        self._marks.append((self._trainer.step, _changed(self.config, config)))
        self.config, self.problem = config, None
        self._comparison = None

    def obey(self, command: str) -> None:
        """Does one of `COMMANDS`; an unknown one, from another version of the page, is passed over."""
        if command in ("play", "pause"):
            self.playing = command == "play" and self.problem is None
        elif command == "reset":
            self._begin(self.config)
        elif command in ("step", "generator", "discriminator"):
            self.playing = False
            self._train(None, only=None if command == "step" else command)
        elif command == "finish":  # G's half of a step whose first half was D's alone
            self._trainer.step = max(0, self._trainer.step - 1)
            self._train(None, only="generator")

    def advance(self, seconds: float) -> bool:
        """Trains for about this long if it plays; whether it did anything."""
        if not self.playing:
            return False
        now = time.perf_counter()
        if self.speed is not None:
            self._owed = min(self._owed + (now - self._last) * self.speed, max(1.0, self.speed * 0.1))
            self._last = now
            if self._owed < 1:
                return False
        self._train(now + seconds)
        return True

    # --- the training ---------------------------------------------------------------------------------------

    def _begin(self, config: LabConfig) -> None:
        run = resolve_config(config.run_config)
        dataset = load_dataset(run.dataset, drawing=run.drawing)
        assert isinstance(dataset, PointDataset)
        trainer = DenseTrainer.of(run, dataset)
        if config.start is not None:
            trained = weights.load(config.start).family
            for name, module in trainer.modules.items():
                module.load_state_dict(trained.modules()[name].state_dict())
        self.config, self.dataset, self._trainer = config, dataset, trainer
        self.problem: str | None = None
        rng = torch.Generator().manual_seed(config.seed)
        packing = getattr(trainer.family.settings, "packing", 1)
        self._z = trainer.family.sample_z(FAKE_POINTS // packing * packing, rng)
        self._real = dataset.sample(REAL_POINTS, rng)
        self._gauges = Gauges(dataset, trainer.family)
        self._curves, self._readings = Curves(), Curves()
        self._comparison: Comparison | None = None
        self._reading: Reading | None = None
        self._marks: list[tuple[int, str]] = []
        self._gauge_pace, self._compare_pace = Pace(0.04, 0.5), Pace(0.15, 0.3)
        self._record_due = 0.0
        self._owed, self._last = 0.0, time.perf_counter()
        self._rate, self._rate_steps, self._rate_since = 0.0, 0, time.perf_counter()

    def _train(self, until: float | None, only: str | None = None) -> None:
        """One step, or steps until a point in time or as many as the speed allows."""
        steps = 1 if until is None else None if self.speed is None else int(self._owed)
        try:
            for record in self._trainer.run(steps, record=self._wants_record, only=only):
                if record.values is not None:
                    self._curves.add(record.step, _named(record.values))
                self._rate_steps += 1
                self._owed -= 1
                if until is not None and time.perf_counter() >= until:
                    break
        except TrainingDivergedError:
            self.playing = False
            self.problem = (
                "The game broke down: a number became too large to compute with. "
                "Lower the learning rates and reset."
            )

    def _wants_record(self, step: int) -> bool:
        now = time.perf_counter()
        if self.playing and now < self._record_due:
            return False
        self._record_due = now + _RECORD_S
        return True

    # --- how it looks ---------------------------------------------------------------------------------------

    def frame(self, layers: Collection[str]) -> dict[str, Any]:
        """Everything the page draws now, as plain values; arrays as base64 of little-endian numbers.

        Args:
            layers: What is switched on; the rest is not computed.
        """
        found: dict[str, Any] = {
            "step": self._trainer.step, "playing": self.playing, "problem": self.problem,
            "extent": self.dataset.extent, "speed": self._steps_per_second(),
            "real": self._places_of(self._real), "exact": self._trainer.is_fast,
            "centres": [] if self.dataset.centres is None else self.dataset.centres.tolist(),
        }  # fmt: skip
        with self._trainer.sampling() as family:
            fake = family.generate(self._z)
            found["fake"] = self._places_of(fake)
            if "field" in layers and family.can_score:
                found["field"] = _packed(shares(discriminator_field(family, self.dataset.extent)))
            if "sheet" in layers:
                found |= self._sheet(family)
            self._measure(family, bool({"best", "gap"} & set(layers)))
        if "pull" in layers and self.problem is None:
            arrows = pull_on_fakes(self._trainer, self._z, self._real[: len(self._z)])
            found["pull"] = _packed((arrows.clamp(-16, 16) * (32_767 / 16)).numpy().astype("<i2"))
        if self._comparison is not None and "best" in layers:
            found["best"] = _packed(shares(self._comparison.field.optimal.T))
        if self._comparison is not None and "gap" in layers:
            both = self._comparison.field
            found["gap"] = _packed(shares(abs(both.scores - both.optimal).T))
        return found | self._numbers()

    def _sheet(self, family: Family) -> dict[str, Any]:
        bent = sheet(family)
        if bent is None:
            return {}
        scale = bent.density * (2 * self.dataset.extent) ** (2 if bent.corners.shape[1] > 1 else 1)
        opacity = 1 - torch.exp(-scale / 8)  # 8 times as dense as an even spread over the square: 63 %
        return {
            "sheet": self._places_of(bent.corners.reshape(-1, 2)),
            "sheet_rows": bent.corners.shape[0], "sheet_columns": bent.corners.shape[1],
            "opacity": _packed(shares(opacity.nan_to_num(nan=1.0))),
        }  # fmt: skip

    def _measure(self, family: Family, compares: bool) -> None:
        """Gauges, if it is time and something has changed; the comparison of D more often if it is shown."""
        step = self._trainer.step
        start = time.process_time()
        fresh = self._reading is not None and self._reading.step == step
        due = self._gauge_pace.is_due and not fresh
        stale = self._comparison is None or self._comparison.step != step
        if stale and ((compares and self._compare_pace.is_due) or due):
            self._comparison = self._gauges.compare(family, step)
            self._compare_pace.spent(time.process_time() - start)
        if due:
            reading = self._reading = self._gauges.read(family, step, self._comparison)
            values = {name: getattr(reading, name) for name in ("reached", "quality", "divergence", "gap")}
            self._readings.add(step, {name: v for name, v in values.items() if v is not None})
            self._gauge_pace.spent(time.process_time() - start)

    def _numbers(self) -> dict[str, Any]:
        reading = self._reading
        return {
            "reading": None if reading is None else {k: _rounded(v) for k, v in reading._asdict().items()},
            "floors": {name: _rounded(value) for name, value in self._gauges.floors().items()},
            "curves": self._curves.shown(_CURVES[:4]),
            "readings": self._readings.shown(_CURVES[4:]),
            "marks": self._marks[-12:],
            "meaning": self._trainer.family.score_meaning,
        }

    def _steps_per_second(self) -> float:
        now = time.perf_counter()
        if now - self._rate_since >= 1.0:
            self._rate = self._rate_steps / (now - self._rate_since) if self.playing else 0.0
            self._rate_steps, self._rate_since = 0, now
        return round(self._rate, 1)

    def _places_of(self, points: Tensor) -> str:
        """Points `(N, 2)` as 16-bit numbers; 32,767 is twice the extent, where what lies further out stays."""
        scaled = (points.nan_to_num() / (2 * self.dataset.extent)).clamp(-1, 1) * 32_767
        return _packed(scaled.numpy().astype("<i2"))


def _packed(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _rounded(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _named(values: Mapping[str, float]) -> dict[str, float]:
    """A step's record under the short names of the lab; penalties belong to D's loss."""
    found = {name: values[name] for name in ("d_real", "d_fake") if name in values}
    for role, name in (("discriminator", "d_loss"), ("generator", "g_loss")):
        if f"{role}/adversarial" in values:
            found[name] = values[f"{role}/adversarial"]
    return found


def _changed(before: LabConfig, after: LabConfig) -> str:
    """Names of the settings that changed, for a mark on the curves."""
    return ",".join(
        name for name, value in after.family_settings.items() if value != before.family_settings[name]
    )
