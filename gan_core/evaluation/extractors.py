"""What turns images into features for the metrics: our own classifier where there is one, else pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core import weights
from gan_core.data import writable_data_dir
from gan_core.data.progress import Progress
from gan_core.evaluation.judges import judge_for
from gan_core.images import fit_to, from_uint8
from gan_core.runs import checkpoints
from gan_core.settings import UserError

PCA_FEATURES = 64
_PCA_IMAGES = 10_000  # images the components are fitted to, at most
_BATCH = 500


@dataclass(frozen=True)
class Extractor:
    """Turns images into features.

    Attributes:
        name: What metrics carry in their names: "classifier-mnist", "pixels-pca64".
        features: Features `(N, d)` float32 of uint8 images `(N, C, H, W)`.
        classify: Class numbers `(N,)` of uint8 images; None: it does not know the classes.
        key: Tells extractors apart that may have the same name; None: features are too cheap to cache.
        probabilities: Probability of every class `(N, k)` of uint8 images; None like `classify`.
    """

    name: str
    features: Callable[[Tensor], Tensor]
    classify: Callable[[Tensor], Tensor] | None = None
    key: str | None = None
    probabilities: Callable[[Tensor], Tensor] | None = None


def extractor_for(dataset: str, train: Tensor, smallest: int) -> Extractor:
    """The classifier trained on the data set if weights/ has it, else the pixels' principal components.

    Args:
        dataset: Name of the data set.
        train: Training images `(N, C, H, W)` uint8.
        smallest: Images in the smallest set that will be compared; a distance needs fewer features than that.

    Raises:
        UserError: The classifier's file is damaged.
    """
    judge = judge_for(dataset)
    if judge is not None:
        return classifier_extractor(judge)
    return pixel_extractor(train, min(PCA_FEATURES, smallest // 2))


def classifier_extractor(model: weights.LoadedModel) -> Extractor:
    """The penultimate features and the verdict of a trained classifier; images of other sizes are resized."""
    family, shape = model.family, model.card.data.shape

    def features(images: Tensor) -> Tensor:
        return family.features(fit_to(from_uint8(images), shape))

    def probabilities(images: Tensor) -> Tensor:
        return family.class_logits(fit_to(from_uint8(images), shape)).softmax(dim=1)

    def classify(images: Tensor) -> Tensor:
        return probabilities(images).argmax(dim=1)

    return Extractor(model.card.name, features, classify, model.card.sha256, probabilities)


def pixel_extractor(train: Tensor, components: int) -> Extractor:
    """Projection on the principal components of the training images: blind to classes, always at hand.

    Args:
        train: Training images `(N, C, H, W)` uint8.
        components: Components to keep.

    Raises:
        UserError: There are too few images for a single component.
    """
    from sklearn.decomposition import PCA  # slow to import, and needed only without a classifier

    if components < 1 or len(train) < 2:
        raise UserError("the data set has too few images to compare with; add images")
    rows = from_uint8(train[_random_order(len(train))[:_PCA_IMAGES]]).flatten(1)
    components = min(components, *rows.shape)
    projection = PCA(components, random_state=0).fit(rows.numpy())
    mean = torch.from_numpy(projection.mean_).float()
    axes = torch.from_numpy(projection.components_).float()

    def features(images: Tensor) -> Tensor:
        return (from_uint8(images).flatten(1) - mean) @ axes.T

    return Extractor(f"pixels-pca{components}", features)


def in_batches(function: Callable[[Tensor], Tensor], images: Tensor, text: str, progress: Progress) -> Tensor:
    """`function` of uint8 images `(N, C, H, W)`, some hundred at a time, without gradients."""
    results = []
    with torch.no_grad():
        for start in range(0, len(images), _BATCH):
            progress(text, start / len(images))
            results.append(function(images[start : start + _BATCH]))
    return torch.cat(results)


def cached_features(extractor: Extractor, images: Tensor, progress: Progress) -> Tensor:
    """Features of real images, which are kept on disk under the data folder.

    They are found again by the extractor's key and by the pixels themselves. A damaged file is made anew; a
    folder that cannot be written is done without.
    """
    text = "Reading the real images"
    if extractor.key is None:
        return in_batches(extractor.features, images, text, progress)
    path = writable_data_dir() / ".cache" / f"features-{_fingerprint(extractor.key, images)}.safetensors"
    try:
        features: Tensor = checkpoints.load(path)["features"]
    except (FileNotFoundError, checkpoints.DamagedFileError, KeyError):
        features = in_batches(extractor.features, images, text, progress)
        try:
            checkpoints.save(path, {"features": features})
        except OSError as error:
            progress(f"The features could not be cached ({error.strerror}); continuing without", 1.0)
    return features


def random_subset(images: Tensor, n: int) -> Tensor:
    """Some n of the images, always the same: the first ones of a file need not be typical."""
    return images[_random_order(len(images))[:n]]


def _random_order(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(0))


def _fingerprint(key: str, images: Tensor) -> str:
    digest = hashlib.sha256(f"{key} {tuple(images.shape)} ".encode())
    digest.update(images.contiguous().numpy().data)
    return digest.hexdigest()[:32]
