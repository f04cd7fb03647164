"""Thirty visitors of the Explore page who all drag: how long answers take, and whose pictures they are."""

import asyncio
import base64
import io
import json
import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from benchmarks import processes
from benchmarks.figures import Bar, quantile, say, tell, tell_quantiles
from benchmarks.lab import Lab
from benchmarks.options import Options
from benchmarks.training import wait_until
from benchmarks.watchers import Watcher, Watchers
from gan_core import weights
from gan_core.evaluation.judges import judge_for
from gan_core.images import to_uint8
from gan_core.latent.directions import find_directions
from gan_core.latent.paths import combine, drawer, latent_from_seed
from pages.components.sources import DIRECTIONS

VISITORS = 30
PAUSE_S, PATIENCE_S = 0.05, 1.0  # of pages/components/assets/pad.js: between two requests; for an answer
# A hand that never stops asks as often as the component lets it. People look at what they have done:
DRAG_S, LOOK_S = 1.5, 3.0  # spells of both, by chance up to half as long again or as short
MIDDLE, LATE = Bar("at most", 0.5), Bar("at most", 0.5)
ROUNDING = 3  # grey levels by which the same picture may differ, computed in batches of other sizes

Pixels = NDArray[np.uint8]


class Answer(NamedTuple):
    """What one request was answered with."""

    seed: int
    value: float  # of the first slider, in standard deviations
    seconds: float  # from the request to the last of its pictures
    picture: str  # the large one, as an address that holds it


class Dragger(Watcher):
    """A visitor with a seed of its own who drags the first slider, one request at a time like the component.

    Attributes:
        answers: All so far.
        unanswered: Requests that got none within the component's patience.
    """

    def __init__(self, server: str, dataset: str, seed: int, *, rests: bool) -> None:
        super().__init__(server, "explore", f"source=dcgan-{dataset}&seed={seed}")
        self.answers: list[Answer] = []
        self.unanswered = 0
        self._seed, self._rests, self._chance = seed, rests, random.Random(seed)
        self._slider: tuple[str, str] | None = None  # its id, its fragment
        self._data: dict[str, Any] = {}
        self._pictures: list[str] = []
        self._answered = asyncio.Event()
        self._seq = 0

    @property
    def is_ready(self) -> bool:
        """Whether the pictures and the sliders are on the page."""
        return self._slider is not None

    async def _take(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "page_info_changed":
            self._query = message.page_info_changed.query_string
        if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._look(message.delta.new_element, message.delta.fragment_id)
        await super()._take(message)

    def _look(self, element: Any, fragment: str) -> None:
        """Takes in the large picture, the batch and, after them, the sliders, which say what was answered."""
        kind = element.WhichOneof("type")
        if kind == "imgs":
            self._pictures.append(element.imgs.imgs[0].url)
        elif kind == "bidi_component" and "latent_pad" in element.bidi_component.component_name:
            first = self._slider is None
            self._slider = element.bidi_component.id, fragment
            self._data = json.loads(element.bidi_component.json)
            if first:
                self._tasks.create_task(self._drag())
            elif self._data["echo"] == self._seq and len(self._pictures) == 2:
                self._answered.set()

    async def _drag(self) -> None:
        while True:
            spell = time.monotonic() + self._about(DRAG_S)
            while time.monotonic() < spell:
                await self._ask(final=False)
            if self._rests:
                await self._ask(final=True)
                await asyncio.sleep(self._about(LOOK_S))

    def _about(self, seconds: float) -> float:
        return seconds * self._chance.uniform(0.5, 1.5)

    async def _ask(self, *, final: bool) -> None:
        """Sends one position and waits for its pictures."""
        assert self._slider is not None
        self._seq += 1
        value, start = round(self._chance.uniform(-3, 3), 2), time.monotonic()
        values = [value, *[0.0] * (len(self._data["names"]) - 1)]
        edit = {"version": self._data["version"], "seq": self._seq, "values": values, "final": final}
        self._answered.clear()
        self._pictures.clear()
        self.widgets = WidgetStates(
            widgets=[WidgetState(id=self._slider[0], json_value=json.dumps({"edit": edit}))]
        )
        await self._rerun(self._slider[1], is_auto=False)
        try:
            await asyncio.wait_for(self._answered.wait(), PATIENCE_S if not final else None)
        except TimeoutError:
            self.unanswered += 1  # the component then sends its newest position all the same
            return
        taken = time.monotonic() - start
        if self._data["values"] != values:
            raise RuntimeError(f"asked for {values}, the answer is for {self._data['values']}")
        self.answers.append(Answer(self._seed, value, taken, self._pictures[0]))
        await asyncio.sleep(max(0.0, PAUSE_S - taken))


def measure(options: Options) -> None:
    """Prints how long answers take, first at a human pace, then with hands that never rest."""
    own_picture = _drawn_here(options.dataset)
    for rests in (True, False):
        say("hands that drag for a while and look for a while:" if rests else "hands that never rest:")
        with Lab() as lab:
            draggers = [
                Dragger(lab.url, options.dataset, seed, rests=rests) for seed in range(1, VISITORS + 1)
            ]
            with Watchers(draggers):
                wait_until(lambda: all(d.is_ready for d in draggers), "the page of each visitor", 180)  # noqa: B023
                time.sleep(2 * DRAG_S)
                answers, unanswered, cores = _count(lab, draggers, options.seconds)
        _tell(answers, unanswered, cores, options.seconds, MIDDLE if rests else None)
        _check(answers, own_picture)


def _count(lab: Lab, draggers: list[Dragger], seconds: float) -> tuple[list[Answer], int, float]:
    """Answers of some seconds, requests without one, and the cores the web process used."""
    for dragger in draggers:
        dragger.answers, dragger.unanswered = [], 0
    before = processes.cpu_seconds(lab.pid)
    time.sleep(seconds)
    cores = (processes.cpu_seconds(lab.pid) - before) / seconds
    return [a for d in draggers for a in d.answers], sum(d.unanswered for d in draggers), cores


def _tell(answers: list[Answer], unanswered: int, cores: float, seconds: float, bar: Bar | None) -> None:
    waits = [answer.seconds for answer in answers]
    if bar is None:
        tell("  answer, 95th percentile", quantile(waits, 0.95), "s")
    else:
        tell_quantiles("  answer", waits, "s", bar, LATE)
    say(f"  {len(waits) / seconds:.0f} answers/s for {VISITORS} visitors; web process: {cores:.2f} cores")
    say(f"  requests without an answer within {PATIENCE_S:g} s: {unanswered}")


def _drawn_here(dataset: str) -> Callable[[list[Answer]], Pixels]:
    """What a visitor must see, computed without the app: `(N, H, W, C)` for N answers."""
    family, judge = weights.load(f"dcgan-{dataset}").family, judge_for(dataset)
    own = find_directions(family, DIRECTIONS, judge=None if judge is None else judge.family, y=0)
    steps = own[0].step[None]

    def draw(answers: list[Answer]) -> Pixels:
        z = [combine(latent_from_seed(family, a.seed), steps, (a.value,)) for a in answers]
        with torch.no_grad():
            return to_uint8(drawer(family)(torch.cat(z)))

    return draw


def _check(answers: list[Answer], own_picture: Callable[[list[Answer]], Pixels]) -> None:
    """Every picture must be that of the latent its visitor asked for."""
    expected = own_picture(answers)
    strange = 0
    for answer, picture in zip(answers, expected, strict=True):
        data = base64.b64decode(answer.picture.partition(",")[2])
        seen = np.asarray(Image.open(io.BytesIO(data))).reshape(picture.shape)
        strange += int(np.abs(seen.astype(int) - picture).max() > ROUNDING)
    if strange:
        raise RuntimeError(f"{strange} of {len(answers)} pictures are not those of the latent asked for")
    say(f"  each of the {len(answers)} pictures is that of its own visitor's latent: yes")
