"""DiscoGAN: two generators translate between two domains of which no pair is known, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.capabilities import Guide, Returned, Translation
from gan_core.families.dcgan import check_images
from gan_core.families.discogan_domain import DomainGan
from gan_core.families.discogan_networks import GROUPS, ImageTranslator, Judge, PointTranslator
from gan_core.families.discogan_settings import DiscoganSettings
from gan_core.family import Family, ScoreMeaning
from gan_core.formulas import Symbols, adversarial, penalties
from gan_core.latent_spec import LatentSpec
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import UserError

CURRICULUM_SHARE = 0.01  # of their weight, that the loops have in the first steps


_CALLED, _PAID = {"adversarial": "judges"}, {"adversarial": "to"}  # losses of a domain's pair, as named here


class Made(NamedTuple):
    """What the generators make of one batch."""

    a: Tensor  # real examples of A
    z: Tensor | None
    ab: Tensor
    ba: Tensor
    z_of_b: Tensor | None  # read out of the real examples of B


_PAPER: dict[str, Any] = {
    "lambda_adversarial": 0.1, "lambda_features": 0.9, "lambda_loop": 1.0, "z_dim": 0, "g_steps": 2,
    "lr_generator": 2e-4, "lr_discriminator": 2e-4, "ema_decay": 0.0,
}  # fmt: skip
_POINTS: dict[str, Any] = {
    "z_dim": 0, "width": 128, "lambda_loop": 100.0, "lambda_features": 10.0, "lr_generator": 1e-3,
    "lr_discriminator": 1e-3, "batch_size": 128, "ema_decay": 0.0, "steps": 10_000,
}  # fmt: skip


class Discogan(Family):
    """Two GANs that share two generators, and reconstruction: a loop through both must end where it started.

    G_AB turns an example a of domain A into one that D_B takes for real, G_BA an example b of B into one
    that D_A takes for real. No pair (a, b) is known. What keeps G_AB from mapping all of A onto one picture
    of B are the loops: G_BA(G_AB(a)) must be a, and G_AB(G_BA(b)) must be b, in the mean square. The setting
    `loops` makes the three models of the paper's comparison: none, one (a alone, without D_A), both. Both
    loops force the translation to be a bijection; which one, nothing says. A 3 may become an 8 always, if an
    8 always comes back as a 3.

    A is the second domain of the data set, what is translated from; B is the data set itself.

    Departs from the paper: digits and scenes instead of photographs of 64 pixels; two halvings, residual
    blocks and group norm instead of four halvings and batch norm, so that a core map keeps its places; D is
    trained as often as G; R1 on both D; G is averaged; no weight decay. Scenes have colours that plain digits
    lack. The paper lets G_BA hide them in the digit, where G_AB finds them again. Here a code of z_dim
    numbers carries them: G_BA reads it out of b beside a, G_AB takes it beside a, and for a it is drawn from
    N(0, 1) and must be read back (Almahairi et al. 2018, arXiv:1802.10151, without their discriminator of
    codes). So one digit has many scenes. z_dim = 0 is the paper's model. The preset "paper-2017" has that,
    and the weights, feature matching, intervals and curriculum of the authors' code: loops count for a
    hundredth at first.

    In the plane: dense generators of three layers, D of five, as in section 3.2. The presets "points",
    "points-one-loop" and "points-plain-gan" are the paper's comparison on the data set modes. Where the modes
    lie, and the weights there, are this lab's: the paper does not tell. Feature matching weighs about as many
    times the game as in the authors' code. The remedies for collapse act on both D.

    Source: Kim et al. 2017 (arXiv:1703.05192), equations 3 to 8; github.com/SKTBrain/DiscoGAN.
    """

    name = "discogan"
    title = "DiscoGAN (two domains)"
    summary = "Learns to translate between two domains without a single pair, there and back."
    paper = "Kim et al. 2017, arXiv:1703.05192"
    guide = Guide(
        ancestor="pix2pix",
        step="two domains without pairs, there and back",
        pitfalls=(
            "Which example becomes which nothing says: a 3 may always become an 8, if it always comes back.",
            "What one domain lacks, such as colour, it may hide in faint traces to find its way back.",
            "Without loops several kinds of example may all become the same one.",
        ),
    )
    Settings = DiscoganSettings
    data_kinds = ("images", "points")
    default_dataset = "digits-scenes"
    presets = {
        "default": {"batch_size": 64, "steps": 3000, "r1_gamma": 1.0},
        "classroom": {"batch_size": 32, "minutes": 3.0, "width": 16, "r1_gamma": 1.0},
        "paper-2017": _PAPER | {"curriculum_steps": 10_000, "batch_size": 64, "steps": 30_000},
        "points": _POINTS,
        "points-one-loop": _POINTS | {"loops": "one"},
        "points-plain-gan": _POINTS | {"loops": "none"},
    }
    can_translate = True
    can_translate_back = True
    needs_other = True
    can_score = True
    settings: DiscoganSettings
    translation: Translation

    def __init__(self, settings: DiscoganSettings, data: DataSpec) -> None:
        super().__init__(settings, data)
        assert data.other_shape is not None
        s = settings
        noise = LatentSpec(s.code_dim) if s.code_dim else None
        self.translation = Translation(data.other_shape, "domain", noise)
        core, self.g_ab, self.g_ba = (
            self._of_points() if data.kind == "points" else self._of_images(data.other_shape)
        )
        of_a = DataSpec(data.kind, data.other_shape)
        self.domains = {
            "a": DomainGan(s, of_a, self.g_ba, core),
            "b": DomainGan(s, DataSpec(data.kind, data.shape), self.g_ab, core),
        }
        self.sampling_modules = ("g_ab", "g_ba")

    def _of_points(self) -> tuple[int, nn.Module, nn.Module]:
        s = self.settings
        return 0, PointTranslator(s.width, s.code_dim, 0), PointTranslator(s.width, 0, s.code_dim)

    def _of_images(self, other: tuple[int, ...]) -> tuple[int, nn.Module, nn.Module]:
        """Side of the core map, and both generators."""
        s = self.settings
        if s.width % GROUPS:
            raise UserError(f"width must be a multiple of {GROUPS} for images, got {s.width}; set width=24")
        channels, core, _ = check_images(self.name, 2, self.data)
        given, *_ = check_images(self.name, 2, DataSpec("images", other))
        there = ImageTranslator(given, channels, s.width, core, s.blocks, s.code_dim, 0)
        back = ImageTranslator(channels, given, s.width, core, s.blocks, 0, s.code_dim)
        return core, there, back

    @property
    def d_a(self) -> Judge:
        """The discriminator of A."""
        return self.domains["a"].discriminator

    @property
    def d_b(self) -> Judge:
        """The discriminator of B."""
        return self.domains["b"].discriminator

    @property
    def score_meaning(self) -> ScoreMeaning:
        return self.domains["b"].score_meaning

    def modules(self) -> dict[str, nn.Module]:
        found: dict[str, nn.Module] = {"g_ab": self.g_ab, "g_ba": self.g_ba, "d_a": self.d_a, "d_b": self.d_b}
        if self.settings.loops == "one":
            del found["d_a"]  # nothing but the loop teaches the way back
        return found

    def phases(self) -> Sequence[Phase]:
        s = self.settings
        for domain in self.domains.values():
            domain.settings = s
        slow, quick = (
            OptimizerSpec(s.optimizer, rate, (s.beta1, s.beta2))
            for rate in (s.lr_discriminator, s.lr_generator)
        )
        judges = (self.d_b,) if s.loops == "one" else (self.d_b, self.d_a)
        return (
            Phase("discriminator", judges, self._judge, slow, every=s.g_steps),
            Phase("generator", (self.g_ab, self.g_ba), self._generate, quick, every=s.d_steps),
        )

    def formulas(self) -> dict[str, str]:
        given = "a" if self.translation.noise is None else "a, z"
        ab, ba = rf"G_{{AB}}({given})", "G_{BA}(b)"
        return (
            self._formulas_of("a", Symbols("a", ba, "C_A"))
            | self._formulas_of("b", Symbols("b", ab, "C_B"))
            | {
                "generator/loop_a": rf"\lambda\, \mathbb{{E}}[(a - G_{{BA}}({ab}))^2]",
                "generator/loop_b": rf"\lambda\, \mathbb{{E}}[(b - G_{{AB}}({ba}))^2]",
                "generator/code": rf"\lambda\, \mathbb{{E}}[(z - z_{{BA}}({ab}))^2]",
            }
        )

    def _formulas_of(self, domain: str, symbols: Symbols) -> dict[str, str]:
        """The losses in which the discriminator of a domain takes part."""
        game = adversarial(self.settings.loss, relativistic=self.settings.relativistic, symbols=symbols)
        real, fake = (rf"\mathbb{{E}}\,\phi({x})" for x in (symbols.real, symbols.fake))
        return {f"{name}_{domain}": latex for name, latex in penalties(symbols).items()} | {
            f"discriminator/judges_{domain}": game["discriminator/adversarial"],
            f"generator/to_{domain}": rf"\lambda\, {game['generator/adversarial']}",
            f"generator/features_{domain}": rf"\lambda\, \lVert {real} - {fake} \rVert^2",
        }

    # --- what it can do -----------------------------------------------------------------------------------

    def translate(self, x_condition: Tensor, z: Tensor | None = None) -> Tensor:
        if z is None and self.translation.noise is not None:
            raise UserError(f"family '{self.name}' needs noise z beside the condition image; give z")
        made: Tensor = self.g_ab(x_condition, z if self.translation.noise else None)[0]
        return made.float()

    def translate_back(self, x: Tensor) -> Returned:
        made, z = self.g_ba(x)
        return Returned(made.float(), None if z is None else z.float())

    def condition_of(self, x: Tensor, rng: torch.Generator) -> Tensor:
        raise UserError(
            f"family '{self.name}' learned from two domains without pairs, so no rule makes a condition "
            "image of an example; take one of the second domain, or translate back"
        )

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' draws nothing without a condition image; give it one")

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.domains["b"].discriminator_scores(x)

    def pair_scores(self, x_condition: Tensor, x: Tensor) -> Tensor:
        """See `Family`. The discriminator sees x alone, there are no pairs it could know; or packs of it."""
        return self.discriminator_scores(x)

    # --- the phases ---------------------------------------------------------------------------------------

    def _made(self, ctx: StepContext) -> Made:
        """What both generators make of the step's batch, with its graph if they are still to be trained."""
        if "made" not in ctx.shared:
            a, b = ctx.batch.other, ctx.batch.real
            if a is None:
                raise UserError(
                    f"family '{self.name}' needs a second domain, but this data set gives none; choose "
                    "digits-scenes or modes"
                )
            z = None if self.translation.noise is None else self.sample_z(len(a), ctx.rng)
            with torch.set_grad_enabled("generator" in ctx.upcoming):
                ab, _ = self.g_ab(a, z)
                ba, z_of_b = self.g_ba(b)
            ctx.shared["made"] = Made(a, z, ab, ba, z_of_b)
        made: Made = ctx.shared["made"]
        return made

    def _played(self, ctx: StepContext) -> dict[str, tuple[Tensor, Tensor]]:
        """Real and generated examples of every domain that has a game."""
        made = self._made(ctx)
        games = {"b": (ctx.batch.real, made.ab)}
        return games if self.settings.loops == "one" else games | {"a": (made.a, made.ba)}

    def _judge(self, ctx: StepContext) -> StepOutput:
        losses, stats = dict[str, Tensor](), dict[str, Tensor]()
        for domain, examples in self._played(ctx).items():
            judged = self.domains[domain].judged(ctx, *examples)
            losses |= {f"{_CALLED.get(name, name)}_{domain}": loss for name, loss in judged.losses.items()}
            stats |= {f"{name}_{domain}": value for name, value in judged.stats.items()}
        stats |= {name: stats.pop(f"{name}_b") for name in ("d_real", "d_fake")}
        return StepOutput(losses, stats)

    def _generate(self, ctx: StepContext) -> StepOutput:
        s, made, b = self.settings, self._made(ctx), ctx.batch.real
        losses = dict[str, Tensor]()
        for domain, examples in self._played(ctx).items():
            paid = self.domains[domain].deceived(ctx, *examples)
            losses |= {f"{_PAID.get(name, name)}_{domain}": loss for name, loss in paid.items()}
        weight = s.lambda_loop * (CURRICULUM_SHARE if ctx.step < s.curriculum_steps else 1.0)
        if s.loops != "none":
            aba, z_again = self.g_ba(made.ab)
            losses["loop_a"] = weight * F.mse_loss(aba.float(), made.a)
            if z_again is not None and made.z is not None:
                losses["code"] = s.lambda_code * F.mse_loss(z_again.float(), made.z)
        if s.loops == "both":
            bab, _ = self.g_ab(made.ba, made.z_of_b)
            losses["loop_b"] = weight * F.mse_loss(bab.float(), b)
        return StepOutput(losses, {})
