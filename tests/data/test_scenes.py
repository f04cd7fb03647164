"""Scenes composed from handwriting: what is where, in which colour and size, and what is held out."""

import pytest
import torch

from gan_core.data import ImageDataset, load_dataset
from gan_core.data.captions import BESIDE, LEFT, MIDDLE, NO_THING, RIGHT, STACKED, TEXT, read
from gan_core.data.scenes import COUNTS, SceneDataset, build_scenes, held_out
from gan_core.images import from_uint8
from gan_core.text_spec import OPEN


@pytest.fixture(scope="module")
def scenes():
    marks = torch.zeros(40, 1, 28, 28, dtype=torch.uint8)
    marks[:, :, 4:24, 10:18] = 255  # twenty pixels high, eight wide
    digits = ImageDataset("bars", marks, torch.arange(40) % 10, tuple("0123456789"))
    patched = {"train": 600, "test": 200}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_core.data.scenes.COUNTS", patched)
        yield {split: build_scenes("bars", digits, 64, split) for split in patched}


def rows_of(data, **wanted):
    """Positions of the scenes whose attributes at the given places have the given values."""
    attributes = data.table.attributes.long()
    fits = torch.ones(len(data), dtype=torch.bool)
    for column, value in wanted.items():
        fits &= attributes[:, int(column[1:])] == value
    return fits.nonzero().flatten()


def test_a_batch_has_scenes_captions_and_attributes(scenes):
    data = scenes["train"]
    batch = data.batch(torch.arange(5))
    assert batch.real.shape == (5, 3, 64, 64)
    assert batch.real.min() == -1
    assert batch.real.max() <= 1
    assert batch.captions.shape == (5, TEXT.length)
    assert batch.captions.dtype == batch.attributes.dtype == torch.int64
    assert data.spec.shape == (3, 64, 64)
    assert data.spec.text is TEXT
    assert torch.equal(batch.real, data.batch(torch.arange(5)).real)


def test_captions_say_what_the_attributes_are(scenes):
    batch = scenes["test"].batch(torch.arange(100))
    for tokens, row in zip(batch.captions, batch.attributes.tolist(), strict=True):
        assert list(read(TEXT.decode(tokens)).row) == row
    assert torch.equal(batch.said, batch.attributes)  # captions of the test leave nothing out
    some = scenes["train"].batch(torch.arange(100))
    assert ((some.said == some.attributes) | (some.said == OPEN)).all()
    assert 0.02 < (some.said == OPEN).float().mean() < 0.4


def test_things_stand_where_they_should_in_their_colour_and_size(scenes):
    data = scenes["train"]
    for layout, side in ((LEFT, -1), (RIGHT, 1)):
        ink = (data.compose(rows_of(data, a0=layout)) + 1).sum(dim=(1, 2))  # by column
        centre = (ink * torch.linspace(-1, 1, 64)).sum(dim=1) / ink.sum(dim=1)
        assert ((centre * side > 0.3) & (centre * side < 0.65)).all()
    red = data.compose(rows_of(data, a0=MIDDLE, a2=0))
    assert (red.amax(dim=(2, 3)).argmax(dim=1) == 0).all()  # the red channel is the brightest
    lengths = []
    for size in (0, 1):
        ink = data.compose(rows_of(data, a0=MIDDLE, a1=size)).amax(dim=1).amax(dim=2)  # by row
        lengths.append((ink > -0.5).sum(dim=1))
    assert 15 <= lengths[0].min() <= lengths[0].max() <= 22
    assert 25 <= lengths[1].min() <= lengths[1].max() <= 33


def test_the_first_thing_is_the_upper_or_left_one(scenes):
    data, half = scenes["train"], torch.arange(64) < 32
    for layout, columns in ((BESIDE, True), (STACKED, False)):
        found = rows_of(data, a0=layout, a2=0, a5=2)  # a red thing first, a blue one second
        assert len(found)
        x = data.compose(found)
        x = x if columns else x.transpose(2, 3)
        first, second = x[..., half].mean(dim=(2, 3)), x[..., ~half].mean(dim=(2, 3))
        assert (first.argmax(dim=1) == 0).all()
        assert (second.argmax(dim=1) == 2).all()


def test_a_single_thing_leaves_the_rest_black(scenes):
    data = scenes["train"]
    alone = rows_of(data, a4=NO_THING[0])
    ink = (data.compose(alone) > -0.5).any(dim=1).sum(dim=(1, 2))
    assert (ink < 32 * 18).all()


def test_splits_share_no_combination_and_no_seed(scenes):
    train, test = (data.table.attributes.long() for data in scenes.values())
    assert not held_out(train).any()
    assert held_out(test).all()
    assert not {tuple(row) for row in train.tolist()} & {tuple(row) for row in test.tolist()}


def test_two_things_are_never_alike(scenes):
    rows = scenes["train"].table.attributes
    assert not (rows[:, 1:4] == rows[:, 4:]).all(dim=1).any()


def test_all_images_are_the_batches(scenes):
    data = scenes["test"].subset(torch.tensor([7, 3]))
    assert isinstance(data, SceneDataset)
    assert data.images.dtype == torch.uint8
    shown = from_uint8(data.images)
    torch.testing.assert_close(shown, scenes["test"].batch(torch.tensor([7, 3])).real, atol=0.01, rtol=0)


def test_the_embedded_digits_do_without_mnist(monkeypatch):
    monkeypatch.setitem(COUNTS, "test", 20)
    monkeypatch.setattr("gan_core.data.loading.dataset_status", lambda name: "download")
    data = load_dataset("captioned-digits", split="test", image_size=32)
    assert data.spec.shape == (3, 32, 32)
    assert (data.images.amax(dim=(1, 2, 3)) > 150).all()
