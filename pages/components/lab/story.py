"""What the lab says in words: its layers, and a step in slow motion."""

from __future__ import annotations

from string import Template
from typing import NamedTuple, TypedDict

from pages.components.assets import asset


class Layer(NamedTuple):
    """Something that can be laid over the plane.

    Attributes:
        title: Beside its box.
        help: What it shows, in one sentence.
        swatch: Its colour.
        on: Whether it is on at first.
    """

    title: str
    help: str
    swatch: str
    on: bool = False


DIVERGING = "linear-gradient(90deg, #A33EBD, #808490, #008837)"
LAYERS: dict[str, Layer] = {
    "real": Layer("Real points", "Points of the data. They stay where they are.", "#008837", True),
    "fake": Layer(
        "Fakes",
        "Points G makes, always from the same noise: click one, or press the arrow keys, to follow it.",
        "#A33EBD", True,
    ),
    "field": Layer(
        "D's answer", "What D says of every place: green looks real to it, purple fake, grey it cannot tell.",
        DIVERGING, True,
    ),
    "pull": Layer(
        "Gradients",
        "Where G's loss pulls each fake, and how hard. Short arrows everywhere mean that G learns little.",
        "#C414DB",
    ),
    "sheet": Layer(
        "G's sheet",
        "The noise as a grid of equally likely cells, bent by G. The denser the fakes, the darker the cell.",
        "rgba(163, 62, 189, .5)",
    ),
    "centres": Layer("Modes", "The middles of the data's separate clouds.", "transparent; border: 2px solid"),
    "best": Layer(
        "Best D",
        "What the best possible D would answer to these fakes: p / (p + q), where either has points.",
        DIVERGING,
    ),
    "gap": Layer(
        "Gap to best D", "How far D's answer is from that of the best D; the darker, the further.", "#D9822B"
    ),
}  # fmt: skip


class Caption(TypedDict):
    """One scene of slow motion.

    Attributes:
        number: "D 1" to "G 5".
        words: What happens.
        parts: Parts of the diagram at work.
        layers: Layers of the picture it is about.
        do: What the lab does when it begins; empty: nothing.
    """

    number: str
    words: str
    parts: list[str]
    layers: list[str]
    do: str


def _scene(number: str, words: str, parts: str, layers: str, do: str = "") -> Caption:
    return {"number": number, "words": words, "parts": parts.split(), "layers": layers.split(), "do": do}


CAPTIONS: list[Caption] = [
    _scene("D 1", "G turns noise into fakes. Only D learns now; G stays as it is.", "noise g fake", "fake"),
    _scene("D 2", "As many real points are drawn from the data.", "real", "real"),
    _scene("D 3", "D looks at both and says of each point how real it looks.",
           "real fake d answer", "real fake field"),
    _scene("D 4", "D's loss counts its mistakes: real points it doubts, fakes it believes.",
           "d answer", "real fake field"),
    _scene("D 5", "D's weights move a little to make fewer mistakes: the colours shift.",
           "to_d d", "field", "discriminator"),
    _scene("G 1", "G turns noise into fakes again. Now only G learns; D stays as it is.",
           "noise g fake", "fake"),
    _scene("G 2", "D judges the fakes. Real points are not needed now.", "fake d answer", "fake field"),
    _scene("G 3", "G's loss is large where D sees through a fake.", "d answer", "fake field"),
    _scene("G 4", "The loss flows back through D to each fake: the arrows say which way looks more real.",
           "d to_g", "fake field pull"),
    _scene("G 5", "G's weights move, and all fakes with them, roughly along the arrows.",
           "to_g g fake", "fake pull", "finish"),
]  # fmt: skip

RESTING = (
    "G bends noise into fakes; D says of every place how real a point there looks. Play, or tick slow "
    "motion to see one step explained."
)

# Steps a second a viewer may choose; an empty one is as fast as it goes.
SPEEDS: dict[str, str] = {
    "": "Full speed", "500": "500 steps/s", "100": "100 steps/s", "20": "20 steps/s", "4": "4 steps/s",
}  # fmt: skip


def stage_html() -> str:
    """The stage's elements, without any value."""
    boxes = "".join(
        f'<label title="{layer.help}"><input type="checkbox" value="{name}" data-help="{layer.help}">'
        f'<i style="--swatch: {DIVERGING if "gradient" in layer.swatch else "transparent"}; '
        f'background: {layer.swatch}"></i>{layer.title}</label>'
        for name, layer in LAYERS.items()
    )
    speeds = "".join(f'<option value="{value}">{words}</option>' for value, words in SPEEDS.items())
    return Template(asset("lab2d.html")).substitute(boxes=boxes, speeds=speeds)
