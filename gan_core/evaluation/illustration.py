"""Families that draw sentences: do their pictures show what captions never seen in training say?"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core import weights
from gan_core.data import DATASETS, ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import Extractor, in_batches, pixel_extractor, random_subset
from gan_core.evaluation.generating import device_of
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.illustrating import draw, some_captions
from gan_core.images import from_uint8, to_pixels
from gan_core.metrics import Metric, frechet_distance, frechet_name, metric_name
from gan_core.settings import UserError

_PCA_FEATURES = 64


def reader_for(dataset: str) -> weights.LoadedModel | None:
    """The network in weights/ that reads a data set's attributes; None if there is none.

    Raises:
        UserError: Its file is damaged.
    """
    path = weights.WEIGHTS_DIR / f"reader-{dataset}.safetensors"
    return weights.load(path) if dataset in DATASETS and path.is_file() else None


def evaluate_reader(family: Family, dataset: str, test: ImageDataset, progress: Progress) -> Evaluation:
    """Share of the test scenes of which each kind of attribute, and everything, is read right."""
    asked = some_captions(test, len(test), 0)
    read = _read(family, to_pixels(asked.real), progress)
    metrics = [
        Metric(
            name=metric_name(f"{kind}_accuracy", "test", len(test)),
            title=f"Scenes whose {title} is read right", value=_share(right), count=len(test),
            better="higher",
        )
        for kind, title, right in _kinds(family, read, asked.attributes)
    ]  # fmt: skip
    return Evaluation(dataset, "attributes", None, tuple(metrics))


def evaluate_illustration(
    family: Family,
    dataset: str,
    train: ImageDataset,
    test: ImageDataset,
    *,
    n: int,
    seed: int,
    progress: Progress,
) -> Evaluation:
    """Draws one picture for each of n captions of the test split, all if there are fewer.

    The combinations those captions name are never seen in training. Agreement is judged by the reader in
    weights/; its floor is what the reader makes of the real scenes of these captions. The sketches of the
    first stage, enlarged, are measured beside the pictures.
    """
    count = min(n, len(test))
    asked = some_captions(test, count, seed)
    progress("Drawing", 0.0)
    drawn = draw(family, asked.captions, seed)
    enlarged = F.interpolate(drawn.sketch, family.data.shape[1:], mode="bilinear", align_corners=False)
    made, sketches, real = (to_pixels(x) for x in (drawn.picture, enlarged.clamp(-1, 1), asked.real))
    model, metrics = reader_for(dataset), list[Metric]()
    if model is not None:
        metrics += _agreements(model.family, made, sketches, real, asked.attributes, progress)
    order = random_subset(torch.arange(len(train)), count)
    unseen = train.subset(order).images
    eyes = _eyes(model, unseen, count)
    target, floor, fake, rough = (
        in_batches(eyes.features, images, "Reading pictures", progress)
        for images in (real, unseen, made, sketches)
    )
    distance = Metric(
        name=frechet_name(eyes.name, count), title="Fréchet distance", value=frechet_distance(fake, target),
        count=count, floor=frechet_distance(floor, target), better="lower",
    )  # fmt: skip
    of_sketch = Metric(
        name=f"sketch_{distance.name}", title="Fréchet distance of the enlarged sketches",
        value=frechet_distance(rough, target), count=count, floor=distance.floor, better="lower",
    )  # fmt: skip
    return Evaluation(dataset, eyes.name, seed, (*metrics, distance, of_sketch))


def _agreements(
    reader: Family, made: Tensor, sketches: Tensor, real: Tensor, wanted: Tensor, progress: Progress
) -> list[Metric]:
    """For each kind of attribute the share of pictures, and of sketches, that agree with their caption."""
    if wanted.shape[1] != len(reader.data.attributes):
        raise UserError("the reader in weights/ is of another version of the data set; train it again")
    read = [_kinds(reader, _read(reader, x, progress), wanted) for x in (made, sketches, real)]
    extractor, metrics = "reader", list[Metric]()
    for which, title, rights in (("", "Pictures", read[0]), ("sketch_", "Enlarged sketches", read[1])):
        metrics += [
            Metric(
                name=metric_name(f"{which}{kind}_agreement", extractor, len(made)),
                title=f"{title} whose {words} agrees with the caption", value=_share(right), count=len(made),
                floor=_share(on_real), better="higher",
            )
            for (kind, words, right), (*_, on_real) in zip(rights, read[2], strict=True)
        ]  # fmt: skip
    return metrics


def _kinds(reader: Family, read: Tensor, wanted: Tensor) -> list[tuple[str, str, Tensor]]:
    """For each kind of attribute its name, words for it, and where all of that kind is right `(N,)`.

    "digit 1" and "digit 2" are one kind: both must be right.
    """
    columns: dict[str, list[int]] = {}
    for index, (name, _) in enumerate(reader.data.attributes):
        columns.setdefault(name.rstrip(" 12"), []).append(index)
    right = read == wanted
    found = [(kind, kind, right[:, which].all(dim=1)) for kind, which in columns.items()]
    return [*found, ("scene", "whole scene", right.all(dim=1))]


def _read(reader: Family, images: Tensor, progress: Progress) -> Tensor:
    """The value of each attribute of uint8 images `(N, C, H, W)`, `(N, K)` on the CPU."""
    device = device_of(reader)

    def read(x: Tensor) -> Tensor:
        return reader.read_attributes(from_uint8(x.to(device))).cpu()

    return in_batches(read, images, "Reading scenes", progress)


def _eyes(model: weights.LoadedModel | None, unseen: Tensor, count: int) -> Extractor:
    if model is None:
        return pixel_extractor(unseen, min(_PCA_FEATURES, count // 2))
    family = model.family
    return Extractor(model.card.name, lambda x: family.features(from_uint8(x)), key=model.card.sha256)


def _share(right: Tensor) -> float:
    return float(right.double().mean())
