"""Twin runs: the same first weights, the same batches, one thing different."""

from __future__ import annotations

from gan_core.kitchen.dials import Changes, changed
from gan_core.settings import RunConfig


def twin(first: RunConfig, changes: Changes) -> RunConfig:
    """A run that starts as `first` does and differs from it in `changes` alone.

    Both draw the same real examples in the same order, from a generator of their own. The twin also takes
    over the first one's initial weights, layer by layer, wherever a layer has the same shape in both: another
    D would otherwise be drawn from other random numbers.

    Args:
        first: Resolved.
        changes: Settings of the family or of the training, by name.

    Raises:
        UserError: A setting is unknown or out of bounds, or does not go with the others.
    """
    return changed(first, changes).model_copy(update={"start_like": first.start_like or first.settings})
