"""The contract of every GAN family: the phases that train it, and capabilities to ask for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Drawn, Guide, Illustration, Returned, Translation
from gan_core.latent_spec import CodeReading, LatentSpec
from gan_core.phases import DataSpec, Phase
from gan_core.pyramid import Level, PyramidSpec
from gan_core.settings import UserError

# What D's scores approach against a fixed generator: "probability": p / (p + q); "odds": the same but for a
# constant in the log-odds, which relativistic pairing leaves free; "ranking": larger is more real, no more.
ScoreMeaning = Literal["probability", "odds", "ranking"]


class Family(ABC):
    """A GAN family: networks built from settings and data shape, and the phases that train them.

    A page or a command asks for capabilities (`latent`, `num_classes`, `can_score`, ...), never for names.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    paper: ClassVar[str]
    guide: ClassVar[Guide]
    Settings: ClassVar[type[base.Settings]]
    presets: ClassVar[
        Mapping[str, Mapping[str, Any]]
    ]  # preset -> changed settings, of the family or of training
    data_kinds: ClassVar[tuple[str, ...]]
    default_dataset: ClassVar[str]

    latent: LatentSpec | None = None  # None: generate() does not work, the family cannot sample by itself
    can_translate: ClassVar[bool] = False  # translate() works; `translation` says from what
    can_translate_back: ClassVar[bool] = False  # translate_back() works, and condition_of() does not
    needs_other: ClassVar[bool] = False  # learns two domains: batches need `other`, the data `other_shape`
    can_enlarge: ClassVar[bool] = False  # it translates small pictures of any size, `translation.scale` times
    translation: Translation | None = None
    can_illustrate: ClassVar[bool] = False  # illustrate() works; `illustration` says from which words
    illustration: Illustration | None = None
    has_warm_up: bool = False  # translate_after_warm_up() works
    wants_reader: bool = False  # its phases need `reader`
    reader: Family | None = None  # a frozen classifier of the data set, from whoever builds a trainer
    num_classes: int = 0  # classes generate() must be told and D is told; 0: they take no y
    # discriminator_scores() works or, where the family translates or illustrates, pair_ or caption_scores()
    can_score: bool = False
    can_describe: bool = False  # discriminator_features() works
    can_classify: bool = False  # class_logits(), features() and feature_maps() work
    can_read_attributes: bool = False  # read_attributes() and features() work; `data` says which there are
    can_read_codes: bool = False  # read_codes() works; `latent` says which codes there are
    has_memory: ClassVar[bool] = False  # memory_of() and step_scores() work: it makes examples step by step
    can_encode: ClassVar[bool] = False  # encode() works: examples become latents that generate() turns back
    pyramid: PyramidSpec | None = None  # build_up() and level_scores() work: it draws from coarse to fine
    sampling_modules: tuple[
        str, ...
    ] = ()  # names in modules() that sampling uses and that are averaged (EMA)

    def __init__(self, settings: base.Settings, data: DataSpec) -> None:
        """Builds the networks from torch's global generator (the trainer seeds it).

        Raises:
            UserError: The family cannot work on data of this kind, size or number of channels.
        """
        if data.kind not in self.data_kinds:
            kinds = " or ".join(self.data_kinds)
            raise UserError(
                f"family '{self.name}' learns {kinds}, but the data set holds {data.kind}; "
                f"choose one such as {self.default_dataset}"
            )
        if self.needs_other and data.other_shape is None:
            raise UserError(
                f"family '{self.name}' learns to translate between two domains, but the data set has only "
                "one; choose one with two, such as digits-scenes or modes"
            )
        self.settings: base.Settings = settings
        self.data = data

    @property
    def score_meaning(self) -> ScoreMeaning:
        """What discriminator_scores() approach in the best case; see `ScoreMeaning`."""
        return "ranking"

    @classmethod
    def kinds(cls, settings: base.Settings, data: DataSpec) -> int:
        """Kinds of example that networks of these settings can be asked for; 0: none. Builds no networks."""
        return 0

    @abstractmethod
    def modules(self) -> dict[str, nn.Module]:
        """The networks by name, in a stable order; together they hold every parameter."""

    @abstractmethod
    def phases(self) -> Sequence[Phase]:
        """The phases of one training step, in order, for the current settings."""

    def formulas(self) -> dict[str, str]:
        """LaTeX of each loss in the present settings, by "phase/loss" or "role/loss"."""
        return {}

    def sample_z(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws n latent vectors `(n, z_dim)`, for whatever makes examples, on the device of `rng`."""
        law = self.latent if self.translation is None else self.translation.noise
        if self.illustration is not None:
            law = self.illustration.noise
        if law is None:
            without = " without a condition image" if self.can_translate else ""
            raise UserError(f"family '{self.name}' does not generate samples{without}")
        return law.sample(n, rng)

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Turns z `(N, z_dim)` into examples `(N, *data.shape)` float32; images lie in [-1, 1].

        Args:
            z: Latent vectors.
            y: Where the family has classes, those to make `(N,)` int64; or, for examples between classes,
                the share of each `(N, num_classes)` float32, which sum to 1: all of one class is that class.
        """
        raise UserError(f"family '{self.name}' does not generate samples")

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """D's output for examples `(N, *data.shape)`, `(N,)` in [0, 1]: sigmoid of the raw output.

        For losses whose raw output is no log-odds (least squares, Wasserstein) it is a monotone squashing.
        Where the family has classes, y `(N,)` int64 says which class each example is meant to be.
        """
        raise UserError(f"family '{self.name}' has no discriminator")

    def discriminator_field(self, points: Tensor) -> Tensor:
        """D's output for each of many points of the plane `(N, 2)`, `(N,)` in [0, 1]: what a map shows.

        The same as `discriminator_scores`, but for a D that judges several examples at a time.
        """
        return self.discriminator_scores(points)

    def discriminator_features(self, x: Tensor) -> Tensor:
        """D's last features `(N, d)` float32 of examples `(N, *data.shape)`: what it judges them by."""
        raise UserError(f"family '{self.name}' has no features of a discriminator to show")

    def class_logits(self, x: Tensor) -> Tensor:
        """Class scores `(N, num_classes)` before the softmax."""
        raise UserError(f"family '{self.name}' does not classify")

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features `(N, d)` float32."""
        raise UserError(f"family '{self.name}' does not classify")

    def feature_maps(self, x: Tensor) -> Tensor:
        """The last features that still know where in the image they are, `(N, d)` float32."""
        raise UserError(f"family '{self.name}' does not classify")

    def read_codes(self, x: Tensor) -> CodeReading:
        """What codes examples `(N, *data.shape)` seem to be made from, `(q_logits, q_mean)`."""
        raise UserError(f"family '{self.name}' reads no codes")

    def read_attributes(self, x: Tensor) -> Tensor:
        """The value of each attribute of `data` that examples `(N, *data.shape)` seem to have, `(N, K)`."""
        raise UserError(f"family '{self.name}' reads no attributes")

    def encode(self, x: Tensor) -> Tensor:
        """The latents `(N, z_dim)` float32 from which `generate` rebuilds examples `(N, *data.shape)`.

        Where the family gives each example a whole distribution of latents, its mean.
        """
        raise UserError(f"family '{self.name}' has no encoder")

    def condition_of(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Condition images `(N, *translation.shape)` in [-1, 1] of real examples `(N, *data.shape)`.

        Args:
            x: Examples.
            rng: Source of what is random in them, e.g. which part is missing; on the device of x.
        """
        raise UserError(f"family '{self.name}' does not translate images")

    def translate(self, x_condition: Tensor, z: Tensor | None = None) -> Tensor:
        """Turns condition images into examples `(N, *data.shape)` float32 in [-1, 1].

        Args:
            x_condition: `(N, *translation.shape)` in [-1, 1].
            z: Latent vectors `(N, z_dim)`, where the family takes noise.
        """
        raise UserError(f"family '{self.name}' does not translate images")

    def translate_back(self, x: Tensor) -> Returned:
        """Turns examples `(N, *data.shape)` into conditions, and into the z that `translate` would need."""
        raise UserError(f"family '{self.name}' does not translate back")

    def translate_after_warm_up(self, x_condition: Tensor) -> Tensor:
        """What `translate` made at the end of the warm-up, before a discriminator had a say."""
        raise UserError(f"family '{self.name}' has no warm-up")

    def pair_scores(self, x_condition: Tensor, x: Tensor) -> Tensor:
        """D's output for examples x `(N, *data.shape)` as translations of `x_condition`, `(N,)` in [0, 1]."""
        raise UserError(f"family '{self.name}' does not translate images")

    def illustrate(self, captions: Tensor, z: Tensor) -> Drawn:
        """Draws what sentences say.

        Args:
            captions: Token ids `(N, illustration.text.length)` int64.
            z: Latent vectors `(N, z_dim)`.
        """
        raise UserError(f"family '{self.name}' reads no sentences")

    def caption_scores(self, captions: Tensor, x: Tensor) -> Tensor:
        """D's output for examples x `(N, *data.shape)` as pictures of the captions, `(N,)` in [0, 1]."""
        raise UserError(f"family '{self.name}' reads no sentences")

    def memory_of(self, z: Tensor) -> Tensor:
        """What the generator remembers after each step, `(N, T, width)` in [-1, 1], of z `(N, z_dim)`."""
        raise UserError(f"family '{self.name}' has no memory")

    def step_scores(self, x: Tensor) -> Tensor:
        """D's answer after each step, `(N, T)` in [0, 1], to examples `(N, *data.shape)`."""
        raise UserError(f"family '{self.name}' has no memory")

    def build_up(self, z: Tensor, y: Tensor | None = None) -> list[Level]:
        """How `generate` comes to its examples: the pictures of all levels, the coarsest first."""
        raise UserError(f"family '{self.name}' does not draw from coarse to fine")

    def level_scores(self, levels: Sequence[Level], y: Tensor | None = None) -> Tensor:
        """What each level's D says of its level of N pyramids, `(levels, N)` in [0, 1].

        Args:
            levels: What `build_up` made, or real examples taken apart (`gan_core.pyramid.take_apart`).
            y: Where the family has classes, that of each example.
        """
        raise UserError(f"family '{self.name}' does not draw from coarse to fine")
