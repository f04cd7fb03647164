"""`diagnose SOURCE`: is it mode collapse? Every figure that applies, beside what real data score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gan_core.cli.evaluate import metric_table
from gan_core.cli.source import Source, Step, open_source
from gan_core.cli.terminal import console, number, table
from gan_core.cli.waiting import shown_progress

if TYPE_CHECKING:
    from gan_core.evaluation.diagnosis import Diagnosis


def diagnose(
    source: Source,
    n: Annotated[
        int | None,
        typer.Option("--n", min=20, help="Samples to generate; by default 1,000 images or 2,500 points."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the samples.")] = 0,
    dataset: Annotated[
        str | None, typer.Option(help="Data to compare with; by default those it was trained on.")
    ] = None,
    step: Step = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Tell collapse, copying and imbalance from health; the floor is what as many real examples score."""
    from gan_core.evaluation.diagnosis import diagnose as examine

    model, drawing = open_source(source, step)
    with shown_progress() as tell:
        found = examine(model.family, dataset or model.card.dataset, n, seed, tell, drawing=drawing)
    if as_json:
        typer.echo(found.json())
    else:
        print_diagnosis(source, found)


def print_diagnosis(source: str, found: Diagnosis) -> None:
    """Prints the figures, then a line for each part of the diagnosis, then what is missing."""
    screen = console()
    screen.print(f"{source} against {found.dataset}, seed {found.seed}", style="bold")
    screen.print(metric_table(found.metrics))
    for line in _lines(found):
        screen.print(line, soft_wrap=True)
    if found.variety:
        rows = table(
            "class", "variety of real ones", "MS-SSIM", "of real pairs", "samples", right=("samples",)
        )
        for part in found.variety:
            rows.add_row(
                part.name,
                f"{part.distance:.2f}",
                number(part.similarity),
                number(part.real_similarity),
                f"{part.count:,}",
            )
        screen.print(rows)
    for sentence in found.missing:
        screen.print(sentence, soft_wrap=True)


_BARS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


def _bars(counts: list[int]) -> str:
    """A histogram as a row of blocks; what is there at all has a height."""
    most = max(counts)
    return "".join(_BARS[-(-8 * count // most)] for count in counts)


def _lines(found: Diagnosis) -> list[str]:
    lines = []
    if found.census is not None:
        shares = ", ".join(f"{kind.name} {kind.share:.3f}" for kind in found.census.kinds)
        lines.append(f"Shares, told by {found.census.by}: {shares}")
    if found.duplicates is not None:
        twins = found.duplicates
        lines.append(
            f"Different samples: {twins.bound} {number(twins.support)} ({twins.probability:.0%} of batches "
            f"of {twins.batch_size} hold a near-duplicate, {twins.real_probability:.0%} of real ones)"
        )
    if found.memorisation is not None:
        copied = found.memorisation
        lines.append(
            f"Distance to seen over distance to unseen images: {copied.ratio:.3f}, of real ones "
            f"{copied.real_ratio:.3f}; {copied.close:.0%} are as close to a seen one as only 5% of real ones"
        )
    if found.discriminator is not None:
        told = found.discriminator.answers
        lines.append(
            f"D is right about {told.on_train:.0%} of the seen, {told.on_held_out:.0%} of the unseen and "
            f"{told.on_fake:.0%} of the generated examples; mean gap {told.gap:+.3f}, "
            f"E[sign D] {told.sign:+.2f}"
        )
        report = found.discriminator
        for name, counts in (("seen", report.train), ("unseen", report.held_out), ("generated", report.fake)):
            lines.append(f"D's scores from 0 to 1, {name:<9} |{_bars(counts.tolist())}|")
    if found.gradients:
        norms = ", ".join(f"{name} {number(norm)}" for name, norm in found.gradients.items())
        lines.append(f"Norm of the gradient on one batch: {norms}")
    if found.field is not None:
        lines.append(
            f"D differs from the best D by {found.field.gap:.3f} on average "
            f"({found.field.floor:.3f} is noise)"
        )
    return lines
