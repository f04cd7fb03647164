"""Widgets whose values stand in the address, so that a link shows the same."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.explore import place


def _key(name: str) -> str:
    return f"classes_{name}:{place.version()}"


def _asked(name: str) -> str:
    return str(st.query_params.get(name, ""))


def _number(name: str, low: int, high: int, usual: int) -> int:
    asked = _asked(name)
    is_number = asked.isascii() and asked.isdigit()
    return min(max(int(asked[:6]), low), high) if is_number else usual


def whole(label: str, name: str, low: int, high: int, usual: int, tip: str, *, step: int = 1) -> int:
    """A slider of whole numbers."""
    key, value = _key(name), _number(name, low, high, usual)
    return st.slider(
        label, low, high, value - (value - low) % step, step, key=key, help=tip,
        on_change=lambda: place.remember(**{name: _unless(st.session_state[key], usual)}),
    )  # fmt: skip


def percent(label: str, name: str, usual: int, tip: str) -> float:
    """A slider from 0 to 100 per cent; returns the share, 0 to 1."""
    key = _key(name)
    shown = st.slider(
        label, 0, 100, _number(name, 0, 100, usual), 1, key=key, help=tip, format="%d %%",
        on_change=lambda: place.remember(**{name: _unless(st.session_state[key], usual)}),
    )  # fmt: skip
    return shown / 100


def _unless(value: object, usual: object) -> str | None:
    return None if value == usual else str(value)


def toggle(label: str, name: str, usual: bool, tip: str) -> bool:
    """A switch."""
    key, asked = _key(name), _asked(name)
    value = asked == "1" if asked in ("0", "1") else usual
    return st.toggle(
        label, value, key=key, help=tip,
        on_change=lambda: place.remember(**{name: _unless(int(st.session_state[key]), int(usual))}),
    )  # fmt: skip


def written(label: str, name: str, usual: str, most: int, tip: str) -> str:
    """A line of text; an empty one stays empty."""
    key = _key(name)
    value = _asked(name)[:most] if name in st.query_params else usual

    def keep() -> None:
        st.query_params[name] = st.session_state[key]  # also if it is empty: then it is not the usual one

    return st.text_input(label, value, max_chars=most, key=key, help=tip, on_change=keep)


def several(
    label: str, name: str, options: Sequence[str], usual: Sequence[int], tip: str, *, most: int | None = None
) -> list[int]:
    """Some of the options, by their numbers, in the order they were chosen."""
    key = _key(name)
    asked = [int(part) for part in _asked(name).split(",") if part.isascii() and part.isdigit()]
    value = [number for number in dict.fromkeys(asked) if number < len(options)][:most]
    return st.multiselect(
        label, range(len(options)), value or list(usual), format_func=lambda number: options[number],
        key=key, help=tip, max_selections=most,
        on_change=lambda: place.remember(**{name: ",".join(map(str, st.session_state[key]))}),
    )  # fmt: skip
