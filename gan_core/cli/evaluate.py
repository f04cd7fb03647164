"""`evaluate SOURCE`: how good trained networks are, beside what real data score."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from gan_core.cli.source import Source, Step, open_source
from gan_core.cli.terminal import console, number, table
from gan_core.cli.waiting import shown_progress

if TYPE_CHECKING:
    from gan_core.evaluation.result import Evaluation
    from gan_core.metrics import Metric


def evaluate(
    source: Source,
    n: Annotated[
        int | None,
        typer.Option(
            "--n",
            min=1,
            help="Samples to generate; by default 10,000 images or 2,500 points. A family that translates "
            "makes one of each test image, n at most.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the samples.")] = 0,
    dataset: Annotated[
        str | None, typer.Option(help="Data to compare with; by default those it was trained on.")
    ] = None,
    step: Step = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure trained networks; the floor is what as many real examples score."""
    from gan_core.evaluation.measuring import evaluate as measure

    model, drawing = open_source(source, step)
    with shown_progress() as tell:
        measured = measure(
            model.family, dataset or model.card.dataset, n, seed, drawing=drawing, progress=tell
        )
    if as_json:
        typer.echo(evaluation_json(source, measured))
    else:
        print_evaluation(source, measured)


def evaluation_json(source: str, measured: Evaluation) -> str:
    """The evaluation as JSON, in which a number that is not finite is a text."""
    values = {name: value if math.isfinite(value) else str(value) for name, value in measured.items()}
    content = {
        "source": source,
        "dataset": measured.dataset,
        "extractor": measured.extractor,
        "seed": measured.seed,
        "values": values,
        "relative_class_shares": {share.name: share.relative for share in measured.class_shares},
    }
    return json.dumps(content, indent=2, allow_nan=False)


def metric_table(metrics: Sequence[Metric]) -> Table:
    """A row for each metric."""
    rows = table(
        "metric", "name", "value", "floor", "ratio", "samples", right=("value", "floor", "ratio", "samples")
    )
    for metric in metrics:
        rows.add_row(
            metric.title,
            metric.name,
            number(metric.value),
            "" if metric.floor is None else number(metric.floor),
            f"{metric.ratio:.2f}" if metric.ratio is not None and metric.better == "lower" else "",
            f"{metric.count:,}",
        )
    return rows


def print_evaluation(source: str, measured: Evaluation) -> None:
    """Prints a row per metric, and how often each class is generated where that can be told."""
    screen = console()
    screen.print(f"{source} against {measured.dataset}, seed {measured.seed}", style="bold")
    screen.print(metric_table(measured.metrics))
    if measured.class_shares:
        shares = ", ".join(f"{share.name} {share.relative:.2f}" for share in measured.class_shares)
        screen.print(f"Classes, as a multiple of their share of the data: {shares}", soft_wrap=True)
