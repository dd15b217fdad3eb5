"""cityconv run in this process as `main` runs it: exit status and what it says, within a time limit."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from cityconv.cli import main
from tests.commands import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60  # seconds


def run_here(*arguments: str | Path) -> Outcome:
    """Run cityconv; raise what it lets through, and AssertionError when it takes too long."""
    out, err = io.StringIO(), io.StringIO()
    line = mock.patch.object(sys, "argv", ["cityconv", *map(str, arguments)])
    with _undisturbed(), line, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main()
    status = end.value.code
    assert isinstance(status, int)
    return Outcome(status, out.getvalue(), err.getvalue())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep this process's signal handlers and environment, and end what hangs."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PATIENCE)
    try:
        with mock.patch.dict(os.environ):
            os.environ.pop("CITYSCAPES_DATASET", None)
            yield
    finally:
        signal.alarm(0)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _give_up(_number: int, _frame: object) -> None:
    raise AssertionError(f"it hangs: no end after {PATIENCE} seconds")
