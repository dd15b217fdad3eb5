"""The result of a verification."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from cityconv.check.findings import Check, Finding
    from cityconv.storage.url import Location


class Verification(NamedTuple):
    """The result of a verification.

    Attributes:
        checks: one for each part of the output.
        notes: what the user should know about how the data set was read, a sentence each.
    """

    checks: list[Check]
    notes: list[str]

    def extend(self, other: Verification) -> None:
        """Add the checks and the notes of another verification."""
        self.checks.extend(other.checks)
        self.notes.extend(note for note in other.notes if note not in self.notes)

    def naming(self, folder: Path, location: Location) -> Verification:
        """Return the same, with the place of the output for the folder in which it was compared."""

        def named(text: str) -> str:
            return text.replace(str(folder), str(location))

        for check in self.checks:
            for index, item in enumerate(check.findings):
                check.findings[index] = replace(item, file=named(item.file), message=named(item.message))
            check.notes[:] = map(named, check.notes)
        return Verification(self.checks, list(map(named, self.notes)))

    def forgive(self, files: Collection[str]) -> None:
        """Remove the findings that some files are extra."""
        for check in self.checks:
            check.findings[:] = [item for item in check.findings if not (item.kind == "extra" and item.file in files)]

    @property
    def findings(self) -> list[Finding]:
        """All discrepancies; none if the output is what its options describe."""
        return [finding for check in self.checks for finding in check.findings]
