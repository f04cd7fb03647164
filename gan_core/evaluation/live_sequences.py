"""Gauges for sequences while a run trains: whether they are sines, and whether of all kinds."""

from __future__ import annotations

import torch

from gan_core.data import SequenceDataset
from gan_core.evaluation.subject import SEED, Finding, Subject
from gan_core.family import Family
from gan_core.runs.probes import Probe, Reference

SEQUENCES = 500


def clean_sines(subject: Subject) -> Finding:
    """Share of generated sequences that are nearly all one sine."""
    if _law(subject) is None:
        return None
    from gan_core.evaluation.sequences import clean_share
    from gan_core.metrics import nearest_sines

    z, _ = subject.fixed_latents(SEQUENCES)
    return Probe(
        "clean_sines",
        "Clean sine waves",
        f"{{value}} of {SEQUENCES} generated sequences are clean sine waves",
        lambda family: clean_share(nearest_sines(family.generate(z).squeeze(2))),
        worst=Reference(0.0, "none"),
        best=Reference(1.0, "real ones"),
    )


def cycles(subject: Subject) -> Finding:
    """Whether slow and quick waves come as often as in the data."""
    law = _law(subject)
    if law is None:
        return None
    from gan_core.evaluation.sequences import cycles_divergence
    from gan_core.metrics import nearest_sines
    from gan_core.metrics.divergence import LN2

    z, _ = subject.fixed_latents(SEQUENCES)
    real = law.sample(SEQUENCES, torch.Generator().manual_seed(SEED)).squeeze(2)
    return Probe(
        "js_cycles",
        "Divergence of the cycles",
        f"{{value}} nats of Jensen-Shannon divergence between the cycles of {SEQUENCES} waves and the data's",
        lambda family: cycles_divergence(nearest_sines(family.generate(z).squeeze(2)), law),
        worst=Reference(LN2, "nothing in common"),
        best=Reference(cycles_divergence(nearest_sines(real), law), "real ones"),
        is_share=False,
    )


def discrepancy(subject: Subject) -> Finding:
    """Squared maximum mean discrepancy from real sequences."""
    law = _law(subject)
    if law is None:
        return None
    from gan_core.metrics import squared_mmd
    from gan_core.metrics.discrepancy import usual_bandwidths

    z, _ = subject.fixed_latents(SEQUENCES)
    rng = torch.Generator().manual_seed(SEED)
    real, fresh = (law.sample(SEQUENCES, rng).flatten(1) for _ in range(2))
    bandwidths = usual_bandwidths(real)

    def compute(family: Family) -> float:
        return squared_mmd(family.generate(z).flatten(1).cpu(), real, bandwidths)

    return Probe(
        "squared_mmd",
        "Discrepancy from real sequences",
        f"{{value}}: squared maximum mean discrepancy between {SEQUENCES} generated and real sequences",
        compute,
        best=Reference(squared_mmd(fresh, real, bandwidths), "real ones"),
        is_share=False,
    )


def _law(subject: Subject) -> SequenceDataset | None:
    data = subject.data
    return data if isinstance(data, SequenceDataset) and subject.family.latent is not None else None
