"""`train FAMILY`: puts a run into the store, starts it and shows its progress."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperCommand

from gan_core.cli.terminal import console
from gan_core.cli.waiting import shown_progress
from gan_core.settings import RunConfig, TrainingSettings, UserError

if TYPE_CHECKING:
    from gan_core.data import Dataset
    from gan_core.family import Family


class TrainCommand(TyperCommand):
    """The train command, whose help lists what is there to train."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Adds families, presets and data sets, which are imported only when the help is asked for."""
        from gan_core.data import DATASETS
        from gan_core.families import FAMILIES

        families = [f"- {name}: {cls.summary} {_presets(cls)}" for name, cls in FAMILIES.items()]
        datasets = [f"- {info.name}: {info.blurb}" for info in DATASETS.values()]
        advice = "What --set takes: python -m gan_core settings FAMILY"
        self.epilog = escape("\n".join(["Families:", *families, "", "Data sets:", *datasets, "", advice]))
        super().format_help(ctx, formatter)


def train(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="What to train.")],
    dataset: Annotated[
        str | None,
        typer.Option(help="Data set, or path of a folder or zip of images; by default the family's own."),
    ] = None,
    preset: Annotated[str, typer.Option(help="Recipe to start from.")] = "default",
    steps: Annotated[int | None, typer.Option(help="Training steps.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Passes over the data set, instead of steps.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes of training, instead of steps.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, noise and data order.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be given several times."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call the run.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or mps.")] = None,
) -> None:
    """Train a family on a data set. The run also shows live in the browser; Ctrl-C stops it cleanly."""
    from gan_core.building import build_family
    from gan_core.cli.follow import run_to_its_end
    from gan_core.runs.launcher import Launcher
    from gan_core.runs.store import RunStore
    from gan_core.trainer import resolve_device

    _check_budget(steps=steps, epochs=epochs, minutes=minutes)
    given = {"steps": steps, "minutes": minutes, "seed": seed, "device": device}
    config = _config(family, dataset, preset, assignments or [], given)
    resolve_device(config.training.device)
    data = _load(config)
    build_family(config, data.spec)  # tells a wrong kind or size of data before a run exists
    if epochs is not None:
        training = config.training.changed(
            steps=_steps_of(epochs, data, config.training.batch_size), minutes=None
        )
        config = config.model_copy(update={"training": training})
    del data  # the worker holds its own copy
    launcher = Launcher(RunStore(), keep_spare=False)
    run_to_its_end(launcher, launcher.submit(config, name))


def _presets(cls: type[Family]) -> str:
    return f"Presets: {', '.join(cls.presets)}."


def _check_budget(**budgets: float | None) -> None:
    given = [f"--{name}" for name, value in budgets.items() if value is not None]
    if len(given) > 1:
        raise UserError(f"give one of --steps, --epochs and --minutes, not {' and '.join(given)}")
    epochs = budgets["epochs"]
    if epochs is not None and not epochs > 0:
        raise UserError(f"--epochs must be above 0, got {epochs:g}")


def _config(
    family: str, dataset: str | None, preset: str, assignments: list[str], given: dict[str, Any]
) -> RunConfig:
    """The resolved config; options win over `--set`, which wins over the preset."""
    from gan_core.building import family_class, parse_assignments, resolve_config
    from gan_core.data import DATASETS, dataset_status

    dataset = dataset or family_class(family).default_dataset
    dataset_status(dataset)  # raises for an unknown name
    if dataset not in DATASETS:  # a path: the run may be resumed from another working directory
        dataset = str(Path(dataset).expanduser().resolve())
    settings, training = parse_assignments(family, assignments)
    training |= {key: value for key, value in given.items() if value is not None}
    if given["steps"] is not None:
        training["minutes"] = None
    return resolve_config(
        RunConfig(
            family=family,
            dataset=dataset,
            preset=preset,
            settings=settings,
            training=TrainingSettings.parse(training),
        )
    )


def _load(config: RunConfig) -> Dataset:
    """The config's data, loaded here already so that what is wrong with them is told before a run exists."""
    from gan_core.data import ImageDataset, load_dataset

    with shown_progress() as tell:
        data = load_dataset(
            config.dataset, image_size=config.training.image_size, drawing=config.drawing, progress=tell
        )
    if isinstance(data, ImageDataset) and data.skipped:
        more = f" and {len(data.skipped) - 1} more" if len(data.skipped) > 1 else ""
        console(stderr=True).print(f"Left out: {data.skipped[0]}{more}", soft_wrap=True)
    return data


def _steps_of(epochs: float, data: Dataset, batch_size: int) -> int:
    """Training steps that show every image `epochs` times, rounded up."""
    from gan_core.data import ImageDataset

    if not isinstance(data, ImageDataset):
        raise UserError(f"data set '{data.name}' is endless, so --epochs has no meaning; give --steps")
    return math.ceil(epochs * len(data) / batch_size)
