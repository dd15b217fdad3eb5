"""The images of the frames in an output: linked, copied, or re-encoded."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.files import make_file, write_file
from cityconv.errors import ImageError, OutputError, UsageError
from cityconv.source.files import READ_ERRORS, File, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cityconv.source.layout import Frame, FrameKey
    from cityconv.vocabulary import LinkMode

_JPEG_QUALITY = 95


class SourceImages(NamedTuple):
    """The images of a data set, and how an output gets them.

    Attributes:
        mode: whether images are linked or copied.
        files: the image of each frame by the frame's key.
    """

    mode: LinkMode
    files: dict[FrameKey, File]

    def of(self, frame: Frame) -> SourceImage:
        """Return a frame's image.

        Raises:
            ImageError: the frame has no image.
        """
        if frame.key not in self.files:
            raise ImageError(f"{frame.name}: no image found for {frame.where}")
        return SourceImage(self.mode, self.files[frame.key])

    def check(self, frames: Iterable[Frame], image_file: Callable[[Frame], str]) -> None:
        """Check that the images can be exported under the names that a format gives them.

        Raises:
            UsageError: an image cannot be linked under its name.
        """
        for frame in frames:
            if frame.key in self.files:
                self.of(frame).check(image_file(frame))

    def stamps(self) -> list[tuple[str, int, int]]:
        """Return path, size in bytes, and modification time in ns of each image file or archive."""
        paths = sorted({file.archive or file.path for file in self.files.values()})
        status = ((path, os.stat(path)) for path in paths)  # noqa: PTH116 - faster, for thousands of files
        return [(path, result.st_size, result.st_mtime_ns) for path, result in status]

    def refuse_targets(self, paths: Iterable[Path]) -> None:
        """Raise OutputError if writing to one of these paths would replace an image of the data set."""
        sources = {_location(Path(file.path)) for file in self.files.values() if not file.archive}
        for path in paths:
            if os.path.lexists(path) and _location(path) in sources:
                raise OutputError(f"{path}: would replace an image of the data set", "choose another --out")


class SourceImage(NamedTuple):
    """One image, and how an output gets it; see `SourceImages`."""

    mode: LinkMode
    file: File

    def check(self, path: str) -> None:
        """Raise UsageError if the image is to be linked under this name and cannot be."""
        same_encoding = _encoding(self.file.path) == _encoding(path)
        if self.mode != "copy" and (self.file.archive or not same_encoding):
            cause = "in a zip" if self.file.archive else f"to be written as {Path(path).suffix}"
            raise UsageError(f"{self.file}: an image {cause} cannot be linked", "--images copy")

    def export(self, target: Path) -> None:
        """Link or copy the image to a path. A copy is re-encoded if the suffix of the path asks for another encoding.

        Raises:
            UsageError: the image cannot be linked under this name.
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


def _location(path: Path) -> tuple[str, str]:
    """Return the real folder of a file, and the file's name. If the file is a link, it is not followed."""
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
    except cv2.error:  # for example an image larger than OpenCV's limit
        image = None
    if image is None:
        raise ImageError(f"{file}: cannot be decoded as an image")
    return cv2.imencode(suffix, image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
