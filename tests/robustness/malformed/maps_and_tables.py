"""Malformed label maps and label tables, for the catalog."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np

from tests.builders import FRAME
from tests.pngs import GRAY, PALETTE, RGB, RGBA
from tests.robustness.malformed.catalog import COCO, END, FILE, TEXT, Bad, tree
from tests.source.png_files import GRAY_ALPHA, SIGNATURE, chunk, header, make_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Maps

LABEL_MAP, INSTANCE_MAP, COLOR_MAP = (
    f"data/gtFine/{FRAME}_gtFine_{kind}.png" for kind in ("labelIds", "instanceIds", "color")
)
MAPS_OF_IDS = ("coco", "data", "--read", "labelIds", "--task", "semantic", *END)
IDS = np.full((6, 9), 7, np.uint8)
GOOD = make_png(IDS)
DATA = zlib.compress(bytes(10) * 6)


def label_map(name: str, content: bytes, *says: str) -> Bad:
    """Return the entry of a map of label ids that is refused."""
    return Bad(name, tree({LABEL_MAP: content}, *MAPS_OF_IDS), (f"error: {LABEL_MAP}: ", *says))


def instance_map(name: str, content: bytes, *says: str, options: tuple[str, ...] = ()) -> Bad:
    """Return the entry of a map of instances that is refused."""
    return Bad(
        name,
        tree({INSTANCE_MAP: content}, "coco", "data", "--read", "instanceIds", *options, *END),
        (f"error: {INSTANCE_MAP}: ", *says),
    )


def color_map(name: str, content: bytes, *says: str) -> Bad:
    """Return the entry of a map of colors that is refused."""
    arguments = ("labelmap", "data", "--read", "color", *END)
    return Bad(name, tree({COLOR_MAP: content}, *arguments), (f"error: {COLOR_MAP}: ", *says))


def with_header(width: int, height: int, depth: int = 8, color_type: int = GRAY, rest: bytes = b"\0\0\0") -> bytes:
    """Return a PNG of any header, with the pixel data of 9 x 6 gray pixels."""
    return SIGNATURE + header(width, height, depth, color_type, rest) + chunk(b"IDAT", DATA) + chunk(b"IEND")


def with_value(value: int, background: int = 7) -> NDArray[np.uint16]:
    """Return a map with 3 pixels of a value, the first at x 4, y 2."""
    pixels = np.full((6, 9), background, np.uint16)
    pixels[2, 4:6] = pixels[3, 0] = value
    return pixels


def with_wrong_crc(content: bytes, name: bytes) -> bytes:
    """Return a PNG in which the checksum of a chunk is wrong."""
    damaged = bytearray(content)
    offset = content.index(name)
    (length,) = struct.unpack_from(">I", content, offset - 4)
    damaged[offset + 4 + length] ^= 1
    return bytes(damaged)


FIRST = "3 pixels, first at x 4, y 2"

MAPS = [
    label_map("an empty map", b"", "the file is empty"),
    label_map("a map that is text", b"version https://git-lfs.github.com/spec/v1\n", "not a PNG"),
    label_map("a map that is a JPEG", cv2.imencode(".jpg", IDS)[1].tobytes(), "not a PNG"),
    label_map("a map that is a PNG's first 8 bytes", SIGNATURE, "truncated"),
    label_map("a truncated map", GOOD[:-20], f"truncated after byte {len(GOOD) - 20}"),
    label_map("a map truncated in its header", GOOD[:20], "truncated after byte 20"),
    *(
        label_map(f"a map with a wrong CRC in {name}", with_wrong_crc(GOOD, name.encode()), f"CRC in the {name} chunk")
        for name in ("IHDR", "IDAT", "IEND")
    ),
    label_map("a map with bytes after its end", GOOD + b"more", "4 bytes after the IEND chunk"),
    label_map("a map with too little data", with_header(90, 60), "less pixel data"),
    label_map("a map with too much data", with_header(3, 2), "more pixel data"),
    label_map("a map of no pixels", with_header(0, 6), "0 x 6 pixels"),
    label_map("a map of 3 bits", with_header(9, 6, 3), "with 3 bits, which PNG does not have"),
    label_map("a map with an unknown interlacing", with_header(9, 6, rest=b"\0\0\2"), "interlacing 2"),
    label_map("a map of 60,000 x 60,000 pixels in a few bytes", with_header(60_000, 60_000), "60000 x 60000 pixels"),
    label_map("a map of 32,768 x 32,768 pixels in a few bytes", with_header(32_768, 32_768), "CITYCONV_MAX_PIXELS"),
    label_map("a map with a row of 2,147,483,647 pixels", with_header(2**31 - 1, 1), "2147483647 x 1 pixels"),
    label_map("a map of ids in RGB", make_png(np.zeros((6, 9, 3), np.uint8), 8, RGB), "8-bit RGB", "gray"),
    label_map("a map of ids in RGBA", make_png(np.zeros((6, 9, 4), np.uint8), 8, RGBA), "8-bit RGBA", "gray"),
    label_map("a map of ids with transparency", make_png(np.zeros((6, 9, 2), np.uint8), 8, GRAY_ALPHA), "gray"),
    label_map("a map of indices without a palette", make_png(IDS, 8, PALETTE), "no PLTE chunk"),
    *(
        label_map(
            f"a map of {depth} bits with an unknown value{', interlaced' * interlaced}",
            make_png(with_value(value, background=0), depth, interlaced=interlaced),
            f"value {value} is not in the label table: {FIRST}",
        )
        for depth, value in ((8, 200), (16, 60_000))
        for interlaced in (False, True)
    ),
    label_map(
        "a map with a palette and an unknown value",
        make_png(with_value(99), 8, PALETTE, palette=bytes(768)),
        f"value 99 is not in the label table: {FIRST}",
    ),
    label_map("a map of train ids read as label ids", make_png(with_value(255)), "value 255 is not in", FIRST),
    instance_map(
        "a map of instances with an unknown label",
        make_png(with_value(34_002), 16),
        f"value 34002, an instance of label 34, is not in the label table: {FIRST}",
    ),
    instance_map(
        "a map of instances with a divisor that does not fit",
        make_png(with_value(26_001), 16),
        f"value 26001, an instance of label 101, is not in the label table: {FIRST}",
        options=("--instance-divisor", "256"),
    ),
    color_map("a map of colors in gray", GOOD, "8-bit gray"),
    color_map("a map of colors of 16 bits", make_png(np.zeros((6, 9, 3), np.uint16), 16, RGB), "16-bit RGB"),
    color_map(
        "a map of colors with an unknown color",
        make_png(np.dstack([with_value(1, background=0)] * 3), 8, RGB),
        f"color (1, 1, 1) is not in the label table: {FIRST}",
    ),
    Bad("a map that is a folder", tree({f"{LABEL_MAP}/": b""}, *MAPS_OF_IDS), (LABEL_MAP,)),
    Bad("no maps", tree({FILE: TEXT}, *MAPS_OF_IDS), ("found no *_labelIds.png",)),
    Bad(
        "polygons where maps are read as masks of full objects",
        tree({INSTANCE_MAP: GOOD}, "coco", "data", "--extent", "full", *END),
        ("coco: --extent full needs polygons",),
        2,
    ),
    Bad(
        "single objects from maps of classes",
        tree({LABEL_MAP: GOOD}, *COCO),
        ("coco: labelIds maps do not tell instances apart",),
        2,
    ),
    Bad("a suffix of maps without their kind", tree({FILE: TEXT}, *COCO, "--map-suffix", ".png"), ("--map-suffix",), 2),
    Bad(
        "a divisor for maps of classes",
        tree({LABEL_MAP: GOOD}, *COCO, "--read", "labelIds", "--instance-divisor", "256"),
        ("--instance-divisor",),
        2,
    ),
]  # fmt: skip

# Tables


def table(name: str, file: str, content: bytes | str, *says: str) -> Bad:
    """Return the entry of a label table that is refused."""
    text = content if isinstance(content, bytes) else content.encode()
    return Bad(name, tree({FILE: TEXT, file: text}, *COCO, "--labels", file), (f"error: {file}: ", *says), 2)


def toml(name: str, content: str, *says: str) -> Bad:
    """Return the entry of a table in TOML that is refused."""
    return table(f"a table {name}", "labels.toml", content, *says)


LABEL = "from collections import namedtuple\nLabel = namedtuple('Label', ['name', 'id'])\n"

TABLES = [
    toml("of a million rows", "labels = [" + '{name="a",id=1},' * 1_000_000 + "]", "more than 1,048,576 bytes"),
    toml("of 65,536 rows", f"labels = [{'{},' * 65_536}]", "more than 65,535 labels"),
    table("a million rows of Python", "labels.py", f"{LABEL}labels = [{'Label(),' * 1_000_000}]", "1,048,576 bytes"),
    table("a million colors", "label_colors.txt", "0 0 0 a\n" * 1_000_000, "more than 1,048,576 bytes"),
    table("a million classes in JSON", "class_to_id.json", json.dumps([{"id": 1}] * 1_000_000), "1,048,576 bytes"),
    toml("that is not TOML", "labels == []", "line 1"),
    toml("without labels", "", "expected tables, [[labels]]"),
    toml("of no labels", "labels = []", "no labels"),
    toml("with an unknown key", "labels = []\nmore = 1", "unknown key 'more'"),
    toml("with a name of two lines", 'labels = [{name = "a\\nb", id = 1}]', r"'a\nb'", "`labels[0].name`"),
    toml("with a terminal escape sequence", 'labels = [{name = "\\u001b[2J", id = 1}]', r"\x1b", "`labels[0].name`"),
    toml("with a line separator in a name", 'labels = [{name = "a\\u2028b", id = 1}]', r"'a\u2028b'"),
    toml("with an empty name", 'labels = [{name = "", id = 1}]', "`labels[0].name`"),
    toml("with a name of 101 letters", f'labels = [{{name = "{"a" * 101}", id = 1}}]', "`labels[0].name`"),
    toml("without ids", 'labels = [{name = "a"}]', "missing id", "`labels[0].id`"),
    toml("with an id of 65,536", 'labels = [{name = "a", id = 65536}]', "`labels[0].id`"),
    toml("with a fraction as an id", 'labels = [{name = "a", id = 1.5}]', "`labels[0].id`"),
    toml("with an id of a million digits", f'labels = [{{name = "a", id = {"9" * 1_000_000}}}]', "digits"),
    toml("with a duplicate name", 'labels = [{name = "a", id = 1}, {name = "a", id = 2}]', "duplicate name 'a'"),
    toml("with a duplicate id", 'labels = [{name = "a", id = 1}, {name = "b", id = 1}]', "'b' has the id 1 of 'a'"),
    toml("with a color out of range", 'labels = [{name = "a", id = 1, color = [0, 0, 256]}]', "`labels[0].color`"),
    toml("nested too deeply", f"labels = {'[' * 3000}", "nested too deeply"),
    table("a table that is not UTF-8", "labels.toml", b"labels = []\n# \xff", "not UTF-8", "line 2"),
    table("a table with null characters", "labels.toml", bytes(100), "a null byte"),
    table("a labels.py that runs a command", "labels.py", f"{LABEL}import os\nos.system('touch ran')\n", "not run"),
    table("a labels.py that is Python 2", "labels.py", "print 'labels'\n", "not Python 3", "line 1"),
    table("a labels.py without labels", "labels.py", LABEL, "no list `labels`"),
    table("a labels.py with a computed id", "labels.py", f"{LABEL}n = 3\nlabels = [Label('a', n)]\n", "line 4"),
    table("a labels.py nested too deeply", "labels.py", f"labels = {'(' * 50_000}", "labels.py"),
    table("a class_to_id.json that is not JSON", "class_to_id.json", "{", "not JSON"),
    table("a class_to_id.json with a number", "class_to_id.json", "7", "expected a list of objects"),
    table("a class_to_id.json with a duplicate key", "class_to_id.json", '{"a": 1, "a": 2}', "duplicate key 'a'"),
    table("a label_colors.txt without names", "label_colors.txt", "0 0 0\n", "line 1"),
    table("a label_colors.txt with a color out of range", "label_colors.txt", "0 0 300 a\n", "line 1"),
    Bad("a table that does not exist", tree({FILE: TEXT}, *COCO, "--labels", "no.toml"), ("no.toml: no such file",), 2),
    Bad("a table that is a folder", tree({FILE: TEXT, "t.toml/": b""}, *COCO, "--labels", "t.toml"), ("t.toml: ",), 2),
    Bad("an unknown table", tree({FILE: TEXT}, *COCO, "--labels", "mapillary"), ("not a label table: 'mapillary'",), 2),
    Bad("a table of two lines", tree({FILE: TEXT}, *COCO, "--labels", "a\nb"), (r"not a label table: 'a\nb'",), 2),
]  # fmt: skip
