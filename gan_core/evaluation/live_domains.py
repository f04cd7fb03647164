"""Whether what an image shows survives the way to the other domain, while a run trains."""

from __future__ import annotations

import torch

from gan_core.evaluation.subject import GENERATED, SEED, Finding, Subject, some_order
from gan_core.family import Family
from gan_core.images import fit_to, from_uint8
from gan_core.runs.probes import Probe, Reference
from gan_core.translating import noise

_WHAT = "Whether a class survives the translation is not measured"


def survival(subject: Subject) -> Finding:
    """Share of unseen images of the first domain that still show their class in the second one."""
    if not subject.family.can_translate_back or subject.family.data.kind != "images":
        return None
    model = subject.judge
    if model is None:
        return f"{_WHAT}: no classifier that knows {subject.title} comes with the lab."
    other = None if subject.unseen is None else subject.unseen.other
    if other is None or other.labels is None:
        return f"{_WHAT}: labelled test images are not on this machine."
    n = min(subject.images(GENERATED), len(other))
    chosen = some_order(len(other))[:n]
    a, y = from_uint8(other.images[chosen]).to(subject.device), other.labels[chosen].to(subject.device)
    z = noise(subject.family, n, torch.Generator().manual_seed(SEED))
    z = None if z is None else z.to(subject.device)
    judge, shape = model.family, model.family.data.shape

    def compute(family: Family) -> float:
        logits = judge.class_logits(fit_to(family.translate(a, z), shape))
        return float((logits.argmax(1) == y).double().mean())

    return Probe(
        "survival",
        "Class survives A → B",
        f"{{value}} of {n} unseen images show the same class after A → B",
        compute,
        worst=Reference(1 / len(other.class_names), "guessing"),
        best=Reference(1.0, "every image"),
    )
