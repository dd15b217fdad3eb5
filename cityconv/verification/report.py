"""The report of a verification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from cityconv.check.findings import Finding
from cityconv.engine.report import Report, encode_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.verification.result import Verification


class CheckReport(TypedDict):
    """What one check compared, and its findings."""

    name: str
    frames: int
    compared: dict[str, int]
    notes: list[str]
    findings: list[Finding]


class VerificationFields(TypedDict):
    """What the report of a verification has of its own."""

    options: dict[str, Any]
    checks: list[CheckReport]
    notes: list[str]
    holds: bool
    seconds: float


class VerificationReport(VerificationFields, Report):
    """The report of a verification, `--report` of `verify`."""


def report_json(result: Verification, options: Mapping[str, object], seconds: float) -> bytes:
    """Return the report of a verification as JSON, with all findings.

    Args:
        result: the verification.
        options: the options of the verification, by name.
        seconds: duration in seconds.
    """
    fields: VerificationFields = {
        "options": dict(options),
        "checks": [
            {
                "name": check.name,
                "frames": len(check.frames),
                "compared": dict(sorted(check.compared.items())),
                "notes": check.notes,
                "findings": msgspec.to_builtins(check.findings),
            }
            for check in result.checks
        ],
        "notes": result.notes,
        "holds": not result.findings,
        "seconds": round(seconds, 3),
    }
    return encode_report(fields)
