"""What an evaluation found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gan_core.metrics import Metric


@dataclass(frozen=True)
class ClassShare:
    """How often one class is generated.

    Attributes:
        name: Name of the class.
        count: Generated examples the classifier takes for it.
        relative: Its share of the generated examples divided by its share of the data; 1 is right.
    """

    name: str
    count: int
    relative: float


@dataclass(frozen=True)
class Evaluation(Mapping[str, float]):
    """Measured numbers; as a mapping, each metric's value by its name.

    A metric with a floor also gives "<name>_floor", and "<name>_ratio" if lower is better.

    Attributes:
        dataset: Data the examples were compared with.
        extractor: What turned images into features; "points" or "sequences" for those, "labels" for a
            classifier.
        seed: Seed of the generated examples; None: nothing was generated.
        metrics: The numbers with all that belongs to them.
        class_shares: The generated mix of classes; empty if nothing can tell the classes.
    """

    dataset: str
    extractor: str
    seed: int | None
    metrics: tuple[Metric, ...]
    class_shares: tuple[ClassShare, ...] = ()
    _values: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values: dict[str, float] = {}
        for metric in self.metrics:
            values[metric.name] = metric.value
            if metric.floor is not None:
                values[f"{metric.name}_floor"] = metric.floor
            if metric.ratio is not None and metric.better == "lower":
                values[f"{metric.name}_ratio"] = metric.ratio
        object.__setattr__(self, "_values", values)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
