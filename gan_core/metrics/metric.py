"""One measured number with what makes it comparable: its name, its sample count and what real data score."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from gan_core.settings import Settings


class Metric(Settings):
    """One measured number.

    Attributes:
        name: Metric, extractor and sample count: "frechet_classifier-mnist_10k".
        title: The name in words.
        value: The number.
        count: Generated examples it was measured on.
        floor: What as many real examples score, so what a perfect generator would; None: not measured.
        better: Which way is better.
    """

    model_config = ConfigDict(
        ser_json_inf_nan="strings"
    )  # a divergence may be infinite; JSON has no number for it

    name: str
    title: str
    value: float
    count: int
    floor: float | None = None
    better: Literal["lower", "higher"]

    @property
    def ratio(self) -> float | None:
        """How many times the floor the value is; None without a floor above 0."""
        return self.value / self.floor if self.floor is not None and self.floor > 0 else None


def metric_name(metric: str, extractor: str, n: int) -> str:
    """The name that tells two metrics apart: "frechet_classifier-mnist_10k"."""
    return f"{metric}_{extractor}_{count_text(n)}"


def count_text(n: int) -> str:
    """A sample count as names carry it: "10k" for 10,000, "359" for 359."""
    return f"{n // 1000}k" if n >= 1000 and n % 1000 == 0 else str(n)
