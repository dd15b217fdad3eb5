"""The comparison of frames. One that fails becomes a finding, and does not hide what is found in others."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.check.findings import Check, Checked, Finding, abridge
from cityconv.engine.attempt import ItemError
from cityconv.engine.memory import keep_freed_memory
from cityconv.errors import CityconvError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from cityconv.engine.executors import Workers
    from cityconv.source.frame import Frame


@dataclass(frozen=True)
class _Safely:
    """Compares one frame; an error in it becomes a finding.

    Attributes:
        work: the comparison.
    """

    work: Callable[[Frame], Checked]

    def __call__(self, frame: Frame) -> Checked:
        try:
            result = self.work(frame)
        except CityconvError:
            raise
        except Exception as error:
            return Checked(frame, {}, [failure(frame.where, error)])
        return result._replace(findings=list(abridge(result.findings)))


def compare_frames(check: Check, workers: Workers) -> Generator[Checked]:
    """Yield the comparison of each frame as soon as it is available, in any order.

    If a worker dies, its frame gets a finding, and the remaining frames are compared by other workers.

    Args:
        check: the check.
        workers: where frames are compared.

    Raises:
        WorkerError: no worker can be started.
    """
    keep_freed_memory()
    work, waiting = _Safely(check.work), check.frames
    while waiting:
        compared = set()
        try:
            with closing(workers.executor(len(waiting)).run(work, waiting)) as results:
                for result in results:
                    compared.add(result.frame.key)
                    yield result
            return
        except ItemError as error:
            frame = waiting[error.index]
            compared.add(frame.key)
            yield Checked(frame, {}, [Finding("unreadable", frame.where, f"cannot be compared: {error.message}")])
        waiting = [frame for frame in waiting if frame.key not in compared]


def check_without_frames(name: str, findings: list[Finding]) -> Check:
    """Return a check that consists of its findings."""
    return Check(name, [], _compare_nothing, findings=findings)


def _compare_nothing(frame: Frame) -> Checked:
    return Checked(frame, {}, [])


def failure(file: str, error: Exception) -> Finding:
    """Return the finding that a comparison failed with an error."""
    what = "out of memory" if isinstance(error, MemoryError) else f"{type(error).__name__}: {error}"
    return Finding("unreadable", file, f"cannot be compared: {what}")
