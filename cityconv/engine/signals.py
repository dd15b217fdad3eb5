"""The signals that end a run."""

from __future__ import annotations

import signal

TERMINAL_SIGNALS = {number for number in signal.Signals if number.name in ("SIGINT", "SIGHUP")}  # no SIGHUP on Windows
ENDING_SIGNALS = {*TERMINAL_SIGNALS, signal.SIGTERM}
