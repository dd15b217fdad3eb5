"""Reports follow the published JSON Schema, which has every field that they have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cityconv.formats import FORMATS
from docs.generate_schema import FILE, text
from tests.builders import write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))


def check(report: str, kind: str) -> dict[str, Any]:
    """Check a report, and that nothing at its top or in its frames and checks is missing from the schema."""
    document: dict[str, Any] = json.loads(report)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert set(document) == set(SCHEMA["$defs"][kind]["properties"])
    return document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dataset(tmp_path / "city")
    next((write_dataset(tmp_path / "bad") / "gtFine").rglob("*.json")).write_bytes(b"{")
    return tmp_path


def test_the_schema_is_that_of_the_code() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert FILE.read_text(encoding="utf-8") == text(), "run `make docs`"


@pytest.mark.parametrize("command", FORMATS)
def test_reports_of_conversions_and_of_their_verification_follow_it(command: str, folder: Path) -> None:
    converted = run_inline(command, "bad", "-o", "out", "--on-error", "skip", "--report", "-", cwd=folder)
    document = check(converted.out, "ConversionReport")
    assert len(document["frames"]["bad"]) == 1
    verified = run_inline("verify", "city", "out", "--report", "-", cwd=folder)  # has a frame more
    assert verified.status == 1
    document = check(verified.out, "VerificationReport")
    assert any(check["findings"] for check in document["checks"])


def test_a_report_that_lacks_a_field_or_has_another_version_does_not_follow_it(folder: Path) -> None:
    document = check(run_inline("coco", "city", "-o", "out", "--report", "-", cwd=folder).out, "ConversionReport")
    for wrong in ({**document, "report_version": 3}, {key: document[key] for key in document if key != "frames"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)
