"""Whether labels work and whether classes vary, on networks and counts whose answer is known."""

import numpy as np
import pytest
import torch

from gan_core.data.progress import silent
from gan_core.evaluation.labels import (
    LabelCheck,
    meanings,
    pictures_of_kinds,
    recognised_kinds,
    recognised_real,
)
from gan_core.evaluation.real import images_here, some_of_each
from gan_core.evaluation.spread import ClassSpread, Spread, spread
from gan_core.families.cgan import Cgan, CganSettings
from gan_core.phases import DataSpec
from gan_core.settings import UserError

NAMES = tuple("abcd")
REAL = np.diag([98, 100, 100, 98]) + np.diag([2, 0, 0], 1) + np.diag([0, 0, 2], -1)


def check(counts, **changes):
    return LabelCheck(NAMES, np.array(counts), REAL, **changes)


def sentences(counts, **changes):
    return [finding.sentence for finding in check(counts, **changes).findings()]


def test_labels_that_work_are_praised_beside_what_real_images_reach():
    good = check(np.eye(4, dtype=int) * 50)
    assert good.overall == 1
    assert good.real_overall == 0.99
    (finding,) = good.findings()
    assert finding.good
    assert "The label works: 100\u00a0%" in finding.sentence
    assert "99\u00a0%" in finding.sentence


def test_an_ignored_label_is_named_as_such():
    assert sentences(np.full((4, 4), 25)) == [
        "The label is ignored: only 25\u00a0% of the pictures are recognised as the class asked for, and "
        "guessing alone reaches 25\u00a0%."
    ]
    one_class_for_all = np.zeros((4, 4), int)
    one_class_for_all[:, 2] = 100
    assert "ignored" in sentences(one_class_for_all)[0]


def test_a_class_that_is_made_as_another_is_named():
    counts = np.eye(4, dtype=int) * 100
    counts[1] = [0, 5, 95, 0]
    counts[3] = [60, 0, 0, 40]
    found = check(counts).findings()
    assert [finding.good for finding in found] == [False, False, False]
    assert found[0].sentence == "Asked for b, it nearly always makes c (95\u00a0%)."
    assert found[1].sentence == "Asked for d, it mostly makes a (60\u00a0%)."


def test_a_class_that_is_hard_to_recognise_is_named():
    counts = np.eye(4, dtype=int) * 100
    counts[0] = [55, 15, 15, 15]
    assert sentences(counts)[0] == "Of a only 55\u00a0% are recognised, of real ones 98\u00a0%."


def test_without_real_images_the_counts_speak_for_themselves():
    alone = LabelCheck(NAMES, np.diag([100, 100, 100, 70]) + np.diag([0, 0, 0], 1), None)
    alone.counts[3, :3] = 10
    assert np.isnan(alone.real_overall)
    assert np.isnan(alone.real_of_class).all()
    said = [finding.sentence for finding in alone.findings()]
    assert said[0] == "Of d only 70\u00a0% are recognised."
    assert said[1].endswith("as the class asked for.")


def test_kinds_found_without_labels_are_called_by_what_they_mostly_are():
    counts = [[0, 90, 10, 0], [100, 0, 0, 0], [30, 30, 40, 0], [0, 10, 90, 0]]
    found = check(counts, coded=True)
    assert meanings(np.array(counts))[0] == (1, 0.9)
    assert found.expected == (1, 0, 2, 2)
    assert found.overall == pytest.approx(0.8)
    said = [finding.sentence for finding in found.findings()]
    assert said[0] == "No kind of its own: d."
    assert said[1] == "A mixture of several classes: kind 2."
    assert "80\u00a0%" in said[2]


def test_pictures_come_kind_by_kind_and_follow_the_seed():
    torch.manual_seed(0)
    settings = CganSettings(width=4, z_dim=4, stem_width=0, head_width=0, init="torch")
    family = Cgan(settings, DataSpec("images", (1, 16, 16), 3))
    family.generator.eval()
    pictures = pictures_of_kinds(family, 2, 7, silent)
    assert pictures.shape == (6, 1, 16, 16)
    assert pictures.dtype == torch.uint8
    assert torch.equal(pictures, pictures_of_kinds(family, 2, 7, silent))
    assert not torch.equal(pictures, pictures_of_kinds(family, 2, 8, silent))
    z = family.sample_z(6, torch.Generator().manual_seed(7))
    expected = family.generate(z, torch.tensor([0, 0, 1, 1, 2, 2])).detach()
    np.testing.assert_allclose(pictures.float() / 127.5 - 1, expected, atol=0.01)


def test_what_is_recognised_is_counted_for_each_kind():
    pictures = torch.tensor([0, 3, 1, 1]).view(4, 1, 1, 1).to(torch.uint8)
    counts = recognised_kinds(pictures, lambda x: x.flatten().long(), 2, 4, silent)
    assert counts.tolist() == [[1, 0, 0, 1], [0, 2, 0, 0]]


def test_real_images_are_judged_class_by_class():
    real = images_here("digits", 16, "test")
    counts = recognised_real(real, 20, lambda x: torch.zeros(len(x), dtype=torch.int64), silent)
    assert counts[:, 0].tolist() == [20] * 10
    assert counts.sum() == 200


def test_some_of_each_class_are_always_the_same_ones():
    labels = torch.tensor([0, 1] * 50 + [2] * 3)
    chosen = some_of_each(labels, 5)
    assert labels[chosen].tolist() == [0] * 5 + [1] * 5 + [2] * 3
    assert torch.equal(chosen, some_of_each(labels, 5))


def test_images_that_are_not_here_are_not_downloaded():
    with pytest.raises(UserError, match="Fashion-MNIST are not on this machine; train on them"):
        images_here("fashion-mnist", 28)
    with pytest.raises(UserError, match="'flowers' are not on this machine any more"):
        images_here("no/such/flowers.zip", 28)
    with pytest.raises(UserError, match="only images"):
        images_here("ring8", 28)


def test_the_spread_is_the_mean_distance_of_all_pairs():
    pictures = torch.randint(0, 256, (3, 1, 8, 8), generator=torch.Generator().manual_seed(0))
    features = torch.tensor([[0.0, 0], [3, 4], [0, 0]])
    found = spread(pictures.to(torch.uint8), features)
    assert found.distance == pytest.approx(10 / 3)
    assert -1 < found.similarity < 0.5
    same = spread(torch.zeros(3, 1, 8, 8, dtype=torch.uint8), torch.zeros(3, 2))
    assert same == (0, pytest.approx(1))


def test_a_single_picture_has_no_spread():
    with pytest.raises(UserError, match="at least 2 pictures"):
        spread(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), torch.zeros(1, 2))


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0.1, "almost always the same picture"),
        (0.5, "much less"),
        (0.8, "somewhat less"),
        (1.0, "as much as"),
        (1.3, "more than"),
    ],
)
def test_the_ratio_is_put_in_words(distance, words):
    assert words in ClassSpread(Spread(distance, 0), Spread(1.0, 0)).verdict
