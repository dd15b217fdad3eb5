"""Runs that are ended from outside: by Ctrl-C, SIGTERM or SIGHUP, by the death of a worker or of its parent.

Each test starts cityconv as a process of its own and stops it at one frame (`held.py`), so that what happens next does
not depend on the speed of the machine. Covered: the exit status, the message, that no worker is left, that nothing is
visible in the output folder, and that `--resume` gives the files of an uninterrupted run; also that a second run is
refused while the first is writing. Signals, dead workers and dead parents are tested with each start method of
multiprocessing. What `--resume` does in other situations is in `tests/robustness/faults`.
"""
