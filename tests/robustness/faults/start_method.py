"""cityconv as a program that chooses a start method: `python -m tests.robustness.faults.start_method spawn run ...`."""

from __future__ import annotations

import multiprocessing
import sys

from cityconv.cli import main

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv.pop(1))
    main()
