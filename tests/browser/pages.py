"""How pages are looked at, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / ".cache/axe/node_modules/axe-core/axe.min.js"  # `make browser` installs it
_GRAVE = {"serious", "critical"}


class View(NamedTuple):
    """The width and height of a window in pixels, and the color scheme."""

    width: int
    height: int
    scheme: str

    @property
    def is_phone(self) -> bool:
        """Whether it is that of a phone."""
        return self.width < self.height


DESKTOP = View(1440, 900, "light")
PHONE = View(390, 844, "light")
VIEWS = [view._replace(scheme=scheme) for view in (DESKTOP, PHONE) for scheme in ("light", "dark")]


def scrolls_sideways(page: Page) -> bool:
    """Return whether a page is wider than its window."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider


def grave_violations(page: Page) -> list[str]:
    """Return the serious and critical violations that axe-core finds, with the elements that have them."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make browser` installs it")
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({preload: false})")["violations"]  # it would fetch style sheets again
    return [
        f"{item['id']}: {node['target']}: {node['failureSummary']}"
        for item in found
        if item["impact"] in _GRAVE
        for node in item["nodes"]
    ]
