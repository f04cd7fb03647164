"""Directions in latent space that change pictures most: found without labels, named by what they change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from gan_core.family import Family
from gan_core.latent.paths import Draw, drawer
from gan_core.latent.traits import TRAITS, class_shares, measure

Method = Literal["ganspace", "sefa"]

REACH = 2.0  # standard deviations to either side at which a direction is judged
_SAMPLES = 2048  # latents whose first features are analysed
_JUDGED = 64  # pictures each candidate is tried on
_SAME = 0.9  # absolute cosine from which two directions are one
_CLEAR = 0.25  # change, relative to that between two random samples, from which a trait names a direction
_WORDS = {
    "brightness": ("darker", "brighter"),
    "thickness": ("thinner", "thicker"),
    "slant": ("leans left", "leans right"),
    "width": ("narrower", "wider"),
}


@dataclass(frozen=True)
class Direction:
    """One direction, with what it was seen to do.

    Attributes:
        step: One standard deviation of z's law along it `(z_dim,)`.
        method: How it was found.
        influence: Root mean square change of a picture, 0 to 1, between -2 and +2 standard deviations.
        label: What it changes most, towards the positive side, in a few words.
        also: What it changes second.
    """

    step: Tensor
    method: Method
    influence: float
    label: str
    also: str = ""


@dataclass(frozen=True)
class FirstLayer:
    """What a generator's first weighted layer makes of z.

    Attributes:
        weight: Columns belong to the numbers of z, `(features, z_dim)`.
        features: What the second weighted layer is given, one row per latent, `(N, d)`.
    """

    weight: Tensor
    features: Tensor


def find_directions(
    family: Family, k: int = 8, *, judge: Family | None = None, y: int = 0
) -> list[Direction]:
    """The k directions that change pictures most, of the candidates of both methods.

    Args:
        family: Samples images.
        k: Directions wanted; there are never more than z has numbers.
        judge: A classifier of such images, which can tell that a direction changes the class.
        y: Class to draw, where the family takes one.

    Returns:
        Sorted by influence, largest first; the same every time.

    Raises:
        UserError: The family does not sample.
    """
    draw = drawer(family, y)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        z = family.sample_z(_SAMPLES, rng)
        first = read_first_layer(family, z, y)
        components = ganspace(z, first.features, k)
        candidates: list[tuple[Method, Tensor]] = [("ganspace", row) for row in components]
        candidates += [("sefa", row) for row in sefa(first.weight, k)]
        base, sigma = z[:_JUDGED], float(z.std())
        population = draw(z[_JUDGED : 3 * _JUDGED])
        found = [
            _judged(draw, base, row * sigma, method, judge, population)
            for method, row in _distinct(candidates)
        ]
    return _told_apart(sorted(found, key=lambda direction: -direction.influence)[:k])


def read_first_layer(family: Family, z: Tensor, y: int = 0) -> FirstLayer:
    """First weights and first features of whatever networks the family samples with.

    Args:
        family: Samples images.
        z: Latents `(N, z_dim)` to read the features of.
        y: Class to draw, where the family takes one.

    Raises:
        UserError: The family does not sample.
    """
    layers: list[nn.Module] = []
    inputs: list[Tensor] = []
    caller = threading.get_ident()

    def note(layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        if threading.get_ident() != caller:
            return  # the networks are shared: somebody else draws with them at the same time
        if len(layers) < 2 and arguments and arguments[0].is_floating_point():
            layers.append(layer)
            inputs.append(arguments[0].detach().clone())  # a later layer may work in place

    hooks = [layer.register_forward_pre_hook(note) for layer in _weighted_layers(family)]
    try:
        with torch.no_grad():
            drawer(family, y)(z)
    finally:
        for hook in hooks:
            hook.remove()
    if not layers or inputs[0].flatten(1).shape[1] < z.shape[1]:
        return FirstLayer(z.new_zeros(0, z.shape[1]), z)
    features = inputs[1] if len(inputs) > 1 else z
    weight = _columns(layers[0])[:, : z.shape[1]]
    if weight.shape[1] < z.shape[1]:  # it takes a part of z at a time, or what a memory made of it
        return FirstLayer(z.new_zeros(0, z.shape[1]), inputs[0].flatten(1).float())
    return FirstLayer(weight, features.flatten(1).float())


def _weighted_layers(family: Family) -> list[nn.Module]:
    """Layers of the sampling networks that multiply by a matrix; norms and embeddings do not."""
    networks = family.modules()
    return [
        layer
        for name in family.sampling_modules
        for layer in networks[name].modules()
        if _matrix(layer) is not None and not isinstance(layer, nn.Embedding)
    ]


def _matrix(layer: nn.Module) -> Tensor | None:
    """A layer's own weight if it is a matrix or a kernel, parametrised or not."""
    weight = getattr(layer, "weight", None)
    return weight if isinstance(weight, Tensor) and weight.ndim >= 2 else None


def _columns(layer: nn.Module) -> Tensor:
    """The weight of such a layer with one column per input `(outputs, inputs)`."""
    weight = _matrix(layer)
    assert weight is not None
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        weight = weight.transpose(0, 1)
    return weight.detach().float().movedim(1, -1).flatten(0, -2)


def ganspace(z: Tensor, features: Tensor, k: int) -> Tensor:
    """Directions of z that go with the principal components of first features.

    Args:
        z: Latents `(N, z_dim)`.
        features: First features of each `(N, d)`.
        k: Components.

    Returns:
        Unit vectors `(k', z_dim)`, k' at most k: fewer where there are fewer components.

    Source: Härkönen et al. 2020 (arXiv:2004.02546), section 3.2: z is regressed on the components.
    """
    centred = features - features.mean(0)
    q = min(k + 4, *centred.shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # pca_lowrank draws from the global generator
        u, s, _ = torch.pca_lowrank(centred, q=q, center=False, niter=4)
    kept = u[:, :k][:, s[:k] > 1e-4 * s[0].clamp_min(1e-12)]
    return _unit_rows(kept.T @ (z - z.mean(0)))  # u is orthonormal: the regression is this product


def sefa(weight: Tensor, k: int) -> Tensor:
    """Directions of z that the first weights stretch most.

    Args:
        weight: `(features, z_dim)`.
        k: Directions.

    Returns:
        Unit vectors `(k', z_dim)`, k' at most k.

    Source: Shen and Zhou 2021 (arXiv:2007.06600), equation 8: the leading eigenvectors of the
    weights' Gram matrix.
    """
    if not len(weight):
        return weight
    return _unit_rows(torch.linalg.svd(weight, full_matrices=False).Vh[:k])


def _unit_rows(rows: Tensor) -> Tensor:
    """Rows of length 1 whose largest value is positive, so that a sign never depends on the solver."""
    largest = rows.gather(1, rows.abs().argmax(1, keepdim=True))
    unit: Tensor = rows * torch.sign(largest) / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return unit


def _distinct(candidates: Sequence[tuple[Method, Tensor]]) -> list[tuple[Method, Tensor]]:
    """The candidates without those that repeat an earlier one."""
    kept: list[tuple[Method, Tensor]] = []
    for method, row in candidates:
        if all(abs(float(row @ other)) < _SAME for _, other in kept):
            kept.append((method, row))
    return kept


def _judged(
    draw: Draw, base: Tensor, step: Tensor, method: Method, judge: Family | None, population: Tensor
) -> Direction:
    """A direction with its measured influence, named, and turned so that its name fits the positive side."""
    low, high = draw(base - REACH * step), draw(base + REACH * step)
    influence = float((high - low).square().mean((1, 2, 3)).sqrt().mean()) / 2
    changes = _changes(low, high, population, judge)
    turned = changes[0].turned
    label, also = (change.backward if turned else change.forward for change in changes[:2])
    return Direction(-step if turned else step, method, influence, label, also)


@dataclass(frozen=True)
class _Change:
    """One kind of change between two ends: how large, in words either way, and whether to turn it round."""

    size: float
    forward: str
    backward: str
    turned: bool = False


def _changes(low: Tensor, high: Tensor, population: Tensor, judge: Family | None) -> list[_Change]:
    """What differs between two ends, most of all first; at least two.

    Every change is counted in what two random samples differ by, so that kinds of change can be compared.
    What is less than clear is "shape".
    """
    spread = measure(population).std(0).clamp_min(1e-6) * 2**0.5
    sizes = ((measure(high) - measure(low)).mean(0) / spread).tolist()
    found = [_Change(_CLEAR, "shape", "shape")] * 2
    for trait, size in zip(TRAITS, sizes, strict=True):
        less, more = _WORDS[trait]
        forward, backward = (more, less) if size > 0 else (less, more)
        found.append(_Change(abs(size), forward, backward, turned=size < 0))
    if judge is not None:
        found.append(_class_change(low, high, population, judge))
    return sorted(found, key=lambda change: -change.size)


def _class_change(low: Tensor, high: Tensor, population: Tensor, judge: Family) -> _Change:
    """How often the class changes, against two random samples, and the most frequent change in words."""
    before, after = class_shares(judge, low).argmax(1), class_shares(judge, high).argmax(1)
    others = class_shares(judge, population).argmax(1)
    usual = float((others != others.roll(1)).float().mean())
    size = float((before != after).float().mean()) / max(usual, 1e-6)
    n = judge.data.num_classes
    gained = torch.bincount(after, minlength=n) - torch.bincount(before, minlength=n)
    more, less = int(gained.argmax()), int(gained.argmin())
    if more == less:
        return _Change(size, "class", "class")
    return _Change(size, f"class {less} → {more}", f"class {more} → {less}")


def _told_apart(directions: list[Direction]) -> list[Direction]:
    """Directions whose first words are taken get their second ones as well."""
    taken: set[str] = set()
    named = []
    for direction in directions:
        label = f"{direction.label}, {direction.also}" if direction.label in taken else direction.label
        taken.add(direction.label)
        named.append(replace(direction, label=label))
    return named
