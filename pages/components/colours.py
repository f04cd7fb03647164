"""One meaning per colour, in dots, curves and text alike."""

from __future__ import annotations

REAL = "#008837"  # real examples
FAKE = "#A33EBD"  # the generator and what it makes
DISCRIMINATOR = "#447CE4"
GRADIENT = "#C414DB"
WHITE = "#FFFFFF"
GROUNDS = {"light": WHITE, "dark": "#14151A"}  # of the page, as in .streamlit/config.toml
NEUTRAL = "#808490"  # D's output 0.5, reference lines, marks: readable on white and on near-black

_BY_ROLE = {"generator": FAKE, "discriminator": DISCRIMINATOR, "critic": DISCRIMINATOR}
_BY_LETTER = {"g": FAKE, "d": DISCRIMINATOR}
_OTHERS = ("#D9822B", "#2A9D9D", "#5F6B7A")


def of_role(role: str) -> str:
    """Colour of a network by its role, the last word of its name; a fixed other one for other roles."""
    return _BY_ROLE.get(role.rsplit("_", 1)[-1], _OTHERS[sum(role.encode()) % len(_OTHERS)])


def of_network(name: str) -> str:
    """Colour of a network by its name; of one of several, such as "d_a", by its first letter."""
    return _BY_LETTER.get(name.partition("_")[0]) or of_role(name)


def rgb(colour: str) -> tuple[int, int, int]:
    """Channels 0 to 255 of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def muted(colour: str, ground: str, share: float = 0.45) -> str:
    """`colour` as it looks over `ground` with opacity `share`; itself opaque, so overlaps stay unseen."""
    mixed = (round(c * share + g * (1 - share)) for c, g in zip(rgb(colour), rgb(ground), strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def score_colour(score: float) -> tuple[int, int, int]:
    """D's output on the diverging scale: 0 purple (taken for fake), 0.5 grey, 1 green (taken for real)."""
    end = rgb(REAL if score >= 0.5 else FAKE)
    share = min(1.0, abs(score - 0.5) * 2)
    red, green, blue = (round(grey + (e - grey) * share) for grey, e in zip(rgb(NEUTRAL), end, strict=True))
    return red, green, blue
