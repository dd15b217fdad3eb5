"""The file names and image ids that panoptic files should have, in each layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.coco_files import subset_pattern
from cityconv.check.expected_files import image_paths

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.formats.panoptic.reader import PanopticImage
    from cityconv.source.frame import Frame
    from cityconv.vocabulary import LabelIdScheme, PanopticLayout


class ImageNames(NamedTuple):
    """The expected files of an image: its path, and that of its PNG, below their folders."""

    image: str
    png: str


class ExpectedNames(NamedTuple):
    """The names of one kind of output.

    Attributes:
        layout: that of Cityscapes, where images are identified by their ids, or that of COCO, where ids are numbers.
        scheme: the scheme of category ids, if the names tell it.
        stem: path of the JSON files without suffix, and of the folders of PNGs, with `{split}` for the subset's name.
        others: a pattern of file names that match `stem` but are of another kind.
    """

    layout: PanopticLayout
    scheme: LabelIdScheme | None
    stem: str
    others: str = ""

    def files(self, out: Path) -> list[Path]:
        """Return the JSON files in an output folder."""
        found = out.glob(f"{subset_pattern(self.stem)}.json")
        return [path for path in found if not (self.others and path.match(self.others))]

    def key(self, image: PanopticImage) -> str:
        """Return what identifies an image."""
        return image.file_name if self.layout == "coco" else str(image.id)

    @property
    def id_type(self) -> type:
        """The type of image ids."""
        return int if self.layout == "coco" else str

    def of(self, frame: Frame, *, is_flat: bool) -> dict[str, ImageNames]:
        """Return the files of each image of a frame, by what identifies the image."""
        paths = image_paths(frame, is_flat=is_flat)
        if self.layout == "coco":
            return {path: ImageNames(path, f"{path.rpartition('.')[0]}.png") for path in paths}
        png = f"{frame.flat_name}_{frame.tree}_panoptic.png"
        return {image_id: ImageNames(path, png) for image_id, path in zip(frame.image_ids, paths, strict=True)}


_ALL = (
    ExpectedNames("cityscapes", "label", "cityscapes_panoptic_{split}", "*_trainId.json"),
    ExpectedNames("cityscapes", "train", "cityscapes_panoptic_{split}_trainId"),
    ExpectedNames("coco", None, "annotations/panoptic_{split}"),
)


def names_in(out: Path) -> list[ExpectedNames]:
    """Return the names of each kind of output that a folder has files of."""
    return [names for names in _ALL if names.files(out)]
