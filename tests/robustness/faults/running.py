"""Running cityconv in this process through `main`, with a time limit."""

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

TIMEOUT = 60  # seconds


def run_here(*arguments: str | Path) -> Outcome:
    """Run cityconv; raise what `main` does not handle, and AssertionError after the timeout."""
    out, err = io.StringIO(), io.StringIO()
    line = mock.patch.object(sys, "argv", ["cityconv", *map(str, arguments)])
    with _isolated(), line, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main()
    status = end.value.code
    assert isinstance(status, int)
    return Outcome(status, out.getvalue(), err.getvalue())


@contextmanager
def _isolated() -> Iterator[None]:
    """Restore signal handlers and environment afterwards, and end a run that hangs."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    handlers = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGALRM, _time_out)
    signal.alarm(TIMEOUT)
    try:
        with mock.patch.dict(os.environ):
            os.environ.pop("CITYSCAPES_DATASET", None)
            yield
    finally:
        signal.alarm(0)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _time_out(_number: int, _frame: object) -> None:
    raise AssertionError(f"the run has not ended after {TIMEOUT} seconds")
