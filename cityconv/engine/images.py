"""The images of the frames in an output: linked, copied, or re-encoded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cityconv.engine.encoding import decode_image, encode_again, encoding_of
from cityconv.engine.files import make_file, write_file
from cityconv.engine.manifest import sha256
from cityconv.errors import ImageError, OutputError, UsageError, quoted
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.image_size import image_size, read_image_size
from cityconv.source.locations import file_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cityconv.source.frame import Frame, FrameKey
    from cityconv.vocabulary import LinkMode

_ENCODABLE = (".jpg", ".png")
_FOLLOW = "--image-root names a folder that holds both the link and its target"


class SourceImages(NamedTuple):
    """The images of a data set, and how an output gets them.

    Attributes:
        mode: whether images are linked or copied.
        files: the images of each frame by the frame's key.
        refused: those of them that are symbolic links out of the folder of images.
        resizes: whether frames, and so images, are converted in another size.
    """

    mode: LinkMode
    files: dict[FrameKey, tuple[File, ...]]
    refused: frozenset[File] = frozenset()
    resizes: bool = False

    def of(self, frame: Frame) -> list[SourceImage]:
        """Return a frame's images.

        Raises:
            ImageError: the frame has no image.
        """
        if frame.key not in self.files:
            raise ImageError(f"{frame.name}: no image found for {frame.where}")
        return [SourceImage(self.mode, file, self.resizes) for file in self.files[frame.key]]

    def of_frames(self, frames: Iterable[Frame]) -> SourceImages:
        """Return the images of some of the frames."""
        return self._replace(files={frame.key: self.files[frame.key] for frame in frames if frame.key in self.files})

    def check(self, frames: Iterable[Frame], image_files: Callable[[Frame], list[str]]) -> None:
        """Check that the images can be exported under the names that a format gives them.

        Raises:
            UsageError: an image cannot be linked under its name.
        """
        for frame in frames:
            if frame.key in self.files:
                for image, path in zip(self.of(frame), image_files(frame), strict=True):
                    image.check(path)

    def checked(self, frame: Frame, height: int, width: int) -> list[SourceImage]:
        """Return a frame's images, after a check that they have the size of its annotation.

        Raises:
            ImageError: one is missing, has another size, cannot be read, or is a link that is not followed.
            SourceError: a store fails.
        """
        images = self.of(frame)
        for image in images:
            if image.file in self.refused:
                raise ImageError(f"{image.file}: a symbolic link out of the folder of images", _FOLLOW)
            image.check_size(height, width)
        return images

    def are_encoded(self, frames: Iterable[Frame], image_files: Callable[[Frame], list[str]]) -> bool:
        """Return whether any image gets another encoding by the name that a format gives it."""
        return any(
            encoding_of(file.path) != encoding_of(path)
            for frame in frames
            for file, path in zip(self.files.get(frame.key, ()), image_files(frame), strict=False)
        )

    def states(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return the path and state of each image file or archive; see `file_state`.

        Without the change time for links: making a hard link changes it.
        """
        paths = sorted({file.archive or file.path for files in self.files.values() for file in files})
        return [(path, file_state(path)[: None if self.mode == "copy" else -1]) for path in paths]

    def refuse_targets(self, paths: Iterable[Path]) -> None:
        """Raise OutputError if writing to one of these paths would replace an image of the data set."""
        sources = {_location(Path(file.path)) for files in self.files.values() for file in files if file.is_on_disk}
        for path in paths:
            if os.path.lexists(path) and _location(path) in sources:
                raise OutputError(f"{path}: would replace an image of the data set", "choose another --out")


class ExportedImage(NamedTuple):
    """An image that an output got.

    Attributes:
        size: of the file in the output, or of the file that a link points to, in bytes.
        sha256: of the file in the output, hexadecimal; empty for a link.
        digest: tells whether the photograph has changed: its SHA-256, or for a link its size.
    """

    size: int
    sha256: str
    digest: str


@dataclass(frozen=True)
class SourceImage:
    """One image, and how an output gets it; see `SourceImages`. What is copied is read once."""

    mode: LinkMode
    file: File
    resizes: bool = False

    def check(self, path: str) -> None:
        """Check that the image can be linked or written under this name.

        Raises:
            UsageError: it cannot.
        """
        same_encoding = encoding_of(self.file.path) == encoding_of(path)
        if (self.resizes or not same_encoding) and encoding_of(path) not in _ENCODABLE:
            raise UsageError(
                f"{self.file}: cannot be written as {quoted(Path(path).name)}", "--image-format jpg or png"
            )
        if self.mode != "copy" and (not self.file.is_on_disk or self.resizes or not same_encoding):
            reason = "to be written in another size" if self.resizes else f"to be written as {Path(path).suffix}"
            place = "in a zip" if self.file.archive else "in a store"
            cause = reason if self.file.is_on_disk else place
            raise UsageError(f"{self.file}: an image {cause} cannot be linked", "--images copy")

    def check_size(self, height: int, width: int) -> None:
        """Raise ImageError if the image has another size, in pixels, or cannot be read."""
        size = image_size(self._content) if self.mode == "copy" else self._linked_size()
        if size is None:  # neither a PNG nor a JPEG; a copy may be of any kind
            pixels, _ = decode_image(self._content)
            size = None if pixels is None else pixels.shape[1::-1]
        if size is not None and size != (width, height):
            raise ImageError(f"{self.file}: {size[0]} x {size[1]} pixels where the annotation has {width} x {height}")

    def export(self, target: Path, new_size: tuple[int, int] | None = None) -> ExportedImage:
        """Link or copy the image to a path.

        A copy is encoded anew if it is resized, or if the suffix of the path asks for another encoding.

        Args:
            target: the path.
            new_size: height and width of a copy, if these are not those of the image.

        Raises:
            UsageError: the image cannot be linked under this name.
            ImageError: the image cannot be read.
            OutputError: the path cannot be written.
        """
        self.check(target.name)
        if self.mode == "copy":
            content = self._content
            same_encoding = encoding_of(self.file.path) == encoding_of(target.name)
            written = content
            if new_size or not same_encoding:
                written = encode_again(self.file, content, target.suffix, new_size, keeps_channels=same_encoding)
            write_file(target, [written])
            digest = sha256(content)
            return ExportedImage(len(written), digest if written is content else sha256(written), digest)
        link = os.symlink if self.mode == "symlink" else os.link
        make_file(target, lambda: link(Path(self.file.path).absolute(), target))
        size = self.size()
        return ExportedImage(size, "", str(size))

    def is_linked_at(self, path: Path) -> bool:
        """Return whether a path is the link to the image that `export` would make; true for images that are copied."""
        try:
            if self.mode == "symlink":
                return path.readlink() == Path(self.file.path).absolute()
            return self.mode == "copy" or path.samefile(self.file.path)
        except OSError:
            return False

    def digest(self) -> str:
        """Return what `ExportedImage.digest` is now.

        Raises:
            ImageError: the image cannot be read.
        """
        return sha256(self._content) if self.mode == "copy" else str(self.size())

    def size(self) -> int:
        """Return the size of the image file in bytes.

        Raises:
            ImageError: there is no such file.
        """
        try:
            return os.stat(self.file.path).st_size  # noqa: PTH116 - of many
        except OSError as error:
            raise ImageError(f"{self.file}: {explain(error)}") from None

    def _linked_size(self) -> tuple[int, int] | None:
        try:
            return read_image_size(self.file)
        except READ_ERRORS as error:
            raise ImageError(f"{self.file}: {explain(error)}") from None

    @cached_property
    def _content(self) -> bytes:
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
