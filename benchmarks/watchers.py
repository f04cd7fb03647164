"""Watchers of a page that behave towards the server as browsers do, but draw nothing.

Browsers that draw would compete with the training for the cores of the one machine a benchmark has; in a
class they run on the students' laptops. A watcher speaks Streamlit's own protocol: it asks for the page, lets
every fragment refresh itself at the interval the server names, keeps large messages so that the server need
not send them twice, and fetches pictures over HTTP.
"""

import asyncio
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from websockets.asyncio.client import connect

from benchmarks.training import wait_until

STAGGER_S = 0.13  # between arrivals, so that the watchers do not all refresh at the same instant
OVERLAP_RUNS = 20  # script runs under way at the same time, at most, that were told of the same messages
NO_TOKEN = "PLACEHOLDER_AUTH_TOKEN"  # what a browser without a login sends


class MessageCache:
    """Large messages that a browser keeps; the server then sends a reference instead of the message.

    A message that is too old is no longer named to the server, but stays for a while: a script run that was
    asked for before may still refer to it.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[ForwardMsg, int]] = {}  # with the number of script runs when last used
        self._given_up: dict[str, int] = {}  # with that number when it was last named to the server
        self._runs = 0

    @property
    def hashes(self) -> list[str]:
        """Which messages the server may refer to."""
        return [key for key in self._kept if key not in self._given_up]

    def resolve(self, message: ForwardMsg) -> ForwardMsg:
        """The message itself, or the one it refers to."""
        if message.WhichOneof("type") == "ref_hash":
            message = self._kept[message.ref_hash][0]
        if message.metadata.cacheable:
            self._kept[message.hash] = (message, self._runs)
            self._given_up.pop(message.hash, None)
        return message

    def script_ran(self, fragments: Sequence[str], max_age: int) -> None:
        """Names no longer what was not used for `max_age` script runs.

        Args:
            fragments: Fragments that ran; only their messages can be out of date then. None: the whole page.
            max_age: In script runs.
        """
        self._runs += 1
        for key, (message, last_used) in self._kept.items():
            could_be_used = not fragments or message.delta.fragment_id in fragments
            if could_be_used and self._runs - last_used > max_age:
                self._given_up.setdefault(key, self._runs)
        for key, given_up in list(self._given_up.items()):
            if self._runs - given_up > OVERLAP_RUNS:
                del self._kept[key], self._given_up[key]


class Watcher:
    """One visitor of one page.

    Args:
        server: The lab's URL.
        page: Path of the page, e.g. "train".
        query: Query string of its address.

    Attributes:
        seen: How often each kind of element arrived, and "tick": how often a fragment refreshed.
        received: Bytes that came over the websocket.
        widgets: What the visitor has set.
    """

    def __init__(self, server: str, page: str, query: str) -> None:
        self._server, self._page, self._query = server, page, query
        self.seen: Counter[str] = Counter()
        self.received = 0
        self.widgets = WidgetStates()
        self._cache, self._max_age = MessageCache(), 2
        self._script = ""
        self._timers: dict[str, tuple[float, asyncio.Task[None]]] = {}
        self._fetched: set[str] = set()

    async def watch(self) -> None:
        """Opens the page and follows it until cancelled."""
        address = self._server.replace("http://", "ws://") + "/_stcore/stream"
        protocols: Any = ["streamlit", NO_TOKEN]
        origin: Any = self._server
        async with (
            connect(address, subprotocols=protocols, origin=origin, max_size=None) as self._socket,
            asyncio.TaskGroup() as self._tasks,
        ):
            await self._rerun()
            async for data in self._socket:
                assert isinstance(data, bytes)
                self.received += len(data)
                await self._take(self._cache.resolve(ForwardMsg.FromString(data)))
            raise RuntimeError("the server closed the connection")

    async def _rerun(self, fragment: str = "", *, is_auto: bool = True) -> None:
        """Asks for the page or for one of its fragments, which refreshes itself or answers the visitor."""
        state = ClientState(
            query_string=self._query,
            widget_states=self.widgets,
            page_script_hash=self._script,
            page_name="" if self._script else self._page,
            fragment_id=fragment,
            is_auto_rerun=bool(fragment) and is_auto,
            cached_message_hashes=self._cache.hashes,
            context_info=ContextInfo(
                timezone="UTC", locale="en-US", color_scheme="light",
                url=f"{self._server}/{self._page}?{self._query}",
            ),
        )  # fmt: skip
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._max_age = message.new_session.config.max_cached_message_age or self._max_age
            case "navigation":
                self._script = message.navigation.page_script_hash
            case "auto_rerun":
                self._refresh(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._stop_refreshing(fragment)
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                await self._show(message.delta.new_element)
            case "script_finished":
                fragments = message.metadata.run.fragment_ids
                self._cache.script_ran(fragments, self._max_age)
                self.seen["tick"] += bool(fragments)

    def _refresh(self, fragment: str, interval: float) -> None:
        """Starts to refresh a fragment, unless that is being done already."""
        if fragment in self._timers and self._timers[fragment][0] == interval:
            return
        self._stop_refreshing(fragment)
        ticking = self._tasks.create_task(self._tick(fragment, interval))
        self._timers[fragment] = (interval, ticking)

    def _stop_refreshing(self, fragment: str) -> None:
        if fragment in self._timers:
            self._timers.pop(fragment)[1].cancel()

    async def _tick(self, fragment: str, interval: float) -> None:
        due = time.monotonic()
        while True:
            due += interval
            await asyncio.sleep(due - time.monotonic())
            await self._rerun(fragment)

    async def _show(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        self.seen[kind] += 1
        if kind == "exception":
            raise RuntimeError(f"the page shows an error: {element.exception.message}")
        if kind == "imgs":
            addresses = {image.url for image in element.imgs.imgs if image.url.startswith("/")}
            for address in addresses - self._fetched:
                self._fetched.add(address)
                await asyncio.to_thread(_fetch, self._server + address)


def _fetch(address: str) -> None:
    with urllib.request.urlopen(address, timeout=10) as answer:
        answer.read()


class Watchers:
    """Several watchers, in a thread of their own while the `with` block lasts.

    Args:
        watchers: They arrive one after the other.
    """

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._all = watchers
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="watchers", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._leave = asyncio.Event()

    @classmethod
    def of_page(cls, server: str, count: int, page: str, query: str = "") -> Self:
        """Watchers of the same page.

        Args:
            server: The lab's URL.
            count: How many.
            page: Path of the page.
            query: Query string of its address.
        """
        return cls([Watcher(server, page, query) for _ in range(count)])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()
        self._loop.close()
        if error is None:
            self._check()

    def wait_until_following(self, ticks: int = 6) -> None:
        """Waits until each watcher's page has refreshed itself `ticks` more times."""
        goals = [watcher.seen["tick"] + ticks for watcher in self._all]
        wait_until(lambda: self._have_reached(goals), f"{ticks} refreshes of each watcher")

    def _have_reached(self, goals: Sequence[int]) -> bool:
        self._check()
        return all(watcher.seen["tick"] >= goal for watcher, goal in zip(self._all, goals, strict=True))

    def total(self, kind: str) -> int:
        """How many elements of a kind all of them have got, e.g. "echarts_chart"."""
        self._check()
        return sum(watcher.seen[kind] for watcher in self._all)

    @property
    def received(self) -> int:
        """Bytes all of them have got."""
        return sum(watcher.received for watcher in self._all)

    def _check(self) -> None:
        if self._failure is not None:
            raise RuntimeError("a watcher was cut off") from self._failure

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._watch_all())

    async def _watch_all(self) -> None:
        watching = [asyncio.create_task(self._guarded(w, i * STAGGER_S)) for i, w in enumerate(self._all)]
        await self._leave.wait()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)

    async def _guarded(self, watcher: Watcher, delay: float) -> None:
        """Keeps the failure of a watcher for the thread that measures."""
        try:
            await asyncio.sleep(delay)
            await watcher.watch()
        except Exception as error:
            self._failure = error
