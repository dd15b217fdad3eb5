"""Pascal VOC: one XML file of boxes per image, image sets, and palette PNGs of classes and objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from cityconv.errors import AnnotationError, UsageError, quoted
from cityconv.formats.base import Part, subsets
from cityconv.frame.segments import find_segments, visible_and_full_areas
from cityconv.raster.png import encode_png
from cityconv.source.disk_list import DiskList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from cityconv.formats.base import Records
    from cityconv.frame.rasterized import RasterizedFrame
    from cityconv.frame.segments import Segments
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import Extent, Task

_VOID = 255
_MOST_VALUES = 254  # besides 0 for the background and 255 for void
_JUDGEABLE_AREA = 100  # pixels; cityscapesScripts' instance evaluation ignores smaller regions
_OCCLUDED_SHARE = 0.05  # the VOC 2011 annotation guidelines: more than 5 % of the object is hidden
_SAMPLE_EXTENSIONS = {"Annotations": "xml", "SegmentationClass": "class.png", "SegmentationObject": "object.png"}
_ABSENT, _ONLY_DIFFICULT, _PRESENT = -1, 0, 1  # in the image set of a class


@dataclass(frozen=True)
class Voc:
    """The Pascal VOC format.

    Attributes:
        selection: the classes.
        task: `detection` writes boxes, `instance` boxes and PNGs of classes and of objects, `semantic` PNGs of classes.
        year: the year in the folder's name.
        extent: whether boxes enclose what is visible, or the full polygon. PNGs always show what is visible.
        min_area: objects of fewer pixels are skipped.
        is_jpeg: whether images are JPEG files, or keep the encoding of `Frame.image_suffixes`.

    Raises:
        UsageError: more classes than a palette PNG can hold.
    """

    unit: ClassVar[str] = "annotations"

    selection: Selection
    task: Task = "detection"
    year: int = 2012
    extent: Extent = "visible"
    min_area: int = 1
    is_jpeg: bool = True

    def __post_init__(self) -> None:
        if self.task != "detection" and len(self.selection.classes) > _MOST_VALUES:
            raise UsageError(f"{len(self.selection.classes)} classes, more than the {_MOST_VALUES} of a palette PNG")

    @property
    def needs_polygons(self) -> bool:
        """Whether the full extent of objects is written."""
        return self.extent == "full"

    @property
    def needs_instances(self) -> bool:
        """Whether single objects are written."""
        return self.task != "semantic"

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """There are none."""
        return []

    def _path(self, folder: str, name: str) -> str:
        return f"VOCdevkit/VOC{self.year}/{folder}/{name}"

    def _folders(self) -> dict[str, str]:
        """Return the folders of a frame's files, and the extension of files there."""
        boxes, classes, objects = {"Annotations": ".xml"}, {"SegmentationClass": ".png"}, {"SegmentationObject": ".png"}
        return {"detection": boxes, "instance": boxes | classes | objects, "semantic": classes}[self.task]

    def frame_files(self, frame: Frame) -> list[str]:
        """The XML file and the PNGs."""
        return [
            self._path(folder, image_id + extension)
            for image_id in frame.image_ids
            for folder, extension in self._folders().items()
        ]

    def sample_extensions(self, frame: Frame) -> list[str]:
        """Those of the XML file and the PNGs, for each image."""
        return [prefix + _SAMPLE_EXTENSIONS[folder] for prefix in frame.image_prefixes for folder in self._folders()]

    def image_files(self, frame: Frame) -> list[str]:
        """One folder for all images."""
        return [self._path("JPEGImages", name) for name in self._image_names(frame)]

    def _image_names(self, frame: Frame) -> list[str]:
        return [
            image_id + (".jpg" if self.is_jpeg else f".{suffix.rpartition('.')[2]}")
            for image_id, suffix in zip(frame.image_ids, frame.image_suffixes, strict=True)
        ]

    def part(self, rasterized: RasterizedFrame) -> Part:
        """Return the files of a frame, and as the record one byte per class: absent, difficult only, or present."""
        if self.task != "semantic" and any(" " in image_id for image_id in rasterized.frame.image_ids):
            raise AnnotationError(
                f"{rasterized.frame.where}: VOC's image sets cannot hold a name with blanks: "
                f"{quoted(rasterized.frame.flat_name)}"
            )
        found = find_segments(
            rasterized,
            self.selection,
            per_class=self.task == "semantic",
            merge_crowds=False,
            extent=self.extent,
            min_area=self.min_area,
        )
        difficult = [
            item.is_crowd or area < _JUDGEABLE_AREA for item, area in zip(found.items, found.areas, strict=True)
        ]
        by_folder: dict[str, list[bytes]] = {}
        frame = rasterized.frame
        for folder in self._folders():
            if folder == "Annotations":
                by_folder[folder] = self._xml_files(rasterized, found, difficult)
            else:
                is_class = folder == "SegmentationClass"
                indices = [item.class_index for item in found.items] if is_class else list(range(len(found.items)))
                by_folder[folder] = [self._png(rasterized, found, indices)] * len(frame.image_ids)
        contents = [content for of_image in zip(*by_folder.values(), strict=True) for content in of_image]
        files = list(zip(self.frame_files(frame), contents, strict=True))
        written = len(frame.image_ids) * len(found.items)
        return Part(files, self._record(found, difficult), written, found.skipped)

    def _record(self, found: Segments, difficult: list[bool]) -> bytes:
        presence = [_ABSENT] * len(self.selection.classes)
        for item, is_difficult in zip(found.items, difficult, strict=True):
            state = _ONLY_DIFFICULT if is_difficult else _PRESENT
            presence[item.class_index] = max(presence[item.class_index], state)
        return bytes(state + 1 for state in presence)

    def _xml_files(self, rasterized: RasterizedFrame, found: Segments, difficult: list[bool]) -> list[bytes]:
        """Return one XML file per image of the frame. They differ in the name of the image."""
        root, file_name = self._xml(rasterized, found, difficult)
        files = []
        for name in self._image_names(rasterized.frame):
            file_name.text = name
            files.append(tostring(root) + b"\n")
        return files

    def _xml(self, rasterized: RasterizedFrame, found: Segments, difficult: list[bool]) -> tuple[Element, Element]:
        """Return the annotation, and in it the element of the file name."""
        height, width = rasterized.height, rasterized.width
        root = Element("annotation")
        _add(root, "folder", f"VOC{self.year}")
        file_name = SubElement(root, "filename")
        _add(SubElement(root, "source"), "database", "Cityscapes")
        _add_numbers(SubElement(root, "size"), width=width, height=height, depth=3)
        _add_numbers(root, segmented=self.task == "instance")
        occluded = self._occluded(rasterized, found)
        boxes = found.boxes.tolist()
        for item, (x0, y0, x1, y1), is_difficult, is_occluded in zip(
            found.items, boxes, difficult, occluded, strict=True
        ):
            element = SubElement(root, "object")
            _add(element, "name", self.selection.classes[item.class_index].name)
            _add(element, "pose", "Unspecified")
            is_truncated = x0 == 0 or y0 == 0 or x1 == width or y1 == height
            _add_numbers(element, truncated=is_truncated, occluded=is_occluded, difficult=is_difficult)
            # VOC counts pixels from 1, and both ends are inside.
            _add_numbers(SubElement(element, "bndbox"), xmin=x0 + 1, ymin=y0 + 1, xmax=x1, ymax=y1)
            _break_lines(element, "  ")
        _break_lines(root, "")
        return root, file_name

    def _occluded(self, rasterized: RasterizedFrame, found: Segments) -> list[bool]:
        if not rasterized.tells_hidden:  # a label map does not show what is hidden
            return [False] * len(found.items)
        visible, full = visible_and_full_areas(rasterized, found, self.extent, self.selection)
        occluded: list[bool] = (full - visible > _OCCLUDED_SHARE * full).tolist()
        return occluded

    def _png(self, rasterized: RasterizedFrame, found: Segments, indices: list[int]) -> bytes:
        """Return a palette PNG with `index + 1` for each segment; crowds are void, unless they are part of a class."""
        if max(indices, default=0) >= _MOST_VALUES:
            raise AnnotationError(
                f"{rasterized.frame.where}: more than the {_MOST_VALUES} objects that a palette PNG can hold"
            )
        table = self._ground(rasterized)
        for item, index in zip(found.items, indices, strict=True):
            table[np.array(item.objects) + 1] = _VOID if item.is_crowd else index + 1
        return encode_png(rasterized.object_map(self.selection.has_plates), table, _COLOR_MAP)

    def _ground(self, rasterized: RasterizedFrame) -> NDArray[np.uint8]:
        """Return the values of pixels outside all segments: background for evaluated classes, else void."""
        is_background = [
            self.selection.assign(item) == "class" and not item.label.ignore_in_eval
            for item in rasterized.annotation.objects
        ]
        return np.where([False, *is_background], 0, _VOID).astype(np.uint8)

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """The image sets, and the colors of the classes."""
        sets = [path for name in _image_sets(frames) for path, _ in self._set_files(name)]
        return [*sets, self._label_map_path]

    @property
    def _label_map_path(self) -> str:
        return f"VOCdevkit/VOC{self.year}/labelmap.txt"

    def _set_files(self, name: str) -> list[tuple[str, int | None]]:
        """Return the files of an image set, and for lists of one class its index."""
        main: list[tuple[str, int | None]] = [(self._path("ImageSets/Main", f"{name}.txt"), None)]
        for index, item in enumerate(self.selection.classes):
            main.append((self._path("ImageSets/Main", f"{item.name}_{name}.txt"), index))
        segmentation: list[tuple[str, int | None]] = [(self._path("ImageSets/Segmentation", f"{name}.txt"), None)]
        return {"detection": main, "instance": main + segmentation, "semantic": segmentation}[self.task]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the image sets: names of images, in lists of a class with 1 (present), 0 (difficult only) or -1.

        Then yield the colors of the classes, as CVAT and datumaro read them.
        """
        for name, members in _image_sets(records.frames).items():
            images = DiskList(
                (image_id, record)
                for subset in members
                for frame, record in records.of(subset)
                for image_id in frame.image_ids
            )
            for path, index in self._set_files(name):
                yield path, _image_set(images, index)
        yield self._label_map_path, iter(["".join(self._label_map()).encode()])

    def _label_map(self) -> Iterator[str]:
        yield "# label:color_rgb:parts:actions\n"
        names = [item.name for item in self.selection.classes]
        colors = {"background": _COLOR_MAP[0]} | dict(zip(names, _COLOR_MAP[1:_VOID], strict=False))
        colors.setdefault("ignored", _COLOR_MAP[_VOID])
        for name, color in colors.items():
            yield f"{name}:{','.join(map(str, color))}::\n"


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _add_numbers(parent: Element, **numbers: int) -> None:
    for tag, number in numbers.items():
        _add(parent, tag, str(int(number)))


def _break_lines(element: Element, indent: str) -> None:
    """Put each child of an element on a line of its own; what is below them stays on that line."""
    element.text = f"\n{indent}  "
    for child in element:
        child.tail = f"\n{indent}  "
    element[-1].tail = f"\n{indent}"


def _image_set(images: Iterable[tuple[str, bytes]], index: int | None) -> Iterator[bytes]:
    for name, presence in images:
        yield (f"{name}\n" if index is None else f"{name} {presence[index] - 1:2d}\n").encode()


def _image_sets(frames: Iterable[Frame]) -> dict[str, list[str]]:
    """Return the subsets of each image set: one set per subset, and `trainval` of train and val."""
    sets = {name: [name] for name in subsets(frames)}
    if both := [name for name in sets if name in ("train", "val")]:
        sets["trainval"] = both
    return sets


def _color_map() -> NDArray[np.uint8]:
    """Return the colors of VOC, uint8 (256, 3): the bits of the index go to red, green and blue in turn."""
    index = np.arange(256)
    colors = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            colors[:, channel] |= (((index >> (3 * bit + channel)) & 1) << (7 - bit)).astype(np.uint8)
    return colors


_COLOR_MAP = _color_map()
