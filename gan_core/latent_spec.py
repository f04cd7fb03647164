"""A family's latent input: its shape and law, the codes in it, and what is read back about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Codes(NamedTuple):
    """The parts of latent vectors; see `LatentSpec`."""

    noise: Tensor  # (N, z_dim less the codes)
    c_cat: Tensor  # (N, categorical codes) int64: the value of each
    c_cont: Tensor  # (N, continuous codes) float32 in [-1, 1]


class CodeReading(NamedTuple):
    """What a family reads out of examples about the codes they were made from."""

    q_logits: Tensor  # (N, sum of cat_sizes) float32, before the softmax of each categorical code
    q_mean: Tensor  # (N, continuous codes) float32


@dataclass(frozen=True)
class LatentSpec:
    """Shape and law of a family's latent input, so that a page can build its controls.

    z holds the noise, then each categorical code as a one-hot vector, then the continuous codes.

    Attributes:
        z_dim: Numbers in z, codes included.
        distribution: Law of the noise: standard normal, or uniform on [-1, 1].
        cat_sizes: Number of values of each categorical code, all equally likely; empty: there are none.
        cont_codes: Number of continuous codes, uniform on [-1, 1].
    """

    z_dim: int
    distribution: Literal["normal", "uniform"] = "normal"
    cat_sizes: tuple[int, ...] = ()
    cont_codes: int = 0

    @property
    def has_codes(self) -> bool:
        """Whether a part of z is a code."""
        return bool(self.cat_sizes) or self.cont_codes > 0

    @property
    def noise_dim(self) -> int:
        """Numbers in z that are plain noise: the first ones."""
        return self.z_dim - sum(self.cat_sizes) - self.cont_codes

    @property
    def cat_slices(self) -> tuple[slice, ...]:
        """Where in z each categorical code lies."""
        ends = [self.noise_dim + sum(self.cat_sizes[: i + 1]) for i in range(len(self.cat_sizes))]
        return tuple(slice(end - size, end) for end, size in zip(ends, self.cat_sizes, strict=True))

    @property
    def cont_slice(self) -> slice:
        """Where in z the continuous codes lie."""
        return slice(self.z_dim - self.cont_codes, self.z_dim)

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws z `(n, z_dim)`: noise and codes, each by its law."""
        device = rng.device
        if self.distribution == "normal":
            noise = torch.randn(n, self.noise_dim, generator=rng, device=device)
        else:
            noise = torch.rand(n, self.noise_dim, generator=rng, device=device) * 2 - 1
        if not self.has_codes:
            return noise
        values = [torch.randint(size, (n,), generator=rng, device=device) for size in self.cat_sizes]
        c_cat = torch.stack(values, dim=1) if values else noise.new_zeros((n, 0), dtype=torch.int64)
        return self.join(noise, c_cat, torch.rand(n, self.cont_codes, generator=rng, device=device) * 2 - 1)

    def join(self, noise: Tensor, c_cat: Tensor, c_cont: Tensor) -> Tensor:
        """Puts noise and codes together to z `(n, z_dim)`, the reverse of `split`.

        Args:
            noise: `(n, noise_dim)`.
            c_cat: Values of the categorical codes `(n, len(cat_sizes))` int64.
            c_cont: Values of the continuous codes `(n, cont_codes)`.
        """
        one_hot = [F.one_hot(c, size).to(noise) for c, size in zip(c_cat.T, self.cat_sizes, strict=True)]
        return torch.cat([noise, *one_hot, c_cont.to(noise)], dim=1)

    def split(self, z: Tensor) -> Codes:
        """Noise and codes of z `(n, z_dim)`; of a blend of categorical codes, the largest part."""
        values = [z[:, where].argmax(dim=1) for where in self.cat_slices]
        c_cat = torch.stack(values, dim=1) if values else z.new_zeros((len(z), 0), dtype=torch.int64)
        return Codes(z[:, : self.noise_dim], c_cat, z[:, self.cont_slice])
