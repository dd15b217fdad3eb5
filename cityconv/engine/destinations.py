"""Where outputs go, and where they are read: folders, and object stores."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cityconv.engine.convert import convert
from cityconv.engine.download import download
from cityconv.engine.files import translate_os_errors
from cityconv.engine.lock import locked_folder
from cityconv.engine.manifest import FILE_NAME, check_manifests
from cityconv.engine.staging import is_unfinished
from cityconv.engine.store_output import StoreOutput, local_folder
from cityconv.errors import CityconvError, UsageError
from cityconv.source.listings import forget_listings, store_errors
from cityconv.source.locations import is_file
from cityconv.storage.objects import list_folders, list_objects
from cityconv.storage.url import StoreUrl
from cityconv.vocabulary import STAGING_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.engine.plan import Plan
    from cityconv.engine.report import Summary
    from cityconv.engine.settings import Settings
    from cityconv.engine.store_output import Make
    from cityconv.storage.url import Location


def convert_to(plan: Plan, out: Location, settings: Settings) -> Summary:
    """Convert the frames of a plan to a folder, or to a store; see `engine.convert.convert`.

    Raises:
        UsageError: images would be links in a store.
        OutputError: as for a folder; or the store does not do what is asked.
    """
    if isinstance(out, StoreUrl) and plan.images and plan.images.mode != "copy":
        raise UsageError(f"--images {plan.images.mode}: a store has no links", "--images copy")
    return make_at(out, plan, settings, lambda folder, adapted: convert(plan, folder, adapted))


def make_at(out: Location, plan: Plan, settings: Settings, make: Make) -> Summary:
    """Make an output in a folder; one for a store in a local folder, whose files are then written to the store.

    Args:
        out: where to.
        plan: what is made.
        settings: how.
        make: makes it in the folder that it is given.

    Raises:
        OutputError: a manifest that is there is damaged; or the store does not do what is asked, or contains a file to
            be written or an unfinished run.
        CityconvError: raised by `make`.
    """
    if isinstance(out, Path):
        check_manifests(out, plan.manifest_paths())
        return make(out, settings)
    start = time.monotonic()
    with locked_folder(local_folder(out)) as folder:
        summary = StoreOutput(out, folder).make(plan, settings, make)
    summary.seconds = time.monotonic() - start
    return summary


def is_output_in_store(location: Location) -> bool:
    """Return whether a location is the URL of an output, or of several in folders of their own.

    What an unfinished run has left is one. Raises SourceError.
    """
    if isinstance(location, Path):
        return False
    forget_listings()  # of an earlier call
    with store_errors():
        folders = list_folders(location)
    files = (location / STAGING_FOLDER, *(folder / FILE_NAME for folder in (location, *folders)))
    return any(map(is_file, files))


def has_unfinished_run(out: Location) -> bool:
    """Return whether there is an unfinished run that this machine can continue."""
    return is_unfinished(out) if isinstance(out, Path) else local_folder(out).exists()


@contextmanager
def local_copy(out: Location) -> Iterator[Path]:
    """Yield the folder of an output; of one in a store, that of a copy, which is removed afterwards.

    Errors that name the copy name the URL instead.

    Raises:
        OutputError: the store does not do what is asked, or the copy cannot be written.
    """
    if isinstance(out, Path):
        yield out
        return
    with TemporaryDirectory(prefix="cityconv-") as parent:
        folder = f"{parent}/{out.name or 'output'}"
        with translate_os_errors(out):
            download(out, [out.path_to(item.url) for item in list_objects(out)], Path(folder))
        try:
            yield Path(folder)
        except CityconvError as error:
            error.args = (str(error).replace(folder, str(out)), *error.args[1:])
            raise
