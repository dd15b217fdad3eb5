"""The JSON reports of conversions and verifications."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from cityconv.engine.report import FormatSummary, Summary, encode_report, report_json
from tests.builders import write_dataset
from tests.commands import Outcome, invoke


@pytest.fixture
def undecodable(tmp_path: Path) -> Path:
    """A folder whose name is not valid UTF-8."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system accepts UTF-8 names only")
    return folder


def convert_and_verify(folder: Path, *options: str | Path) -> list[Outcome]:
    """Convert and verify a data set in this folder, without messages."""
    source, out = write_dataset(folder / "source"), folder / "out"
    shared = ("-j", "1", "-q", *options)
    return [invoke("yolo", source, "-o", out, *shared), invoke("verify", source, out, *shared)]


def test_a_report_begins_with_its_version_and_the_tool() -> None:
    report = json.loads(encode_report({"frames": 2}))
    assert list(report) == ["report_version", "tool", "tool_version", "frames"]
    assert (report["report_version"], report["tool"]) == (2, "cityconv")


def test_reasons_and_names_are_in_alphabetical_order() -> None:
    skipped = {
        "outside": Counter(["truck", "car"]),
        "class": Counter(["sky", "road", "sky"]),
        "hidden": Counter(["car"]),
    }
    summary = Summary(frames=1, outputs=[FormatSummary("coco", "annotations", skipped=skipped)])
    (output,) = json.loads(report_json(summary, {}))["outputs"]
    assert [(reason, list(names.items())) for reason, names in output["skipped"].items()] == [
        ("class", [("road", 1), ("sky", 2)]),
        ("hidden", [("car", 1)]),
        ("outside", [("car", 1), ("truck", 1)]),
    ]


def test_text_is_utf8_and_undecodable_bytes_are_escapes() -> None:
    report = encode_report({"path": Path(os.fsdecode(b"z\xc3\xbcrich/\xff"))})
    assert '"zürich/\\udcff"' in report.decode("utf-8")
    assert os.fsencode(json.loads(report)["path"]) == b"z\xc3\xbcrich/\xff"


def test_reports_name_undecodable_paths(undecodable: Path) -> None:
    for outcome in convert_and_verify(undecodable, "--report", "-"):
        assert (outcome.status, outcome.err) == (0, "")
        report = json.loads(outcome.out)
        assert report["report_version"] == 2
        assert report["options"]["out"] == str(undecodable / "out")


def test_a_report_file_has_what_standard_output_would_have(tmp_path: Path) -> None:
    printed = convert_and_verify(tmp_path / "one", "--report", "-")
    for command, expected in zip(("yolo", "verify"), printed, strict=True):
        path = tmp_path / f"{command}.json"
        source, out = tmp_path / "one/source", tmp_path / "one/out"
        arguments = (source, "-o", out, "--overwrite") if command == "yolo" else (source, out)
        assert invoke(command, *arguments, "-j", "1", "-q", "--report", path).out == ""
        written, reference = json.loads(path.read_bytes()), json.loads(expected.out)
        for report in (written, reference):
            del report["seconds"], report["options"]
        assert written == reference
