"""The report of a verification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.engine.report import encode_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cityconv.check.findings import Check


def report_json(checks: Sequence[Check], options: Mapping[str, object], seconds: float) -> bytes:
    """Return the report of a verification as JSON, with all findings.

    Args:
        checks: the completed checks.
        options: the options of the verification, by name.
        seconds: duration in seconds.
    """
    fields = {
        "options": options,
        "checks": [
            {
                "name": check.name,
                "frames": len(check.frames),
                "compared": dict(sorted(check.compared.items())),
                "notes": check.notes,
                "findings": [finding._asdict() for finding in check.findings],
            }
            for check in checks
        ],
        "holds": not any(check.findings for check in checks),
        "seconds": round(seconds, 3),
    }
    return encode_report(fields)
