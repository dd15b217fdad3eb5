"""Kills at random moments, over all formats, from folders and zips, each followed by `--resume`.

`campaign.py` is a program: `python -m tests.robustness.kills.campaign --help`. Covered: no file that is visible in the
output folder is ever incomplete, an output that looks finished is complete, a resumed run gives the files of an
uninterrupted one, and no process is left. Kills before each single file operation are in `tests/robustness/faults`.

The default run of the tests interrupts a few conversions; the test marked `campaign` interrupts conversions to each
format from both kinds of source.
"""
