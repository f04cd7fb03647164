"""What the lab says in words: its layers, and a step in slow motion."""

from __future__ import annotations

from typing import NamedTuple, TypedDict


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
    _scene("G 1", "G turns noise into fakes again. Now only G learns; D stays as it is.", "noise g fake", "fake"),
    _scene("G 2", "D judges the fakes. Real points are not needed now.", "fake d answer", "fake field"),
    _scene("G 3", "G's loss is large where D sees through a fake.", "d answer", "fake field"),
    _scene("G 4", "The loss flows back through D to each fake: the arrows say which way looks more real.",
           "d to_g", "fake field pull"),
    _scene("G 5", "G's weights move, and all fakes with them, roughly along the arrows.",
           "to_g g fake", "fake pull", "finish"),
]  # fmt: skip

RESTING = (
    "G bends noise into fakes; D says of every place how real a point there looks. Play, or tick slow motion to "
    "see one step explained."
)

# Steps a second a viewer may choose; an empty one is as fast as it goes.
SPEEDS: dict[str, str] = {
    "": "Full speed", "500": "500 steps/s", "100": "100 steps/s", "20": "20 steps/s", "4": "4 steps/s",
}  # fmt: skip

FLOW = """<svg class="flow" viewBox="0 0 420 128" role="img" aria-label="Noise goes into G, which makes a fake.
 D sees real points and fakes and answers. Its mistakes teach both.">
<defs><marker id="tip" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" markerHeight="6" orient="auto">
<path d="M0 0L10 5L0 10z"/></marker></defs>
<g data-part="noise"><text x="26" y="88">noise</text>
<path d="M50 84H68" stroke="#A33EBD" marker-end="url(#tip)"/></g>
<g data-part="g"><rect x="72" y="66" width="76" height="34" rx="7" fill="#A33EBD"/>
<text x="110" y="88" class="inside">G</text></g>
<g data-part="fake"><path d="M150 84H170" stroke="#A33EBD" marker-end="url(#tip)"/>
<text x="196" y="88">fakes</text><path d="M218 82C238 80 240 60 256 56" stroke="#A33EBD" marker-end="url(#tip)"/></g>
<g data-part="real"><text x="180" y="28">real points</text>
<path d="M218 24C238 26 240 40 256 44" stroke="#008837" marker-end="url(#tip)"/></g>
<g data-part="d"><rect x="260" y="33" width="76" height="34" rx="7" fill="#447CE4"/>
<text x="298" y="55" class="inside">D</text></g>
<g data-part="answer"><path d="M338 50H356" stroke="#447CE4" marker-end="url(#tip)"/>
<text x="386" y="46">how</text><text x="386" y="62">real?</text></g>
<g data-part="to_d"><path d="M386 68C386 96 310 104 300 72" stroke="#C414DB" stroke-dasharray="5 4" marker-end="url(#tip)"/></g>
<g data-part="to_g"><path d="M392 68C392 130 130 140 112 104" stroke="#C414DB" stroke-dasharray="5 4" marker-end="url(#tip)"/></g>
</svg>"""


def stage_html() -> str:
    """The stage's elements, without any value."""
    boxes = "".join(
        f'<label title="{layer.help}"><input type="checkbox" value="{name}" data-help="{layer.help}">'
        f'<i style="--swatch: {DIVERGING if "gradient" in layer.swatch else "transparent"}; '
        f'background: {layer.swatch}"></i>{layer.title}</label>'
        for name, layer in LAYERS.items()
    )
    speeds = "".join(f'<option value="{value}">{words}</option>' for value, words in SPEEDS.items())
    return f"""<div class="lab2d"><div class="transport" role="toolbar" aria-label="Training">
<button type="button" data-do="reset" title="Back to step 0 with the same first weights">↺ Reset</button>
<button type="button" class="play" title="Train, or hold">▶ Play</button>
<button type="button" data-do="step" title="One step: D learns, then G">Step</button>
<button type="button" data-do="generator" title="One step in which only G learns">G only</button>
<button type="button" data-do="discriminator" title="One step in which only D learns">D only</button>
<button type="button" data-do="seed" title="Other first weights and other noise">⚄ New seed</button>
<label title="Play explains one step in ten scenes"><input type="checkbox" class="slow"> Slow motion</label>
<select class="speed" aria-label="Speed" title="How many steps a second, at most">{speeds}</select>
<div class="count"><b class="counter">000,000</b><span class="rate"></span></div></div>
<div class="body"><div class="left"><div class="picture">
<canvas tabindex="0" role="img" aria-label="The plane with real points, fakes and the layers that are on"
title="Click a fake to follow it, or press the arrow keys"></canvas></div>
<fieldset class="layers" aria-label="Layers">{boxes}</fieldset></div>
<div class="side">{FLOW}
<div class="say" role="status"><span class="number"></span><span class="words"></span></div>
<h4 title="What D and G minimise, lower is better for each; the dashed lines are where D can only guess">
<span>Losses</span><span class="d">D <b class="d-loss">–</b></span><span class="f">G <b class="g-loss">–</b></span></h4>
<canvas class="chart losses" role="img" aria-label="Losses over steps"></canvas>
<h4 title="Of 2,500 fakes: which modes one of them reaches, and how many lie within three deviations of one">
<span class="r"><span class="reached-title">Modes reached</span> <b class="reached">–</b></span>
<span class="f">Points close enough <b class="quality">–</b></span></h4>
<canvas class="chart shares" role="img" aria-label="Modes reached and points close enough over steps"></canvas>
<h4 title="JS divergence: 0 for the same law, 0.69 for nothing in common. Gap: mean distance of D from the best D">
<span class="f">JS divergence <b class="divergence">–</b></span>
<span class="d">Gap to the best D <b class="gap">–</b></span></h4>
<canvas class="chart distances" role="img" aria-label="Divergence and gap over steps"></canvas>
</div></div></div>"""
