"""The work on one frame of a conversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cityconv.engine.files import remove, translate_os_errors, write_file
from cityconv.engine.journal import FormatResult, FrameResult
from cityconv.engine.manifest import FileEntry, sha256
from cityconv.errors import AnnotationError, ImageError, UnknownLabelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cityconv.engine.images import SourceImage, SourceImages
    from cityconv.engine.plan import Output
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.reading import FrameReader
    from cityconv.source.frame import Frame


def frame_paths(output: Output, frame: Frame, with_images: bool) -> Iterator[str]:
    """Yield the files and folders of one frame in one output, relative to the output folder."""
    yield from (output.folder + path for path in output.writer.frame_files(frame))
    if with_images:
        yield from (output.folder + path for path in output.writer.image_files(frame))


@dataclass(frozen=True)
class ConvertFrame:
    """Reads a frame, rasterizes it, and writes its files of every output. Picklable.

    Attributes:
        outputs: the outputs to write.
        reader: what reads and rasterizes the frame.
        images: the images to link, copy or resize, if any.
        folder: the folder that stands for the output folder.
    """

    outputs: tuple[Output, ...]
    reader: FrameReader
    images: SourceImages | None
    folder: Path

    def __call__(self, item: tuple[int, Frame], /) -> FrameResult:
        """Return the result of a frame, given with its index in the plan. The result of a bad frame says why."""
        index, frame = item
        self.clear(frame)  # an interrupted run may have left files that are not written this time
        try:
            rasterized = self.reader(frame)
            annotation = rasterized.annotation
            images = self.images.checked(frame, annotation.height, annotation.width) if self.images else []
            image_digests: list[str] = []
            results = [self._write_output(output, rasterized, images, image_digests) for output in self.outputs]
        except (AnnotationError, ImageError) as error:
            self.clear(frame)
            # A file name can contain undecodable bytes; the journal and the pipe take valid text only.
            text, hint = (str(part).encode("utf-8", "backslashreplace").decode() for part in (error, error.hint))
            unknown = error.labels if isinstance(error, UnknownLabelError) else {}
            return FrameResult(index, frame.stamp, "", 0, [], text, hint, unknown)
        objects = len(annotation.objects) + sum(annotation.skipped.values())
        return FrameResult(
            index,
            frame.stamp,
            rasterized.digest,
            objects,
            results,
            image_digests=image_digests,
            overlap=rasterized.overlap,
        )

    def lost(self, item: tuple[int, Frame], cause: str, hint: str) -> FrameResult:
        """Return the result of a frame whose workers died: that of a bad one."""
        index, frame = item
        self.clear(frame)
        return FrameResult(index, frame.stamp, "", 0, [], f"{frame.where}: {cause}", hint)

    def clear(self, frame: Frame) -> None:
        """Remove the files of a frame."""
        for output in self.outputs:
            for path in frame_paths(output, frame, self.images is not None):
                with translate_os_errors(self.folder / path):
                    remove(self.folder / path)

    def _write_output(
        self, output: Output, rasterized: RasterizedFrame, images: list[SourceImage], image_digests: list[str]
    ) -> FormatResult:
        entries: list[FileEntry] = []
        if images:
            image_digests.clear()  # the same for every output
            paths = output.writer.image_files(rasterized.frame)
            size = rasterized.height, rasterized.width
            is_resized = size != (rasterized.annotation.height, rasterized.annotation.width)
            for image, path in zip(images, paths, strict=True):
                exported = image.export(self.folder / (output.folder + path), size if is_resized else None)
                entries.append(FileEntry(path, exported.size, exported.sha256))
                image_digests.append(exported.digest)
        part = output.writer.part(rasterized)
        for path, content in part.files:
            write_file(self.folder / (output.folder + path), [content])
            entries.append(FileEntry(path, len(content), sha256(content)))
        skipped: list[tuple[str, str, int]] = [(reason, name, count) for (reason, name), count in part.skipped.items()]
        return FormatResult(part.record, part.written, skipped, entries, part.differing)
