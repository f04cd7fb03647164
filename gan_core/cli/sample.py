"""`sample SOURCE`: examples of a trained generator as arrays or as one picture."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from gan_core.cli.sheets import png_bytes
from gan_core.cli.source import Source, Step, open_source
from gan_core.cli.terminal import console
from gan_core.cli.waiting import shown_progress
from gan_core.settings import UserError

if TYPE_CHECKING:
    from gan_core.asking import Request
    from gan_core.data import ImageDataset
    from gan_core.family import Family

Array = NDArray[Any]

CHUNK = 256  # examples generated at once


def sample(
    source: Source,
    out: Annotated[Path, typer.Option(help="File to write: .npz for arrays, .png for a picture.")],
    n: Annotated[int, typer.Option("--n", min=1, max=1_000_000, help="How many.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    label: Annotated[
        int | None,
        typer.Option(
            help="Class to ask for, value of the first categorical code, or class of the images to translate."
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Data whose test images are translated; by default those it was trained on."),
    ] = None,
    caption: Annotated[
        str | None,
        typer.Option(
            help="Sentence to draw; by default captions of the test images, never seen in training."
        ),
    ] = None,
    step: Step = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Overwrite the file without asking.")] = False,
) -> None:
    """Write samples of a trained generator to a file.

    A family that translates images, e.g. outlines into digits, takes them from the test split of the data
    set it was trained on (digits are always there); the sheet shows what it was given, what it made and the
    real image. One that draws what sentences say takes --caption; its sheet shows sketches beside pictures.
    """
    from gan_core.building import images_for

    write = {".npz": npz_bytes, ".png": png_bytes}.get(out.suffix.lower())
    if write is None:
        raise UserError(f"--out must end in .npz or .png, got '{out}'")
    if out.exists() and not yes:
        typer.confirm(f"Overwrite {out}?", abort=True)
    model, _ = open_source(source, step)
    if caption is not None or model.family.can_illustrate:
        arrays = illustrated(model.family, dataset or model.card.dataset, n, seed, caption)
    elif model.family.can_translate and model.family.data.kind == "points":
        arrays = translated_points(model.family, dataset or model.card.dataset, n, seed)
    elif model.family.can_translate:
        with shown_progress() as tell:
            test = images_for(model.family, dataset or model.card.dataset, "test", tell)
        make = translated_both_ways if model.family.can_translate_back else translated
        arrays = make(model.family, test, n, seed, label)
    else:
        arrays = draw(model.family, n, seed, label, by_kind=out.suffix.lower() == ".png")
    _write(out, write(arrays))
    console().print(f"Wrote {n:,} samples of '{source}' to {out}", soft_wrap=True)


def draw(
    family: Family, n: int, seed: int, label: int | None = None, *, by_kind: bool = False
) -> dict[str, Array]:
    """Samples by the names of the `.npz` file.

    Args:
        family: Trained, in evaluation mode, on the CPU.
        n: Number of samples.
        seed: Seed of z; the same seed gives the same samples.
        label: Class, or value of the first categorical code, to ask for; None: every one equally likely.
        by_kind: Without a label, take the classes or values in order, each as often as the others and with
            the same noise, instead of drawing them.

    Returns:
        `images` `(n, H, W, C)` uint8, `points` `(n, 2)` or `sequences` `(n, T, C)` float32, and `z`
        `(n, z_dim)` float32; `labels` `(n,)` int64 where the family has classes; `codes_cat`
        `(n, categorical codes)` int64 and `codes_cont` `(n, continuous codes)` float32 where it has codes.

    Raises:
        UserError: The family does not generate, or has no such class.
    """
    import torch

    from gan_core.images import to_uint8

    with torch.inference_mode():
        z, y = _request(family, n, seed, label, by_kind)
        chunks = zip(torch.split(z, CHUNK), [None] * n if y is None else torch.split(y, CHUNK), strict=False)
        examples = torch.cat([family.generate(z_part, y_part) for z_part, y_part in chunks])
    if family.data.kind == "images":
        arrays = {"images": to_uint8(examples)}
    else:
        arrays = {family.data.kind: examples.numpy()}
    arrays |= {"z": z.numpy()} | ({} if y is None else {"labels": y.numpy()})
    if family.latent is not None and family.latent.has_codes:
        codes = family.latent.split(z)
        arrays |= {"codes_cat": codes.c_cat.numpy(), "codes_cont": codes.c_cont.numpy()}
    return arrays


def translated(
    family: Family, data: ImageDataset, n: int, seed: int, label: int | None = None
) -> dict[str, Array]:
    """What a family makes of condition images, by the names of the `.npz` file.

    Args:
        family: One that translates, in evaluation mode, on the CPU.
        data: Real images of the family's shape, which the conditions are made from.
        n: Number of images.
        seed: Seed of the choice of examples, of what is random in their conditions, and of z.
        label: Class of the examples; None: any.

    Returns:
        `images` `(n, H, W, C)`, `conditions` `(n, H', W', C')` and `real` `(n, H, W, C)`, all uint8; `labels`
        `(n,)` int64 where the examples have classes, `z` `(n, z_dim)` float32 where the family takes noise.

    Raises:
        UserError: There is no such class.
    """
    from gan_core.images import to_uint8
    from gan_core.translating import translate_some

    x_condition, made, real, y, z = translate_some(family, data, n, seed, label)
    arrays = {"images": to_uint8(made), "conditions": to_uint8(x_condition), "real": to_uint8(real)}
    return arrays | ({} if y is None else {"labels": y.numpy()}) | ({} if z is None else {"z": z.numpy()})


def illustrated(family: Family, dataset: str, n: int, seed: int, caption: str | None) -> dict[str, Array]:
    """Pictures of a sentence, or of captions of the test split, by the names of the `.npz` file.

    Args:
        family: One that draws sentences, in evaluation mode, on the CPU.
        dataset: Where captions come from without a sentence.
        n: Number of pictures.
        seed: Seed of the noise and of the choice of captions.
        caption: The sentence; None: captions of the test split.

    Returns:
        `images` `(n, H, W, C)` and `sketches` `(n, h, w, C)` uint8, and `captions` `(n,)` text.

    Raises:
        UserError: The family draws no sentences, or the sentence has words it does not know.
    """
    from gan_core.building import images_for
    from gan_core.illustrating import draw as draw_captions
    from gan_core.illustrating import some_captions, words_of
    from gan_core.images import to_uint8

    words = words_of(family)
    if caption is not None:
        tokens = words.encode(caption).expand(n, -1)
    else:
        tokens = some_captions(images_for(family, dataset, "test"), n, seed).captions
    drawn = draw_captions(family, tokens, seed)
    said = np.asarray([words.decode(row) for row in tokens])
    return {"images": to_uint8(drawn.picture), "sketches": to_uint8(drawn.sketch), "captions": said}


def translated_both_ways(
    family: Family, data: ImageDataset, n: int, seed: int, label: int | None = None
) -> dict[str, Array]:
    """What a family makes of both domains, by the names of the `.npz` file.

    Args:
        family: One that translates both ways, in evaluation mode, on the CPU.
        data: Real images of the family's shape, with its second domain.
        n: Number of images of each domain.
        seed: Seed of the choice of images and of z.
        label: Class of the images; None: any.

    Returns:
        `conditions`, `images` made of them and `loops` made of those; `real`, `back` made of them and
        `back_loops` made of those: all uint8 `(n, H, W, C)`. `labels` and `real_labels` `(n,)` int64 where
        there are classes, `z` `(n, z_dim)` float32 where the family takes noise.

    Raises:
        UserError: There is no such class.
    """
    from gan_core.images import to_uint8
    from gan_core.translating import some_ways

    ways, y_a, y_b, z = some_ways(family, data, n, seed, label)
    names = ("conditions", "images", "loops", "real", "back", "back_loops")
    arrays: dict[str, Array] = {name: to_uint8(x) for name, x in zip(names, ways, strict=True)}
    more = {"labels": y_a, "real_labels": y_b, "z": z}
    return arrays | {name: x.numpy() for name, x in more.items() if x is not None}


def translated_points(family: Family, dataset: str, n: int, seed: int) -> dict[str, Array]:
    """Points a family makes of another domain's: `points` and `conditions`, float32 `(n, 2)`, by seed.

    Raises:
        UserError: The data set holds no points of two domains.
    """
    import torch

    from gan_core.data import PointDataset, load_dataset
    from gan_core.translating import noise

    data, rng = load_dataset(dataset), torch.Generator().manual_seed(seed)
    if not isinstance(data, PointDataset) or data.other is None:
        raise UserError(f"the networks translate points of two domains but '{dataset}' has none; name modes")
    a, z = data.other.sample(n, rng), noise(family, n, rng)
    with torch.inference_mode():
        return {"points": family.translate(a, z).numpy(), "conditions": a.numpy()}


def _request(family: Family, n: int, seed: int, label: int | None, by_kind: bool) -> Request:
    """What to ask the family for."""
    import torch

    from gan_core.asking import ask, ask_any, num_kinds

    rng, kinds = torch.Generator().manual_seed(seed), num_kinds(family)
    if label is None:
        if not kinds or not by_kind:
            return ask_any(family, n, rng)
        kind = torch.arange(n) * kinds // max(n, kinds)
        column = torch.arange(n) - torch.searchsorted(kind, kind)
        return ask(family, family.sample_z(n, rng)[column], kind)
    if not kinds:
        raise UserError(f"family '{family.name}' cannot be asked for a class; leave out --label")
    if not 0 <= label < kinds:
        raise UserError(f"--label must be from 0 to {kinds - 1}, got {label}")
    return ask(family, family.sample_z(n, rng), torch.full((n,), label))


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """The arrays as a compressed `.npz` file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    from gan_core.runs.files import write_atomically

    try:
        write_atomically(path, content)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror}; choose another --out") from None
