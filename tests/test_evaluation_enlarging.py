"""What is measured of a family that enlarges, against pictures whose likeness is known."""

import pytest
import torch

from gan_core import weights
from gan_core.data import load_dataset
from gan_core.data.progress import silent
from gan_core.enlarging import TITLES
from gan_core.evaluation import enlarging
from gan_core.evaluation.enlarging import MEASURES, enlarged_tests, likeness, nearest_classes, table_of
from gan_core.evaluation.extractors import extractor_for
from gan_core.evaluation.measuring import evaluate
from gan_core.families.srgan import Srgan
from gan_core.families.srgan_settings import SrganSettings
from gan_core.metrics import gaussian_ssim, psnr

N = 40


@pytest.fixture
def family():
    torch.manual_seed(0)
    settings = SrganSettings(width=4, blocks=1, discriminator_width=4, head_width=8)
    made = Srgan(settings, load_dataset("digits", split="test").spec)
    for network in made.modules().values():
        network.eval().requires_grad_(False)
    return made


def test_every_way_is_measured_and_the_readers_have_a_floor(family):
    found = evaluate(family, "digits", N)
    assert found.seed is None
    table = table_of(found.metrics)
    assert list(table) == list(MEASURES)
    for measure, row in table.items():
        assert set(row) == set(TITLES)
        for method, metric in row.items():
            assert metric.name.startswith(f"{measure}-{method}_")
            assert metric.count == N
            assert metric.better == ("lower" if measure == "perceptual" else "higher")
            assert (metric.floor is not None) == measure.startswith("agreement")
    assert found.metrics[0].name == f"agreement-trained_classifier-digits_{N}"  # the index shows the first
    assert table["agreement"]["trained"].floor > 0.95
    assert table["psnr"]["bicubic"].value > table["psnr"]["nearest"].value


def test_measures_are_means_over_the_pairs_of_images(family):
    test = load_dataset("digits", split="test")
    found = enlarged_tests(family, test, torch.tensor([3, 1, 4]), silent)
    assert torch.equal(found.real, test.images[[3, 1, 4]])
    assert torch.equal(found.y, test.labels[[3, 1, 4]])
    assert found.low_res.shape == (3, 1, 4, 4)
    extractor = extractor_for("digits", test.images, 3)
    values = likeness(extractor, found.made["bicubic"], found.real, silent)
    a, b = (x.float() / 127.5 - 1 for x in (found.made["bicubic"], found.real))
    assert values["psnr"] == pytest.approx(float(psnr(a, b).mean()))
    assert values["ssim"] == pytest.approx(float(gaussian_ssim(a, b).mean()))
    f, g = extractor.features(found.made["bicubic"]), extractor.features(found.real)
    angles = (f * g).sum(1) / (f.norm(dim=1) * g.norm(dim=1))
    assert values["perceptual"] == pytest.approx(float((1 - angles).mean()), abs=1e-5)


def test_equal_pictures_are_as_like_as_can_be_and_small_ones_have_no_ssim():
    images = load_dataset("digits", split="test").images[:5]
    values = likeness(extractor_for("digits", images, 5), images, images, silent)
    assert values == {"psnr": 100, "ssim": pytest.approx(1), "perceptual": pytest.approx(0, abs=1e-6)}
    small = images[:, :, :8, :8]
    assert "ssim" not in likeness(extractor_for("digits", images, 5), small, small, silent)


def test_the_reader_of_pixels_knows_the_images_it_looks_at(monkeypatch):
    train = load_dataset("digits")
    assert torch.equal(nearest_classes(train.images[:50], train, silent), train.labels[:50])
    monkeypatch.setattr(enlarging, "_KNOWN", 1)  # with one image known, everything looks like that
    assert len(set(nearest_classes(train.images[:50], train, silent).tolist())) == 1


def test_without_a_classifier_pixels_are_compared_alone(family, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)
    assert set(table_of(evaluate(family, "digits", N).metrics)) == {"agreement-pixels", "psnr", "ssim"}
