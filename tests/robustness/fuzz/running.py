"""Running a target on inputs that follow from a seed and a number."""

from __future__ import annotations

import time
import traceback
import warnings
from itertools import count
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.robustness.fuzz import formats, reader

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS: dict[str, Callable[[Random], None]] = {"reader": reader.check, "formats": formats.check}
SLOW = 60  # seconds for one input; matching a thousand objects takes a second per output


class Tried(NamedTuple):
    """The result of a run.

    Attributes:
        inputs: number of inputs tried.
        slowest: seconds that the slowest of them took.
        findings: one text per failure, beginning with the arguments that repeat it.
    """

    inputs: int
    slowest: float
    findings: list[str]


def fuzz(target: str, seed: int, *, seconds: float = float("inf"), inputs: int | None = None) -> Tried:
    """Try inputs 0, 1, ... of a seed, for a time or a number of inputs."""
    begun = time.monotonic()
    slowest, number = 0.0, 0
    findings: list[str] = []
    for number in count() if inputs is None else range(inputs):
        before = time.monotonic()
        if before - begun > seconds:
            return Tried(number, slowest, findings)
        if finding := try_input(target, seed, number):
            findings.append(finding)
        slowest = max(slowest, time.monotonic() - before)
    return Tried(number + 1, slowest, findings)


def try_input(target: str, seed: int, number: int) -> str | None:
    """Try one input; return the failure, if any."""
    begun = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # pycocotools decodes with an array protocol that numpy 2 deprecates.
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            TARGETS[target](Random(f"{target} {seed} {number}"))
    except Exception:  # any exception is a finding
        return f"--target {target} --seed {seed} --input {number}\n{traceback.format_exc()}"
    if (seconds := time.process_time() - begun) > SLOW:
        return f"--target {target} --seed {seed} --input {number}\ntook {seconds:.1f} s"
    return None
