"""The report of a verification."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cityconv.engine.report import encode_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.verification.verify import Verification


def report_json(result: Verification, options: Mapping[str, object], seconds: float) -> bytes:
    """Return the report of a verification as JSON, with all findings.

    Args:
        result: the verification.
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
                "findings": [asdict(finding) for finding in check.findings],
            }
            for check in result.checks
        ],
        "notes": result.notes,
        "holds": not result.findings,
        "seconds": round(seconds, 3),
    }
    return encode_report(fields)
