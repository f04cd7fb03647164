from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_core.data.datasets import PointDataset
from gan_core.data.points import (
    DRAWING_EXTENT,
    POINT_BUILDERS,
    circle,
    drawn,
    grid25,
    line,
    load_points_file,
    read_points,
    ring8,
)
from gan_core.settings import UserError


def _lattice(half_width: float, cells: int) -> tuple[Tensor, float]:
    """Midpoints `(cells², 2)` of a square lattice and the area of a cell."""
    step = 2 * half_width / cells
    axis = -half_width + step * (torch.arange(cells) + 0.5)
    return torch.cartesian_prod(axis, axis), step**2


@pytest.mark.parametrize("name", POINT_BUILDERS)
def test_density_integrates_to_one(name: str) -> None:
    dataset = POINT_BUILDERS[name]()
    if dataset.has_modes and dataset.kernel_std < 0.1:
        # Tight modes are integrated one by one, on a lattice finer than their deviation.
        points, area = _lattice(6 * dataset.kernel_std, 40)
        near_one = torch.stack([dataset.density(points + centre).sum() * area for centre in dataset.kernels])
        torch.testing.assert_close(
            near_one, torch.full_like(near_one, 1 / len(dataset.kernels)), rtol=1e-3, atol=0
        )
        return
    points, area = _lattice(dataset.extent, 200)
    assert float(dataset.density(points).sum() * area) == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("name", POINT_BUILDERS)
def test_samples_have_the_moments_of_the_mixture(name: str) -> None:
    dataset = POINT_BUILDERS[name]()
    x = dataset.sample(20_000, torch.Generator().manual_seed(0))
    assert x.shape == (20_000, 2)
    assert x.dtype == torch.float32
    kernels = dataset.kernels.double()
    mean = kernels.mean(dim=0)
    covariance = torch.cov(kernels.T, correction=0) + dataset.kernel_std**2 * torch.eye(2)
    spread = float(kernels.std())
    torch.testing.assert_close(
        x.double().mean(dim=0), mean, rtol=0, atol=5 * spread / math.sqrt(20_000) + 1e-3
    )
    torch.testing.assert_close(torch.cov(x.double().T), covariance, rtol=0, atol=0.03 * spread**2 + 1e-3)


@pytest.mark.parametrize("name", POINT_BUILDERS)
def test_samples_lie_inside_the_plot_and_repeat_with_the_seed(name: str) -> None:
    dataset = POINT_BUILDERS[name]()
    first = dataset.sample(2_000, torch.Generator().manual_seed(3))
    assert float((first.abs() < dataset.extent).all(dim=1).float().mean()) > 0.99
    assert torch.equal(first, dataset.sample(2_000, torch.Generator().manual_seed(3)))


def test_samples_follow_the_density() -> None:
    dataset = POINT_BUILDERS["moons"]()
    x = dataset.sample(40_000, torch.Generator().manual_seed(1))
    points, area = _lattice(dataset.extent, 80)
    expected = (dataset.density(points) * area).reshape(20, 4, 20, 4).sum(dim=(1, 3))
    cell = ((x + dataset.extent) / (2 * dataset.extent) * 20).long().clamp(0, 19)
    counted = torch.bincount(cell[:, 0] * 20 + cell[:, 1], minlength=400).reshape(20, 20) / len(x)
    assert float((counted - expected).abs().sum()) < 0.06  # total variation of 400 cells at 40,000 draws


def test_ring8_is_the_published_ring() -> None:
    dataset = ring8()
    assert dataset.std == 0.01
    assert dataset.centres is not None
    torch.testing.assert_close(dataset.centres.norm(dim=1), torch.ones(8))
    gaps = torch.cdist(dataset.centres, dataset.centres) + 9 * torch.eye(8)
    assert float(gaps.min()) == pytest.approx(2 * math.sin(math.pi / 8), abs=1e-6)  # no mode is doubled


def test_grid25_is_the_published_grid() -> None:
    dataset = grid25()
    assert dataset.std == 0.05
    assert dataset.centres is not None
    assert sorted(map(tuple, dataset.centres.tolist())) == [
        (x, y) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)
    ]


@pytest.mark.parametrize("name", ["line", "circle", "moons", "drawn"])
def test_curves_have_no_modes(name: str) -> None:
    dataset = POINT_BUILDERS[name]()
    assert dataset.centres is None
    assert dataset.std is None


def test_the_circle_is_a_continuous_one() -> None:
    dataset, sigma = circle(), 0.05
    x = dataset.sample(500, torch.Generator().manual_seed(0))
    r, radius = x.double().norm(dim=1), 0.8
    # A uniform angle convolved with a Gaussian has a Bessel function in closed form.
    bessel = torch.special.i0e(r * radius / sigma**2)
    expected = (-((r - radius) ** 2) / (2 * sigma**2)).exp() * bessel / (2 * math.pi * sigma**2)
    torch.testing.assert_close(dataset.density(x).double(), expected, rtol=1e-3, atol=1e-6)


def test_the_line_is_a_continuous_one() -> None:
    dataset, sigma = line(), 0.05
    x = dataset.sample(500, torch.Generator().manual_seed(0)).double()
    half = math.hypot(0.8, 0.5)
    direction = torch.tensor([0.8, 0.5], dtype=torch.float64) / half
    along = x @ direction
    across = x @ torch.stack([-direction[1], direction[0]])
    inside = torch.special.ndtr((along + half) / sigma) - torch.special.ndtr((along - half) / sigma)
    expected = inside / (2 * half) * (-(across**2) / (2 * sigma**2)).exp() / (sigma * math.sqrt(2 * math.pi))
    torch.testing.assert_close(dataset.density(x.float()).double(), expected, rtol=2e-3, atol=1e-6)


def test_density_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = ring8()
    x = dataset.sample(50, torch.Generator().manual_seed(0))
    whole = dataset.density(x)
    monkeypatch.setattr("gan_core.data.datasets._DISTANCES_AT_ONCE", 24)
    assert torch.equal(dataset.density(x), whole)
    assert dataset.density(x[:0]).shape == (0,)


def test_density_far_away_is_zero_and_not_nan() -> None:
    assert ring8().density(torch.tensor([[1e4, 1e4]])).tolist() == [0.0]


def test_a_drawing_is_sampled_where_it_was_drawn() -> None:
    dataset = drawn([(0.5, 0.5), (-1.0, 0.0)])
    x = dataset.sample(400, torch.Generator().manual_seed(0))
    nearest = torch.cdist(x, torch.tensor([[0.5, 0.5], [-1.0, 0.0]])).min(dim=1)
    assert float(nearest.values.max()) < 0.15
    assert set(nearest.indices.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("drawing", "sentence"),
    [
        ([], "between 1 and 5,000 points, got 0"),
        ([(0.0, 0.0)] * 5001, "got 5,001"),
        ([(0.0, 0.0, 1.0)], r"two numbers from -1.5 to 1.5, got \(0.0, 0.0, 1.0\)"),
        ([(0.0, DRAWING_EXTENT + 0.1)], "two numbers"),
        ([(float("nan"), 0.0)], "two numbers"),
    ],
)
def test_a_wrong_drawing_is_refused(drawing: list[tuple[float, ...]], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        drawn(drawing)


def test_a_csv_file_is_centred_and_scaled(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    rng = np.random.default_rng(0)
    points = rng.normal((500.0, -70.0), (30.0, 10.0), (400, 2))
    path.write_text("x;y\n" + "\n".join(f"{x};{y}" for x, y in points) + "\n\n", encoding="utf-8-sig")
    dataset = load_points_file(path)
    assert isinstance(dataset, PointDataset)
    assert dataset.name == "sites.csv"
    assert len(dataset.kernels) == 400
    assert dataset.kernels.mean(dim=0).abs().max() < 1e-5
    assert float(dataset.kernels.square().mean().sqrt()) == pytest.approx(0.5, abs=1e-5)
    assert dataset.kernels.abs().max() < dataset.extent


def test_a_npy_file_gives_the_points_of_the_csv_file(tmp_path: Path) -> None:
    points = np.array([[0.0, 1.0], [2.5, -3.0], [4.0, 4.0]])
    np.save(tmp_path / "a.npy", points.astype(np.float32))
    (tmp_path / "a.csv").write_text("0, 1\n2.5, -3\n4, 4\n")
    np.testing.assert_array_equal(read_points(tmp_path / "a.npy"), points)
    np.testing.assert_array_equal(read_points(tmp_path / "a.csv"), points)


def test_points_too_close_to_be_squared_are_no_division_by_zero(tmp_path: Path) -> None:
    (tmp_path / "close.csv").write_text("0 0\n1e-200 0\n")
    assert load_points_file(tmp_path / "close.csv").kernels.tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x,y\n", "points, got 0"),
        ("1,2\n", "must hold 2 to 100,000 points, got 1"),
        ("1,2\n1,2\n", "one point again and again"),
        ("1,2\n3,four\n", "line 2: expected two numbers such as '0.5, -1.2', got '3,four'"),
        ("1,2\n3,4,5\n", "line 2"),
        ("1,2\nnan,4\n", "not a finite number"),
        ("1,2\n1e300,4\n", "not a finite number"),
        ("1,2\n" * 100_001, "points, got 100,001"),
    ],
)
def test_a_wrong_csv_file_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(UserError, match=sentence):
        load_points_file(tmp_path / "bad.csv")


def test_a_binary_csv_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(UserError, match="not a text file"):
        load_points_file(tmp_path / "bad.csv")


def test_an_oversized_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(33 * 2**20)
    with pytest.raises(UserError, match="larger than 32 MB"):
        load_points_file(tmp_path / "big.csv")


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((3, 3)), r"shape \(N, 2\), got float64 of shape \(3, 3\)"),
        (np.zeros(4), r"shape \(N, 2\)"),
        (np.zeros((2, 2), dtype=complex), "got complex128"),
        (np.array([["a", "b"]]), "must hold numbers"),
    ],
)
def test_a_wrong_array_is_refused(tmp_path: Path, array: np.ndarray, sentence: str) -> None:
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(UserError, match=sentence):
        load_points_file(tmp_path / "bad.npy")


class _Planted:
    """An object whose unpickling would leave a trace."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path(self.trace),)


def test_a_pickled_array_is_refused_and_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    np.save(tmp_path / "bad.npy", np.array([_Planted(str(trace))], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match=r"not a readable \.npy array"):
        load_points_file(tmp_path / "bad.npy")
    assert not trace.exists()


@pytest.mark.parametrize("kept", [0, 5, 60, 100])
def test_a_truncated_array_is_refused(tmp_path: Path, kept: int) -> None:
    np.save(tmp_path / "bad.npy", np.zeros((10, 2)))
    (tmp_path / "bad.npy").write_bytes((tmp_path / "bad.npy").read_bytes()[:kept])
    with pytest.raises(UserError, match=r"not a readable \.npy array"):
        load_points_file(tmp_path / "bad.npy")


def test_an_archive_under_the_name_of_an_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "bad.npy").open("wb") as file:
        np.savez(file, points=np.zeros((3, 2)))
    with pytest.raises(UserError, match="got an archive"):
        load_points_file(tmp_path / "bad.npy")
