"""Choosing what a run learns: a data set by name, a drawing, or the viewer's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.data import DATASETS, dataset_status
from gan_core.settings import RunConfig, UserError
from pages.components import actions, drawing, run_state, text

if TYPE_CHECKING:
    from gan_core.family import Family

DRAWN = "drawn"
MAX_UPLOAD_MB = 32
_FILE_TYPES = {"images": ["zip", "png", "jpg", "jpeg", "webp", "bmp", "gif"], "points": ["csv", "npy"]}
_HINTS = {
    "images": "A zip of images, or images: square ones work best. Folders inside a zip become classes.",
    "points": "A CSV or NPY file with two columns of numbers, x and y.",
}


def choose(
    cls: type[Family], scope: str, source: RunConfig | None, asked: str | None, *, enabled: bool
) -> str:
    """Draws the choice and returns a data set's name or path.

    Args:
        cls: The family; only data it accepts are offered.
        scope: Prefix of the widgets' keys.
        source: Config of the run whose settings are shown, if there is one.
        asked: Data set named by the page's address.
        enabled: Whether another one may be chosen.
    """
    key = f"{scope}:{cls.name}:dataset"
    own = {} if cls.needs_other else _own_data(cls.data_kinds)  # the viewer's files are one domain
    names = [
        name
        for name, info in DATASETS.items()
        if info.kind in cls.data_kinds and (info.domains or not cls.needs_other)
    ] + list(own)
    stored = st.session_state.pop(f"{key}:take", None)
    if stored in names:
        st.session_state[key] = stored
    if source is not None and source.family == cls.name and source.dataset not in names:
        names.append(source.dataset)  # a folder named in a terminal
    wishes = (asked, source.dataset if source else None, cls.default_dataset)
    first = names.index(next(name for name in wishes if name in names))
    chosen = st.selectbox(
        "Data set",
        names,
        index=0 if stored in names else first,  # Streamlit warns of an index beside a value that is set
        format_func=lambda name: own.get(name) or run_state.dataset_title(name),
        key=key,
        disabled=not enabled,
        help="What the generator learns to make.",
    )
    if enabled:
        _about(chosen)
        if not cls.needs_other:
            _offer_upload(cls, key)
    return chosen


def _offer_upload(cls: type[Family], key: str) -> None:
    with st.expander("Your own data", icon=":material/upload:"):
        _upload(cls, key)


def _is_here(name: str) -> bool:
    try:
        return dataset_status(name) == "ready"
    except UserError:  # a path that is gone; starting a run says so in full
        return False


def _about(name: str) -> None:
    info = DATASETS.get(name)
    if info is None:
        _about_upload(name)
        return
    note = (
        ""
        if _is_here(name)
        else f" Needs the network once: {info.needed_mb:,.0f} MB. Without it, take digits."
    )
    st.caption(info.blurb + note)


def _about_upload(name: str) -> None:
    """What was left out of an upload; names of files are the user's, so they are escaped."""
    from gan_core.data import upload_at

    upload = upload_at(name)
    if upload is None or not upload.skipped:
        return
    more = f" and {len(upload.skipped) - 1:,} more" if len(upload.skipped) > 1 else ""
    st.caption(f"Left out: {text.escape_markdown(upload.skipped[0])}{more}.")


def _own_data(kinds: tuple[str, ...]) -> dict[str, str]:
    """Uploaded data sets by path, with the title to show."""
    from gan_core.data import list_uploads

    return {
        path: f"{about.title} ({about.count:,})"
        for path, about in list_uploads().items()
        if about.kind in kinds
    }


def _upload(cls: type[Family], key: str) -> None:
    kind = next(kind for kind in cls.data_kinds if kind in _HINTS)
    nonce = st.session_state.get(f"{key}:uploads", 0)  # another key empties the box after an upload
    given = st.file_uploader(
        _HINTS[kind],
        type=_FILE_TYPES[kind],
        accept_multiple_files=kind == "images",
        max_upload_size=MAX_UPLOAD_MB,
        key=f"{key}:upload:{nonce}",
        help="What you choose is read and stored anew on this machine; nothing leaves it.",
    )
    files = given if isinstance(given, list) else [given] if given else []
    if files and st.button("Use these files", key=f"{key}:use", icon=":material/check:"):
        _store(files, key, nonce)


def _store(files: list[st.runtime.uploaded_file_manager.UploadedFile], key: str, nonce: int) -> None:
    from gan_core.data import store_uploads

    bar = st.progress(0.0, "Reading the files")

    def tell(note: str, share: float) -> None:
        bar.progress(share, note)

    try:
        path = str(store_uploads([(file.name, file.getvalue()) for file in files], tell))
    except UserError as error:
        bar.empty()
        st.error(actions.sentence(str(error)), icon=":material/error:")
        return
    st.session_state[f"{key}:uploads"] = nonce + 1
    st.session_state[f"{key}:take"] = path
    st.rerun()


def drawing_for(
    dataset: str, scope: str, source: RunConfig | None, *, enabled: bool
) -> drawing.Points | None:
    """What the viewer drew, for the data set that is drawn; None: it shows what it shows undrawn."""
    if dataset != DRAWN:
        return None
    first = source.drawing if source and source.dataset == DRAWN else None
    return drawing.show(first, key=f"{scope}:drawing") if enabled else first
