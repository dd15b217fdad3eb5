"""Generate docs/report.schema.json from the types of reports. `make docs` runs it, and a test checks the file."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from cityconv.engine.report import REPORT_VERSION, ConversionReport
from cityconv.verification.report import VerificationReport

FILE = Path(__file__).parent / "report.schema.json"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a report, which is one of a conversion or one of a verification."""
    kinds, components = msgspec.json.schema_components(
        (ConversionReport, VerificationReport), ref_template="#/$defs/{name}"
    )
    for component in components.values():  # Python 3.13 takes the indentation out of docstrings itself
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Report of cityconv, version {REPORT_VERSION}",
        "anyOf": list(kinds),
        "$defs": dict(sorted(components.items())),
    }


def text() -> str:
    """Return the text of the file."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
