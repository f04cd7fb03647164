"""Two domains of one data set: that no pair exists, and how scenes are painted."""

import pytest
import torch

from gan_core.data import BatchStream, ImageDataset, PointDataset, dataset_status, load_dataset
from gan_core.data.domains import halves, scenes


def rows(images):
    return {bytes(image.flatten().numpy()) for image in images}


def test_no_training_digit_is_plain_and_in_a_scene():
    base = load_dataset("digits")
    marked = ImageDataset(
        "marked", torch.arange(len(base))[:, None, None, None].expand(-1, 1, 4, 4), base.labels
    )
    plain, framed = halves(marked, "train")
    first, second = (set(half.images[:, 0, 0, 0].tolist()) for half in (plain, framed))
    assert not first & second
    assert first | second == set(range(len(base)))
    assert len(plain) == len(framed) == 750
    assert torch.equal(plain.labels, base.labels[plain.images[:, 0, 0, 0]])  # each keeps its class
    both = halves(marked, "test")
    assert both[0] is marked
    assert both[1] is marked


def test_the_data_set_holds_scenes_and_other_digits_plain():
    data = load_dataset("digits-scenes")
    assert data.spec.shape == (3, 16, 16)
    assert data.spec.other_shape == (1, 16, 16)
    assert data.spec.num_classes == 10
    _, framed = halves(load_dataset("digits"), "train")
    again = scenes(framed.images, seed=41)
    assert torch.equal(data.images, again)  # the cache holds what the seed paints
    assert not torch.equal(again, scenes(framed.images, seed=1))
    assert not rows(data.other.images) & rows(framed.images)


def test_ink_is_lighter_than_its_ground_and_colours_differ():
    stripe = torch.zeros(200, 1, 16, 16, dtype=torch.uint8)
    stripe[:, :, :, 7:9] = 255
    painted = scenes(stripe, seed=0).float()
    ink, ground = painted[:, :, :, 7:9].amax(1).mean((1, 2)), painted[:, :, :, :7].amax(1).mean((1, 2))
    assert (ink > ground + 60).all()
    assert painted[:, :, 0, 7].std(0).min() > 20  # ink has any hue
    assert painted[:, :, :, :7].std((2, 3)).mean() > 5  # the ground has a pattern


def test_a_batch_has_both_domains_and_goes_on_where_it_was_stopped():
    stream, again = (
        BatchStream(load_dataset("digits-scenes"), 64, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    for _ in range(13):  # past the end of an epoch of 11 batches
        stream.next()
    again.load_state_dict(stream.state_dict())
    a, b = stream.next(), again.next()
    assert a.other.shape == (64, 1, 16, 16)
    assert torch.equal(a.real, b.real)
    assert torch.equal(a.other, b.other)
    assert not torch.equal(a.other, stream.next().other)


def test_five_modes_are_to_become_ten():
    data = load_dataset("modes")
    assert isinstance(data, PointDataset)
    assert len(data.centres) == 10
    assert len(data.other.centres) == 5
    batch = BatchStream(data, 32, torch.Generator().manual_seed(0)).next()
    assert torch.cdist(batch.real, data.centres).min(1).values.max() < 6 * data.std
    assert torch.cdist(batch.other, data.other.centres).min(1).values.max() < 6 * data.other.std


def test_scenes_need_what_their_digits_need(monkeypatch, tmp_path):
    assert dataset_status("digits-scenes") == "ready"
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert dataset_status("mnist-scenes") == dataset_status("mnist") == "download"


@pytest.mark.parametrize("name", ["digits", "ring8"])
def test_other_data_sets_have_one_domain(name):
    data = load_dataset(name)
    assert data.other is None
    assert data.spec.other_shape is None
    assert BatchStream(data, 4, torch.Generator().manual_seed(0)).next().other is None
