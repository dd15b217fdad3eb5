"""The signals that end a run. Imported first of all, so it imports nothing of ours."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

TERMINAL_SIGNALS = {number for number in signal.Signals if number.name in ("SIGINT", "SIGHUP")}  # no SIGHUP on Windows
ENDING_SIGNALS = {*TERMINAL_SIGNALS, signal.SIGTERM}


def exit_on_signals() -> None:
    """Let the signals that end a run raise SystemExit, except ignored ones."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as SIGINT of a job in the background, and SIGHUP after nohup
            signal.signal(number, _exit_by_signal)


def _exit_by_signal(number: int, _frame: object) -> NoReturn:
    """Exit in order with the status of a signal; a second signal ends the process at once."""
    for each in ENDING_SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    sys.exit(128 + number)
