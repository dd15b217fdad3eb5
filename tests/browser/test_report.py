"""The page of statistics in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import cityconv
from tests.browser.pages import DESKTOP, grave_violations, scrolls_sideways

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPage
    from tests.browser.pages import View


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("vl_convert", reason="needs the extra `report`")
    folder = tmp_path_factory.mktemp("report")
    cityconv.sample(folder / "city", frames=4, jobs=1)
    cityconv.stats(folder / "city", html=folder / "page.html", jobs=1)
    return folder / "page.html"


def _wait_for_charts(page: Page) -> None:
    page.wait_for_function("document.querySelectorAll('.chart svg').length === 4")
    page.wait_for_function("!document.querySelector('.place:not(:has(canvas))')")


def test_the_page_is_sound_at_any_width_and_in_any_scheme(page_file: Path, open_page: OpenPage, view: View) -> None:
    page = open_page(page_file, view)
    _wait_for_charts(page)
    assert not scrolls_sideways(page)
    page.locator("details").evaluate_all("items => items.forEach(item => item.open = true)")
    assert not scrolls_sideways(page)
    assert grave_violations(page) == []


def test_the_table_is_filtered_and_sorted(page_file: Path, open_page: OpenPage) -> None:
    page = open_page(page_file, DESKTOP)
    numbers = cityconv.stats(page_file.parent / "city", jobs=1).statistics().classes
    page.locator("#split").select_option("val")
    shown = page.locator("#class-rows tr:visible")
    of_val = {name: item.splits["val"] for name, item in numbers.items() if "val" in item.splits}
    assert shown.count() == len(of_val)
    assert page.locator("#split-count").inner_text() == f"{len(of_val)} classes"
    for row in shown.all():
        name, objects, _, frames, *_ = (cell.inner_text() for cell in row.locator("th, td").all())
        assert int(objects) == of_val[name.strip()].objects
        assert int(frames) == of_val[name.strip()].frames
    objects = [int(text) for text in shown.locator("td:nth-child(2)").all_inner_texts()]
    assert objects == sorted(objects, reverse=True)
    header = page.locator("table.classes th", has_text="class")
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    names = [text.strip() for text in shown.locator("th").all_inner_texts()]
    assert names == sorted(names)
    page.locator("#split").select_option("")
    assert shown.count() == len(numbers)


def test_hovering_gives_numbers(page_file: Path, open_page: OpenPage) -> None:
    page = open_page(page_file, DESKTOP)
    _wait_for_charts(page)
    page.locator("[data-chart=pixels] svg").hover()
    page.locator("#vg-tooltip-element.visible").wait_for()
    assert "share of pixels" in page.locator("#vg-tooltip-element").inner_text()
    place = page.locator(".place", has_text="road")
    usual = place.locator("figcaption span").inner_text()
    place.locator("canvas").hover()
    assert place.locator("figcaption span").inner_text().endswith("% here")
    page.locator("h1").hover()
    assert place.locator("figcaption span").inner_text() == usual


def test_places_follow_the_scheme(page_file: Path, open_page: OpenPage) -> None:
    page = open_page(page_file, DESKTOP)
    _wait_for_charts(page)
    corner = "document.querySelector('.place canvas').getContext('2d').getImageData(0, 0, 1, 1).data[0]"
    assert page.evaluate(corner) > 200
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{corner} < 60")
    page.emulate_media(media="print")
    page.wait_for_function(f"{corner} > 200")
