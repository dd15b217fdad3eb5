"""How a conversion runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.engine.executors import LOCAL, Workers, workers_of
from cityconv.errors import UsageError

if TYPE_CHECKING:
    from cityconv.options import RunOptions
    from cityconv.vocabulary import OnError


@dataclass(frozen=True)
class Settings:
    """How a conversion runs. None of these settings changes the content of the output.

    Attributes:
        workers: where frames are converted.
        on_error: whether one bad frame prevents the output, or bad frames are skipped.
        overwrite: whether to replace existing files and discard an unfinished run.
        resume: whether to continue an unfinished run.
        update: whether to convert only what is new or changed since an earlier output, which is replaced.
        checksum: whether a resumed run compares the content of annotations, not only their size and times.
        progress: whether to show a progress bar on a terminal.
        is_resumable: whether the command has the option to continue an unfinished run.
    """

    workers: Workers = LOCAL
    on_error: OnError = "fail"
    overwrite: bool = False
    resume: bool = False
    update: bool = False
    checksum: bool = False
    progress: bool = False
    is_resumable: bool = True

    @property
    def goes_on(self) -> bool:
        """Whether what an earlier run has done is kept where it can be."""
        return self.resume or self.update


def settings_of(run: RunOptions) -> Settings:
    """Return the settings that options describe.

    Raises:
        UsageError: the options cannot be combined.
    """
    if run.update and (run.overwrite or run.resume):
        raise UsageError("--update cannot be combined with --overwrite or --resume")
    return Settings(
        workers=workers_of(run),
        on_error=run.on_error,
        overwrite=run.overwrite,
        resume=run.resume,
        update=run.update,
        checksum=run.checksum,
        progress=run.shows_progress,
    )
