"""Codes, Q and the bound; a short training makes the code readable and visible."""

import math

import pytest
import torch

from gan_core.families.infogan import LOG_VARIANCES, Infogan, InfoganSettings
from gan_core.images import distorted
from gan_core.losses import shared_information
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import TrainingSettings, UserError
from gan_core.trainer import Trainer

DATA = DataSpec("images", (1, 16, 16))


def make(**settings):
    torch.manual_seed(0)
    small = {"width": 4, "z_dim": 4, "stem_width": 16, "head_width": 16, "q_width": 8, "cat_size": 3}
    return Infogan(InfoganSettings.parse({**small, **settings}), DATA)


def context():
    real = torch.rand(6, 1, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return StepContext(Batch(real), torch.Generator().manual_seed(0), 1, frozenset({"generator"}))


class Bars:
    """Images with one bright bar out of three, unlabelled."""

    def __init__(self):
        self.rng = torch.Generator().manual_seed(0)

    def next(self):
        c = torch.randint(3, (32,), generator=self.rng)
        real = torch.full((32, 1, 16, 16), -1.0)
        for image, place in zip(real, c.tolist(), strict=True):
            image[:, 5 * place : 5 * place + 5] = 0.7 + 0.3 * torch.rand(1, generator=self.rng)
        return Batch(real)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def train(family, steps):
    trainer = Trainer(family, Bars(), TrainingSettings(ema_decay=0.9), torch.device("cpu"))
    records = list(trainer.run(steps, record=lambda step: step == steps))
    return trainer, records[-1].values


def test_the_latent_spec_names_noise_and_codes():
    latent = make(cat_codes=2, cont_codes=1).latent
    assert (latent.z_dim, latent.noise_dim, latent.cat_sizes, latent.cont_codes) == (11, 4, (3, 3), 1)
    defaults = Infogan(InfoganSettings(width=4), DATA).latent
    assert (defaults.z_dim, defaults.noise_dim, defaults.cat_sizes, defaults.cont_codes) == (74, 62, (10,), 2)


def test_q_is_read_off_the_features_of_d():
    family = make()
    for module in family.modules().values():
        module.eval()
    x = torch.randn(3, 1, 16, 16)
    q_logits, q_mean = family.read_codes(x)
    answer = family.code_reader.layers(family.discriminator.trunk(x))
    torch.testing.assert_close(q_logits, answer[:, :3])
    torch.testing.assert_close(q_mean, answer[:, 3:5])


def test_the_losses_are_the_weighted_bounds_of_the_codes_behind_the_fakes():
    family, ctx = make(lambda_cat=2.0, lambda_cont=0.5), context()
    discriminator, generator = (phase.compute(ctx) for phase in family.phases())
    for output in (discriminator, generator):
        assert set(output.losses) == {"adversarial", "categorical_code", "continuous_code"}
    losses, stats = discriminator.losses, discriminator.stats
    assert set(stats) == {"d_real", "d_fake", "information_cat", "information_cont"}
    assert losses["categorical_code"].item() == pytest.approx(-2 * stats["information_cat"].item())
    assert losses["continuous_code"].item() == pytest.approx(-0.5 * stats["information_cont"].item())


def test_the_bound_is_about_the_codes_g_was_given():
    family, ctx = make(cont_codes=0), context()
    family.phases()[0].compute(ctx)
    c = family.latent.split(ctx.shared["z"]).c_cat[:, 0]
    sure = torch.nn.functional.one_hot(c, 3) * 50.0
    family.code_reader.forward = lambda features: family_answer(sure)
    _, bounds = family._information(ctx, family.judge(ctx.shared["fake"], ()))
    assert bounds["information_cat"].item() == pytest.approx(math.log(3), abs=1e-4)


def family_answer(logits):
    from gan_core.families.infogan import QOutput

    nothing = logits.new_zeros(len(logits), 0)
    return QOutput(logits, nothing, nothing)


def test_the_real_term_is_the_information_shared_with_distorted_copies():
    family, plain = make(lambda_real=2.0), make()
    output = family.phases()[0].compute(context())
    information = output.stats["information_real"].item()
    assert 0 < information < math.log(3)
    assert output.losses["real_code"].item() == pytest.approx(-2 * information)
    assert "real_code" not in family.phases()[1].compute(context()).losses  # G has no part in it
    assert "real_code" not in plain.phases()[0].compute(context()).losses


def test_the_real_term_makes_kinds_of_what_distortion_leaves_as_it_is():
    found = {}
    for weight in (1.0, 0.0):
        family = make(width=8, init="torch", lr_discriminator=1e-3, cont_codes=0, lambda_real=weight)
        trainer, _ = train(family, 300)
        real = Bars().next().real
        with trainer.sampling(), torch.no_grad():
            copies = distorted(real, torch.Generator().manual_seed(5))
            logits = [family.read_codes(x).q_logits for x in (real, copies)]
        found[weight] = shared_information(*logits).item()
    assert found[1.0] > 0.6 * math.log(3)
    assert found[0.0] < 0.1 * math.log(3)


def test_the_variance_stays_in_bounds():
    family = make()
    with torch.no_grad():
        family.code_reader.layers[-1].bias.fill_(1e4)
    q = family.code_reader(torch.randn(4, family.discriminator.features))
    assert q.log_variance.max() == LOG_VARIANCES[1]
    with torch.no_grad():
        family.code_reader.layers[-1].bias.fill_(-1e4)
    assert (
        family.code_reader(torch.randn(4, family.discriminator.features)).log_variance.min()
        == LOG_VARIANCES[0]
    )


@pytest.mark.parametrize(("cat_codes", "cont_codes"), [(0, 2), (1, 0), (2, 1)])
def test_any_mix_of_codes_trains(cat_codes, cont_codes):
    family = make(cat_codes=cat_codes, cont_codes=cont_codes)
    _, values = train(family, 2)
    assert ("information_cat" in values) == (cat_codes > 0)
    assert ("information_cont" in values) == (cont_codes > 0)


def test_no_code_at_all_is_refused():
    with pytest.raises(UserError, match="needs at least one code"):
        make(cat_codes=0, cont_codes=0)


def test_a_short_training_makes_the_code_readable_and_without_the_term_it_is_not():
    found = {}
    for weight in (1.0, 0.0):
        family = make(width=8, init="torch", lr_discriminator=1e-3, cont_codes=0, lambda_cat=weight)
        _, values = train(family, 200)
        found[weight] = values["information_cat"]
    assert found[1.0] > 0.7 * math.log(3)
    assert found[0.0] < 0.3
