"""Twin runs: the same first weights, the same batches, one thing different."""

from __future__ import annotations

from gan_core.settings import RunConfig


def twin(first: RunConfig, second: RunConfig) -> RunConfig:
    """The second run, made to start as the first one does.

    Two runs of one seed and batch size draw the same real examples in the same order, from a generator of
    their own. The twin also takes over the first one's initial weights, layer by layer, wherever a layer has
    the same shape in both: with another D, other random numbers would be left for all that is drawn after it.

    Args:
        first: Resolved.
        second: Resolved, of the same family and seed; usually the first one with a setting changed.
    """
    return second.model_copy(update={"start_like": first.start_like or first.settings})
