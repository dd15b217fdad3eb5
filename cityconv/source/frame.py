"""One frame of a data set, and the data set as their list."""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from cityconv.errors import AnnotationError, SourceError, one_line
from cityconv.source.archives import FileChangedError
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.locations import file_stamp
from cityconv.vocabulary import IMAGE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.source.excerpts import Excerpt
    from cityconv.storage.url import Location

FrameKey = tuple[str, str, str]  # split, city and name


class Frame(NamedTuple):
    """One annotated image: what it is called and where its annotation is. Cheap to send to another process.

    Attributes:
        split: the folder called `train`, `val` and so on; `all` when no folder says a split. Or a split of the user's.
        city: the other folders below the tree folder, joined by `/`; empty when there are none.
        name: the file name without what the layout adds: `<city>_<sequence>_<frame>` in the release.
        tree: `gtFine` or `gtCoarse`, or what else stands in its place in the file name.
        file: the annotation file.
        subset: the part of an output that it goes to: its split, or its city.
        stamp: tells whether the file has changed: its size and times or tag, or size and checksum of the member.
        image_suffixes: what follows the frame name in the name of each of its images in an output.
        folder_split: what the folders say, where `split` is one of the user's; else empty.
        excerpt: what the file says about the frame, where it is a COCO file of many frames.
    """

    split: str
    city: str
    name: str
    tree: str
    file: File
    subset: str
    stamp: tuple[int, ...]
    image_suffixes: tuple[str, ...] = (IMAGE_SUFFIX,)
    folder_split: str = ""
    excerpt: Excerpt | None = None

    @property
    def key(self) -> FrameKey:
        """Split, city and name in the data set. They tell the frame from all others, whatever splits a user makes."""
        return self.source_split, self.city, self.name

    @property
    def source_split(self) -> str:
        """The split in the data set."""
        return self.folder_split or self.split

    def in_split(self, split: str) -> Frame:
        """Return the frame in a split of the user's."""
        return self._replace(split=split, folder_split=self.source_split)

    @property
    def folder_path(self) -> str:
        """City and name as a path, for outputs with a folder for each city."""
        return f"{self.city}/{self.name}" if self.city else self.name

    @property
    def flat_name(self) -> str:
        """The name for outputs without folders: with the city in front, unless it begins with it."""
        city = self.city.replace("/", "_")
        return self.name if not city or self.name.startswith(f"{city}_") else f"{city}_{self.name}"

    @property
    def image_paths(self) -> list[str]:
        """The images of the frame, as paths below the folder of its split."""
        return [self.folder_path + suffix for suffix in self.image_suffixes]

    @property
    def flat_image_paths(self) -> list[str]:
        """The same without a folder for the city."""
        return [self.flat_name + suffix for suffix in self.image_suffixes]

    @property
    def image_ids(self) -> list[str]:
        """Names of the images for outputs without folders: the flat name, with the suffix if there are several."""
        if len(self.image_suffixes) == 1:
            return [self.flat_name]
        return [self.flat_name + suffix.rpartition(".")[0] for suffix in self.image_suffixes]

    @property
    def image_prefixes(self) -> list[str]:
        """What tells the images of the frame apart in the extensions of a sample: nothing for the first."""
        stems = [suffix.rpartition(".")[0].strip("_.").lower() for suffix in self.image_suffixes]
        return ["", *(f"{stem}." for stem in stems[1:])]

    @property
    def files(self) -> list[File]:
        """The annotation file, and the map of segments of a panoptic one."""
        return [self.file, self.excerpt.png] if self.excerpt and self.excerpt.png else [self.file]

    @property
    def where(self) -> str:
        """The annotation file as messages name it, and in a COCO file the image."""
        return f"{self.file}: {one_line(self.excerpt.image_name)}" if self.excerpt else str(self.file)

    def read(self) -> bytes:
        """Return the bytes of the annotation file, or of the excerpt from it.

        Raises:
            AnnotationError: the file is gone, unreadable, or damaged in the archive.
            SourceError: the archive or the COCO file has been replaced since the frames were listed, or a store fails.
        """
        try:
            content = self.excerpt.read(self.file) if self.excerpt else self.file.read("annotation_bytes")
            if not self.excerpt and self.file.archive and (len(content), zlib.crc32(content)) != self.stamp:
                raise FileChangedError
        except FileChangedError:
            raise SourceError(f"{self.file}: changed since the frames were listed", "run the command again") from None
        except READ_ERRORS as error:
            raise AnnotationError(f"{self.where}: {explain(error)}") from None
        return content

    def has_changed(self) -> bool:
        """Return whether the annotation file has changed since the frames were listed; false for one in an archive."""
        if self.file.archive is not None:
            return False
        try:
            return tuple(chain.from_iterable(file_stamp(file.path) for file in self.files)) != self.stamp
        except OSError:
            return True


class DataSet(NamedTuple):
    """The frames of a data set.

    Attributes:
        source: where they were looked for.
        frames: sorted by split, city and name.
        notes: what a user should know about how the folders were read, a sentence each.
    """

    source: Location
    frames: Sequence[Frame]
    notes: list[str]
