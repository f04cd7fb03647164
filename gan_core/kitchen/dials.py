"""Causes of mode collapse and cures for it: each is a switch that changes one thing about a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gan_core.building import family_class, resolve_config
from gan_core.families.adversarial import AdversarialSettings
from gan_core.family import Family
from gan_core.losses import LOSSES
from gan_core.settings import RunConfig, TrainingSettings, UserError

Kind = Literal["cause", "cure"]
Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Dial:
    """One thing that can be different about a run.

    Attributes:
        name: In links and tests.
        title: What the switch is called.
        kind: Whether it spoils the game or mends it.
        why: What it does to the game, in one sentence.
        changes: Settings of the family or of the training, by name.
        images: The same for families of anything but points, where other values or other names serve; None:
            `changes`.
        paper: Where it comes from.
    """

    name: str
    title: str
    kind: Kind
    why: str
    changes: Changes = field(default_factory=dict)
    images: Changes | None = None
    paper: str = ""

    def changes_for(self, cls: type[Family]) -> Changes | None:
        """What it changes in runs of a family; None if the family has no such setting."""
        wanted = self.changes if _is_of_points(cls) or self.images is None else self.images
        known = (*cls.Settings.model_fields, *TrainingSettings.model_fields)
        return wanted if all(name in known for name in wanted) else None


DIALS: tuple[Dial, ...] = (
    Dial(
        "high-generator-rate", "High generator rate", "cause",
        "G learns ten times as fast as D: it runs to wherever D is most pleased, and hops when D follows.",
        {"lr_discriminator": 1e-4}, {"lr_generator": 1e-2},
    ),
    Dial(
        "many-generator-steps", "Many generator steps", "cause",
        "G moves five times for each answer of D, so all of its samples gather at D's favourite spot.",
        {"g_steps": 5, "d_steps": 1},
    ),
    Dial(
        "tiny-discriminator", "Tiny discriminator", "cause",
        "D is too small to see where samples are missing, so it cannot ask for them.",
        {"discriminator_width": 4},
    ),
    Dial(
        "strong-discriminator", "Strong discriminator", "cause",
        "D learns five times for each step of G and is soon sure of everything: G is told little.",
        {"d_steps": 5, "g_steps": 1},
    ),
    Dial(
        "no-batch-variation", "No variation in the batch", "cause",
        "Four examples at a time: D cannot see whether what G makes varies.",
        {"batch_size": 4},
    ),
    Dial(
        "wrong-objective", "Wrong objective", "cause",
        "The minimax loss of the first paper: where D is sure, G's gradient dies.",
        {"loss": "minimax"}, paper="Goodfellow et al. 2014, section 3",
    ),
    Dial(
        "packing", "Packing", "cure",
        "D judges several examples together: a pack of copies is easy to tell from a pack of real ones.",
        {"packing": 4}, {"packing": 2}, paper="Lin et al. 2018 (PacGAN)",
    ),
    Dial(
        "minibatch-deviation", "Minibatch deviation", "cure",
        "D is told how much the examples of a batch differ from each other.",
        {"minibatch_std": True}, paper="Karras et al. 2018",
    ),
    Dial(
        "unrolled", "Unrolled D", "cure",
        "G plans against the D that its samples would teach in five steps: a single favourite spot is gone "
        "by then.",
        {"unroll_steps": 5, "unroll_rate": 0.5}, paper="Metz et al. 2017",
    ),
    Dial(
        "wgan-gp", "WGAN-GP", "cure",
        "D gives marks instead of verdicts, and its slope is held at 1: G is always told where to go.",
        {"loss": "wasserstein", "lambda_gp": 0.1, "d_steps": 5, "g_steps": 1, "beta1": 0.0, "beta2": 0.9},
        {
            "loss": "wasserstein", "lambda_gp": 10.0, "d_steps": 5, "g_steps": 1, "beta1": 0.0, "beta2": 0.9,
            "discriminator_norm": "none",
        },
        paper="Gulrajani et al. 2017",
    ),
    Dial(
        "spectral-hinge", "Spectral norm and hinge", "cure",
        "No layer of D may be steep, and D stops pushing once an answer is clear.",
        {"spectral_norm": True, "loss": "hinge", "beta1": 0.0, "beta2": 0.9},
        {"discriminator_norm": "spectral", "loss": "hinge", "beta1": 0.0, "beta2": 0.9},
        paper="Miyato et al. 2018",
    ),
    Dial(
        "r1", "R1 penalty", "cure",
        "D must be flat at real examples: it cannot push G away from one it has found.",
        {"r1_gamma": 0.1}, {"r1_gamma": 1.0, "penalty_every": 8}, paper="Mescheder et al. 2018",
    ),
    Dial(
        "label-smoothing", "Label smoothing", "cure",
        "Real examples count as 0.9 real: D is never quite sure.",
        {"real_label": 0.9}, paper="Salimans et al. 2016",
    ),
    Dial(
        "instance-noise", "Instance noise", "cure",
        "D sees real and generated examples through noise: the two overlap, and D stays unsure.",
        {"instance_noise": 0.1}, paper="Sønderby et al. 2017",
    ),
    Dial(
        "ttur", "Two time scales", "cure",
        "D learns four times as fast as G, and can follow wherever G goes.",
        {"lr_generator": 2.5e-4, "lr_discriminator": 1e-3},
        {"lr_generator": 1e-4, "lr_discriminator": 4e-4},
        paper="Heusel et al. 2017",
    ),
)  # fmt: skip
_BY_NAME = {dial.name: dial for dial in DIALS}


def dial(name: str) -> Dial:
    """The switch called `name`.

    Raises:
        UserError: There is none.
    """
    if name not in _BY_NAME:
        raise UserError(f"unknown switch '{name}'; switches are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def _is_of_points(cls: type[Family]) -> bool:
    return cls.data_kinds[0] == "points"


def is_adversarial(cls: type[Family]) -> bool:
    """Whether a family is a generator against a discriminator, so that the switches mean something."""
    return issubclass(cls.Settings, AdversarialSettings)


def dials_of(cls: type[Family], kind: Kind | None = None) -> list[Dial]:
    """The switches a family has, in the order a page shows them."""
    return [one for one in DIALS if (kind is None or one.kind == kind) and one.changes_for(cls) is not None]


# The plain game without any remedy; what a family does not have is left out.
_PLAIN: Changes = {
    "loss": "non_saturating", "relativistic": False, "r1_gamma": 0.0, "r2_gamma": 0.0, "penalty_every": 1,
    "packing": 1, "minibatch_std": False, "real_label": 1.0, "instance_noise": 0.0,
    "beta1": 0.5, "beta2": 0.999, "ema_decay": 0.0, "cosine_tail": 0.0,
    "precision": "float32", "channels_last": False,
}  # fmt: skip
_PLAIN_POINTS: Changes = {"lr_generator": 1e-3, "lr_discriminator": 1e-3, "batch_size": 256}
_PLAIN_IMAGES: Changes = {"lr_generator": 1e-3, "lr_discriminator": 2e-4, "batch_size": 64}
_PLAIN_MEMORY: Changes = {"lr_discriminator": 2e-3}  # at a tenth of it waves stay flat for a thousand steps
_SMALL: Changes = {"width": 8, "stem_width": 64, "head_width": 64, "z_dim": 32, "stage2_width": 16}
# What families learn before the game, as shares of the run: a short one would end before it begins.
_PREPARING: Mapping[str, float] = {"warm_up_steps": 0.25, "text_steps": 0.2, "stage1_steps": 0.3}


def plain_game(
    family: str, dataset: str, *, steps: int, seed: int, small: bool = True, more: Iterable[str] = ()
) -> RunConfig:
    """A run of the plain game, with some switches on.

    The arithmetic is fixed: timed at the start, it could differ between two runs that are compared.

    Args:
        family: Name of a family of a generator and a discriminator.
        dataset: Name or path of its data.
        steps: Training steps.
        seed: Of weights, noise and the order of the data.
        small: Small networks, for families of images: they learn in a minute.
        more: Names of switches.

    Raises:
        UserError: The family is unknown or no such pair, or has not one of the switches.
    """
    cls = family_class(family)
    if not is_adversarial(cls):
        raise UserError(f"family '{family}' has no generator against a discriminator; choose one that has")
    points = _is_of_points(cls)
    values = {
        **_PLAIN,
        **(_PLAIN_POINTS if points else _PLAIN_IMAGES),
        **(_PLAIN_MEMORY if cls.has_memory else {}),
        **(_SMALL if small and not points else {}),
        **{name: max(1, round(share * steps)) for name, share in _PREPARING.items()},
    }
    config = resolve_config(
        RunConfig(
            family=family,
            dataset=dataset,
            settings={name: v for name, v in values.items() if name in cls.Settings.model_fields},
            training=TrainingSettings.parse(
                {name: v for name, v in values.items() if name in TrainingSettings.model_fields}
                | {"steps": steps, "seed": seed}
            ),
        )
    )
    return switched(config, more)


def switched(config: RunConfig, names: Iterable[str]) -> RunConfig:
    """A run with some more switches on; later ones win where two change the same setting.

    Args:
        config: Resolved.
        names: Of switches.

    Raises:
        UserError: A switch is unknown, or the family has not got it, or two do not go together.
    """
    cls, changes = family_class(config.family), dict[str, Any]()
    for name in names:
        found = dial(name)
        own = found.changes_for(cls)
        if own is None:
            raise UserError(f"'{found.title}' is no switch of {cls.title}; it has no such setting")
        changes.update(own)
    loss = str(changes.get("loss", config.settings["loss"]))
    if not LOSSES[loss].smoothable:
        changes["real_label"] = 1.0  # smoothed labels mean nothing to it
    return changed(config, changes)


def changed(config: RunConfig, changes: Changes) -> RunConfig:
    """A run with other settings of the family or the training, by name; resolved anew.

    Raises:
        UserError: A setting is unknown or out of bounds, or does not go with the others.
    """
    general = {name: v for name, v in changes.items() if name in TrainingSettings.model_fields}
    own = {name: v for name, v in changes.items() if name not in general}
    settings: dict[str, Any] = config.settings | own
    training = TrainingSettings.parse(config.training.model_dump() | general)
    return resolve_config(config.model_copy(update={"settings": settings, "training": training}))
