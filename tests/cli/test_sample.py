"""What `sample` writes: arrays by the promised names, pictures, and nothing over a user's file unasked."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from typer.testing import CliRunner

from gan_core import translating
from gan_core.building import build_family, resolve_config
from gan_core.capabilities import Translation
from gan_core.cli import sample
from gan_core.cli.app import app
from gan_core.cli.sample import draw, npz_bytes, translated
from gan_core.cli.sheets import png_bytes
from gan_core.data import ImageDataset, load_dataset
from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.phases import DataSpec, Phase
from gan_core.settings import RunConfig, Settings, UserError


class Echo(Family):
    """A "generator" whose pixels are its class, or the sign of its noise."""

    name = "echo"
    title = summary = paper = default_dataset = ""
    Settings = Settings
    presets: Mapping[str, Mapping[str, object]] = {"default": {}}
    data_kinds = ("images", "points")
    latent = LatentSpec(2)

    def modules(self) -> dict[str, nn.Module]:
        return {}

    def phases(self) -> Sequence[Phase]:
        return ()

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if self.data.kind == "points":
            return 3 * z
        value = z[:, 0].sign() if y is None else y.float() / 10
        return value.view(-1, 1, 1, 1).expand(-1, *self.data.shape)


def _images(num_classes: int = 0) -> Echo:
    family = Echo(Settings(), DataSpec("images", (1, 8, 8), 10))
    family.num_classes = num_classes
    return family


def _points() -> Echo:
    return Echo(Settings(), DataSpec("points", (2,)))


def test_images_are_uint8_with_channels_last() -> None:
    arrays = draw(_images(), 5, seed=1)
    assert set(arrays) == {"images", "z"}
    assert arrays["images"].shape == (5, 8, 8, 1)
    assert arrays["images"].dtype == np.uint8
    np.testing.assert_array_equal(arrays["images"][:, 0, 0, 0], np.where(arrays["z"][:, 0] > 0, 255, 0))


def test_points_are_float32_pairs() -> None:
    arrays = draw(_points(), 7, seed=1)
    assert set(arrays) == {"points", "z"}
    assert arrays["points"].dtype == np.float32
    np.testing.assert_allclose(arrays["points"], 3 * arrays["z"])


def test_a_conditional_family_gets_labels_of_every_class() -> None:
    labels = draw(_images(num_classes=3), 60, seed=1)["labels"]
    assert labels.dtype == np.int64
    assert set(labels.tolist()) == {0, 1, 2}


def test_a_label_asks_for_that_class_alone() -> None:
    arrays = draw(_images(num_classes=3), 4, seed=1, label=2)
    assert arrays["labels"].tolist() == [2, 2, 2, 2]
    assert set(arrays["images"].ravel().tolist()) == {153}  # 0.2 on the scale from -1 to 1


@pytest.mark.parametrize("label", [-1, 3])
def test_a_class_that_does_not_exist_is_refused(label: int) -> None:
    with pytest.raises(UserError, match="from 0 to 2"):
        draw(_images(num_classes=3), 4, seed=1, label=label)


def test_a_label_is_refused_by_a_family_without_classes() -> None:
    with pytest.raises(UserError, match="leave out --label"):
        draw(_images(), 4, seed=1, label=0)


def test_the_same_seed_gives_the_same_samples_however_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = resolve_config(RunConfig(family="mlp", dataset="ring8"))
    family = build_family(config, DataSpec("points", (2,)))
    whole = draw(family, 10, seed=3)
    monkeypatch.setattr(sample, "CHUNK", 3)
    parts = draw(family, 10, seed=3)
    np.testing.assert_allclose(parts["points"], whole["points"], rtol=1e-5)
    assert not np.allclose(draw(family, 10, seed=4)["points"], whole["points"])


def test_a_sheet_of_images_is_nearly_square_and_crisp() -> None:
    with Image.open(io.BytesIO(png_bytes(draw(_images(), 6, seed=0)))) as sheet:
        assert sheet.size == (3 * 64 + 2, 2 * 64 + 1)
        assert set(sheet.get_flattened_data()) == {0, 255}


def test_a_picture_of_points_has_its_y_axis_upward() -> None:
    picture = png_bytes({"points": np.array([[0.0, 2.0]], np.float32)})
    with Image.open(io.BytesIO(picture)) as plot:
        pixels = np.asarray(plot)
    rows, columns = np.nonzero((pixels != 255).any(axis=2))
    assert rows.max() < plot.height // 10
    assert abs(columns.mean() - plot.width / 2) < 2


def test_an_npz_needs_no_unpickling() -> None:
    content = np.load(io.BytesIO(npz_bytes(draw(_points(), 3, seed=0))), allow_pickle=False)
    assert content["points"].shape == (3, 2)


def _coded() -> Echo:
    family = _images()
    family.latent = LatentSpec(2 + 4 + 1, "normal", (4,), 1)
    return family


def test_codes_are_told_beside_the_z_they_are_part_of() -> None:
    arrays = draw(_coded(), 30, seed=1)
    assert set(arrays) == {"images", "z", "codes_cat", "codes_cont"}
    assert (arrays["codes_cat"].shape, arrays["codes_cat"].dtype) == ((30, 1), np.int64)
    assert (arrays["codes_cont"].shape, arrays["codes_cont"].dtype) == ((30, 1), np.float32)
    assert set(arrays["codes_cat"].ravel()) == {0, 1, 2, 3}
    np.testing.assert_array_equal(arrays["z"][:, 2:6].argmax(axis=1), arrays["codes_cat"][:, 0])
    np.testing.assert_array_equal(arrays["z"][:, 6:], arrays["codes_cont"])


def test_a_label_asks_for_a_value_of_the_code() -> None:
    arrays = draw(_coded(), 5, seed=1, label=3)
    assert arrays["codes_cat"].ravel().tolist() == [3] * 5
    with pytest.raises(UserError, match="from 0 to 3"):
        draw(_coded(), 5, seed=1, label=4)


@pytest.mark.parametrize(("n", "rows"), [(9, [3, 3, 3]), (8, [3, 3, 2]), (2, [1, 1]), (3, [1, 1, 1])])
def test_by_kind_every_class_comes_equally_often_and_with_the_same_noise(n: int, rows: list[int]) -> None:
    arrays = draw(_images(num_classes=3), n, seed=1, by_kind=True)
    assert [(arrays["labels"] == c).sum() for c in range(len(rows))] == rows
    assert (np.diff(arrays["labels"]) >= 0).all()
    first = arrays["z"][: rows[0]]
    for c, length in enumerate(rows):
        np.testing.assert_array_equal(arrays["z"][arrays["labels"] == c], first[:length])


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_sheet_has_one_class_per_row(shuffled: bool) -> None:
    arrays = draw(_images(num_classes=3), 11, seed=0, by_kind=not shuffled)
    with Image.open(io.BytesIO(png_bytes(arrays))) as sheet:
        pixels = np.asarray(sheet)
    longest = int(np.bincount(arrays["labels"]).max())
    assert pixels.shape == (3 * 65 - 1, longest * 65 - 1)
    for c, shade in enumerate((128, 140, 153)):  # 0, 0.1 and 0.2 on the scale from -1 to 1
        row = pixels[65 * c + 5, 5::65]
        assert set(row.tolist()) <= {shade, 0}  # a short row ends in black
        assert (row == shade).sum() == (arrays["labels"] == c).sum()


def test_a_sheet_has_one_value_of_a_code_per_row() -> None:
    with Image.open(io.BytesIO(png_bytes(draw(_coded(), 12, seed=0, by_kind=True)))) as sheet:
        assert sheet.size == (3 * 65 - 1, 4 * 65 - 1)


class Negative(Echo):
    """Translates a picture into its negative."""

    can_translate = True
    latent = None
    translation = Translation((1, 8, 8), "picture", LatentSpec(3))

    def condition_of(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return x

    def translate(self, x_condition: Tensor, z: Tensor | None = None) -> Tensor:
        assert z is not None
        assert len(z) == len(x_condition)
        return -x_condition


def _shades() -> ImageDataset:
    """Six even pictures, as bright as their number; classes 0, 1, 2 in turn."""
    images = torch.arange(6, dtype=torch.uint8).mul(20).view(-1, 1, 1, 1).expand(-1, 1, 8, 8)
    return ImageDataset("shades", images.contiguous(), torch.arange(6) % 3, ("a", "b", "c", "d"))


def _negative() -> Negative:
    return Negative(Settings(), DataSpec("images", (1, 8, 8), 4))


def test_translated_images_come_with_what_they_were_made_from() -> None:
    arrays = translated(_negative(), _shades(), 6, seed=1)
    assert set(arrays) == {"images", "conditions", "real", "labels", "z"}
    assert sorted(arrays["real"][:, 0, 0, 0].tolist()) == [0, 20, 40, 60, 80, 100]  # each once
    np.testing.assert_array_equal(arrays["conditions"], arrays["real"])
    np.testing.assert_array_equal(arrays["images"], 255 - arrays["real"])
    np.testing.assert_array_equal(arrays["labels"], arrays["real"][:, 0, 0, 0] // 20 % 3)
    again, other = (translated(_negative(), _shades(), 6, seed=seed) for seed in (1, 2))
    np.testing.assert_array_equal(again["z"], arrays["z"])
    assert not np.array_equal(other["z"], arrays["z"])


def test_a_label_asks_for_examples_of_that_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translating, "AT_ONCE", 3)
    assert translated(_negative(), _shades(), 7, seed=1, label=2)["labels"].tolist() == [2] * 7
    with pytest.raises(UserError, match="no class 4; classes are 0 to 3"):
        translated(_negative(), _shades(), 1, seed=1, label=4)
    with pytest.raises(UserError, match="no example of class 3"):
        translated(_negative(), _shades(), 1, seed=1, label=3)


def test_a_sheet_of_translated_images_shows_threes() -> None:
    arrays = translated(_negative(), _shades(), 4, seed=0)
    with Image.open(io.BytesIO(png_bytes(arrays))) as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape == (4 * 64 + 3 * 4, 3 * 64)  # one three per row
    for row in range(4):
        given, made, real = (int(pixels[68 * row + 5, 64 * column + 5]) for column in range(3))
        assert (given, made) == (real, 255 - real)


def test_the_command_translates_the_test_split_of_the_embedded_digits(tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    result = CliRunner().invoke(
        app, ["sample", "pix2pix-digits", "--n", "3", "--label", "7", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    content = np.load(out, allow_pickle=False)
    assert content["labels"].tolist() == [7, 7, 7]
    test = load_dataset("digits", split="test")
    assert isinstance(test, ImageDataset)
    known = {image.numpy().tobytes() for image in test.images}
    assert all(image.transpose(2, 0, 1).tobytes() in known for image in content["real"])
    difference = np.abs(content["images"].astype(float) - content["real"]).mean() / 255
    assert difference < 0.1


@pytest.fixture
def echo_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loaded:
        family = _images()

    monkeypatch.setattr(sample, "open_source", lambda source, step: (Loaded, None))


@pytest.mark.usefixtures("echo_weights")
@pytest.mark.parametrize("name", ["out.png", "folder/out.npz"])
def test_the_command_writes_the_file(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    result = CliRunner().invoke(app, ["sample", "echo", "--n", "4", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 0


@pytest.mark.usefixtures("echo_weights")
def test_a_file_that_exists_is_kept_unless_the_user_agrees(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    out.write_text("mine")
    command = ["sample", "echo", "--out", str(out)]
    assert CliRunner().invoke(app, command, input="n\n").exit_code == 1
    assert out.read_text() == "mine"
    assert CliRunner().invoke(app, command, input="y\n").exit_code == 0
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("echo_weights")
def test_another_ending_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sample", "echo", "--out", str(tmp_path / "out.jpg")])
    assert result.exit_code == 2
    assert ".npz or .png" in result.stderr


@pytest.mark.usefixtures("echo_weights")
def test_a_place_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["sample", "echo", "--out", str(tmp_path / "file" / "out.png")])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_an_unknown_source_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sample", "nowhere", "--out", str(tmp_path / "out.png")])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_points_of_one_domain_become_points_of_the_other() -> None:
    family = build_family(
        resolve_config(RunConfig(family="discogan", dataset="modes", settings={"width": 8, "z_dim": 0})),
        DataSpec("points", (2,), other_shape=(2,)),
    )
    arrays = sample.translated_points(family, "modes", 30, seed=1)
    assert arrays["points"].shape == arrays["conditions"].shape == (30, 2)
    expected = family.translate(torch.from_numpy(arrays["conditions"])).detach().numpy()
    np.testing.assert_allclose(arrays["points"], expected)
    assert png_bytes(arrays).startswith(b"\x89PNG")
    with pytest.raises(UserError, match="name modes"):
        sample.translated_points(family, "ring8", 3, seed=1)


def test_loops_of_both_domains_stand_beside_each_other() -> None:
    family = build_family(
        resolve_config(
            RunConfig(family="discogan", dataset="digits-scenes", settings={"width": 8, "blocks": 0})
        ),
        DataSpec("images", (3, 16, 16), 10, (1, 16, 16)),
    )
    test = load_dataset("digits-scenes", split="test")
    arrays = sample.translated_both_ways(family, test, 5, seed=0, label=4)
    assert arrays["conditions"].shape == arrays["loops"].shape == arrays["back"].shape == (5, 16, 16, 1)
    assert arrays["images"].shape == arrays["real"].shape == arrays["back_loops"].shape == (5, 16, 16, 3)
    assert set(arrays["labels"]) == set(arrays["real_labels"]) == {4}
    assert arrays["z"].shape == (5, 8)
    with Image.open(io.BytesIO(png_bytes(arrays))) as sheet:
        assert sheet.size[0] == 6 * 4 * 16  # six pictures of 64 pixels
