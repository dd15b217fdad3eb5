"""Conditions under which a conversion fails or is interrupted, and the files that it leaves.

* `test_faults.py`: full disks, outputs that cannot be written, memory that runs out, bad frames, damaged images.
* `test_interruptions.py`: what `--resume` does after an interruption, also with changed options or annotations.
* `test_file_operations.py`: runs that are killed before single file operations. `operations.py` is a program that kills
  before each of them, in ten scenarios: `python -m tests.robustness.faults.operations`.
* `test_power.py`: runs that lose power: what was not synced is emptied, cut, removed or put back. `power.py` is a
  program that goes through as many cases as wanted: `python -m tests.robustness.faults.power`.
* `test_same_bytes.py`: all formats give the same bytes for any number of workers, locale, hash seed and start method.

Tests marked `campaign` go through more sizes and all scenarios. They are run by name and by `make check`.
"""
