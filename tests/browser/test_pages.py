"""What looks at pages notices what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.pages import PHONE, grave_violations, scrolls_sideways

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import OpenPage

_GOOD = '<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1></main></html>'
_BAD = """<!doctype html><title>Bad</title><div style="width: 500px">wide</div><img src="https://example.org/a.png">
<script>console.error("oops"); document.createElement("p").missing();</script>"""


def test_a_good_page_passes(tmp_path: Path, open_page: OpenPage) -> None:
    (tmp_path / "good.html").write_text(_GOOD)
    page = open_page(tmp_path / "good.html", PHONE)
    assert not scrolls_sideways(page)
    assert grave_violations(page) == []


def test_all_that_is_wrong_with_a_page_is_noticed(tmp_path: Path, open_page: OpenPage, complaints: list[str]) -> None:
    (tmp_path / "bad.html").write_text(_BAD)
    page = open_page(tmp_path / "bad.html", PHONE)
    assert scrolls_sideways(page)
    assert {item.partition(":")[0] for item in grave_violations(page)} >= {"html-has-lang", "image-alt"}
    for part in ("asks for https://example.org/a.png", "prints oops", "missing is not a function"):
        assert any(part in complaint for complaint in complaints)
    complaints.clear()
