"""The 2-D point data sets, from formulas, drawings and files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_core.data.datasets import PointDataset
from gan_core.settings import UserError

DRAWING_EXTENT = 1.5
_CURVE_KERNELS = 512  # at most 0.2 standard deviations apart on every curve below
_JITTER = 0.03  # deviation around the points of drawings and files
_MAX_DRAWING_POINTS = 5_000
_MAX_FILE_POINTS = 100_000
_MAX_FILE_BYTES = 32 * 2**20
_FILE_STD = 0.5  # spread a file's points are scaled to, that of the built-in sets


def ring8() -> PointDataset:
    """Eight Gaussians on the unit circle, deviation 0.01.

    Source: Lin et al. 2018 (PacGAN, arXiv:1712.04086), the 2D-ring of its synthetic experiments.
    """
    angles = torch.arange(8, dtype=torch.float64) * (2 * math.pi / 8)
    return PointDataset("ring8", _around(angles), 0.01, extent=1.5, has_modes=True)


def grid25() -> PointDataset:
    """Twenty-five Gaussians on {-4, -2, 0, 2, 4}², deviation 0.05.

    Source: Lin et al. 2018 (PacGAN, arXiv:1712.04086), the 2D-grid of its synthetic experiments.
    """
    axis = torch.tensor([-4.0, -2.0, 0.0, 2.0, 4.0])
    return PointDataset("grid25", torch.cartesian_prod(axis, axis), 0.05, extent=5.0, has_modes=True)


def two_gaussians() -> PointDataset:
    """Two round Gaussians of deviation 0.15 around (-0.5, -0.5) and (0.5, 0.5)."""
    return PointDataset(
        "two-gaussians", torch.tensor([[-0.5, -0.5], [0.5, 0.5]]), 0.15, extent=1.5, has_modes=True
    )


def three_blobs() -> PointDataset:
    """Three round Gaussians of deviation 0.1 at the corners of a triangle, far apart."""
    angles = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3) + math.pi / 2
    return PointDataset("three-blobs", _around(angles) * 0.8, 0.1, extent=1.5, has_modes=True)


def line() -> PointDataset:
    """Points along the segment from (-0.8, -0.5) to (0.8, 0.5), deviation 0.05."""
    along = _midpoints(-1.0, 1.0, _CURVE_KERNELS)
    return PointDataset("line", torch.stack([0.8 * along, 0.5 * along], dim=1).float(), 0.05, extent=1.5)


def circle() -> PointDataset:
    """Points along the circle of radius 0.8 around the origin, deviation 0.05."""
    angles = _midpoints(0.0, 2 * math.pi, _CURVE_KERNELS)
    return PointDataset("circle", _around(angles) * 0.8, 0.05, extent=1.5)


def moons() -> PointDataset:
    """Two interleaved half circles of radius 1, centred on the origin together, deviation 0.08."""
    upper = _around(_midpoints(0.0, math.pi, _CURVE_KERNELS // 2)) - torch.tensor([0.5, 0.25])
    return PointDataset("moons", torch.cat([upper, -upper]), 0.08, extent=2.0)


def drawn(drawing: Sequence[Sequence[float]] | None = None) -> PointDataset:
    """Points jittered around those of a drawing, deviation 0.03.

    Args:
        drawing: Points of the strokes as (x, y) pairs, each coordinate in [-1.5, 1.5]; None: a heart.

    Raises:
        UserError: The drawing is empty, too long, or has a point that is not two numbers in range.
    """
    if drawing is None:
        return PointDataset("drawn", _heart(), _JITTER, DRAWING_EXTENT)
    if not 1 <= len(drawing) <= _MAX_DRAWING_POINTS:
        raise UserError(f"a drawing needs between 1 and {_MAX_DRAWING_POINTS:,} points, got {len(drawing):,}")
    for point in drawing:
        if len(point) != 2 or not all(abs(value) <= DRAWING_EXTENT for value in point):
            raise UserError(
                f"a drawing's points must be two numbers from -{DRAWING_EXTENT} to {DRAWING_EXTENT}, "
                f"got {tuple(point)}"
            )
    return PointDataset("drawn", torch.tensor(drawing, dtype=torch.float32), _JITTER, DRAWING_EXTENT)


def modes() -> PointDataset:
    """Ten Gaussians on the unit circle, and five in a row as the domain to translate from.

    The ten have deviation 0.05. The five have deviation 0.02 and lie 0.2 apart around the origin, so close
    together that an untrained network takes them all to one place.

    Source: Kim et al. 2017 (arXiv:1703.05192), section 3.2: five source modes, ten target modes. The paper
    does not say where they lie.
    """
    targets = math.pi / 2 + torch.arange(10, dtype=torch.float64) * (2 * math.pi / 10)
    row = torch.tensor([[-0.4, 0.0], [-0.2, 0.0], [0.0, 0.0], [0.2, 0.0], [0.4, 0.0]])
    other = PointDataset("modes", row, 0.02, extent=0.6, has_modes=True)
    return PointDataset("modes", _around(targets), 0.05, extent=1.5, has_modes=True, other=other)


POINT_BUILDERS: dict[str, Callable[[], PointDataset]] = {
    "ring8": ring8,
    "grid25": grid25,
    "two-gaussians": two_gaussians,
    "three-blobs": three_blobs,
    "line": line,
    "circle": circle,
    "moons": moons,
    "drawn": drawn,
    "modes": modes,
}


def load_points_file(path: Path) -> PointDataset:
    """A data set around the points of a file, centred and scaled to a spread of 0.5, jittered by 0.03.

    Args:
        path: A `.csv` file with two numbers a line, or a `.npy` file with an array `(N, 2)`.

    Raises:
        UserError: The file cannot be read or does not hold points.
    """
    points = read_points(path)
    points = points - points.mean(axis=0)
    spread = float(np.sqrt((points**2).mean()))
    if spread > 0:
        points = points * (_FILE_STD / spread)
    extent = 1.1 * float(np.abs(points).max()) + 3 * _JITTER
    return PointDataset(path.name, torch.from_numpy(points.astype(np.float32)), _JITTER, extent)


def read_points(path: Path, title: str | None = None) -> np.ndarray:
    """The points of a `.csv` or `.npy` file as written in it, `(N, 2)` float64.

    Args:
        path: The file.
        title: What error messages call it; None: its name.

    Raises:
        UserError: The file cannot be read or does not hold points.
    """
    title = title or path.name
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise UserError(f"'{title}' is larger than {_MAX_FILE_BYTES // 2**20} MB; thin the points out")
        points = _read_npy(path, title) if path.suffix.lower() == ".npy" else _read_csv(path, title)
    except OSError as error:
        raise UserError(f"could not read '{title}' ({error.strerror or error}); check the file") from error
    if not 2 <= len(points) <= _MAX_FILE_POINTS:
        raise UserError(f"'{title}' must hold 2 to {_MAX_FILE_POINTS:,} points, got {len(points):,}")
    # Larger values would overflow when squared; infinities and NaN fail the comparison too.
    if not (np.abs(points) < 1e100).all():
        raise UserError(f"'{title}' holds a value that is not a finite number; remove that point")
    if (points == points[0]).all():
        raise UserError(
            f"'{title}' holds one point again and again: nothing is to be learned from it; add others"
        )
    return points


def _read_npy(path: Path, title: str) -> np.ndarray:
    try:
        array = np.load(
            path, mmap_mode="r", allow_pickle=False
        )  # mapped: a false shape in the header allocates nothing
    except (ValueError, EOFError) as error:
        raise UserError(f"'{title}' is not a readable .npy array; save it with numpy.save") from error
    if (
        not isinstance(array, np.ndarray)
        or array.dtype.kind not in "fiu"
        or array.ndim != 2
        or array.shape[1] != 2
    ):
        found = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else "an archive"
        raise UserError(f"'{title}' must hold numbers of shape (N, 2), got {found}")
    return np.array(array, dtype=np.float64)


def _read_csv(path: Path, title: str) -> np.ndarray:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"'{title}' is not a text file; save it as CSV in UTF-8") from error
    rows: list[tuple[float, float]] = []
    for number, text in enumerate(lines, start=1):
        cells = text.replace(",", " ").replace(";", " ").split()
        if not cells:
            continue
        try:
            x, y = map(float, cells)
        except ValueError as error:
            if number == 1:
                continue  # a heading
            raise UserError(
                f"'{title}', line {number}: expected two numbers such as '0.5, -1.2', got {text[:40]!r}"
            ) from error
        rows.append((x, y))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _midpoints(start: float, stop: float, n: int) -> Tensor:
    """The midpoints `(n,)` float64 of n equal parts of an interval; a mean over them is the midpoint rule."""
    return start + (stop - start) * (torch.arange(n, dtype=torch.float64) + 0.5) / n


def _around(angles: Tensor) -> Tensor:
    """Points `(n, 2)` float32 on the unit circle at `angles` `(n,)` in radians."""
    return torch.stack([angles.cos(), angles.sin()], dim=1).float()


def _heart() -> Tensor:
    """A heart `(512, 2)` within the drawing area, drawn when the user has not drawn anything."""
    t = _midpoints(0.0, 2 * math.pi, _CURVE_KERNELS)
    x = 16 * t.sin() ** 3
    y = 13 * t.cos() - 5 * (2 * t).cos() - 2 * (3 * t).cos() - (4 * t).cos() + 2.5  # moved up to be centred
    return torch.stack([x, y], dim=1).float() / 16
