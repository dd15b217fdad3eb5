"""An entry of the list of readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """One reader of one output.

    Attributes:
        framework: its name, and the class or function that loads.
        version: the tested version as a requirement, `name==version`; of a reader that is not run, the one looked at.
        command: the command that writes what it loads.
        code: Python that loads the output as it was written, from the folder of the command, and sets `images` and
            `objects`, or one of them.
        images: how many images it finds; None if it does not count them.
        objects: how many objects it finds; None if it does not count them.
        reason: empty, or why it does not load everything, or why it was not run: then without code.
    """

    framework: str
    version: str
    command: str
    code: str = ""
    images: int | None = None
    objects: int | None = None
    reason: str = ""
