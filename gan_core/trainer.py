"""One loop for every family: it runs phases, averages weights, resumes bit-equal and knows no family."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from gan_core.averaging import AveragedWeights
from gan_core.family import Family
from gan_core.optimizers import build_optimizer, load_state, rates_of, state_of
from gan_core.phases import Batch, Phase, StepContext, StepOutput
from gan_core.settings import Settings, TrainingSettings, UserError, is_live

CUDA_CHECK_INTERVAL = 16  # a finiteness check waits for the GPU; on the CPU it is free


class Stream(Protocol):
    """An endless, resumable source of batches."""

    def next(self) -> Batch:
        """The next batch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from where `state` was taken."""
        ...


class Precision(NamedTuple):
    """How the networks compute: element type, memory layout of images, CPU threads."""

    dtype: str = "float32"
    channels_last: bool = False
    threads: int = 1

    def __str__(self) -> str:
        layout = ", channels last" if self.channels_last else ""
        return f"{self.dtype}{layout}, {self.threads} thread{'s' if self.threads > 1 else ''}"


FLOAT32 = Precision()


class StepRecord(NamedTuple):
    """One finished training step; `values` is None in steps nobody asked to record."""

    step: int
    values: dict[str, float] | None


class TrainingDivergedError(ArithmeticError):
    """A loss or a weight is no longer a finite number.

    Attributes:
        phase: Phase in which it was seen.
        step: Training step, 0-based.
    """

    def __init__(self, phase: str, step: int, what: str) -> None:
        super().__init__(f"{what} of phase '{phase}' is not a finite number in step {step}")
        self.phase, self.step = phase, step


class Trainer:
    """Trains one family on one stream of batches.

    Args:
        family: Networks and phases; moved to `device`.
        stream: Source of batches on the same device.
        training: Seed, averaging, cosine tail and budget.
        device: Where to train.
        precision: Arithmetic; see `gan_core.precision.choose_precision`.
    """

    def __init__(
        self,
        family: Family,
        stream: Stream,
        training: TrainingSettings,
        device: torch.device,
        precision: Precision = FLOAT32,
    ) -> None:
        self.family, self.stream, self.device = family, stream, device
        self.training, self.precision = training, precision
        self.step, self.seconds = 0, 0.0
        self._reached = 0
        self.rng = torch.Generator(device).manual_seed(training.seed)
        self.modules = family.modules()
        layout = torch.channels_last if precision.channels_last else torch.preserve_format
        for module in self.modules.values():
            module.to(device=device, memory_format=layout)  # type: ignore[call-overload]
            module.train()
        averaged = family.sampling_modules if training.ema_decay else ()
        self._average = AveragedWeights(self.modules, averaged, training.ema_decay)
        self._phases: tuple[Phase, ...] = tuple(family.phases())
        self._parameters = {p.name: [w for m in p.trains for w in m.parameters()] for p in self._phases}
        self._optimizers = {
            p.name: build_optimizer(p.optimizer, self._parameters[p.name]) for p in self._phases
        }

    def run(
        self,
        steps: int | None = None,
        *,
        record: Callable[[int], bool] = lambda step: True,
        only: str | None = None,
    ) -> Iterator[StepRecord]:
        """Trains until the budget or `steps` further steps are done, yielding after every step.

        Args:
            steps: Steps to do now; None: until the budget of the training settings is spent.
            record: Asked with the step's number (1-based) whether its values are wanted; they cost a little.
            only: Role of the phases to run ("generator" or "discriminator"); None: all.

        Raises:
            TrainingDivergedError: A loss is NaN or infinite; the weights are those before the faulty update.
        """
        done = 0
        while not self.finished and (steps is None or done < steps):
            start = time.perf_counter()
            values = self._one_step(record(self.step + 1), only)
            self.step += 1
            done += 1
            self.seconds += time.perf_counter() - start
            yield StepRecord(self.step, values)

    @property
    def ema(self) -> dict[str, nn.Module]:
        """The averaged networks by name; empty without averaging."""
        return self._average.copies

    @property
    def finished(self) -> bool:
        """Whether the budget of steps or minutes is spent."""
        return self.progress >= 1.0

    @property
    def progress(self) -> float:
        """Share of the budget that is spent, 0 to 1; 0 for an open-ended run."""
        t = self.training
        if t.minutes is not None:
            return min(1.0, self.seconds / (60.0 * t.minutes))
        return 0.0 if t.steps is None else min(1.0, self.step / t.steps)

    @property
    def place(self) -> int:
        """Where the run stands among the starts and stops of its phases.

        The step; of a run by minutes that share of its `steps`, so that its phases share out the time however
        fast the machine is. It never goes back, though a budget may grow.
        """
        t = self.training
        shared = t.minutes is not None and t.steps is not None
        return max(self._reached, int(self.progress * (t.steps or 0)) if shared else self.step)

    def _one_step(self, wanted: bool, only: str | None) -> dict[str, float] | None:
        if self.training.minutes is not None:
            self._reached = self.place
        due = [p for p in self._phases if self._is_due(p, only)]
        batch = self._batch()
        ctx = StepContext(batch, self.rng, self.step)
        values: dict[str, Tensor] = {}
        for index, phase in enumerate(due):
            ctx.upcoming = frozenset(later.name for later in due[index:])
            self._freeze_all_but(ctx.upcoming)
            values |= self._one_phase(phase, ctx, self._rate_factor(phase), wanted)
        self._freeze_all_but(self._parameters.keys())
        self._average.follow(self.step)
        return {name: float(value) for name, value in values.items()} if wanted else None

    def _is_due(self, phase: Phase, only: str | None) -> bool:
        """Whether a phase runs now; asked for by role ("G only"), it does so whatever its interval says."""
        if only is None:
            return phase.runs_in(self.step, self.place)
        return phase.role == only and phase.is_open(self.place)

    def _freeze_all_but(self, phases: Collection[str]) -> None:
        """Lets only what these phases train ask for gradients: the others cost time and go nowhere."""
        trained = {id(weight) for name in phases for weight in self._parameters[name]}
        for weights in self._parameters.values():
            for weight in weights:
                weight.requires_grad_(id(weight) in trained)

    def _one_phase(self, phase: Phase, ctx: StepContext, rate: float, wanted: bool) -> dict[str, Tensor]:
        """One optimiser update; returns losses, stats and the gradient norm by name."""
        optimizer, parameters = self._optimizers[phase.name], self._parameters[phase.name]
        for group in optimizer.param_groups:
            group["lr"] = phase.optimizer.lr * rate
        for weight in parameters:
            weight.grad = None
        with self._autocast():
            output: StepOutput = phase.compute(ctx)
        total = torch.stack([loss.float() for loss in output.losses.values()]).sum()
        self._check_finite(phase, total)
        # Asking for these inputs only spares the weight gradients of the frozen networks.
        torch.autograd.backward(total, inputs=parameters)
        values = {f"{phase.name}/{name}": loss.detach() for name, loss in output.losses.items()}
        values |= {name: stat.detach() for name, stat in output.stats.items()}
        if wanted:
            gradients = [p.grad for p in parameters if p.grad is not None]
            values[f"grad_norm/{phase.name}"] = torch.nn.utils.get_total_norm(gradients)
        optimizer.step()
        return values

    def _check_finite(self, phase: Phase, total: Tensor) -> None:
        if self.device.type != "cpu" and self.step % CUDA_CHECK_INTERVAL:
            return
        if not bool(torch.isfinite(total)):
            raise TrainingDivergedError(phase.name, self.step, "the loss")

    def _batch(self) -> Batch:
        batch = self.stream.next()
        if self.precision.channels_last and batch.real.dim() == 4:
            layout = torch.channels_last
            other = None if batch.other is None else batch.other.contiguous(memory_format=layout)
            return batch._replace(real=batch.real.contiguous(memory_format=layout), other=other)
        return batch

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.precision.dtype == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _rate_factor(self, phase: Phase) -> float:
        """1, then along a cosine to 0 over the last `cosine_tail` of the budget, or of a phase that stops."""
        tail = self.training.cosine_tail
        if tail == 0:
            return 1.0
        progress = self.progress
        if phase.stop is not None:
            progress = min(1.0, (self.place - phase.start) / max(1, phase.stop - phase.start))
        if progress <= 1.0 - tail:
            return 1.0
        return 0.5 * (1.0 + math.cos(math.pi * (progress - (1.0 - tail)) / tail))

    def update_settings(self, settings: Settings) -> None:
        """Takes over changed live settings of the family: loss, rates, intervals, penalties.

        Raises:
            UserError: A setting that needs a new run was changed.
        """
        old = self.family.settings.model_dump()
        changed = [name for name, value in settings.model_dump().items() if value != old[name]]
        fixed = [name for name in changed if not is_live(type(settings), name)]
        if fixed:
            raise UserError(
                f"'{fixed[0]}' cannot change while a run trains; start a new run or branch from a checkpoint"
            )
        self.family.settings = settings
        self._phases = tuple(self.family.phases())
        for phase in self._phases:
            for group in self._optimizers[phase.name].param_groups:
                group.update(rates_of(phase.optimizer))

    def update_training(self, training: TrainingSettings) -> None:
        """Takes over a changed budget or cosine tail, e.g. more steps for a finished run."""
        self.training = training

    @property
    def learning_rates(self) -> dict[str, float]:
        """Each phase's present learning rate."""
        return {phase.name: phase.optimizer.lr * self._rate_factor(phase) for phase in self._phases}

    @contextmanager
    def sampling(self) -> Iterator[Family]:
        """The family as it should be shown: averaged weights, evaluation mode, no gradients, float32."""
        with self._average.in_place():
            for module in self.modules.values():
                module.eval()
            try:
                with torch.no_grad():
                    yield self.family
            finally:
                for module in self.modules.values():
                    module.train()

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to continue as if never interrupted: tensors and plain JSON values, nested."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "reached": self._reached,
            "settings": self.family.settings.model_dump(),
            "training": self.training.model_dump(),
            "precision": list(self.precision),
            "modules": {name: dict(module.state_dict()) for name, module in self.modules.items()},
            "ema": self._average.state_dict(),
            "optimizers": {name: state_of(opt) for name, opt in self._optimizers.items()},
            "stream": self.stream.state_dict(),
            "rng": self.rng.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues from `state`; settings and budget stay those the trainer was built with."""
        self.step, self.seconds = int(state["step"]), float(state["seconds"])
        self._reached = int(state.get("reached", 0))
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
        self._average.load_state_dict(state["ema"], state["modules"])
        for name, optimizer in self._optimizers.items():
            load_state(optimizer, state["optimizers"].get(name, {}))
        self.stream.load_state_dict(state["stream"])
        self.rng.set_state(state["rng"])

    def check_weights(self) -> None:
        """Raises TrainingDivergedError if a weight is not finite, so that no such checkpoint is written."""
        for phase in self._phases:
            if not all(bool(torch.isfinite(w).all()) for w in self._parameters[phase.name]):
                raise TrainingDivergedError(phase.name, self.step, "a weight")


def resolve_device(name: str) -> torch.device:
    """The device named `auto`, `cpu`, `cuda` or `mps`; auto takes a GPU if there is one.

    Raises:
        UserError: The device is not there.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if available[kind]))
    if not available.get(name, False):
        here = ", ".join(kind for kind, there in available.items() if there)
        raise UserError(f"device '{name}' is not available here; available: auto, {here}")
    return torch.device(name)
