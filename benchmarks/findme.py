"""How well and how soon "Find me" finds a latent for a drawing: digits of the test split are the drawings."""

import statistics
import time

import torch
from torch import Tensor

from benchmarks.figures import Bar, say, tell, tell_each
from benchmarks.options import Options
from gan_core import weights
from gan_core.data import ImageDataset, load_dataset
from gan_core.evaluation.judges import judge_for
from gan_core.images import fit_to, from_uint8
from gan_core.latent.paths import drawer, latent_from_seed
from gan_core.latent.pictures import as_sample
from gan_core.latent.search import find

DRAWINGS, SEED = 100, 0
SHEET = (1, 448, 448)  # of the page, in pixels
SAMPLES = 16  # of the generator, that say what a picture of it looks like
AGREE, SECONDS = Bar("at least", 0.9), Bar("at most", 4.0)


def measure(options: Options) -> None:
    """Prints how often the classifier names what was found as the drawing, and how long a search takes."""
    torch.set_num_threads(1)  # as the web process does
    loaded, judge = weights.load(f"dcgan-{options.dataset}"), judge_for(options.dataset)
    assert judge is not None, f"weights/ has no classifier of {options.dataset}"
    family, knows = loaded.family, judge.family
    samples = drawer(family)(latent_from_seed(family, SEED, SAMPLES))

    def named(x: Tensor) -> int:
        with torch.no_grad():
            return int(knows.class_logits(fit_to(x[None], knows.data.shape)).argmax())

    same_class, right, errors, waits, used = 0, 0, [], [], []
    drawings = _drawings(options.dataset, family.data.shape[-1])
    for picture, label in drawings:
        start, before = time.perf_counter(), time.process_time()
        target = as_sample(fit_to(picture[None], SHEET)[0], samples, centre=True)
        found = find(family, target, judge=knows)
        waits.append(time.perf_counter() - start)
        used.append(time.process_time() - before)
        same_class += named(found.image) == named(target)
        right += named(found.image) == label
        errors.append(found.error)
    say(f"dcgan-{options.dataset}, {len(drawings)} digits of the test split, {SHEET[-1]} pixels wide")
    tell("reconstruction named as the drawing is", same_class / len(drawings), "of the drawings", AGREE)
    tell("reconstruction named as the digit is labelled", right / len(drawings), "of the drawings", AGREE)
    tell_each("seconds from the drawing to its latent", waits, "s", SECONDS)
    tell_each("  of it processor time, which other programs do not stretch much", used, "s")
    say(f"difference to the drawing: median {statistics.median(errors):.3f} of the range of brightness")


def _drawings(dataset: str, size: int) -> list[tuple[Tensor, int]]:
    """Test images `(C, H, W)` in [-1, 1] with their classes: as many of each, always the same ones."""
    test = load_dataset(dataset, image_size=size, split="test")
    assert isinstance(test, ImageDataset)
    assert test.labels is not None
    order = torch.randperm(len(test), generator=torch.Generator().manual_seed(SEED))
    share = DRAWINGS // len(test.class_names)
    chosen = [
        i for c in range(len(test.class_names)) for i in order[test.labels[order] == c][:share].tolist()
    ]
    return [(from_uint8(test.images[i]), int(test.labels[i])) for i in chosen]
