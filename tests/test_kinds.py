"""Kinds read off images whose kind is planted in their first pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from gan_core.data import ImageDataset
from gan_core.data.progress import silent
from gan_core.evaluation.kinds import information, kinds_of, read_images
from gan_core.family import Family
from gan_core.latent_spec import CodeReading, LatentSpec
from gan_core.phases import DataSpec, Phase
from gan_core.settings import Settings, UserError


class Planted(Family):
    """Two categorical codes of 4 and 3 values stand in pixels 0 and 1, the continuous one in pixel 2."""

    name = "planted"
    data_kinds = ("images",)
    Settings = Settings
    can_read_codes = True

    def __init__(self) -> None:
        super().__init__(Settings(), DataSpec("images", (1, 8, 8)))
        self.latent: LatentSpec = LatentSpec(10, cat_sizes=(4, 3), cont_codes=1)
        self.network = nn.Linear(1, 1)

    def modules(self) -> dict[str, nn.Module]:
        return {"network": self.network}

    def phases(self) -> Sequence[Phase]:
        return ()

    def read_codes(self, x: Tensor) -> CodeReading:
        pixels = ((x[:, 0, 0] + 1) * 127.5).round().long()
        hot = [nn.functional.one_hot(pixels[:, i], size) for i, size in enumerate((4, 3))]
        return CodeReading(20.0 * torch.cat(hot, dim=1), x[:, 0, 0, 2:3])


def images(*kinds: Sequence[int]) -> Tensor:
    pixels = torch.zeros(len(kinds), 1, 8, 8, dtype=torch.uint8)
    pixels[:, 0, 0, : len(kinds[0])] = torch.tensor(kinds, dtype=torch.uint8)
    return pixels


def labelled(first: list[int], labels: list[int], classes: int) -> ImageDataset:
    names = tuple("abcdefgh"[:classes])
    return ImageDataset("planted", images(*([kind, 0] for kind in first)), torch.tensor(labels), names)


def test_all_codes_are_read_also_of_more_images_than_are_read_at_once() -> None:
    reading = read_images(Planted(), images(*([i % 4, i % 3, 255] for i in range(1100))), silent)
    assert reading.q_logits.shape == (1100, 7)
    assert reading.q_logits[:, :4].argmax(1).tolist() == [i % 4 for i in range(1100)]
    assert reading.q_logits[:, 4:].argmax(1).tolist() == [i % 3 for i in range(1100)]
    assert reading.q_mean.tolist() == [[1.0]] * 1100


def test_kinds_are_matched_to_classes_and_ordered_by_them() -> None:
    family, data = Planted(), labelled([0, 0, 1, 1, 1, 2, 2, 3], [1, 1, 0, 0, 1, 2, 2, 2], 3)
    kinds = kinds_of(family, read_images(family, data.images, silent), data)
    assert kinds.counts.tolist() == [[0, 2, 0], [2, 1, 0], [0, 0, 2], [0, 0, 1]]
    assert kinds.class_of_kind.tolist() == [1, 0, 2, -1]
    assert kinds.order == [1, 0, 2, 3]
    assert kinds.accuracy == pytest.approx(6 / 8)
    assert kinds.collected(1, right=True).tolist() == [2, 3]
    assert kinds.collected(1, right=False).tolist() == [4]
    assert kinds.collected(3, right=True).tolist() == []
    assert kinds.collected(3, right=False).tolist() == [7]


def test_images_without_labels_have_no_classes_to_match() -> None:
    family, data = Planted(), ImageDataset("mine", images([0, 0]))
    with pytest.raises(UserError, match="no classes to compare kinds with"):
        kinds_of(family, read_images(family, data.images, silent), data)


def test_information_is_the_sum_over_the_codes() -> None:
    family = Planted()
    z = family.latent.sample(60, torch.Generator().manual_seed(0))
    c_cat = family.latent.split(z).c_cat
    right = read_images(family, images(*c_cat.tolist()), silent)
    assert information(family, z, right) == pytest.approx(math.log(4) + math.log(3), abs=1e-4)
    half = read_images(family, images(*([c, 0] for c in c_cat[:, 0].tolist())), silent)
    assert information(family, z, half) < math.log(4)
