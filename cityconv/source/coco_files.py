"""The frames of COCO files: which files are read, and where each has what it says about an image.

A file is read once, for the places of its entries; what these hold is read and checked frame by frame, by workers.
"""

from __future__ import annotations

import codecs
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cityconv.errors import NothingFoundError, SourceError, counted, quoted
from cityconv.source.coco_names import ANNOTATION_FOLDER, name_image, split_of
from cityconv.source.excerpts import Excerpt, Range
from cityconv.source.files import READ_ERRORS, File, explain
from cityconv.source.folders import find_places
from cityconv.source.frame import DataSet, Frame
from cityconv.source.layout import FLAT_SPLIT, check_name
from cityconv.source.listings import list_below
from cityconv.source.locations import file_stamp, is_file
from cityconv.storage.url import url_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cityconv.source.folders import Place
    from cityconv.storage.url import Location

_ENDING = ".json"
ROBOFLOW_FILE = "_annotations.coco.json"
_OTHERS = ("_polygons.json", "cityconv.json")  # what ends the names of other files of the layout
_KEYS = (b'"images"', b'"annotations"', b'"categories"')
_LONGEST_GAP = 100  # bytes between entries that follow on each other
_EXPECTED = "annotations/instances_<split>.json"


class _Image(msgspec.Struct, gc=False):
    id: int | str
    file_name: str


class _Annotation(msgspec.Struct, gc=False):
    image_id: int | str
    id: int | None = None
    file_name: str | None = None  # of the PNG, in a panoptic file
    segments_info: list[msgspec.Raw] | None = None


class _Entries(msgspec.Struct, gc=False):
    """What is needed of each entry to find those of one image."""

    images: list[_Image]
    annotations: list[_Annotation]

    @property
    def is_panoptic(self) -> bool:
        """Whether annotations have segments, whose pixels are in PNGs."""
        return any(item.segments_info is not None for item in self.annotations)


class _RawEntries(msgspec.Struct, gc=False):
    """The bytes of each entry."""

    categories: msgspec.Raw
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]


class _CocoFile(NamedTuple):
    """A COCO file.

    Attributes:
        place: where it is.
        content: its bytes.
        entries: its entries.
        raw: the bytes of each.
    """

    place: Place
    content: bytes
    entries: _Entries
    raw: _RawEntries


def list_coco_frames(source: Location, split_folders: Sequence[str] = ()) -> DataSet:
    """Return the frames of COCO files, one for each image.

    Args:
        source: a COCO file; or a folder or a zip, in which JSON files directly or in `annotations` are read, and
            `_annotations.coco.json` in the folders of splits. If any are called `instances_*`, these are read; if not,
            `*panoptic_*`; and else all that are COCO files.
        split_folders: names of splits besides the usual ones.

    Raises:
        NothingFoundError: there are no COCO files.
        SourceError: one cannot be read, or breaks a rule that concerns more than one frame.
    """
    frames: list[Frame] = []
    unnamed = 0
    for place in _find_files(source):
        found = _read_file(place)
        split = split_of(place, split_folders)
        for frame in _frames(found, split, split_folders):
            unnamed += frame.split == FLAT_SPLIT
            frames.append(frame)
    if not frames:
        raise NothingFoundError(f"{source}: found no COCO files with images here", f"expected files like {_EXPECTED}")
    notes = [f"no name says the split of {counted(unnamed, 'image')}: it is {FLAT_SPLIT!r}"] if unnamed else []
    return DataSet(source, sorted(frames), notes)


def _find_files(source: Location) -> list[Place]:
    if source.suffix.lower() not in (_ENDING, ".zip") and is_file(source):
        raise NothingFoundError(f"{source}: neither a COCO file nor a zip")
    places = [place for place in find_places(source, _ENDING) if not place.file_name.endswith(_OTHERS)]
    if source.suffix.lower() == _ENDING and is_file(source):
        return places
    places = sorted((place for place in places if _is_where_expected(place)), key=lambda place: str(place.file))
    for part in ("instances_", "panoptic_"):
        if named := [place for place in places if part in place.file_name]:
            return named
    return [place for place in places if _looks_like_coco(place.file)]


def _is_where_expected(place: Place) -> bool:
    below = place.folders[place.depth :]
    return not below or below[-1] == ANNOTATION_FOLDER or place.file_name == ROBOFLOW_FILE


def _looks_like_coco(file: File) -> bool:
    try:
        content = file.read()
    except READ_ERRORS:
        return False
    return all(key in content for key in _KEYS)


def _read_file(place: Place) -> _CocoFile:
    try:
        content = place.file.read()
    except READ_ERRORS as error:
        raise SourceError(f"{place.file}: {explain(error)}") from None
    try:
        text = content.removeprefix(codecs.BOM_UTF8)
        entries = msgspec.json.decode(text, type=_Entries)
        raw = msgspec.json.decode(text, type=_RawEntries)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"{place.file}: not a COCO file: {_explain(error)}") from None
    _check_entries(entries, str(place.file))
    return _CocoFile(place, content, entries, raw)


def _explain(error: Exception) -> str:
    return "JSON is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _check_entries(entries: _Entries, where: str) -> None:
    """Refuse entries with the id of another, annotations of no image, and images without a map of segments."""
    is_panoptic = entries.is_panoptic
    _check_ids([image.id for image in entries.images], f"{where}: image", "$.images[{}].id")
    for index, annotation in enumerate(entries.annotations):
        if (annotation.segments_info is None) == is_panoptic or not (is_panoptic or annotation.id is not None):
            field = "segments_info" if is_panoptic else "id"
            raise SourceError(f"{where}: missing required field `{field}` - at `$.annotations[{index}]`")
    name = "image_id" if is_panoptic else "id"
    own = [getattr(annotation, name) for annotation in entries.annotations]
    _check_ids(own, f"{where}: annotation", f"$.annotations[{{}}].{name}")
    images, annotated = {image.id for image in entries.images}, set(own)
    for index, annotation in enumerate(entries.annotations):
        if annotation.image_id not in images:
            message = f"no image has the id {quoted(str(annotation.image_id))}"
            raise SourceError(f"{where}: {message} - at `$.annotations[{index}].image_id`")
    for index, image in enumerate(entries.images):
        if is_panoptic and image.id not in annotated:
            raise SourceError(f"{where}: an image without segments - at `$.images[{index}]`")


def _check_ids(ids: list[int | str], subject: str, path: str) -> None:
    seen: set[int | str] = set()
    for index, number in enumerate(ids):
        if number in seen:
            raise SourceError(f"{subject} id {quoted(str(number))} is duplicated - at `{path.format(index)}`")
        seen.add(number)


def _frames(found: _CocoFile, split: str | None, split_folders: Sequence[str]) -> Iterator[Frame]:
    place, entries = found.place, found.entries
    annotations: dict[int | str, list[int]] = defaultdict(list)
    for number, annotation in enumerate(entries.annotations):
        annotations[annotation.image_id].append(number)
    (categories,) = _ranges(found.content, [found.raw.categories])
    images = _ranges(found.content, found.raw.images)
    ranges = _ranges(found.content, found.raw.annotations)
    stamp, is_panoptic = place.stamp, entries.is_panoptic
    if is_panoptic and place.file.url:  # one listing in place of a request for each map of segments
        list_below(url_of(place.file.path.removesuffix(_ENDING)))
    for index, (image, range_) in enumerate(zip(entries.images, images, strict=True)):
        own = annotations[image.id]
        name = name_image(image.file_name, split, split_folders)
        if not name.name:
            raise SourceError(
                f"{place.file}: {quoted(image.file_name)} is not the path of an image - "
                f"at `$.images[{index}].file_name`"
            )
        for part in (name.split, *name.city.split("/"), name.name):
            check_name(part, f"{place.file}: {quoted(image.file_name)}")
        png = _png(found, own[0]) if is_panoptic else None
        excerpt = Excerpt(image.file_name, stamp, categories, range_, _joined(found.content, ranges, own), png)
        png_stamp = _png_stamp(png) if png else ()
        yield Frame(
            name.split, name.city, name.name, "gtFine", place.file, "", stamp + png_stamp, (name.suffix,), "", excerpt
        )


def _ranges(content: bytes, entries: list[msgspec.Raw]) -> list[Range]:
    """Return where entries are, in the order in which they follow on each other.

    What is found are the very bytes of an entry; they may be those of an equal one before it.
    """
    ranges = []
    end = 0
    for entry in entries:
        start = content.index(memoryview(entry), end)
        end = start + len(memoryview(entry))
        ranges.append((start, end))
    return ranges


def _joined(content: bytes, ranges: list[Range], indices: list[int]) -> tuple[Range, ...]:
    """Return the ranges of some entries, with one for all between which there are only commas."""
    joined: list[Range] = []
    for index in indices:
        start, stop = ranges[index]
        if joined and _is_comma(content, joined[-1][1], start):
            start = joined.pop()[0]
        joined.append((start, stop))
    return tuple(joined)


def _is_comma(content: bytes, start: int, stop: int) -> bool:
    return stop - start < _LONGEST_GAP and content[start:stop].strip() == b","


def _png(found: _CocoFile, index: int) -> File:
    """Return the map of segments of an annotation: in the folder that is called as the file."""
    name, file = found.entries.annotations[index].file_name, found.place.file
    path = PurePosixPath(name or "")
    if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
        raise SourceError(
            f"{file}: {quoted(name or '')} is not the path of a PNG - at `$.annotations[{index}].file_name`"
        )
    return file._replace(path=f"{file.path.removesuffix(_ENDING)}/{name}")


def _png_stamp(png: File) -> tuple[int, ...]:
    try:
        return () if png.archive else file_stamp(png.path)
    except OSError:
        return ()  # which reading reports
