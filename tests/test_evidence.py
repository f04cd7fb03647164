"""Evidence: the examples shown are those that were counted."""

import numpy as np
import pytest
import torch

from gan_core.building import build_family
from gan_core.evaluation.evidence import SHOWN, gather
from gan_core.phases import DataSpec
from gan_core.settings import UserError
from gan_core.weights import load
from tests.short_runs import tiny_game


class TestPoints:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls):
        family = build_family(tiny_game(), DataSpec("points", (2,)))

        def exact(z, y=None):
            """Half of the points on the first mode, half on the third, one in ten beside them."""
            angle = torch.where(z[:, 0] > 0, 0.0, torch.pi / 2)
            points = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
            points[::10] *= 1.2
            return points

        family.generate = exact
        return gather(family, "ring8", 200)

    def test_each_point_is_given_the_mode_it_lies_at(self, found):
        counts = [kind.count for kind in found.diagnosis.census.kinds]
        modes = found.points.mode
        assert counts == np.bincount(modes[modes >= 0], minlength=8).tolist()
        assert (modes == -1).sum() == 20
        assert set(modes[modes >= 0]) == {0, 2}
        assert found.diagnosis.census.covered == 2
        assert len(found.diagnosis.census.missing) == 6

    def test_repeated_points_are_pairs_of_equal_ones(self, found):
        pair = found.diagnosis.duplicates.pairs[0]
        assert np.array_equal(found.points.made[pair.first], found.points.made[pair.second])
        assert found.images is None


class TestImages:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls):
        torch.set_num_threads(1)
        return gather(load("dcgan-digits").family, "digits", 200)

    def test_there_are_pictures_of_every_kind_that_was_counted(self, found):
        kinds, made = found.diagnosis.census.kinds, found.images.made
        assert [len(each) for each in made] == [min(kind.count, SHOWN) for kind in kinds]
        assert all(each.dtype == np.uint8 and each.shape[1:] == (16, 16, 1) for each in made)
        assert all(len(each) == 3 for each in found.images.real)

    def test_pairs_are_the_closest_ones_of_the_diagnosis(self, found):
        assert len(found.images.pairs) == 2 * len(found.diagnosis.duplicates.pairs)

    def test_a_family_that_makes_nothing_from_noise_is_refused_in_one_sentence(self):
        with pytest.raises(UserError, match="'pix2pix' makes nothing from noise alone") as caught:
            gather(load("pix2pix-digits").family, "digits", 100)
        assert "\n" not in str(caught.value)
