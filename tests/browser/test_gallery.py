"""The gallery in a browser: what is seen, clicked and typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.pages import DESKTOP, PHONE, View, grave_violations, scrolls_sideways
from tests.commands import convert

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPage

AACHEN = "#train/aachen/aachen_000000_000019"


@pytest.fixture(scope="module")
def galleries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery of a data set with photographs, and those of an output without and of one with boxes alone."""
    folder = tmp_path_factory.mktemp("galleries")
    convert("sample", folder / "city", "--frames", "8", "--images")
    convert("preview", folder / "city", "-o", folder / "photographs", "--size", "640")
    convert("panoptic", folder / "city", "-o", folder / "panoptic")
    convert("preview", folder / "panoptic", "-o", folder / "colors", "--size", "640")
    convert("csv", folder / "city", "-o", folder / "csv", "--images", "copy")
    convert("preview", folder / "csv", "-o", folder / "boxes", "--size", "640")
    return folder


def seen(page: Page, selector: str) -> int:
    """Return how many elements of a selector take room on the screen."""
    number: int = page.evaluate(
        "selector => [...document.querySelectorAll(selector)].filter(item => item.getClientRects().length).length",
        selector,
    )
    return number


@pytest.mark.parametrize("name", ["photographs", "colors", "boxes"])
def test_the_gallery_looks_right_everywhere(galleries: Path, open_page: OpenPage, view: View, name: str) -> None:
    page = open_page(galleries / name / "index.html", view)
    page.wait_for_selector("#grid li")
    assert seen(page, "#grid img") == (6 if name == "boxes" else 8)  # a table names no image without objects
    assert not scrolls_sideways(page)
    assert grave_violations(page) == []
    page.click("#grid li:nth-child(3) a")
    page.wait_for_selector("#objects li")
    assert not scrolls_sideways(page)
    assert grave_violations(page) == []
    assert page.evaluate("document.querySelector('#viewer').scrollWidth") <= view.width


def test_frames_are_found_by_name_split_city_and_class(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html")
    assert page.inner_text("#count") == "8 frames"
    page.select_option("#split", "val")
    shown = page.locator("#grid .name").all_inner_texts()
    assert shown == ["frankfurt_000000_000019", "lindau_000000_000019"] or len(shown) < 8
    assert page.inner_text("#count") == f"{len(shown)} of 8 frames"
    page.select_option("#split", "")
    page.select_option("#city", "aachen")
    assert page.locator("#grid .name").all_inner_texts() == ["aachen_000000_000019"]
    page.select_option("#city", "")
    page.select_option("#class", label=page.locator("#class option", has_text=re.compile(r"^person \(")).inner_text())
    assert all(re.search(r"\d+ person$", text) for text in page.locator("#grid .facts").all_inner_texts())
    page.select_option("#class", "")
    page.fill("#search", "BOCHUM train")
    assert page.locator("#grid .name").all_inner_texts() == ["bochum_000000_000019"]
    page.fill("#search", "nowhere")
    assert page.is_visible("#none")
    page.click("#reset")
    assert page.inner_text("#count") == "8 frames"


def test_frames_are_ordered_by_their_objects(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html")
    page.select_option("#order", "most")
    numbers = [int(re.findall(r"(\d+) object", text)[0]) for text in page.locator("#grid .facts").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > numbers[-1]


def test_layers_and_classes_are_turned_off_and_on(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html", DESKTOP, AACHEN)
    page.wait_for_selector("#objects li")
    region = "#regions path[data-class=car]"

    def style(name: str) -> str:
        value: str = page.evaluate("([of, name]) => getComputedStyle(document.querySelector(of))[name]", [region, name])
        return value

    assert (style("fillOpacity"), style("stroke")) == ("0.5", "rgb(0, 0, 142)")
    page.click("#layers input[value=masks]")
    assert style("fillOpacity") == "0"
    page.click("#layers input[value=outlines]")
    assert style("stroke") == "none"
    boxes, names = seen(page, "#boxes polygon"), seen(page, "#names text")
    assert min(boxes, names) > 3
    page.click("#layers input[value=boxes]")
    page.click("#layers input[value=names]")
    assert (seen(page, "#boxes polygon"), seen(page, "#names text")) == (0, 0)
    page.click("#layers input[value=masks]")
    assert style("fillOpacity") == "0.5"
    cars = page.locator(region).count()
    listed = seen(page, "#objects li")
    page.uncheck("#class-list input[value=car]")
    assert (seen(page, region), seen(page, "#objects li")) == (0, listed - cars)
    page.click("#no-classes")
    assert seen(page, "#objects li") == 0
    page.click("#all-classes")
    assert seen(page, "#objects li") == listed


def test_the_list_and_the_picture_highlight_each_other(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html", DESKTOP, AACHEN)
    page.wait_for_selector("#objects li")
    button = page.locator("#objects button", has_text="car").first
    button.hover()
    number = button.get_attribute("data-object")
    assert page.get_attribute("#mark .line", "d") == page.get_attribute(f"#regions [data-object='{number}']", "d")
    page.mouse.move(720, 400)
    page.wait_for_function("document.querySelector('#objects .marked') !== null")
    marked = page.locator("#objects .marked").get_attribute("data-object")
    assert page.get_attribute("#mark .line", "d") == page.get_attribute(f"#regions [data-object='{marked}']", "d")


def test_a_frame_is_zoomed_moved_and_left_by_keyboard(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html")
    page.focus("#grid li:nth-child(2) a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#objects li")
    name = page.inner_text("#frame-name")
    assert page.get_attribute("#picture", "viewBox") == "0 0 640 320"
    page.keyboard.press("+")
    assert page.get_attribute("#picture", "viewBox") != "0 0 640 320"
    page.keyboard.press("0")
    assert page.get_attribute("#picture", "viewBox") == "0 0 640 320"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("name => document.querySelector('#frame-name').textContent !== name", arg=name)
    assert page.inner_text("#frame-place").endswith("3 of 8")
    page.keyboard.press("Escape")
    page.wait_for_function("!location.hash")
    assert not page.is_visible("#viewer")


def test_the_wheel_zooms_and_the_pointer_moves_the_picture(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html", DESKTOP, AACHEN)
    page.wait_for_selector("#objects li")
    page.mouse.move(600, 450)
    page.mouse.wheel(0, -400)
    page.wait_for_function("document.querySelector('#picture').getAttribute('viewBox') !== '0 0 640 320'")
    before = [float(part) for part in str(page.get_attribute("#picture", "viewBox")).split()]
    assert before[2] < 640
    page.mouse.down()
    page.mouse.move(500, 450)
    page.mouse.up()
    after = [float(part) for part in str(page.get_attribute("#picture", "viewBox")).split()]
    assert after[0] > before[0] + 10
    assert after[2] == pytest.approx(before[2])


def test_the_grid_shows_photographs_alone(galleries: Path, open_page: OpenPage) -> None:
    page = open_page(galleries / "photographs/index.html", PHONE)
    page.check("#bare")
    sources = page.eval_on_selector_all("#grid img", "items => items.map(item => item.getAttribute('src'))")
    assert all(source.startswith("photographs/") for source in sources)
    page = open_page(galleries / "colors/index.html", PHONE)
    assert not page.is_visible("#bare")
