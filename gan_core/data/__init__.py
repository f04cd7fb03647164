"""Data sets held in memory: 2-D points of known density, and images as uint8 tensors batched by indexing.

Names that need torch are imported when they are first used, so that listing the data sets stays instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gan_core.data.catalogue import DATASETS, DatasetInfo, data_dir, dataset_status, writable_data_dir

if TYPE_CHECKING:
    from gan_core.data.datasets import Dataset, ImageDataset, PointDataset, SequenceDataset
    from gan_core.data.loading import load_dataset
    from gan_core.data.stream import BatchStream
    from gan_core.data.uploads import list_uploads, store_upload, store_uploads, upload_at

__all__ = [
    "DATASETS",
    "BatchStream",
    "Dataset",
    "DatasetInfo",
    "ImageDataset",
    "PointDataset",
    "SequenceDataset",
    "data_dir",
    "dataset_status",
    "list_uploads",
    "load_dataset",
    "store_upload",
    "store_uploads",
    "upload_at",
    "writable_data_dir",
]

_HOMES = {
    "BatchStream": "stream",
    "Dataset": "datasets",
    "ImageDataset": "datasets",
    "PointDataset": "datasets",
    "SequenceDataset": "datasets",
    "list_uploads": "uploads",
    "load_dataset": "loading",
    "store_upload": "uploads",
    "store_uploads": "uploads",
    "upload_at": "uploads",
}

# A type checker sees the imports above; shown this function, it would accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
