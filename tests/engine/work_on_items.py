"""What executors apply to items in tests, in other processes as well."""

from __future__ import annotations

import os
import signal

from cityconv.errors import AnnotationError


def name_of(item: int) -> str:
    return f"item {item}"


def square(item: int) -> int:
    return item * item


def reject_13(item: int) -> int:
    if item == 13:
        raise AnnotationError("13: bad luck", "take 14")
    return item


def fail_on_13(item: int) -> int:
    return 1 // (item - 13)


def die_on_13(item: int) -> int:
    if item == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return item
