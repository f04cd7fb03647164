"""Choosing what a run learns: a data set by name, a drawing, or the viewer's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.data import DATASETS, dataset_status
from gan_core.settings import RunConfig, UserError
from pages.components import actions, run_state, text

if TYPE_CHECKING:
    from gan_core.family import Family

MAX_UPLOAD_MB = 32
_FILE_TYPES = {"images": ["zip", "png", "jpg", "jpeg", "webp", "bmp", "gif"], "points": ["csv", "npy"]}
_HINTS = {
    "images": "A zip of images, or images: square ones work best. Folders inside a zip become classes.",
    "points": "A CSV or NPY file with two columns of numbers, x and y.",
}


def choose(cls: type[Family], scope: str, source: RunConfig | None, *, enabled: bool) -> str:
    """Draws the choice and returns a data set's name or path."""
    key = f"{scope}:{cls.name}:dataset"
    own = _own_data(cls.data_kinds)
    names = [name for name, info in DATASETS.items() if info.kind in cls.data_kinds] + list(own)
    if (stored := st.session_state.pop(f"{key}:take", None)) in names:
        st.session_state[key] = stored
    fits = source is not None and source.family == cls.name
    first = source.dataset if fits and source else cls.default_dataset
    if first not in names:
        names.append(first)  # a folder named in a terminal
    chosen = st.selectbox(
        "Data set",
        names,
        index=names.index(first),
        format_func=lambda name: own.get(name) or _title(name),
        key=key,
        disabled=not enabled,
        help="What the generator learns to make.",
    )
    if enabled:
        _about(chosen)
        with st.expander("Your own data", icon=":material/upload:"):
            _upload(cls, key)
    return chosen


def _title(name: str) -> str:
    title = run_state.dataset_title(name)
    return title if _is_here(name) else f"{title} (to download)"


def _is_here(name: str) -> bool:
    try:
        return dataset_status(name) == "ready"
    except UserError:  # a path that is gone; starting a run says so in full
        return False


def _about(name: str) -> None:
    info = DATASETS.get(name)
    if info is None:
        return
    note = (
        ""
        if _is_here(name)
        else f" Needs the network once: {info.download_mb:,.0f} MB. Without it, take digits."
    )
    st.caption(info.blurb + note)


def _own_data(kinds: tuple[str, ...]) -> dict[str, str]:
    """Uploaded data sets by path, with the title to show."""
    from gan_core.data import list_uploads

    return {
        path: f"{about.title} ({about.count:,})"
        for path, about in list_uploads().items()
        if about.kind in kinds
    }


def _upload(cls: type[Family], key: str) -> None:
    kind = cls.data_kinds[0]
    nonce = st.session_state.get(f"{key}:uploads", 0)  # another key empties the box after an upload
    files = st.file_uploader(
        _HINTS[kind],
        type=_FILE_TYPES[kind],
        accept_multiple_files=True,
        max_upload_size=MAX_UPLOAD_MB,
        key=f"{key}:upload:{nonce}",
        help="Every image is decoded and stored anew on this machine; nothing leaves it.",
    )
    if report := st.session_state.get(f"{key}:report"):
        st.caption(report)
    if files and st.button("Use these files", key=f"{key}:use", icon=":material/check:"):
        _store(files, key, nonce)


def _store(files: list[st.runtime.uploaded_file_manager.UploadedFile], key: str, nonce: int) -> None:
    from gan_core.data import list_uploads, store_uploads

    bar = st.progress(0.0, "Reading the files")

    def tell(note: str, share: float) -> None:
        bar.progress(share, note)

    try:
        path = str(store_uploads([(file.name, file.getvalue()) for file in files], tell))
    except UserError as error:
        bar.empty()
        st.error(actions.sentence(str(error)), icon=":material/error:")
        return
    about = list_uploads()[path]
    st.session_state[f"{key}:report"] = _report(about.count, about.skipped)
    st.session_state[f"{key}:uploads"] = nonce + 1
    st.session_state[f"{key}:take"] = path
    st.rerun()


def _report(count: int, skipped: tuple[str, ...]) -> str:
    """What became of an upload; names of files are the user's, so they are escaped."""
    if not skipped:
        return f"{count:,} examples stored."
    first = text.escape_markdown(skipped[0])
    more = f" and {len(skipped) - 1:,} more" if len(skipped) > 1 else ""
    return f"{count:,} examples stored. Left out: {first}{more}."


def drawing(dataset: str, scope: str, source: RunConfig | None) -> tuple[tuple[float, float], ...] | None:
    """The points the viewer drew, for the data set that is drawn."""
    if dataset != "drawn":
        return None
    return source.drawing if source else None
