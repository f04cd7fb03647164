"""A visitor of one page of the app, without a browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

# Each new AppTest reads the metadata of every installed package: a quarter of a second, every time the same.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

APP = str(Path(__file__).parents[1] / "app.py")


def visit(page: str, **link: str) -> AppTest:
    """Opens a page by a link, and fails if it shows an error of the program.

    Args:
        page: Its script, e.g. "pages/game.py".
        link: Parameters of its address.
    """
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page(page)
    for name, value in link.items():
        app.query_params[name] = value
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    """The page, if it shows no error of the program."""
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """Everything the page says in HTML."""
    return " ".join(html.proto.body for html in app.get("html"))
