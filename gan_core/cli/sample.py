"""`sample SOURCE`: examples of a trained generator as arrays or as one picture."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from gan_core.cli.terminal import console
from gan_core.settings import UserError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from gan_core.family import Family

Array = NDArray[Any]

Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="Name in weights/, id of a run, or path of a .safetensors file."),
]

CHUNK = 256  # examples generated at once
TILE = 64  # pixels: small pictures are enlarged to about this side
MANY_TILES = 256  # pictures beyond which a sheet is not enlarged
PLOT = 512  # pixels: side of the picture of points
DOT = 2  # pixels: radius of a point
FAKE_COLOUR = (0xA3, 0x3E, 0xBD)


def sample(
    source: Source,
    out: Annotated[Path, typer.Option(help="File to write: .npz for arrays, .png for a picture.")],
    n: Annotated[int, typer.Option("--n", min=1, max=1_000_000, help="How many.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    label: Annotated[int | None, typer.Option(help="Class to ask a conditional family for.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Overwrite the file without asking.")] = False,
) -> None:
    """Write samples of a trained generator to a file."""
    from gan_core import weights
    from gan_core.runs.store import RunStore

    write = {".npz": npz_bytes, ".png": png_bytes}.get(out.suffix.lower())
    if write is None:
        raise UserError(f"--out must end in .npz or .png, got '{out}'")
    if out.exists() and not yes:
        typer.confirm(f"Overwrite {out}?", abort=True)
    family = weights.load(source, RunStore()).family
    _write(out, write(draw(family, n, seed, label)))
    console().print(f"Wrote {n:,} samples of '{source}' to {out}", soft_wrap=True)


def draw(family: Family, n: int, seed: int, label: int | None = None) -> dict[str, Array]:
    """Samples by the names of the `.npz` file.

    Args:
        family: Trained, in evaluation mode, on the CPU.
        n: Number of samples.
        seed: Seed of z; the same seed gives the same samples.
        label: Class to ask for; None: drawn like the rest of the noise where the family has classes.

    Returns:
        `images` `(n, H, W, C)` uint8 or `points` `(n, 2)` float32, `z` `(n, z_dim)` float32, and `labels`
        `(n,)` int64 where the family has classes.

    Raises:
        UserError: The family does not generate, or has no such class.
    """
    import torch

    from gan_core.images import to_uint8

    rng = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        z = family.sample_z(n, rng)
        y = _labels(family, n, rng, label)
        chunks = zip(torch.split(z, CHUNK), [None] * n if y is None else torch.split(y, CHUNK), strict=False)
        examples = torch.cat([family.generate(z_part, y_part) for z_part, y_part in chunks])
    arrays = {"points": examples.numpy()} if family.data.kind == "points" else {"images": to_uint8(examples)}
    return arrays | {"z": z.numpy()} | ({} if y is None else {"labels": y.numpy()})


def _labels(family: Family, n: int, rng: torch.Generator, label: int | None) -> Tensor | None:
    """Classes to ask for `(n,)` int64: all `label`, or drawn evenly; None if the family has no classes."""
    import torch

    classes = family.num_classes
    if label is None:
        return torch.randint(classes, (n,), generator=rng) if classes else None
    if not classes:
        raise UserError(f"family '{family.name}' cannot be asked for a class; leave out --label")
    if not 0 <= label < classes:
        raise UserError(f"--label must be from 0 to {classes - 1}, got {label}")
    return torch.full((n,), label)


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """The arrays as a compressed `.npz` file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def png_bytes(arrays: Mapping[str, Array]) -> bytes:
    """Images as a nearly square sheet, or points as dots in a plane, as a PNG file."""
    from gan_core import images

    if "points" in arrays:
        return images.png(_dots(arrays["points"]))
    pictures = arrays["images"]
    scale = 1 if len(pictures) > MANY_TILES else max(1, round(TILE / pictures.shape[1]))
    return images.png(images.grid(pictures, math.ceil(math.sqrt(len(pictures))), scale=scale))


def _dots(points: Array) -> Array:
    """Points `(N, 2)` as dots on white, `(PLOT, PLOT, 3)` uint8, in the smallest square around the origin."""
    extent = max(1e-6, float(np.abs(points).max())) * 1.05
    centres = np.rint((points * (1, -1) / extent + 1) / 2 * (PLOT - 1)).astype(int)  # y points upward
    picture = np.full((PLOT, PLOT, 3), 255, np.uint8)
    for dx in range(-DOT, DOT + 1):
        for dy in range(-DOT, DOT + 1):
            if dx * dx + dy * dy <= DOT * DOT:
                x, y = np.clip(centres + np.array((dx, dy)), 0, PLOT - 1).T
                picture[y, x] = FAKE_COLOUR
    return picture


def _write(path: Path, content: bytes) -> None:
    from gan_core.runs.files import write_atomically

    try:
        write_atomically(path, content)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror}; choose another --out") from None
