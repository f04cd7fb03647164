"""Sequences from the data set to the evaluation, the command line's file and the run's snapshot."""

import numpy as np
import pytest
import torch

from gan_core.building import build_trainer
from gan_core.cli.sample import draw
from gan_core.cli.sheets import png_bytes
from gan_core.curves import curve_tiles, on_ground
from gan_core.data import SequenceDataset, load_dataset
from gan_core.evaluation.diagnosis import diagnose
from gan_core.evaluation.live import find_probes
from gan_core.evaluation.measuring import evaluate
from gan_core.evaluation.sequences import BINS, clean_share, cycles_divergence, histogram
from gan_core.family import Family
from gan_core.metrics import nearest_sines
from gan_core.runs.snapshots import SEQUENCES, Snapshotter
from gan_core.settings import RunConfig, TrainingSettings, UserError


@pytest.fixture(scope="module")
def trainer():
    torch.set_num_threads(1)
    config = RunConfig(family="rgan", dataset="sines", training=TrainingSettings(steps=3, batch_size=8))
    made = build_trainer(config, threads=1)
    list(made.run(2))
    return made


class Perfect(Family):
    """Draws from the law itself."""

    def __init__(self, trainer):
        self.inner = trainer.family
        self.name, self.data, self.latent = "perfect", trainer.family.data, trainer.family.latent

    def modules(self):
        return self.inner.modules()

    def phases(self):
        return ()

    def generate(self, z, y=None):
        return SequenceDataset("sines").sample(
            len(z), torch.Generator().manual_seed(int(z[0, 0] * 1e6) % 997)
        )


def test_waves_have_the_cycles_and_heights_of_the_law():
    data = load_dataset("sines")
    x = data.sample(2_000, torch.Generator().manual_seed(0))
    assert x.shape == (2_000, *data.spec.shape)
    waves = nearest_sines(x.squeeze(2))
    assert clean_share(waves) == 1.0
    assert float(waves.cycles.mean()) == pytest.approx(3.0, abs=0.1)
    assert float(waves.heights.mean()) == pytest.approx(0.5, abs=0.02)
    assert cycles_divergence(waves, data) < 0.01
    slow = nearest_sines(SequenceDataset("-", cycles=(1.0, 2.0)).sample(500, torch.Generator()).squeeze(2))
    assert cycles_divergence(slow, data) > 0.2


def test_the_histogram_has_a_place_for_what_lies_outside():
    shares = histogram(torch.tensor([0.0, 1.5, 4.9, 9.0]), (1.0, 5.0))
    assert shares.shape == (BINS + 2,)
    assert float(shares.sum()) == 1.0
    assert float(shares[0]) == float(shares[-1]) == 0.25


def test_the_law_itself_scores_as_its_floor_and_an_untrained_network_far_from_it(trainer):
    perfect = evaluate(Perfect(trainer), "sines", n=400)
    poor = evaluate(trainer.family, "sines", n=400)
    assert perfect["clean_sines_sequences_400"] == 1.0
    assert abs(perfect["squared_mmd_sequences_400"]) < 0.005
    assert poor["squared_mmd_sequences_400"] > 0.05
    assert poor["clean_sines_sequences_400"] < 0.2
    assert poor["js_cycles_sequences_400"] > 5 * perfect["js_cycles_sequences_400"]


def test_what_has_no_kinds_cannot_be_diagnosed(trainer):
    with pytest.raises(UserError, match="no kinds to count"):
        diagnose(trainer.family, "sines")
    with pytest.raises(UserError, match="the networks know sequences"):
        evaluate(trainer.family, "ring8", n=50)


def test_a_running_one_is_measured_and_shown(trainer):
    found = find_probes(trainer, "sines")
    assert [probe.name for probe in found.probes] == ["clean_sines", "js_cycles", "squared_mmd"]
    with trainer.sampling() as family:
        assert all(np.isfinite(probe.compute(family)) for probe in found.probes)
    snapshotter = Snapshotter(trainer)
    arrays = snapshotter.take()
    assert arrays["fake"].shape == arrays["real"].shape == (SEQUENCES, 30, 1)
    assert snapshotter.real_images is None


def test_samples_are_written_as_numbers_and_as_curves(trainer):
    arrays = draw(trainer.family, 5, seed=0)
    assert arrays["sequences"].shape == (5, 30, 1)
    assert png_bytes(arrays).startswith(b"\x89PNG")


def test_a_curve_goes_where_its_values_are():
    high, low = (curve_tiles(np.full((1, 10, 1), v), (10, 200, 10), 1, size=(60, 60)) for v in (0.9, -0.9))
    assert high[:15, :, 3].max() > 200
    assert high[45:, :, 3].max() == 0
    assert low[45:, :, 3].max() > 200
    assert on_ground(high).shape == (60, 60, 3)
