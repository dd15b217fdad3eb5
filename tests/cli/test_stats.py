"""`cityconv stats` as a command: what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.builders import FRAME, annotation_path, box, document, tree_of, write_dataset
from tests.commands import cityconv, run_inline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


def test_the_tables_are_data_and_the_summary_is_a_message(source: Path) -> None:
    outcome = run_inline("stats", source)
    assert outcome.status == 0
    classes, splits, cities = (block.splitlines() for block in outcome.out.split("\n\n"))
    assert classes[0].split()[:7] == ["class", "frames", "objects", "pieces", "hidden", "truncated", "share"]
    assert classes[1].split()[:4] == ["car", "4", "12", "12"]
    assert [line.split() for line in splits[1:]] == [
        ["test", "1", "1", "1"],
        ["train", "3", "30", "30"],
        ["val", "1", "10", "10"],
    ]
    assert [line.split()[0] for line in cities[1:]] == ["aachen", "bonn", "munster", "ulm"]
    assert outcome.err.startswith("stats: 5 frames, 41 objects, 41 pieces in ")
    quiet = run_inline("stats", source, "-q")
    assert (quiet.out, quiet.err) == (outcome.out, "")


def test_the_json_has_the_documented_fields(source: Path) -> None:
    outcome = run_inline("stats", source, "--json", "-")
    found = json.loads(outcome.out)
    assert list(found) == [
        "version", "cityconv", "frames", "objects", "pieces", "objects_per_frame", "splits", "cities", "classes",
        "together",
    ]  # fmt: skip
    assert (found["version"], found["frames"], found["objects"], found["pieces"]) == (1, 5, 41, 41)
    assert found["objects_per_frame"] == {"min": 1, "q1": 10, "median": 10, "q3": 10, "max": 10, "mean": 8.2}
    assert found["splits"]["train"] == {"frames": 3, "objects": 30, "pieces": 30}
    assert found["cities"]["munster"] == {"splits": ["val"], "frames": 1, "objects": 10, "pieces": 10}
    car = found["classes"]["car"]
    assert list(car) == [
        "frames", "objects", "pieces", "hidden", "truncated", "pixels", "share", "area", "width", "height",
        "per_frame", "visible_fraction", "splits", "density",
    ]  # fmt: skip
    assert car["per_frame"] == {"min": 3, "q1": 3, "median": 3, "q3": 3, "max": 3, "mean": 3}
    assert car["share"] == car["pixels"] / (5 * 64 * 32)
    assert {name: item["pixels"] for name, item in car["splits"].items()}.keys() == {"train", "val"}
    assert sum(item["pixels"] for item in car["splits"].values()) == car["pixels"]
    assert (len(car["density"]), {len(row) for row in car["density"]}) == (64, {128})
    assert sum(map(sum, car["density"])) == car["pixels"]
    assert found["classes"]["license plate"]["pixels"] == 0
    assert sum(map(sum, found["classes"]["license plate"]["density"])) > 0
    assert len(outcome.out.splitlines()) < 2_000  # a row of a density is a line
    assert found["together"]["car"]["person"] == found["together"]["person"]["car"] == 4
    assert "ego vehicle" not in found["together"]


def test_the_csv_has_a_row_for_each_class_of_a_split_or_city(source: Path, tmp_path: Path) -> None:
    by_split = run_inline("stats", source, "--csv", "-").out
    assert by_split.startswith("split,class,frames,objects,pieces,hidden,truncated,pixels,share\n")
    rows = list(csv.DictReader(io.StringIO(by_split)))
    assert sum(int(row["objects"]) for row in rows) == 41
    assert {row["split"] for row in rows} == {"train", "val", "test"}
    path = tmp_path / "cities.csv"
    outcome = run_inline("stats", source, "--csv", path, "--split-by", "city", "--json", "-")
    cities = list(csv.DictReader(io.StringIO(path.read_text())))
    (car,) = (row for row in cities if (row["city"], row["class"]) == ("ulm", "car"))
    of_ulm = json.loads(outcome.out)["classes"]["car"]["cities"]["ulm"]
    assert of_ulm == {name: int(car[name]) for name in ("frames", "objects", "pixels")}


def test_the_options_of_frames_select_what_is_counted(source: Path) -> None:
    found = json.loads(run_inline("stats", source, "--city", "ulm", "--json", "-").out)
    assert (found["frames"], list(found["cities"])) == (1, ["ulm"])
    found = json.loads(run_inline("stats", source, "--split", "train", "--limit", "2", "--json", "-").out)
    assert (found["frames"], list(found["splits"])) == (2, ["train"])


def test_any_number_of_workers_counts_the_same(source: Path, tmp_path: Path) -> None:
    for jobs in ("1", "3"):
        line = ("--json", tmp_path / f"{jobs}.json", "--csv", tmp_path / f"{jobs}.csv", "-j", jobs)
        assert cityconv("stats", source, *line).status == 0
    for suffix in ("json", "csv"):
        assert (tmp_path / f"1.{suffix}").read_bytes() == (tmp_path / f"3.{suffix}").read_bytes()


def test_maps_are_counted_too(source: Path, tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    assert run_inline("labelmap", source, "-o", maps, "--kind", "labelIds,instanceIds").status == 0
    polygons = json.loads(run_inline("stats", source, "--json", "-").out)
    outcome = run_inline("stats", maps, "--read", "labelIds", "--json", "-")
    assert "note: labelIds maps do not tell instances apart: all pixels of a class are one object" in outcome.err
    classes = json.loads(outcome.out)["classes"]
    assert classes["persongroup"]["pixels"] == polygons["classes"]["person"]["pixels"]
    assert classes["cargroup"]["pixels"] == sum(polygons["classes"][name]["pixels"] for name in ("car", "cargroup"))
    assert classes["road"]["visible_fraction"] is None
    instances = json.loads(run_inline("stats", maps, "--read", "instanceIds", "--json", "-").out)["classes"]
    assert instances["car"]["area"] == polygons["classes"]["car"]["area"]


def test_a_bad_frame_prevents_the_output_unless_it_is_skipped(source: Path, tmp_path: Path) -> None:
    path = annotation_path(source, FRAME)
    path.write_text("{")
    before = tree_of(tmp_path)
    report = tmp_path / "report.json"
    failed = run_inline("stats", source, "--json", tmp_path / "stats.json", "--report", report)
    assert (failed.status, failed.out) == (1, "")
    assert failed.err.splitlines() == [
        f"error: {path}: JSON is truncated after byte 1",
        "1 of 5 frames are bad; nothing was written",
    ]
    assert json.loads(report.read_text())["frames"]["bad"][0]["file"] == str(path)
    report.unlink()
    assert tree_of(tmp_path) == before
    skipped = run_inline("stats", source, "--json", "-", "--on-error", "skip")
    assert skipped.status == 0
    assert json.loads(skipped.out)["frames"] == 4
    assert f"error: {path}: JSON is truncated after byte 1" in skipped.err
    assert "skipped: 1 bad frame" in skipped.err


def test_if_all_frames_are_bad_nothing_is_printed(tmp_path: Path) -> None:
    source = write_dataset(tmp_path, {FRAME: b"{"})
    outcome = run_inline("stats", source, "--on-error", "skip")
    assert (outcome.status, outcome.out) == (1, "")


def test_the_report_says_what_was_counted_and_skipped(tmp_path: Path) -> None:
    source = write_dataset(tmp_path, {FRAME: document(("car", box(1, 1, 4, 4)), ("car", []))})
    outcome = run_inline("stats", source, "--report", "-")
    report = json.loads(outcome.out)
    assert report["frames"] == {"found": 1, "counted": 1, "bad": []}
    assert (report["objects"], report["skipped"]) == (1, {"empty": {"car": 1}})
    assert "skipped: 1 object with an empty polygon" in outcome.err


def test_files_replace_only_their_own_kind_and_only_with_overwrite(source: Path, tmp_path: Path) -> None:
    line = ("stats", source, "--json", tmp_path / "stats.json", "--csv", tmp_path / "stats.csv")
    assert run_inline(*line).status == 0
    before = tree_of(tmp_path)
    again = run_inline(*line)
    assert (again.status, again.out) == (1, "")
    assert "stats.json: already exists" in again.err
    assert run_inline(*line, "--overwrite").status == 0
    assert tree_of(tmp_path) == before
    refused = run_inline("stats", source, "--json", annotation_path(source, FRAME), "--overwrite")
    assert (refused.status, refused.out) == (2, "")
    assert tree_of(tmp_path) == before


@pytest.mark.parametrize("options", [("--json", "-", "--csv", "-"), ("--csv", "x", "--report", "./x")])
def test_two_outputs_in_one_place_are_refused(options: tuple[str, ...], source: Path, tmp_path: Path) -> None:
    outcome = run_inline("stats", source, *options, cwd=tmp_path)
    assert (outcome.status, outcome.out) == (2, "")
    assert "would be written to the same place" in outcome.err
