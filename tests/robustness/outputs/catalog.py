"""A catalog of hostile outputs: rules that spoil any file, and spoilt content of each format.

Each entry changes a good output of two subsets in place, always in `train`. The other subset has a fault that must be
found whatever `train` holds; see `OUTPUTS`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import zlib
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.builders import FLAT_FRAME, FRAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = FRAME.rpartition("/")[2]
OTHER = "munster_000000_000019"  # the frame of the other subset
VOC = "VOCdevkit/VOC2012"
LABELS = f"gtFine/val/munster/{OTHER}_gtFine_labelIds.png"


class Good(NamedTuple):
    """A good output.

    Attributes:
        command: the command that makes it, and its options.
        repeated: the options that verify needs.
        faulty: the file of the other subset that has a fault: it is missing.
        source: the data set, `small`, or `large` with a frame of 2048 x 1024 pixels.
        has_manifest: whether the manifest and the records stay.
    """

    command: tuple[str, ...]
    repeated: tuple[str, ...]
    faulty: str
    source: str = "small"
    has_manifest: bool = False


OUTPUTS = {
    "coco": Good(("coco",), (), "annotations/instances_val.json"),
    "polygon": Good(("coco", "--segmentation", "polygon"), (), "annotations/instances_val.json"),
    "panoptic": Good(("panoptic",), (), f"cityscapes_panoptic_val/{OTHER}_gtFine_panoptic.png"),
    "yolo": Good(("yolo",), ("--task", "detect"), f"labels/val/{OTHER}_leftImg8bit.txt"),
    "outline": Good(("yolo", "--task", "segment"), ("--task", "segment"), f"labels/val/{OTHER}_leftImg8bit.txt"),
    "voc": Good(("voc", "--task", "instance"), ("--task", "instance"), f"{VOC}/Annotations/{OTHER}.xml"),
    "labelmap": Good(("labelmap", "--kind", "labelIds", "--kind", "masks"), (), LABELS),
    "csv": Good(("csv",), (), "annotations_val.csv"),
}
OUTPUTS |= {f"large {name}": OUTPUTS[name]._replace(source="large") for name in ("coco", "polygon", "outline")}
OUTPUTS["manifest"] = OUTPUTS["yolo"]._replace(repeated=(), has_manifest=True)
# A file of each kind, by its output.
FILES = {
    "coco": "annotations/instances_train.json",
    "polygon": "annotations/instances_train.json",
    "panoptic": "cityscapes_panoptic_train.json",
    "panoptic PNG": f"cityscapes_panoptic_train/{NAME}_gtFine_panoptic.png",
    "yolo": f"labels/{FLAT_FRAME}_leftImg8bit.txt",
    "outline": f"labels/{FLAT_FRAME}_leftImg8bit.txt",
    "yolo description": "data.yaml",
    "voc": f"{VOC}/Annotations/{NAME}.xml",
    "voc set": f"{VOC}/ImageSets/Main/train.txt",
    "voc class set": f"{VOC}/ImageSets/Main/car_train.txt",
    "voc PNG": f"{VOC}/SegmentationObject/{NAME}.png",
    "labelmap": f"gtFine/{FRAME}_gtFine_labelIds.png",
    "labelmap mask": f"gtFine/{FRAME}_gtFine_masks/car.png",
    "csv": "annotations_train.csv",
    "manifest": "cityconv.json",
}


@dataclass(frozen=True)
class Hostile:
    """A hostile output.

    Attributes:
        name: what is wrong with it.
        output: the good output that it is made of; a key of `OUTPUTS`.
        spoil: changes the output.
        is_found: whether it must be found; if not, it does no harm.
    """

    name: str
    output: str
    spoil: Callable[[Path], object]
    is_found: bool = True


# Rules for any file


def replaced(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return what puts something else in the place of a file."""

    def spoil(path: Path) -> None:
        path.unlink()
        make(path)

    return spoil


def edited(edit: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Return what edits the content of a file."""
    return lambda path: path.write_bytes(edit(path.read_bytes()))


def grow(path: Path) -> None:
    """Make a file of 8 GB without taking space."""
    os.truncate(path, 8 * 2**30)


def move_out(path: Path) -> None:
    """Move a file out of the output, and leave a link to it."""
    out = next(folder for folder in path.parents if folder.name == "out")
    path.symlink_to(path.rename(out.with_name("moved")))


def link_folder(folder: Path) -> None:
    """Put a link to `/` in the place of a folder."""
    shutil.rmtree(folder)
    folder.symlink_to("/")


RULES: dict[str, Callable[[Path], object]] = {
    "empty": edited(lambda content: b""),
    "blank": edited(lambda content: b" \n" * 1_000),
    "half of it": edited(lambda content: content[: len(content) // 2]),
    "twice": edited(lambda content: content * 2),
    "every byte changed": edited(lambda content: bytes(255 - byte for byte in content)),
    "NUL bytes": edited(lambda content: bytes(len(content))),
    "control characters": edited(lambda content: content + b"\x1b]0;title\x07\x1b[2J\r\n"),
    "UTF-16": edited(lambda content: content.decode("latin-1").encode("utf-16")),
    "a byte order mark": edited(lambda content: b"\xef\xbb\xbf" + content),
    "brackets": edited(lambda content: b"[" * 200_000),
    "elements": edited(lambda content: b"<a>" * 200_000),
    "digits": edited(lambda content: b"9" * 5_000),
    "8 GB of nothing": grow,
    "a pipe": replaced(os.mkfifo),
    "a folder": replaced(lambda path: path.mkdir()),
    "a link to /dev/zero": replaced(lambda path: path.symlink_to("/dev/zero")),
    "a link to /proc": replaced(lambda path: path.symlink_to("/proc/self/mem")),
    "a link to itself": replaced(lambda path: path.symlink_to(path)),
    "a link to nothing": replaced(lambda path: path.symlink_to("nowhere")),
    "a link out of the output": move_out,
    "a link to a file of the system": replaced(lambda path: path.symlink_to("/etc/passwd")),
}


def spoilt_files() -> Iterator[Hostile]:
    """Yield each rule, applied to each file."""
    for (kind, file), (name, rule) in product(FILES.items(), RULES.items()):

        def spoil(out: Path, file: str = file, rule: Callable[[Path], object] = rule) -> None:
            rule(out / file)

        yield Hostile(f"{kind}: {name}", kind.partition(" ")[0], spoil)


# Names and folders


def nest(folder: Path) -> None:
    """Make 1,500 folders in each other: deeper than a path may be long."""
    start = os.open(folder, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("f", dir_fd=start)
        inner = os.open("f", os.O_RDONLY, dir_fd=start)
        os.close(start)
        start = inner
    os.close(start)


def many(folder: Path) -> None:
    """Make 20,000 files."""
    for number in range(20_000):
        (folder / f"{number}{SUFFIX}").touch()


SUFFIX = ".png"  # of strays, in the folders of images below; other formats take any name
FOLDERS = {
    "coco": "images/train",
    "panoptic": "cityscapes_panoptic_train",
    "yolo": "labels/train",
    "voc": f"{VOC}/Annotations",
    "labelmap": "gtFine/train",
}
STRAYS: dict[str, Callable[[Path], object]] = {
    "a name that is not UTF-8": lambda folder: os.close(
        os.open(bytes(folder) + b"/\xff\xfe_gtFine_labelIds.txt", os.O_CREAT)
    ),
    "a name of control characters": lambda folder: (folder / "\x1b[2J\n\r_gtFine_labelIds.png").touch(),
    "a name that turns text around": lambda folder: (folder / "\u202e_gtFine_labelIds.png").touch(),
    "1,500 nested folders": nest,
    "20,000 files": many,
    "a link in place of the folder": link_folder,
    "a link to /": lambda folder: (folder / "link").symlink_to("/"),
    "a link to the folder above": lambda folder: (folder / "link").symlink_to(".."),
    "a further pipe": lambda folder: os.mkfifo(folder / "pipe_gtFine_labelIds.png"),
    "a part": lambda folder: (folder / "a.json.part").touch(),
}


FOUND_STRAYS = {"a link in place of the folder", "a link to /", "a part"}  # in every format


def stray_files() -> Iterator[Hostile]:
    """Yield each stray file or folder, in a folder of each format."""
    for (output, folder), (name, make) in product(FOLDERS.items(), STRAYS.items()):

        def spoil(out: Path, folder: str = folder, make: Callable[[Path], object] = make) -> None:
            (out / folder).mkdir(parents=True, exist_ok=True)
            make(out / folder)

        yield Hostile(f"{output}: {name}", output, spoil, name in FOUND_STRAYS)


# JSON


def in_json(file: str, edit: Callable[[Any], object]) -> Callable[[Path], object]:
    """Return what edits the value of a JSON file."""

    def spoil(out: Path) -> None:
        content = json.loads((out / file).read_bytes())
        edit(content)
        text = json.dumps(content).replace('"__HUGE__"', "9" * 5_000).replace('"__DEEP__"', "[" * 1_500 + "]" * 1_500)
        (out / file).write_text(text, "utf-8", "surrogatepass")

    return spoil


def put(content: Any, keys: tuple[str | int, ...], value: object) -> None:
    """Replace a value within a JSON value."""
    for key in keys[:-1]:
        content = content[key]
    content[keys[-1]] = value


VALUES: dict[str, object] = {
    "null": None,
    "an object": {},
    "a list": [[]],
    "-1": -1,
    "2 ** 63": 2**63,
    "5,000 digits": "__HUGE__",
    "NaN": float("nan"),
    "infinity": float("inf"),
    "300 KB": ": a" * 100_000,
    "control characters": "\x1b[2J\u202e\n",
    "a surrogate": "\ud800",
    "deep nesting": "__DEEP__",
}
PATHS: dict[str, list[tuple[str | int, ...]]] = {
    "coco": [
        ("annotations",), ("annotations", 0), ("annotations", 0, "id"), ("annotations", 0, "bbox"),
        ("annotations", 0, "segmentation"), ("annotations", 0, "segmentation", "counts"),
        ("images", 0, "file_name"), ("images", 0, "id"), ("categories", 0, "name"), ("info",),
    ],
    "panoptic": [
        ("annotations", 0, "file_name"), ("annotations", 0, "segments_info"), ("annotations", 0, "image_id"),
        ("images", 0, "id"),
    ],
}  # fmt: skip


def spoilt_json() -> Iterator[Hostile]:
    """Yield each value in each place of COCO files."""
    for output, paths in PATHS.items():
        for keys, (name, value) in product(paths, VALUES.items()):
            edit = lambda content, keys=keys, value=value: put(content, keys, value)  # noqa: E731
            spoil = in_json(FILES[output], edit)
            is_found = keys[-1] not in ("id", "info")  # numbers need only be unique, and nobody reads the other
            yield Hostile(f"{output}: {'.'.join(map(str, keys))} is {name}", output, spoil, is_found)


def segmentation(output: str, value: object) -> Callable[[Path], object]:
    """Return what replaces the mask of the first annotation."""
    return in_json(FILES[output], lambda content: put(content, ("annotations", 0, "segmentation"), value))


def counts(code: str) -> Callable[[Path], object]:
    """Return what replaces the run-length code of the first annotation."""
    return segmentation("coco", {"size": [32, 64], "counts": code})


def copies(number: int, key: str, **changes: object) -> Callable[[Any], object]:
    """Return what repeats the first item of a list of a COCO file."""

    def edit(content: Any) -> None:
        first = content[key][0] | changes
        content[key] += [first | {"id": 1_000 + index} for index in range(number)]

    return edit


# A zigzag of a million points: from one end of the image to the other and back.
ZIGZAG = [0, 0, 64, 32] * 500_000
SPECIAL = {
    "coco": {
        "a length of 12 groups": counts("o" * 11 + "0"),
        "a negative length of 7 groups": counts("oooooo@"),
        "a length beyond 64 bits": counts("oooooooooooooO" * 3),
        "a length with a group too many": counts("PPR0"),
        "lengths that overflow when added": counts("ooooooO" * 10_000),
        "counts of 20 MB": counts("1" * 20_000_000),
        "counts of another alphabet": counts("\u0661" * 100),
        "a mask without runs": counts(""),
        "20,000 annotations": in_json(FILES["coco"], copies(20_000, "annotations")),
        "5,000 full masks": in_json(
            FILES["coco"], copies(5_000, "annotations", segmentation={"size": [32, 64], "counts": "0PP2"})
        ),
        "200,000 images": in_json(FILES["coco"], copies(200_000, "images")),
        "200,000 categories": in_json(FILES["coco"], copies(200_000, "categories")),
        "a duplicate key": lambda out: edited(lambda content: content.replace(b'"id":', b'"id":7,"id":', 1))(
            out / FILES["coco"]
        ),
        "an absurd size": in_json(
            FILES["coco"], lambda content: content["images"][0].update(width=2**40, height=2**40)
        ),
        "8 million lists": lambda out: (out / FILES["coco"]).write_text("[" + "[]," * 8_000_000 + "[]]"),
        "8 million numbers": lambda out: (out / FILES["coco"]).write_text("[" + "1," * 8_000_000 + "1]"),
    },
    "polygon": {
        "a million points": segmentation("polygon", [ZIGZAG]),
        "100,000 points": segmentation("polygon", [ZIGZAG[:200_000]]),
        "10,000 points": segmentation("polygon", [ZIGZAG[:20_000]]),
        "100,000 equal points": segmentation("polygon", [[1, 1] * 100_000]),
        "points far away": segmentation("polygon", [[0, 0, 1e308, 0, 1e308, 1e308]]),
        "points at minus infinity": segmentation("polygon", [[0, 0, -float("inf"), 0, 9, 9]]),
        "no points": segmentation("polygon", [[], []]),
        "one point": segmentation("polygon", [[1, 1]]),
        "50,000 rings": segmentation("polygon", [[0, 0, 1, 0, 1, 1]] * 50_000),
        "2,000 full outlines": in_json(
            FILES["polygon"], copies(2_000, "annotations", segmentation=[[0, 0, 64, 0, 64, 32, 0, 32]])
        ),
    },
    "panoptic": {
        "a PNG of the system": in_json(
            FILES["panoptic"], lambda content: put(content, ("annotations", 0, "file_name"), "../../../../etc/passwd")
        ),
        "a PNG at an absolute path": in_json(
            FILES["panoptic"], lambda content: put(content, ("annotations", 0, "file_name"), "/dev/zero")
        ),
        "a NUL in a name": in_json(
            FILES["panoptic"], lambda content: put(content, ("annotations", 0, "file_name"), "a\0b")
        ),
        "100,000 segments": in_json(
            FILES["panoptic"],
            lambda content: put(
                content, ("annotations", 0, "segments_info"), content["annotations"][0]["segments_info"][:1] * 100_000
            ),
        ),
        "a duplicate key": lambda out: edited(lambda content: content.replace(b'"id":', b'"id":7,"id":', 1))(
            out / FILES["panoptic"]
        ),
    },
}  # fmt: skip


# Text

BOX = "2 0.5 0.5 0.1 0.1\n"
FULL = "2 0 0 1 0 1 1 0 1\n"


def text(output: str, content: str) -> Callable[[Path], object]:
    """Return what writes a text file."""
    return lambda out: (out / FILES[output]).write_text(content, "utf-8")


def rows(line: str, number: int) -> Callable[[Path], object]:
    """Return what repeats a line of a CSV table."""

    def spoil(out: Path) -> None:
        path = out / FILES["csv"]
        header, first = path.read_bytes().splitlines(keepends=True)[:2]
        path.write_bytes(header + (line.encode() or first) * number)

    return spoil


TEXTS = {
    "yolo": {
        "800,000 rows": text("yolo", BOX * 800_000),
        "60,000 rows": text("yolo", BOX * 60_000),
        "digits of another script": text("yolo", "2 \u0660.\u0665 0.5 0.1 0.1\n"),
        "underscores": text("yolo", "2 0.1_0 0.5 0.1 0.1\n"),
        "separators of Unicode": text("yolo", "2 0.5 0.5 0.1 0.1\u2028" * 9),
        "a form feed": text("yolo", "2 0.5\x0c0.5 0.1 0.1\n"),
        "a coordinate of 5,000 digits": text("yolo", f"2 0.{'3' * 5_000} 0.5 0.1 0.1\n"),
        "an exponent": text("yolo", "2 1e-999999999 0.5 0.1 1e999\n"),
        "a class of 5,000 digits": text("yolo", f"{'2' * 5_000} 0.5 0.5 0.1 0.1\n"),
        "a word of 10 MB": text("yolo", f"{'x' * 10_000_000}\n"),
        "100,000 bad rows": text("yolo", "x\n" * 100_000),
    },
    "outline": {
        "2 million points": text("outline", f"2{' 0 0 1 1' * 1_000_000}\n"),
        "100,000 points": text("outline", f"2{' 0 0 1 1' * 50_000}\n"),
        "5,000 full outlines": text("outline", FULL * 5_000),
        "60,000 full outlines": text("outline", FULL * 60_000),
        "outlines of no area": text("outline", "2 0 0 0 0 0 0\n" * 5_000),
    },
    "yolo description": {
        "an empty file": text("yolo description", ""),
        "names alone": text("yolo description", "names: [person]\n"),
        "aliases": text("yolo description", "a: &a [x,x]\n" + "".join(
            f"a{i}: &a{i} [*a{i - 1 if i else ''}, *a{i - 1 if i else ''}]\n" for i in range(40)) + "names: *a39\n"),
        "a tag of Python": text("yolo description", "train: !!python/object/apply:os.system [x]\n"),
        "a number of 5,000 digits": text("yolo description", f"nc: {'9' * 5_000}\n"),
        "90 KB of brackets": text("yolo description", "names: " + "[" * 90_000),
    },
    "voc": {
        "entities": text("voc", '<!DOCTYPE a [<!ENTITY b "b">]><annotation>&b;</annotation>'),
        "an entity outside": text("voc", '<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]><annotation>&b;</annotation>'),
        "another encoding": lambda out: edited(
            lambda content: b'<?xml version="1.0" encoding="iso-8859-15"?>' + content)(out / FILES["voc"]),
        "50,000 objects": lambda out: edited(
            lambda content: content.replace(b"</annotation>", b"<object/>" * 50_000 + b"</annotation>")
        )(out / FILES["voc"]),
        "50,000 whole objects": lambda out: edited(_with_objects)(out / FILES["voc"]),
        "100,000 nested elements": text("voc", "<annotation>" + "<a>" * 100_000 + "</a>" * 100_000 + "</annotation>"),
        "100,000 attributes": text(
            "voc", "<annotation " + " ".join(f'a{i}="1"' for i in range(100_000)) + "></annotation>"),
        "a name of 10 MB": text("voc", f"<{'a' * 10_000_000}/>"),
        "digits of another script": lambda out: edited(
            lambda content: content.replace(b"<xmin>", "<xmin>\u0661".encode(), 1))(out / FILES["voc"]),
        "a number of 5,000 digits": lambda out: edited(
            lambda content: content.replace(b"<xmin>", b"<xmin>" + b"9" * 5_000, 1))(out / FILES["voc"]),
    },
    "voc set": {"a million lines": text("voc set", "x\n" * 1_000_000)},
    "voc class set": {
        "a million lines": text("voc class set", "x -1\n" * 1_000_000),
        "digits of another script": text("voc class set", f"{NAME}  \u0661\n"),
    },
    "csv": {
        "a million rows": rows("", 100_000),
        "bad rows": rows("x\r\n", 1_000_000),
        "an open quote": rows('"', 1),
        "a cell of 10 MB": rows(f"{'x' * 10_000_000}\r\n", 1),
        "a number of 5,000 digits": lambda out: edited(
            lambda content: content.replace(b",64,32,", b",64," + b"3" * 5_000 + b",", 1))(out / FILES["csv"]),
        "digits of another script": lambda out: edited(
            lambda content: content.replace(b",64,32,", ",64,\u0663\u0662,".encode(), 1))(out / FILES["csv"]),
    },
}  # fmt: skip


def _with_objects(content: bytes) -> bytes:
    start, end = content.index(b"<object>"), content.index(b"</object>") + len(b"</object>")
    return content.replace(b"</annotation>", content[start:end] * 50_000 + b"</annotation>")


# PNG


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def inserted(name: bytes, data: bytes, before: bytes) -> Callable[[bytes], bytes]:
    """Return what inserts a chunk before another one."""

    def edit(content: bytes) -> bytes:
        at = content.index(before) - 4
        return content[:at] + chunk(name, data) + content[at:]

    return edit


def header(content: bytes, **changes: int) -> bytes:
    """Return a PNG with another header."""
    names = ("width", "height", "depth", "color", "compression", "filtering", "interlace")
    values = dict(zip(names, struct.unpack(">IIBBBBB", content[16:29]), strict=True)) | changes
    return content[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", *values.values())) + content[33:]


def pixels(content: bytes, data: bytes) -> bytes:
    """Return a PNG with other compressed pixels."""
    at = content.index(b"IDAT") - 4
    return content[:at] + chunk(b"IDAT", data) + chunk(b"IEND", b"")


PNGS: dict[str, Callable[[bytes], bytes]] = {
    "a second header": lambda content: inserted(b"IHDR", content[16:29], b"IDAT")(content),
    "a second palette": inserted(b"PLTE", bytes(6), b"IDAT"),
    "an animation": inserted(b"acTL", struct.pack(">II", 2, 0), b"IDAT"),
    "a broken animation": inserted(b"fcTL", b"", b"IDAT"),
    "an unknown critical chunk": inserted(b"ABCD", b"", b"IDAT"),
    "transparency": inserted(b"tRNS", bytes(2), b"IDAT"),
    "a text that explodes": inserted(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)), b"IDAT"),
    "30,000 x 30,000 pixels": lambda content: header(content, width=30_000, height=30_000),
    "no pixels": lambda content: header(content, width=0, height=0),
    "interlacing": lambda content: header(content, interlace=1),
    "another compression": lambda content: header(content, compression=9),
    "a depth of 3": lambda content: header(content, depth=3),
    "pixels that explode": lambda content: pixels(content, zlib.compress(bytes(100_000_000))),
    "pixels that are missing": lambda content: pixels(content, zlib.compress(b"")),
    "50,000 empty chunks": lambda content: inserted(b"tEXt", b"", b"IDAT")(content).replace(
        chunk(b"tEXt", b""), chunk(b"tEXt", b"") * 50_000),
    "bytes after the end": lambda content: content + b"x",
    "a length beyond the end": lambda content: content[:33] + struct.pack(">I", 2**31) + content[37:],
}  # fmt: skip


# Images of 2048 x 1024 pixels


def points(number: int) -> list[float]:
    """Return the points of an outline all over the image, x and y in turn."""
    chance = random.Random(number)
    return [chance.uniform(0, size) for _ in range(number) for size in (2048, 1024)]


def row(coordinates: list[float]) -> str:
    """Return the row of an outline, given in pixels."""
    sides = (2048, 1024) * (len(coordinates) // 2)
    return " ".join(["2", *(f"{value / side:.6f}" for value, side in zip(coordinates, sides, strict=True))]) + "\n"


def masks(number: int, mask: object) -> Callable[[Path], object]:
    """Return what adds annotations with the same mask."""
    return in_json(FILES["coco"], copies(number, "annotations", segmentation=mask))


def bridged(number: int) -> Callable[[Path], object]:
    """Return what adds lines out and back to each outline."""

    def edit(content: bytes) -> bytes:
        lines = content.decode().splitlines()
        start = [" ".join(line.split(" ")[1:3]) for line in lines]
        return "".join(
            f"{line} {' '.join(f'{there} 0.{index:06} 0.5' for index in range(number))}\n"
            for line, there in zip(lines, start, strict=True)
        ).encode()

    return lambda out: edited(edit)(out / FILES["outline"])


COMB = [value for x in range(0, 2048, 8) for value in (x, 0, x, 1024)]
SMALL_RINGS = [[0, 0, 3, 0, 3, 3]] * 300
CHECKERBOARD = "111" + "0" * (2048 * 1024 - 3)  # run lengths of 1
LARGE = {
    "coco": {
        "counts of 7 MB": masks(1, {"size": [1024, 2048], "counts": "1" * 7_000_000}),
        "counts of 4 MB": masks(1, {"size": [1024, 2048], "counts": "1" * 4_000_000}),
        "a checkerboard": masks(1, {"size": [1024, 2048], "counts": CHECKERBOARD}),
        "three checkerboards": masks(3, {"size": [1024, 2048], "counts": CHECKERBOARD}),
        "900 full masks": masks(900, {"size": [1024, 2048], "counts": "0PPPP2"}),
    },
    "polygon": {
        "1,000 points": masks(1, [points(1_000)]),
        "100,000 points": masks(1, [points(100_000)]),
        "90 polygons of 1,000 points": masks(90, [points(1_000)]),
        "900 polygons of 200 points": masks(900, [points(200)]),
        "900 objects of 300 rings": masks(900, SMALL_RINGS),
        "50 combs": masks(50, [COMB]),
    },
    "outline": {
        "1,000 points": text("outline", row(points(1_000))),
        "100,000 points": text("outline", row(points(100_000))),
        "800,000 points": text("outline", row(points(800_000))),
        "90 outlines of 5,000 points": text("outline", row(points(5_000)) * 90),
        "900 outlines of 500 points": text("outline", row(points(500)) * 900),
        "900 full outlines": text("outline", FULL * 900),
        "80 combs": text("outline", row([float(value) for value in COMB]) * 80),
        "1,500 lines out and back": bridged(1_500),
        "30,000 lines out and back": bridged(30_000),
    },
}  # fmt: skip


# Manifests


def in_manifest(**changes: object) -> Callable[[Path], object]:
    """Return what changes fields of the output in the manifest."""
    return in_json("cityconv.json", lambda content: content["outputs"][0].update(changes))


def option(**changes: object) -> Callable[[Path], object]:
    """Return what changes the recorded options."""
    return in_json("cityconv.json", lambda content: content["outputs"][0]["options"].update(changes))


def listing(*files: list[object]) -> Callable[[Path], object]:
    """Return what lists more files in the manifest."""
    return in_json("cityconv.json", lambda content: content["outputs"][0]["files"].extend(files))


MANIFESTS = {
    "a file outside": listing(["../../../etc/passwd", 1, ""]),
    "an absolute path": listing(["/dev/zero", 1, ""]),
    "a NUL in a path": listing(["a\0b", 1, ""]),
    "a surrogate in a path": listing(["a\ud800b", 1, ""]),
    "control characters in a path": listing(["\x1b[2J\u202e\n", 1, ""]),
    "a path of 1 MB": listing(["a" * 1_000_000, 1, ""]),
    "a size of 5,000 digits": listing(["a", "__HUGE__", ""]),
    "a size that is text": listing(["a", "1", ""]),
    "500,000 files": in_json("cityconv.json", lambda content: content["outputs"][0]["files"].extend(
        [f"a{index}", 1, ""] for index in range(500_000))),
    "a file 500,000 times": in_json("cityconv.json", lambda content: content["outputs"][0]["files"].extend(
        [content["outputs"][0]["files"][-1]] * 500_000)),
    "2,000 outputs": in_json("cityconv.json", lambda content: content["outputs"].extend(
        [{**content["outputs"][0], "files": []}] * 2_000)),
    "10 million lists": lambda out: (out / "cityconv.json").write_bytes(b"[" + b"[]," * 10_000_000 + b"[]]"),
    "deep options": option(classes="__DEEP__"),
    "deeper options": lambda out: (out / "cityconv.json").write_bytes(b'{"outputs": [{"options": {"a": ' * 100_000),
    "options of other types": in_json("cityconv.json", lambda content: content["outputs"][0].update(
        options={key: [1, {}] for key in content["outputs"][0]["options"]})),
    "a label table that is a path": option(labels="/dev/zero"),
    "a deep label table": option(labels={"name": "a", "toml": "a = " + "[" * 100_000}),
    "a class map that is a path": option(class_map="/dev/zero"),
    "a deep class map": option(class_map={"a": {"b": [1]}}),
    "a million classes": option(classes="car," * 1_000_000),
    "control characters in classes": option(classes="\x1b[2J,\u202e"),
    "a negative area": option(min_area=-5),
    "paths as options": option(source="/", out="/", image_root="/proc"),
    "an unknown format": in_manifest(format="\x1b[2Jx"),
    "a format that is a path": in_manifest(format="../../x"),
}  # fmt: skip


HARMLESS = {"a text that explodes", "50,000 empty chunks"}  # since nobody reads them


def spoilt_contents() -> Iterator[Hostile]:
    """Yield the spoilt contents of each format."""
    for table in (SPECIAL, TEXTS):
        for kind, spoils in table.items():
            yield from (Hostile(f"{kind}: {name}", kind.partition(" ")[0], spoil) for name, spoil in spoils.items())
    yield from (Hostile(f"manifest: {name}", "manifest", spoil) for name, spoil in MANIFESTS.items())
    for output, spoils in LARGE.items():
        yield from (Hostile(f"large {output}: {name}", f"large {output}", spoil) for name, spoil in spoils.items())
    for kind in ("panoptic PNG", "voc PNG", "labelmap", "labelmap mask"):
        for name, edit in PNGS.items():
            spoil = lambda out, file=FILES[kind], edit=edit: edited(edit)(out / file)  # noqa: E731
            is_found = name not in HARMLESS and (name != "a second palette" or kind == "voc PNG")
            yield Hostile(f"{kind}: {name}", kind.partition(" ")[0], spoil, is_found)


CATALOG = [*spoilt_files(), *stray_files(), *spoilt_json(), *spoilt_contents()]
