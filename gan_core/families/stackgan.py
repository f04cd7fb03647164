"""StackGAN: a sentence becomes a small sketch, and the sketch and the sentence together a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.capabilities import Drawn, Guide, Illustration
from gan_core.families.stackgan_formulas import formulas_of
from gan_core.families.stackgan_generators import (
    Augmented,
    PictureGenerator,
    SketchGenerator,
    standard_normal_kl,
)
from gan_core.families.stackgan_parts import SKETCH_PART, Heads, MatchJudge, TextEncoder
from gan_core.families.stackgan_reading import (
    captions_in,
    read_pictures,
    read_sentences,
    said_in,
    wrong_captions,
)
from gan_core.families.stackgan_settings import StackganSettings
from gan_core.families.stackgan_stage import StageGan
from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import UserError

_SIDES = (16, 32, 64, 128)


class Stackgan(Family):
    """Stage I: min over G0, max over D0 of V(D0, G0) + lambda_KL KL(N(mean(t), variance(t)) || N(0, 1)).

    A sentence is read into an embedding t. Stage I draws a sketch of a quarter of the side from a condition
    c near t and noise z; Stage II reads the sketch and the sentence once more and paints the picture, adding
    what the sketch lacks. c = mean(t) + deviation(t) e is drawn from a cloud around the sentence
    (conditioning augmentation); the KL term keeps the clouds wide, so that sentences never seen fall among
    known ones. For both discriminators a real picture with a wrong sentence is a fake too: they judge the
    match, not the picture alone. e of both stages is part of the latent vector here: one z, one picture.

    The text encoder is a GRU over word vectors, trained by us before the stages and fixed from then on, by
    two losses: a real picture must match its own caption better than those of the batch and captions that
    differ from each in one word, and the other way round; and heads on the embedding must name what the
    sentence says of each attribute. The paper takes a char-CNN-RNN trained in this way (Reed et al. 2016)
    from elsewhere. The discriminators learn to read with it: what their features see is what the sentences
    are matched with, and heads on the features name what a picture shows. They go on naming real pictures
    while they judge, and the generators are rewarded for pictures in which they name what the sentence says.

    Departs from the paper: pictures of 64 rather than 256 pixels; half of the wrong sentences differ from
    the right one in a single word, the others belong to other pictures; D judges the match by a product with
    its features instead of a convolution over both, and names attributes (Odena et al. 2017; Dash et al.
    2017), of which it is told what the sentences say; Stage II is told the sentence as a map of 4x4 cells
    rather than the same vector everywhere, since here words have places, and keeps the maps of the sketch at
    each size; group norm and R1 instead of batch norm in D; generators are averaged. KL is summed over
    dimensions; the paper's code averages them, hence the small weight.

    Source: Zhang et al. 2017 (arXiv:1612.03242), equations 1 to 4; Reed et al. 2016 (arXiv:1605.05396),
    section 4.2; Odena et al. 2017 (arXiv:1610.09585), section 4; Dash et al. 2017 (arXiv:1703.06412).
    """

    name = "stackgan"
    title = "StackGAN (pictures from sentences)"
    summary = "Draws what a sentence says: first a small sketch, then a picture."
    paper = "Zhang et al. 2017, arXiv:1612.03242"
    guide = Guide(
        ancestor="cgan",
        step="a sentence as the condition, two stages",
        pitfalls=(
            "What it has not learned to read, it cannot draw.",
            "Sketches are too small for most digits; only Stage II can show them.",
            "Sentences built otherwise than the captions give anything.",
        ),
    )
    Settings = StackganSettings
    data_kinds = ("images",)
    default_dataset = "captioned-digits"
    presets = {
        "default": {"batch_size": 32, "steps": 20000, "cosine_tail": 0.3},
        "classroom": {
            "batch_size": 16, "minutes": 3.0, "steps": 3800, "text_steps": 830, "stage1_steps": 380,
            "cosine_tail": 0.3, "ema_decay": 0.99,
        },
    }  # fmt: skip
    can_illustrate = True
    can_score = True
    sampling_modules = ("text_encoder", "stage1_generator", "stage2_generator")
    settings: StackganSettings
    illustration: Illustration

    def __init__(self, settings: StackganSettings, data: DataSpec) -> None:
        """Builds the networks for captioned pictures.

        Raises:
            UserError: The pictures have no captions, or another size than 16, 32, 64 or 128 pixels.
        """
        super().__init__(settings, data)
        if data.text is None:
            raise UserError(
                "family 'stackgan' draws what sentences say, but this data set has no captions; "
                "choose captioned-digits"
            )
        if not data.attributes:
            raise UserError(
                "family 'stackgan' needs to know what captions say of which attributes, but of this data set "
                "none are known; choose captioned-digits"
            )
        if data.shape[-1] not in _SIDES:
            raise UserError(
                f"family 'stackgan' draws pictures of {', '.join(map(str, _SIDES))} pixels, "
                f"got {data.shape[-1]}; set image_size=64"
            )
        s, side = settings, data.shape[-1] // SKETCH_PART
        self.text = data.text
        self.sketch_shape = (data.shape[0], side, side)
        self.illustration = Illustration(
            data.text, LatentSpec(s.z_dim + 2 * s.condition_dims), self.sketch_shape
        )
        self.text_encoder = TextEncoder(data.text.tokens, s.word_dims, s.text_dims)
        sizes = [len(values) for _, values in data.attributes]
        self.text_heads = Heads(s.text_dims, [size + 1 for size in sizes])  # the last value: left open
        dims, sketches = (s.text_dims, s.condition_dims), replace(data, shape=self.sketch_shape)
        self.stage1_generator = SketchGenerator(self.sketch_shape, s.width, *dims, s.z_dim)
        first = StageGan(s, sketches, self.stage1_generator, small=True)
        self.stage2_generator = PictureGenerator(self.sketch_shape, s.stage2_width, s.blocks, *dims)
        self.stages = {1: first, 2: StageGan(s, data, self.stage2_generator, small=False)}

    @property
    def stage1_discriminator(self) -> MatchJudge:
        """D of sketches."""
        return self.stages[1].discriminator

    @property
    def stage2_discriminator(self) -> MatchJudge:
        """D of pictures."""
        return self.stages[2].discriminator

    def modules(self) -> dict[str, nn.Module]:
        names = ("text_encoder", "text_heads")
        stages = (f"stage{k}_{role}" for k in (1, 2) for role in ("generator", "discriminator"))
        return {name: getattr(self, name) for name in (*names, *stages)}

    def phases(self) -> Sequence[Phase]:
        s = self.settings
        self.stages[1].settings = s.model_copy(update={"lambda_naming": s.lambda_sketch_naming})
        self.stages[2].settings = s
        first, second = s.text_steps, s.text_steps + s.stage1_steps
        reading = OptimizerSpec("adam", s.lr_text, (0.9, 0.999))
        seeing = OptimizerSpec("adam", s.lr_pictures, (0.9, 0.999))
        judges = self.stage1_discriminator, self.stage2_discriminator
        return (
            Phase("reading/pictures", judges, self._read_pictures, seeing, stop=first),
            Phase(
                "reading/sentences", (self.text_encoder, self.text_heads), self._read_sentences, reading,
                stop=first,
            ),
            *self._stage_phases(1, first, second),
            *self._stage_phases(2, second, None),
        )  # fmt: skip

    def _stage_phases(self, stage: int, start: int, stop: int | None) -> list[Phase]:
        return [
            replace(
                phase, name=f"stage{stage}/{phase.name}", compute=partial(act, stage), start=start, stop=stop
            )
            for phase, act in zip(self.stages[stage].phases(), (self._judge, self._draw), strict=True)
        ]

    def formulas(self) -> dict[str, str]:
        return formulas_of(self.settings.loss, relativistic=self.settings.relativistic)

    # --- drawing ------------------------------------------------------------------------------------------

    def illustrate(self, captions: Tensor, z: Tensor) -> Drawn:
        embedding = self.text_encoder(captions)
        sketch, _ = self._sketch(embedding, z)
        picture, _ = self._paint(sketch, embedding, z)
        return Drawn(embedding, sketch.float(), picture.float())

    def caption_scores(self, captions: Tensor, x: Tensor) -> Tensor:
        return self.stages[2].scores_of(x, self.text_encoder(captions))

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' draws nothing without a sentence; give it one")

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' judges a picture with its sentence; give both")

    def _parts(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of z `(N, z_dim)`: the noise of Stage I, and that of the conditions of both stages."""
        dims = self.settings.condition_dims
        own, first, second = torch.split(z, [self.settings.z_dim, dims, dims], dim=1)
        return own, first, second

    def _sketch(self, embedding: Tensor, z: Tensor) -> tuple[Tensor, Augmented]:
        own, first, _ = self._parts(z)
        made: tuple[Tensor, Augmented] = self.stage1_generator(own, embedding, first)
        return made

    def _paint(self, sketch: Tensor, embedding: Tensor, z: Tensor) -> tuple[Tensor, Augmented]:
        made: tuple[Tensor, Augmented] = self.stage2_generator(sketch, embedding, self._parts(z)[2])
        return made

    # --- reading ------------------------------------------------------------------------------------------

    @property
    def _judges(self) -> dict[str, MatchJudge]:
        return {"sketch": self.stage1_discriminator, "picture": self.stage2_discriminator}

    def _read_pictures(self, ctx: StepContext) -> StepOutput:
        """Both discriminators match real pictures and sketches with captions, and name what they show."""
        with torch.no_grad():
            texts = self._texts(ctx)
        seen = self._seen(ctx)
        ctx.shared["seen"] = {name: features.detach() for name, features in seen.items()}
        return StepOutput(read_pictures(self._judges, seen, texts, said_in(ctx.batch)), {})

    def _read_sentences(self, ctx: StepContext) -> StepOutput:
        """The text encoder matches its embeddings with what was seen, and names what is said."""
        if "seen" not in ctx.shared:
            with torch.no_grad():
                ctx.shared["seen"] = self._seen(ctx)
        seen, texts, said = ctx.shared["seen"], self._texts(ctx), said_in(ctx.batch)
        return StepOutput(read_sentences(self._judges, seen, texts, self.text_heads, said), {})

    def _seen(self, ctx: StepContext) -> dict[str, Tensor]:
        """What each discriminator sees of the step's real pictures."""
        real = ctx.batch.real
        views = {"sketch": self._as_sketch(real), "picture": real}
        return {name: judge.features(views[name]) for name, judge in self._judges.items()}

    def _texts(self, ctx: StepContext) -> Tensor:
        """Embeddings `(2 N, text_dims)` of the step's captions, then of as many that are wrong by a word."""
        captions = captions_in(ctx.batch)
        if "wrong" not in ctx.shared:
            ctx.shared["wrong"] = self.text.near_misses(captions, ctx.rng)
        embeddings: Tensor = self.text_encoder(torch.cat([captions, ctx.shared["wrong"]]))
        return embeddings.float()

    def _as_sketch(self, x: Tensor) -> Tensor:
        return F.interpolate(x, self.sketch_shape[1:], mode="area")

    # --- both stages --------------------------------------------------------------------------------------

    def _embedding(self, ctx: StepContext) -> Tensor:
        """The step's sentences, read once."""
        if "embedding" not in ctx.shared:
            with torch.no_grad():
                ctx.shared["embedding"] = self.text_encoder(captions_in(ctx.batch))
        embedding: Tensor = ctx.shared["embedding"]
        return embedding

    def _fake(self, ctx: StepContext, stage: int) -> tuple[Tensor, Augmented]:
        """This step's sketches or pictures, with their graph if the stage's generator is still to learn."""
        if "fake" not in ctx.shared:
            embedding = self._embedding(ctx)
            z = self.sample_z(len(embedding), ctx.rng)
            wanted = f"stage{stage}/generator" in ctx.upcoming
            with torch.set_grad_enabled(wanted and stage == 1):
                made = self._sketch(embedding, z)
            if stage == 2:
                with torch.set_grad_enabled(wanted):
                    made = self._paint(made[0], embedding, z)
            ctx.shared["fake"] = made
        fake: tuple[Tensor, Augmented] = ctx.shared["fake"]
        return fake

    def _judge(self, stage: int, ctx: StepContext) -> StepOutput:
        """Real with its sentence against drawn, and against real with a wrong sentence."""
        drawn, _ = self._fake(ctx, stage)
        with torch.no_grad():
            wrong = self.text_encoder(wrong_captions(self.text, captions_in(ctx.batch), ctx.rng))
        pair, own = self._within(ctx, stage, drawn.detach(), wrong)
        return pair.judged(own)

    def _draw(self, stage: int, ctx: StepContext) -> StepOutput:
        """What a generator minimises: D's doubt, being named wrongly, and the KL of its conditions."""
        drawn, augmented = self._fake(ctx, stage)
        pair, own = self._within(ctx, stage, drawn)
        output = pair.drawn(own)
        kl = self.settings.lambda_kl * standard_normal_kl(augmented.mean, augmented.log_variance)
        return StepOutput(output.losses | {"kl": kl}, output.stats)

    def _within(
        self, ctx: StepContext, stage: int, drawn: Tensor, wrong: Tensor | None = None
    ) -> tuple[StageGan, StepContext]:
        """A stage, and the step as it looks from there."""
        real = self._as_sketch(ctx.batch.real) if stage == 1 else ctx.batch.real
        said = said_in(ctx.batch)
        shared = {"fake": drawn, "embedding": self._embedding(ctx), "wrong": wrong, "said": said}
        own = StepContext(ctx.batch._replace(real=real), ctx.rng, ctx.step, ctx.upcoming, shared)
        return self.stages[stage], own
