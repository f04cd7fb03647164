"""What every family comes to in three minutes, and what its shipped weights took.

    python benchmarks/families.py                     trains all, one after the other: an hour
    python benchmarks/families.py --only rgan srgan --sheets sheets
    python benchmarks/families.py --shipped           the time behind every shipped file; trains nothing

A family is trained from the command line by its recipe for a class (one without one by its default), for
`--minutes` of training on one thread, or for as long as a recipe says itself, and measured as
`python -m gan_core evaluate` does. A pause does not count, and what else the machine does makes fewer steps
of the same minutes. One row each, as Markdown. The runs stay in the run store; --sheets draws a picture of
each by `python -m gan_core sample`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gan_core import weights
from gan_core.evaluation.measuring import evaluate
from gan_core.metrics import Metric
from gan_core.runs.records import Run
from gan_core.runs.store import RunStore
from gan_core.weights import Card, read_cards

BAR_S = 45 * 60  # of training, that shipped weights may take


@dataclass(frozen=True)
class Entry:
    """How one family is trained for the table, and which of its figures stand there.

    Attributes:
        dataset: Data to train and to measure on.
        figures: How the names of the metrics to print begin, in the order of the row.
        preset: Recipe.
        own_length: The recipe says how many steps, since some of its settings are numbers of steps too.
    """

    dataset: str
    figures: tuple[str, ...]
    preset: str = "classroom"
    own_length: bool = False


QUALITY = ("frechet_", "precision_", "recall_")
ENTRIES: dict[str, Entry] = {
    "dcgan": Entry("mnist", QUALITY),
    "cgan": Entry("mnist", ("frechet_classifier", "agreement_classifier")),
    "infogan": Entry("mnist", ("frechet_", "code_accuracy_", "information_cat_")),
    "lapgan": Entry("mnist", QUALITY),
    "pix2pix": Entry("mnist", ("l1_", "agreement_", "frechet_")),
    "discogan": Entry("mnist-scenes", ("survives_there_", "survives_back_", "loop_a_", "loop_b_")),
    "autoencoder": Entry("mnist", ("frechet_", "reconstruction_")),
    "vae": Entry("mnist", ("frechet_", "reconstruction_")),
    "srgan": Entry("mnist", tuple(
        f"{name}-{way}_"
        for name in ("agreement", "psnr", "ssim", "perceptual")
        for way in ("bicubic", "warm-up", "trained")
    )),
    "stackgan": Entry("captioned-digits", tuple(
        f"{name}_agreement_" for name in ("position", "size", "colour", "digit", "scene")
    )),
    "mlp": Entry("ring8", ("modes_", "high_quality_", "reverse_kl_"), "thorough", own_length=True),
    "rgan": Entry("sines", ("squared_mmd_", "clean_sines_", "js_")),
    "classifier": Entry("mnist", ("accuracy_",), "default"),
    "reader": Entry("captioned-digits", ("position_", "size_", "colour_", "digit_", "scene_"), "default"),
}  # fmt: skip


def command_of(family: str, entry: Entry, minutes: float, seed: int) -> list[str]:
    """What follows `python` to train a family for the table."""
    length = [] if entry.own_length else ["--minutes", f"{minutes:g}"]
    options = ["--dataset", entry.dataset, "--preset", entry.preset, *length, "--seed", str(seed)]
    return ["-m", "gan_core", "train", family, *options]


def chosen(metrics: Sequence[Metric], beginnings: Sequence[str]) -> list[Metric]:
    """The first metric whose name begins with each of the beginnings.

    Raises:
        LookupError: No metric begins so.
    """
    found = []
    for beginning in beginnings:
        metric = next((metric for metric in metrics if metric.name.startswith(beginning)), None)
        if metric is None:
            raise LookupError(f"no metric begins with '{beginning}': {[metric.name for metric in metrics]}")
        found.append(metric)
    return found


def figure(metric: Metric) -> str:
    """A metric as a cell tells it: its title, its value and, where known, what real data score."""
    floor = "" if metric.floor is None else f" (real data {metric.floor:.3g})"
    return f"{metric.title} {metric.value:.3g}{floor}"


def row(*cells: str) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def trained(store: RunStore, command: Sequence[str]) -> Run:
    """Runs the command to its end and returns its run."""
    before = {run.id for run in store.runs()}
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=environment)
    (run,) = [run for run in store.runs() if run.id not in before]
    return run


def measured(store: RunStore, run: Run, entry: Entry) -> list[str]:
    """The figures of a run that has ended."""
    model = weights.load(run.id, store)
    return [figure(metric) for metric in chosen(evaluate(model.family, entry.dataset).metrics, entry.figures)]


def draw(run: Run, family: str, folder: Path) -> None:
    """Writes `FAMILY.png` with samples of the run; what neither draws nor translates has none."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{family}.png"
    command = [sys.executable, "-m", "gan_core", "sample", run.id, "--n", "36", "--out", str(out), "--yes"]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def shipped_row(card: Card) -> str:
    """The row of one shipped file: how long it was trained, and whether the bar is reached."""
    verdict = "reached" if card.seconds <= BAR_S else "missed"
    time = f"{int(card.seconds) // 60} min {int(card.seconds) % 60:02d} s"
    step = f"{1000 * card.seconds / card.steps:.0f} ms"
    return row(f"`{card.name}`", f"{card.steps:,}", time, step, card.device, verdict)


def main() -> None:
    """Prints the rows as they come."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=ENTRIES, default=list(ENTRIES))
    parser.add_argument("--minutes", type=float, default=3.0, help="of training, of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheets", type=Path, help="folder for a picture of each")
    parser.add_argument("--shipped", action="store_true", help="the times in the cards of all weights")
    options = parser.parse_args()
    if options.shipped:
        print(row("weights", "steps", "training", "a step", "on", "45 min"))
        print(row(*["---"] * 6))
        for card in read_cards():
            print(shipped_row(card))
        return
    store = RunStore()
    print(row("family", "run", "steps", "figures"))
    print(row(*["---"] * 4))
    for family in options.only:
        entry = ENTRIES[family]
        command = command_of(family, entry, options.minutes, options.seed)
        run = trained(store, command)
        if options.sheets:
            draw(run, family, options.sheets)
        line = f"`{' '.join(command[2:])}`, {run.seconds:.0f} s"
        print(row(family, line, f"{run.step:,}", "; ".join(measured(store, run, entry))), flush=True)


if __name__ == "__main__":
    main()
