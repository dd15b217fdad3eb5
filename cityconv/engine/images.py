"""Bringing images along: linked, copied, or encoded anew."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from cityconv.engine.files import make_file, write_file
from cityconv.errors import ImageError, OutputError, UsageError
from cityconv.source.files import READ_ERRORS, File, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cityconv.source.layout import Frame, FrameKey

Mode = Literal["symlink", "hardlink", "copy"]

_JPEG_QUALITY = 95


class Images(NamedTuple):
    """The images of a data set, and how an output gets them.

    Attributes:
        mode: linked or copied.
        files: the image of each frame, by the frame's key.
    """

    mode: Mode
    files: dict[FrameKey, File]

    def of(self, frame: Frame) -> Image:
        """Return a frame's image.

        Raises:
            ImageError: there is none.
        """
        if frame.key not in self.files:
            raise ImageError(f"{frame.name}: no image found for {frame.where}")
        return Image(self.mode, self.files[frame.key])

    def check(self, frames: Iterable[Frame], image_file: Callable[[Frame], str]) -> None:
        """Look, before anything is written, whether images can be brought to where a format has them.

        Raises:
            UsageError: an image cannot be linked there.
        """
        for frame in frames:
            if frame.key in self.files:
                self.of(frame).check(image_file(frame))

    def stamps(self) -> list[tuple[str, int, int]]:
        """Return path, size and time of change of all files that are read: what tells that one changed."""
        paths = sorted({file.archive or file.path for file in self.files.values()})
        found = ((path, os.stat(path)) for path in paths)  # noqa: PTH116 - of many
        return [(path, status.st_size, status.st_mtime_ns) for path, status in found]

    def refuse_own(self, paths: Iterable[Path]) -> None:
        """Raise OutputError when one of the paths that are to be replaced is that of an image of the source."""
        own = {_place(Path(file.path)) for file in self.files.values() if not file.archive}
        for path in paths:
            if os.path.lexists(path) and _place(path) in own:
                raise OutputError(f"{path}: is an image of the source itself", "another --out keeps it")


class Image(NamedTuple):
    """One image, and how an output gets it; see `Images`."""

    mode: Mode
    file: File

    def check(self, path: str) -> None:
        """Raise UsageError when the image is to be linked and that cannot be done under this name."""
        same_encoding = _encoding(self.file.path) == _encoding(path)
        if self.mode != "copy" and (self.file.archive or not same_encoding):
            cause = "in a zip" if self.file.archive else f"to be written as {Path(path).suffix}"
            raise UsageError(f"{self.file}: an image {cause} cannot be linked", "--images copy")

    def export(self, target: Path) -> None:
        """Make the image be at a path; where that ends otherwise than the image's, it is encoded anew.

        Raises:
            UsageError: a link cannot do that.
            ImageError: the image cannot be read.
            OutputError: the path cannot be written.
        """
        self.check(target.name)
        if self.mode == "copy":
            content = self._read()
            same_encoding = _encoding(self.file.path) == _encoding(target.name)
            write_file(target, [content if same_encoding else _encode(self.file, content, target.suffix)])
            return
        link = os.symlink if self.mode == "symlink" else os.link
        make_file(target, lambda: link(Path(self.file.path).absolute(), target))

    def _read(self) -> bytes:
        try:
            return self.file.read()
        except READ_ERRORS as error:
            raise ImageError(f"{self.file}: {explain(error)}") from None


def _place(path: Path) -> tuple[str, str]:
    """Return the real folder that a file is in, and its name there, whatever it may be a link to."""
    return _real_folder(str(path.parent)), path.name


@lru_cache(maxsize=256)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _encoding(name: str) -> str:
    return Path(name).suffix.lower().replace("jpeg", "jpg")


def _encode(file: File, content: bytes, suffix: str) -> bytes:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    except cv2.error:  # beyond a limit of OpenCV's
        image = None
    if image is None:
        raise ImageError(f"{file}: not an image that can be read")
    return cv2.imencode(suffix, image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
