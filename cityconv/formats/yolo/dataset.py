"""What all YOLO data sets have in common: where their files are, and `data.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cityconv.formats.base import Records
    from cityconv.source.classes import Selection
    from cityconv.source.frame import Frame

_RESERVED_KEYS = (  # keys that `data.yaml` reserves
    *("channels", "download", "label_mapping", "masks_dir", "names", "nc", "path", "yaml_file"),
)
_REQUIRED = ("train", "val")  # by Ultralytics
_KEYS = {
    "train": "train",
    "val": "val",
    "test": "test",
    "training": "train",
    "validation": "val",
    "valid": "val",
    "testing": "test",
}
_PLAIN = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[A-Za-z_][\w./-]*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class YoloDataset:
    """A YOLO data set.

    Attributes:
        selection: the classes, numbered from 0 in this order. YOLO has no crowds.
        min_area: objects, or classes of a frame, of fewer pixels are skipped.
        nested: whether the folders of cities are kept.
    """

    folder: ClassVar[str]
    extension: ClassVar[str]
    sample_extension: ClassVar[str]

    selection: Selection
    min_area: int = 1
    nested: bool = False

    def notes(self, frames: Sequence[Frame]) -> list[str]:
        """Name the splits that Ultralytics requires and `data.yaml` borrows from others, and those it cannot name."""
        keys = {_key(frame.split) for frame in frames}
        borrowed = next((key for key in _REQUIRED if key in keys), sorted(keys)[0])
        return [
            f"data.yaml names the images of {borrowed} for {key} too: "
            f"Ultralytics requires both, and there are no frames of {key}"
            for key in _REQUIRED
            if key not in keys
        ] + [
            f"data.yaml does not name the split {key}, since {key} is one of its own keys"
            for key in _RESERVED_KEYS
            if key in keys
        ]

    def frame_files(self, frame: Frame) -> list[str]:
        """One file per image, named as the image is."""
        return [
            f"{self.folder}/{frame.subset}/{path.rpartition('.')[0]}.{self.extension}" for path in self._images(frame)
        ]

    def sample_extensions(self, frame: Frame) -> list[str]:
        """One for each image."""
        return [f"{prefix}{self.sample_extension}" for prefix in frame.image_prefixes]

    def image_files(self, frame: Frame) -> list[str]:
        """The path of the frame's file, below `images`."""
        return [f"images/{frame.subset}/{path}" for path in self._images(frame)]

    def _images(self, frame: Frame) -> list[str]:
        return frame.image_paths if self.nested else frame.flat_image_paths

    def dataset_files(self, frames: Sequence[Frame]) -> list[str]:
        """`data.yaml`."""
        return ["data.yaml"]

    def fold(self, records: Records) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield `data.yaml`. Without the key `path`, its folders are relative to the file."""
        yield "data.yaml", iter([self._description(records.frames).encode()])

    def more_keys(self) -> list[str]:
        """Return the lines of `data.yaml` after the splits."""
        return []

    def _description(self, frames: Iterable[Frame]) -> str:
        folders: dict[str, dict[str, None]] = {}
        for frame in frames:
            folders.setdefault(_key(frame.split), {})[f"images/{frame.subset}"] = None
        lines = []
        given = next((folders[key] for key in _REQUIRED if key in folders), next(iter(folders.values())))
        for key, names in sorted({**dict.fromkeys(_REQUIRED, given), **folders}.items()):
            if key in _RESERVED_KEYS:
                continue
            values = [_scalar(name) for name in names]
            lines.append(
                f"{_scalar(key)}: [{', '.join(values)}]\n" if len(values) > 1 else f"{_scalar(key)}: {values[0]}\n"
            )
        classes = (f"  {index}: {_quote(item.name)}\n" for index, item in enumerate(self.selection.classes))
        return "".join((*lines, *self.more_keys(), "names:\n", *classes))


def _key(split: str) -> str:
    """Return the key of a split in `data.yaml`."""
    return _KEYS.get(split.lower(), split)


def _scalar(text: str) -> str:
    """Return text as a YAML scalar: plain if that is safe, else quoted."""
    return text if _PLAIN.fullmatch(text) else _quote(text)


def _quote(text: str) -> str:
    """Return text as a double-quoted scalar of YAML, of which JSON's strings are a subset."""
    return msgspec.json.encode(text).decode()
