"""The page of statistics: complete without a network, and safe whatever names a data set has."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.engine.side_file import begins_with
from cityconv.statistics.report import page
from tests.builders import FRAME, annotation_path, document, tree_of, write_dataset
from tests.commands import run_inline
from tests.documented_data import TABLE

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("jinja2", reason="needs the extra `report`")
pytest.importorskip("vl_convert", reason="needs the extra `report`")


@pytest.fixture(autouse=True)
def _small_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the libraries that draw charts, which take seconds to bundle."""
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda snippet: "// libraries </script>")


def page_of(source: Path, *options: str) -> str:
    path = source.parent / "page.html"
    outcome = run_inline("stats", source, "--html", path, "--overwrite", *options)
    assert outcome.status == 0, outcome.err
    assert outcome.out.startswith("class ")
    return path.read_text(encoding="utf-8")


def data_of(text: str, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


def test_the_page_has_the_numbers_of_the_json(source: Path) -> None:
    text = page_of(source)
    found = json.loads(run_inline("stats", source, "--json", "-").out)
    (rows,) = re.findall(r'<tbody id="class-rows">(.*?)</tbody>', text, re.DOTALL)
    numbers = {
        re.findall(r'data-class="(.*?)"', row)[0]: re.findall(r'<td data-value="(.*?)"', row)
        for row in rows.split("</tr>")[:-1]
    }
    assert numbers.keys() == found["classes"].keys()
    for name, item in found["classes"].items():
        expected = [item[key] for key in ("objects", "share", "frames", "hidden", "truncated")]
        assert list(map(float, numbers[name])) == expected
    for city, item in found["cities"].items():
        assert re.search(rf'data-value="{city}">{city}</th>\s*<td data-value="{item["frames"]}"', text)
    tallies = data_of(text, "tallies")
    car = found["classes"]["car"]
    assert tallies["classes"]["car"][""][:2] == [car["frames"], car["objects"]]
    assert tallies["classes"]["car"]["val"][1] == car["splits"]["val"]["objects"]
    charts = data_of(text, "charts")
    assert sum(bar["frames"] for bar in charts["objects"]["data"]["values"]) == found["frames"]
    shares = {item["name"]: item.get("pixels") for item in charts["pixels"]["data"][0]["values"]}
    assert shares["car"] == car["pixels"]
    let_through = [mark["type"] for mark in charts["pixels"]["marks"] if mark.get("interactive") is False]
    assert let_through == ["text", "text"]  # what is below them says its numbers
    assert "license plate" not in shares
    pairs = {(item["class"], item["other"]): item["frames"] for item in charts["together"]["data"]["values"]}
    assert pairs["car", "person"] == found["together"]["car"]["person"]


def test_the_page_asks_for_nothing(source: Path) -> None:
    text = page_of(source)
    assert all(link.startswith(("data:", "#")) for link in re.findall(r'(?:src|href)="([^"]*)', text))
    assert "url(" not in text
    assert "@import" not in text
    assert text.count("data:image/png;base64,") == len(data_of(text, "tallies")["classes"])
    assert text.count("data:image/jpeg;base64,") > 4
    assert text.count("</script>") == 4


def test_frames_without_annotations_are_not_shown(source: Path) -> None:
    assert "bonn" not in page_of(source).partition('id="frames"')[2].partition("</section>")[0]
    assert "Most crowded" not in page_of(source, "--split", "test")


def test_a_data_set_without_objects_has_a_page(tmp_path: Path) -> None:
    text = page_of(write_dataset(tmp_path / "source", {FRAME: document()}))
    assert data_of(text, "tallies") == {"pixels": {"": 2048, "train": 2048}, "classes": {}}


def test_names_are_no_markup(tmp_path: Path) -> None:
    name = "<b>&\"'</script>"
    table = tmp_path / "labels.toml"
    table.write_text(TABLE.replace('"scooter"', json.dumps(name)))
    scene = document((name, [[1, 1], [9, 1], [9, 9]]), ("road", [[0, 10], [63, 10], [63, 31], [0, 31]]))
    source = tmp_path / "a<i>b"
    annotation = annotation_path(source, "train/<u>x/<s>y_000000_000001")
    annotation.parent.mkdir(parents=True)
    annotation.write_text(json.dumps(scene))
    outcome = run_inline("stats", source, "--labels", table, "--html", tmp_path / "page.html")
    assert outcome.status == 0, outcome.err
    text = (tmp_path / "page.html").read_text()
    for tag in (name, "<i>b", "<u>x", "<s>y"):
        assert tag not in text
    assert html.escape(name, quote=False).replace('"', "&#34;").replace("'", "&#39;") in text
    assert name in data_of(text, "tallies")["classes"]


def test_the_page_replaces_an_older_one_only_with_overwrite(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert run_inline("stats", source, "--html", path, "-q").status == 0
    assert begins_with(path, page.HTML_START)
    before = tree_of(tmp_path)
    assert f"{path}: already exists" in run_inline("stats", source, "--html", path).err
    refused = run_inline("stats", source, "--html", annotation_path(source, FRAME), "--overwrite")
    assert (refused.status, refused.out) == (2, "")
    assert tree_of(tmp_path) == before
    printed = run_inline("stats", source, "--html", "-", "-q")
    assert (printed.out.encode(), printed.err) == (path.read_bytes(), "")


@pytest.mark.parametrize("missing", ["jinja2", "vl_convert"])
def test_without_the_libraries_one_line_says_what_to_install(
    missing: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "find_spec", lambda name: None if name == missing else object())
    outcome = run_inline("stats", source, "--html", tmp_path / "page.html")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.splitlines() == [
        "error: --html needs libraries that are not installed",
        "hint: pip install 'cityconv[report]'",
    ]
    assert not (tmp_path / "page.html").exists()
    assert run_inline("stats", source, "-q").status == 0


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0%"), (1, "100.0%"), (0.123456, "12.3%"), (0.0123456, "1.23%"), (1.2e-6, "0.00012%")]
)
def test_shares_are_readable(share: float, words: str) -> None:
    assert page._percent(share) == words  # noqa: SLF001 - what the page shows
