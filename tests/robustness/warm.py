"""Imported by the server that forks processes: a run of each kind there imports and builds what later runs need."""

from pathlib import Path
from tempfile import TemporaryDirectory

from cityconv.formats import FORMATS
from cityconv.source.limits import limits
from tests.builders import FRAME, street, write_dataset
from tests.commands import run_inline

with TemporaryDirectory() as folder:
    source = write_dataset(Path(folder, "source"), {FRAME: street()})
    for name in FORMATS:
        run_inline(name, source, "-o", Path(folder, name))
        run_inline("verify", source, Path(folder, name))
limits.cache_clear()  # each process has variables of its own
