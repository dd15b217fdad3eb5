"""Headless Chromium for the tests of pages: they are opened from the disk, without a network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.pages import DESKTOP, VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

    OpenPage = Callable[..., Page]

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOCAL = ("file:", "data:", "blob:")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running Chromium: that of the variable CHROMIUM, or the one that is installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])  # root has no sandbox
        yield browser
        browser.close()


@pytest.fixture(params=VIEWS, ids=lambda view: f"{view.width}-{view.scheme}")
def view(request: pytest.FixtureRequest) -> View:
    """Each of a desktop and a phone, light and dark."""
    found: View = request.param
    return found


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What pages print as errors, and what they ask for in vain or from a network; none is left at the end."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_page(chromium: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """What opens a page of the disk, given its path, a view, and what follows `#` in its address."""
    contexts: list[BrowserContext] = []

    def refuse_network(route: Route, request: Request) -> None:
        if request.url.startswith(_LOCAL):
            route.continue_()
        else:
            complaints.append(f"asks for {request.url}")
            route.abort()

    def open_page(path: Path, view: View = DESKTOP, fragment: str = "") -> Page:
        context = chromium.new_context(
            viewport={"width": view.width, "height": view.height},
            color_scheme="dark" if view.scheme == "dark" else "light",
            has_touch=view.is_phone,
        )
        contexts.append(context)
        context.route("**/*", refuse_network)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(f"prints {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"raises {error}"))
        page.on("requestfailed", lambda request: complaints.append(f"misses {request.url}"))
        page.goto(path.resolve().as_uri() + fragment)
        return page

    yield open_page
    for context in contexts:
        context.close()
