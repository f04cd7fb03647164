"""StackGAN: a sentence becomes a small sketch, and the sketch and the sentence together a picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.capabilities import Drawn, Guide, Illustration
from gan_core.families.stackgan_formulas import FORMULAS
from gan_core.families.stackgan_generators import (
    Augmented,
    PictureGenerator,
    SketchGenerator,
    standard_normal_kl,
)
from gan_core.families.stackgan_parts import SKETCH_PART, Heads, MatchJudge, TextEncoder
from gan_core.families.stackgan_reading import read_pictures, read_sentences, wrong_captions
from gan_core.families.stackgan_settings import StackganSettings
from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.losses import LOSSES, zero_centred_penalty
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import UserError

_LOSS = LOSSES["non_saturating"]
R1_PART = 2  # R1 is taken over one of this many parts of the batch
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
        dims, judging = (s.text_dims, s.condition_dims), (s.width, 2 * s.text_dims, s.text_dims, sizes)
        self.stage1_generator = SketchGenerator(self.sketch_shape, s.width, *dims, s.z_dim)
        self.stage1_discriminator = MatchJudge(self.sketch_shape, *judging, small=True)
        self.stage2_generator = PictureGenerator(self.sketch_shape, s.stage2_width, s.blocks, *dims)
        self.stage2_discriminator = MatchJudge(data.shape, *judging)

    def modules(self) -> dict[str, nn.Module]:
        names = ("text_encoder", "text_heads")
        stages = (f"stage{k}_{role}" for k in (1, 2) for role in ("generator", "discriminator"))
        return {name: getattr(self, name) for name in (*names, *stages)}

    def phases(self) -> Sequence[Phase]:
        s, first, second = self.settings, self.settings.text_steps, 0
        second = first + s.stage1_steps
        reading = OptimizerSpec("adam", s.lr_text, (0.9, 0.999))
        seeing = OptimizerSpec("adam", s.lr_pictures, (0.9, 0.999))
        judging = OptimizerSpec("adam", s.lr_discriminator, (s.beta1, 0.999))
        drawing = OptimizerSpec("adam", s.lr_generator, (s.beta1, 0.999))
        judges = self.stage1_discriminator, self.stage2_discriminator
        return (
            Phase("reading/pictures", judges, self._read_pictures, seeing, stop=first),
            Phase(
                "reading/sentences", (self.text_encoder, self.text_heads), self._read_sentences, reading,
                stop=first,
            ),
            Phase(
                "stage1/discriminator", (self.stage1_discriminator,), self._judge_sketches, judging,
                start=first, stop=second,
            ),
            Phase(
                "stage1/generator", (self.stage1_generator,), self._draw_sketches, drawing,
                start=first, stop=second,
            ),
            Phase(
                "stage2/discriminator", (self.stage2_discriminator,), self._judge_pictures, judging,
                start=second,
            ),
            Phase(
                "stage2/generator", (self.stage2_generator,), self._draw_pictures, drawing, start=second
            ),
        )  # fmt: skip

    def formulas(self) -> dict[str, str]:
        return dict(FORMULAS)

    # --- drawing ------------------------------------------------------------------------------------------

    def illustrate(self, captions: Tensor, z: Tensor) -> Drawn:
        embedding = self.text_encoder(captions)
        sketch, _ = self._sketch(embedding, z)
        picture, _ = self._paint(sketch, embedding, z)
        return Drawn(embedding, sketch.float(), picture.float())

    def caption_scores(self, captions: Tensor, x: Tensor) -> Tensor:
        logits = self.stage2_discriminator(x, self.text_encoder(captions))
        return _LOSS.score(logits.float())

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
        return StepOutput(read_pictures(self._judges, seen, texts, self._said(ctx)), {})

    def _read_sentences(self, ctx: StepContext) -> StepOutput:
        """The text encoder matches its embeddings with what was seen, and names what is said."""
        if "seen" not in ctx.shared:
            with torch.no_grad():
                ctx.shared["seen"] = self._seen(ctx)
        seen, texts, said = ctx.shared["seen"], self._texts(ctx), self._said(ctx)
        return StepOutput(read_sentences(self._judges, seen, texts, self.text_heads, said), {})

    def _seen(self, ctx: StepContext) -> dict[str, Tensor]:
        """What each discriminator sees of the step's real pictures."""
        real = ctx.batch.real
        views = {"sketch": self._as_sketch(real), "picture": real}
        return {name: judge.features(views[name]) for name, judge in self._judges.items()}

    def _texts(self, ctx: StepContext) -> Tensor:
        """Embeddings `(2 N, text_dims)` of the step's captions, then of as many that are wrong by a word."""
        captions = self._captions(ctx)
        if "wrong" not in ctx.shared:
            ctx.shared["wrong"] = self.text.near_misses(captions, ctx.rng)
        embeddings: Tensor = self.text_encoder(torch.cat([captions, ctx.shared["wrong"]]))
        return embeddings.float()

    def _as_sketch(self, x: Tensor) -> Tensor:
        return F.interpolate(x, self.sketch_shape[1:], mode="area")

    # --- both stages --------------------------------------------------------------------------------------

    def _captions(self, ctx: StepContext) -> Tensor:
        if ctx.batch.captions is None:
            raise UserError(
                "family 'stackgan' needs captions, but this data set gives none; choose captioned-digits"
            )
        return ctx.batch.captions

    def _said(self, ctx: StepContext) -> Tensor:
        """What the captions say of each attribute `(N, K)`; if that is not known, all that is shown."""
        said = ctx.batch.attributes if ctx.batch.said is None else ctx.batch.said
        if said is None:
            raise UserError(
                "family 'stackgan' needs to know what captions say, but this data set does not tell; "
                "choose captioned-digits"
            )
        return said

    def _embedding(self, ctx: StepContext) -> Tensor:
        """The step's sentences, read once."""
        if "embedding" not in ctx.shared:
            with torch.no_grad():
                ctx.shared["embedding"] = self.text_encoder(self._captions(ctx))
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

    def _judge_sketches(self, ctx: StepContext) -> StepOutput:
        return self._judge(ctx, 1, self.stage1_discriminator, self._as_sketch(ctx.batch.real))

    def _judge_pictures(self, ctx: StepContext) -> StepOutput:
        return self._judge(ctx, 2, self.stage2_discriminator, ctx.batch.real)

    def _draw_sketches(self, ctx: StepContext) -> StepOutput:
        fake, augmented = self._fake(ctx, 1)
        weight = self.settings.lambda_sketch_naming
        return self._draw(ctx, self.stage1_discriminator, fake, augmented, weight)

    def _draw_pictures(self, ctx: StepContext) -> StepOutput:
        fake, augmented = self._fake(ctx, 2)
        weight = self.settings.lambda_naming
        return self._draw(ctx, self.stage2_discriminator, fake, augmented, weight)

    def _judge(self, ctx: StepContext, stage: int, judge: MatchJudge, real: Tensor) -> StepOutput:
        """Real with its sentence against made, and against real with a wrong sentence."""
        s, embedding, fake = self.settings, self._embedding(ctx), self._fake(ctx, stage)[0].detach()
        with torch.no_grad():
            wrong = self.text_encoder(wrong_captions(self.text, self._captions(ctx), ctx.rng))
        real_features, fake_features = judge.features(torch.cat([real.to(fake.dtype), fake])).chunk(2)
        on_real, on_fake, on_wrong = (
            judge.judge(features, text).float()
            for features, text in (
                (real_features, embedding), (fake_features, embedding), (real_features, wrong)
            )
        )  # fmt: skip
        doubts = F.softplus(on_fake).mean() + F.softplus(on_wrong).mean()
        losses = {"adversarial": F.softplus(-on_real).mean() + 0.5 * doubts}
        losses["naming"] = judge.heads(real_features, self._said(ctx))
        started = s.text_steps + (s.stage1_steps if stage == 2 else 0)
        if s.r1_gamma and (ctx.step - started) % s.penalty_every == 0:
            with torch.autocast(real.device.type, enabled=False):
                part = slice(0, max(1, len(real) // R1_PART))
                penalty = zero_centred_penalty(lambda x: judge(x, embedding[part].float()), real[part])
            losses["r1"] = s.r1_gamma * s.penalty_every * penalty
        logits = {"d_real": on_real, "d_fake": on_fake, "d_wrong_text": on_wrong}
        return StepOutput(losses, {name: _LOSS.score(x.detach()).mean() for name, x in logits.items()})

    def _draw(
        self, ctx: StepContext, judge: MatchJudge, fake: Tensor, augmented: Augmented, naming: float
    ) -> StepOutput:
        """What a generator minimises: D's doubt, the KL of its conditions, and being named wrongly.

        Args:
            ctx: The step.
            judge: The stage's discriminator.
            fake: What it judges.
            augmented: The conditions it was made from.
            naming: Weight of being named wrongly.
        """
        features = judge.features(fake)
        losses = {
            "adversarial": _LOSS.generator_loss(judge.judge(features, self._embedding(ctx))),
            "kl": self.settings.lambda_kl * standard_normal_kl(augmented.mean, augmented.log_variance),
        }
        if naming:
            losses["naming"] = naming * judge.heads(features, self._said(ctx))
        return StepOutput(losses, {})
