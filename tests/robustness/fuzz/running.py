"""Running a target on inputs that a seed and a number make."""

from __future__ import annotations

import time
import traceback
import warnings
from itertools import count
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.robustness.fuzz import reader, road

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS: dict[str, Callable[[Random], None]] = {"reader": reader.check, "road": road.check}
SLOW = 5  # seconds for one input


class Tried(NamedTuple):
    """How many inputs were tried, how many seconds the slowest took, and what was found, a text each."""

    inputs: int
    slowest: float
    findings: list[str]


def fuzz(target: str, seed: int, *, seconds: float = float("inf"), inputs: int | None = None) -> Tried:
    """Try inputs 0, 1, ... of a seed until the time is over or so many are tried."""
    begun = time.monotonic()
    slowest, number, findings = 0.0, 0, []
    for number in count() if inputs is None else range(inputs):
        before = time.monotonic()
        if before - begun > seconds:
            return Tried(number, slowest, findings)
        if finding := try_input(target, seed, number):
            findings.append(finding)
        slowest = max(slowest, time.monotonic() - before)
    return Tried(number + 1, slowest, findings)


def try_input(target: str, seed: int, number: int) -> str | None:
    """Try one input; return what is wrong, if anything."""
    begun = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # pycocotools decodes with an array protocol that numpy 2 deprecates.
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            TARGETS[target](Random(f"{target} {seed} {number}"))
    except Exception:  # noqa: BLE001, RUF100 - whatever it is, it is a finding
        return f"--target {target} --seed {seed} --input {number}\n{traceback.format_exc()}"
    if (seconds := time.process_time() - begun) > SLOW:
        return f"--target {target} --seed {seed} --input {number}\ntook {seconds:.1f} s"
    return None
