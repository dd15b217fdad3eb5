"""Malformed and hostile input, each piece with a name, made in code.

ANNOTATIONS are contents of one annotation file. SOURCES build a folder or a zip and return it. CLASS_MAPS and RECIPES
are TOML files. With each goes what the one line of error must have in it besides the file's name.
"""

from __future__ import annotations

import json
import os
import struct
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.builders import FRAME, annotation_path, box, document, street, write_annotation, write_dataset, zip_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMBER = f"gtFine/{FRAME}_gtFine_polygons.json"
GOOD = json.dumps(street()).encode()
CAR = document(("road", box(0, 0, 9, 9)), ("car", box(0, 0, 4, 4)))


def with_polygon(polygon: str) -> bytes:
    """Return an annotation whose second object has this polygon, given as JSON."""
    return json.dumps(CAR).encode().replace(json.dumps(box(0, 0, 4, 4)).encode(), polygon.encode())


def with_label(label: str) -> bytes:
    """Return an annotation whose second object has this label, given as JSON."""
    return json.dumps(CAR).encode().replace(b'"car"', label.encode("utf-8", "surrogatepass"))


def with_height(height: str) -> bytes:
    """Return an annotation of this height, given as JSON."""
    return json.dumps(CAR).encode().replace(b'"imgHeight": 32', f'"imgHeight": {height}'.encode())


def with_key(key: str, value: str) -> bytes:
    """Return an annotation whose second object has one more key."""
    return json.dumps(CAR).encode().replace(b'"label": "car"', f'"{key}": {value}, "label": "car"'.encode())


def without(key: str) -> bytes:
    """Return an annotation that lacks a key, of the document or of its second object."""
    content: dict[str, Any] = json.loads(json.dumps(CAR))
    (content if key in content else content["objects"][1]).pop(key)
    return json.dumps(content).encode()


def zigzag(points: int, height: int) -> str:
    """Return a polygon whose edges all cross the whole image."""
    return "[" + ",".join(f"[{number},{number % 2 * height}]" for number in range(points)) + "]"


IN_LABEL = "- at `$.objects[1].label`"
IN_POLYGON = "`$.objects[1].polygon"
DEEP = "[" * 100_000 + "]" * 100_000

ANNOTATIONS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the file is empty"),
    "blanks": (b" \n\t ", "the file is empty"),
    "byte order mark alone": (b"\xef\xbb\xbf", "the file is empty"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-le"), "malformed"),
    "UTF-32": (GOOD.decode().encode("utf-32"), "UTF-16"),
    "invalid UTF-8 in a label": (GOOD.replace(b"sky", b"s\xffy"), "not UTF-8 text"),
    "overlong UTF-8 in a label": (GOOD.replace(b"sky", b"s\xc0\xafy"), "not UTF-8 text"),
    "Latin-1": (GOOD.replace(b"sky", "größe".encode("latin-1")), "not UTF-8 text"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "malformed"),
    "zeros": (bytes(4096), "malformed"),
    "a web page": (b"<html><body>Please log in</body></html>", "malformed"),
    "torn off": (GOOD[:200], "JSON ends too early, after byte 200"),
    "two documents": (GOOD + GOOD, "trailing characters"),
    "a comma too many": (GOOD.replace(b"]}]}", b"]},]}"), "malformed"),
    "Python instead of JSON": (repr(CAR).encode(), "malformed"),
    "comments": (b"// annotated\n" + GOOD, "malformed"),
    "a list": (b"[]", "Expected `object`, got `array`"),
    "a string": (b'"objects"', "Expected `object`, got `str`"),
    "null": (b"null", "Expected `object`, got `null`"),
    "nested deeply": (DEEP.encode(), "got `array`"),
    "nested deeply in an unknown key": (with_key("draw", DEEP), "nested too deeply"),
    "nested deeply in a known key": (with_key("deleted", DEEP), "nested too deeply"),
    "objects nested deeply": (b'{"objects":' * 100_000, "Expected `array`, got `object` - at `$.objects`"),
    "no objects": (without("objects"), "missing required field `objects`"),
    "no height": (without("imgHeight"), "missing required field `imgHeight`"),
    "no width": (without("imgWidth"), "missing required field `imgWidth`"),
    "height as text": (with_height('"32"'), "- at `$.imgHeight`"),
    "height with a fraction": (with_height("32.5"), "- at `$.imgHeight`"),
    "height null": (with_height("null"), "- at `$.imgHeight`"),
    "height true": (with_height("true"), "- at `$.imgHeight`"),
    "height 0": (with_height("0"), "1 to 32768 pixels, not 0 - at `$.imgHeight`"),
    "height negative": (with_height("-32"), "- at `$.imgHeight`"),
    "height beyond 64 bits": (with_height("9" * 30), "- at `$.imgHeight`"),
    "height of 5000 digits": (with_height("9" * 5000), "- at `$.imgHeight`"),
    "a giant side": (with_height("1000000000"), "1 to 32768 pixels, not 1000000000 - at `$.imgHeight`"),
    "giant sides": (
        json.dumps(CAR | {"imgHeight": 32768, "imgWidth": 32768}).encode(),
        "1,073,741,824 pixels are more than the 16,777,216 of CITYCONV_MAX_PIXELS - at `$.imgHeight`",
    ),
    "objects null": (json.dumps(CAR | {"objects": None}).encode(), "- at `$.objects`"),
    "objects by name": (json.dumps(CAR | {"objects": {"car": []}}).encode(), "- at `$.objects`"),
    "an object that is a list": (json.dumps(CAR | {"objects": [[]]}).encode(), "- at `$.objects[0]`"),
    "an object that is null": (json.dumps(CAR | {"objects": [None]}).encode(), "- at `$.objects[0]`"),
    "an object that is text": (json.dumps(CAR | {"objects": ["car"]}).encode(), "- at `$.objects[0]`"),
    "no label": (without("label"), "missing required field `label` - at `$.objects[1]`"),
    "label a number": (with_label("26"), IN_LABEL),
    "label null": (with_label("null"), IN_LABEL),
    "label a list": (with_label('["car"]'), IN_LABEL),
    "label empty": (with_label('""'), "unknown label ''"),
    "label unknown": (with_label('"spaceship"'), f"unknown label 'spaceship' {IN_LABEL}"),
    "label in capitals": (with_label('"Car"'), f"unknown label 'Car' {IN_LABEL}"),
    "label with a blank": (with_label('"car "'), f"unknown label 'car ' {IN_LABEL}"),
    "label group alone": (with_label('"group"'), f"unknown label 'group' {IN_LABEL}"),
    "label group of groups": (with_label('"cargroupgroup"'), f"unknown label 'cargroupgroup' {IN_LABEL}"),
    "label of a million letters": (with_label('"' + "x" * 1_000_000 + '"'), f"xxx...' {IN_LABEL}"),
    "label with line breaks": (with_label('"car\\nerror: all is lost"'), f"'car\\nerror: all is lost' {IN_LABEL}"),
    "label that clears the terminal": (with_label('"\\u001b[2Jcar"'), f"'\\x1b[2Jcar' {IN_LABEL}"),
    "label that turns the text around": (with_label('"\\u202ecar"'), f"'\\u202ecar' {IN_LABEL}"),
    "label with a null character": (with_label('"car\\u0000"'), f"'car\\x00' {IN_LABEL}"),
    "label with a line break as it is": (with_label('"car\n"'), "malformed"),
    "label with half a character": (with_label('"\\ud800"'), "malformed"),
    "label with half a character as it is": (with_label('"\ud800"'), "not UTF-8 text"),
    "label as a path": (with_label('"../../car"'), f"'../../car' {IN_LABEL}"),
    "no polygon": (without("polygon"), "missing required field `polygon` - at `$.objects[1]`"),
    "polygon null": (with_polygon("null"), f"- at {IN_POLYGON}`"),
    "polygon text": (with_polygon('"0 0 1 1"'), f"- at {IN_POLYGON}`"),
    "polygon empty": (with_polygon("[]"), f"a polygon without points - at {IN_POLYGON}`"),
    "polygon of texts": (with_polygon('["0,0", "1,1"]'), f"- at {IN_POLYGON}[0]`"),
    "polygon of numbers": (with_polygon("[0, 0, 4, 0, 4, 4]"), f"- at {IN_POLYGON}[0]`"),
    "polygon of polygons": (with_polygon("[[[0, 0], [4, 0], [4, 4]]]"), "Expected `"),
    "points by name": (with_polygon('[{"x": 0, "y": 0}]'), f"- at {IN_POLYGON}[0]`"),
    "points of three numbers": (with_polygon("[[0, 0, 0], [4, 4, 4]]"), f"of length 2 - at {IN_POLYGON}[0]`"),
    "points of one number": (with_polygon("[[0, 0], [4]]"), f"of length 2 - at {IN_POLYGON}[1]`"),
    "a point without numbers": (with_polygon("[[0, 0], []]"), f"of length 2 - at {IN_POLYGON}[1]`"),
    "coordinates as text": (with_polygon('[["0", "0"]]'), f"- at {IN_POLYGON}[0][0]`"),
    "coordinates null": (with_polygon("[[0, null]]"), f"- at {IN_POLYGON}[0][1]`"),
    "coordinates true": (with_polygon("[[0, true]]"), f"- at {IN_POLYGON}[0][1]`"),
    "coordinates not a number": (with_polygon("[[0, NaN]]"), "malformed"),
    "coordinates infinite": (with_polygon("[[0, Infinity]]"), "malformed"),
    "coordinates negatively infinite": (with_polygon("[[0, -Infinity]]"), "malformed"),
    "coordinates beyond numbers": (with_polygon("[[0, 1e999]]"), f"- at {IN_POLYGON}[0][1]`"),
    "coordinates below numbers": (with_polygon("[[-1e999, 0]]"), f"- at {IN_POLYGON}[0][0]`"),
    "coordinates of 5000 digits": (with_polygon(f"[[{'9' * 5000}, 0]]"), f"- at {IN_POLYGON}[0][0]`"),
    "coordinates far away": (with_polygon("[[0, 0], [1e300, 0]]"), f"beyond 1000000 - at {IN_POLYGON}[1]`"),
    "coordinates too far away": (with_polygon("[[0, 0], [0, -1000001]]"), f"beyond 1000000 - at {IN_POLYGON}[1]`"),
    "deleted beyond numbers": (with_key("deleted", "1e999"), "- at `$.objects[1].deleted`"),
    "a million objects": (
        b'{"imgHeight":32,"imgWidth":64,"objects":[' + b'{"label":"","polygon":[]},' * 600_000 + b"{}]}",
        "- at `$.objects",
    ),
    "too many objects": (
        json.dumps(CAR | {"objects": CAR["objects"][:1] * 65_536}).encode(),
        "65536 objects, more than 65535 - at `$.objects`",
    ),
    "a polygon of a million points": (
        json.dumps(CAR | {"imgHeight": 4096, "imgWidth": 4096})
        .encode()
        .replace(json.dumps(box(0, 0, 4, 4)).encode(), zigzag(1_000_000, 4096).encode()),
        "crossings of edges with rows are more than the 2,000,000 of CITYCONV_MAX_CROSSINGS - at `$.objects`",
    ),
    "a polygon that crosses too often": (
        json.dumps(CAR | {"imgHeight": 4096, "imgWidth": 4096})
        .encode()
        .replace(json.dumps(box(0, 0, 4, 4)).encode(), zigzag(500, 4096).encode()),
        "CITYCONV_MAX_CROSSINGS - at `$.objects`",
    ),
    "a file that is too large": (
        GOOD + b" " * 2**24,
        f"{len(GOOD) + 2**24:,} bytes are more than the 16,777,216 of CITYCONV_MAX_ANNOTATION_BYTES",
    ),
}


class Source(NamedTuple):
    """A data set that is refused.

    Attributes:
        build: makes it in a folder and returns what is to be given as SRC.
        place: what the message begins with, below that folder.
        words: what it says of it.
    """

    build: Callable[[Path], Path]
    place: str
    words: str


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes], **options: int) -> Callable[[Path], Path]:
    """Return what makes a zip of these members."""

    def build(folder: Path) -> Path:
        path = folder / "gtFine.zip"
        with zipfile.ZipFile(path, "w", **options) as opened:
            for name, content in members:
                opened.writestr(name, content)
        return path

    return build


def changed_zip(change: Callable[[bytearray], None], *more: tuple[str, bytes]) -> Callable[[Path], Path]:
    """Return what makes a zip of one good frame, and more, whose bytes are then changed."""

    def build(folder: Path) -> Path:
        path = zip_of((MEMBER, GOOD), *more)(folder)
        content = bytearray(path.read_bytes())
        change(content)
        path.write_bytes(content)
        return path

    return build


def set_in_headers(offset: int, format_: str, value: int) -> Callable[[bytearray], None]:
    """Return what sets a field of all headers of members, given by its offset in local ones."""

    def change(content: bytearray) -> None:
        for signature, shift in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
            place = content.find(signature)
            while place >= 0:
                struct.pack_into(format_, content, place + offset + shift, value)
                place = content.find(signature, place + 4)

    return change


def link_member() -> zipfile.ZipInfo:
    """Return a member that is a symbolic link."""
    member = zipfile.ZipInfo(MEMBER)
    member.create_system = 3
    member.external_attr = 0o120777 << 16
    return member


def dataset_with(name: str, content: bytes = GOOD) -> Callable[[Path], Path]:
    """Return what makes a data set with one more annotation file."""

    def build(folder: Path) -> Path:
        write_annotation(write_dataset(folder / "source") / name, content)
        return folder / "source"

    return build


def folder_for_file(folder: Path) -> Path:
    root = write_dataset(folder / "source")
    (root / "gtFine/val/munster/munster_000001_000019_gtFine_polygons.json").mkdir()
    return root


def dangling_link(folder: Path) -> Path:
    root = write_dataset(folder / "source")
    (root / "gtFine/val/munster/munster_000001_000019_gtFine_polygons.json").symlink_to("nowhere")
    return root


def endless_file(folder: Path) -> Path:
    root = write_dataset(folder / "source")
    annotation_path(root, FRAME).unlink()
    annotation_path(root, FRAME).symlink_to("/dev/zero")
    return root


def link_in_a_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to("circle")
    return folder / "circle"


def only(name: str) -> Callable[[Path], Path]:
    """Return what makes a folder with one good annotation of that name."""

    def build(folder: Path) -> Path:
        write_annotation(folder / "source" / name, GOOD)
        return folder / "source"

    return build


def one_file(name: str, content: bytes) -> Callable[[Path], Path]:
    """Return what makes one file, which is SRC itself."""
    return lambda folder: write_annotation(folder / name, content)


def torn_zip(kept: int) -> Callable[[Path], Path]:
    """Return what makes a zip of which only the first bytes are left."""

    def build(folder: Path) -> Path:
        path = zip_folder(write_dataset(folder / "source"), folder / "gtFine.zip")
        path.write_bytes(path.read_bytes()[:kept])
        return path

    return build


CITY = "source/gtFine/train/aachen"
IN_ZIP = f"gtFine.zip/{MEMBER}"

SOURCES: dict[str, Source] = {
    "zip: empty file": Source(torn_zip(0), "gtFine.zip", "not a zip"),
    "zip: first half": Source(torn_zip(700), "gtFine.zip", "not a zip"),
    "zip: last byte missing": Source(torn_zip(-1), "gtFine.zip", ""),
    "zip: something else": Source(one_file("gtFine.zip", b"<html>Please log in</html>"), "gtFine.zip", "not a zip"),
    "zip: without annotations": Source(zip_of(("README", b"hello")), "gtFine.zip", "found no *_polygons.json"),
    "zip: of a zip": Source(zip_of(("gtFine.zip", b"PK")), "gtFine.zip", "found no *_polygons.json"),
    "zip: encrypted": Source(changed_zip(set_in_headers(6, "<H", 1)), IN_ZIP, "encrypted"),
    "zip: unknown compression": Source(changed_zip(set_in_headers(8, "<H", 77)), IN_ZIP, "method 77"),
    "zip: bzip2": Source(zip_of((MEMBER, GOOD), compression=zipfile.ZIP_BZIP2), IN_ZIP, "only deflate"),
    "zip: LZMA": Source(zip_of((MEMBER, GOOD), compression=zipfile.ZIP_LZMA), IN_ZIP, "only deflate"),
    "zip: wrong checksum": Source(changed_zip(set_in_headers(14, "<I", 1)), IN_ZIP, "CRC"),
    "zip: content damaged": Source(changed_zip(lambda content: content.__setitem__(120, 0x55)), IN_ZIP, ""),
    "zip: too new": Source(changed_zip(set_in_headers(4, "<H", 99)), "gtFine.zip", "version"),
    "zip: more content than declared": Source(changed_zip(set_in_headers(22, "<I", 50)), IN_ZIP, ""),
    "zip: less content than declared": Source(changed_zip(set_in_headers(22, "<I", 2**20)), IN_ZIP, ""),
    "zip: giant size declared": Source(
        changed_zip(set_in_headers(22, "<I", 2**32 - 2)), IN_ZIP, "CITYCONV_MAX_ANNOTATION_BYTES"
    ),
    "zip: a thousand times its size": Source(
        zip_of((MEMBER, GOOD + b" " * 2**25), compression=zipfile.ZIP_DEFLATED),
        IN_ZIP,
        " bytes are more than the 16,777,216 of CITYCONV_MAX_ANNOTATION_BYTES",
    ),
    "zip: name that is no UTF-8": Source(
        changed_zip(lambda content: content.__setitem__(slice(-38, -36), b"\xff\xff"), ("é_polygons.json", b"")),
        "gtFine.zip",
        "",
    ),
    "zip: a symbolic link": Source(zip_of((link_member(), b"/etc/passwd")), IN_ZIP, "a symbolic link"),
    "zip: a name twice": Source(
        zip_of((MEMBER, GOOD), ("../" + MEMBER, GOOD)), f"gtFine.zip/{MEMBER}", "the same frame"
    ),
    "zip: the parent as city": Source(
        zip_of(("gtFine/../aachen/aachen_000000_000019_gtFine_polygons.json", GOOD)), "gtFine.zip/gtFine/..", "'..'"
    ),
    "zip: the parent as name": Source(
        zip_of(("gtFine/train/aachen/.._polygons.json", GOOD)), "gtFine.zip", "found no *_polygons.json"
    ),
    "zip: line break in a name": Source(
        zip_of(("gtFine/train/aa\nchen/aa\nchen_0_0_gtFine_polygons.json", GOOD)),
        "gtFine.zip/gtFine/train/aa\\nchen",
        "",
    ),
    "zip: escape characters in a name": Source(
        zip_of(("gtFine/train/\x1b[2J/\x1b[2J_0_0_gtFine_polygons.json", GOOD)), "gtFine.zip/gtFine/train/\\x1b[2J", ""
    ),
    "zip: backslashes": Source(
        zip_of((MEMBER.replace("/", "\\"), GOOD)), "gtFine.zip/gtFine\\train", "cannot name files"
    ),
    "zip: name of 60,000 letters": Source(
        zip_of((f"gtFine/train/a/a_{'x' * 60_000}_polygons.json", GOOD)), "", "a name of more than 255 bytes"
    ),
    "folder: empty": Source(lambda folder: folder, "", "found no *_polygons.json"),
    "folder: not there": Source(lambda folder: folder / "nowhere", "nowhere", "no such file or folder"),
    "folder: link in a circle": Source(link_in_a_circle, "circle", ""),
    "folder: another kind of file": Source(one_file("a.json", GOOD), "a.json", "neither a zip nor"),
    "folder: folder in place of an annotation": Source(
        folder_for_file, "source/gtFine/val/munster/munster_000001_000019_gtFine_polygons.json", "is a directory"
    ),
    "folder: link to nothing": Source(
        dangling_link, "source/gtFine/val/munster/munster_000001_000019_gtFine_polygons.json", "no such file"
    ),
    "folder: link to an endless file": Source(
        endless_file, f"source/gtFine/{FRAME}_gtFine_polygons.json", "CITYCONV_MAX_ANNOTATION_BYTES"
    ),
    "folder: two files of a frame": Source(
        dataset_with("gtFine/train/aachen/aachen_000000_000019_polygons.json"), CITY, "describes the same frame"
    ),
    "folder: blank in a name": Source(dataset_with("gtFine/train/aachen/aachen 1_polygons.json"), CITY, "'aachen 1'"),
    "folder: quote in a name": Source(dataset_with('gtFine/train/aachen/a"_polygons.json'), CITY, "cannot name files"),
    "folder: tag in a name": Source(dataset_with("gtFine/train/aachen/<b>_polygons.json"), CITY, "cannot name files"),
    "folder: entity in a name": Source(dataset_with("gtFine/train/aachen/&amp;_polygons.json"), CITY, "cannot name"),
    "folder: line break in a name": Source(
        dataset_with("gtFine/train/aachen/aachen_\n_polygons.json"), f"{CITY}/aachen_\\n_polygons.json", ""
    ),
    "folder: nothing before _polygons": Source(
        dataset_with("gtFine/train/aachen/_polygons.json"), CITY, "not named like"
    ),
    "folder: YAML in a split": Source(
        only("gtFine/a: [b/aachen/aachen_0_0_gtFine_polygons.json"), "source/gtFine/a: [b", "cannot name files"
    ),
    "folder: quote in a split": Source(
        only("gtFine/'train/aachen/aachen_0_0_gtFine_polygons.json"), "source/gtFine/'train", "cannot name files"
    ),
    "folder: option as a split": Source(
        only("gtFine/--train/aachen/aachen_0_0_gtFine_polygons.json"), "source/gtFine/--train", "'--train'"
    ),
    "folder: bytes that are no text in a name": Source(
        only(os.fsdecode(b"gtFine/train/aachen/aachen_\xff_gtFine_polygons.json")), "source/gtFine/train", "cannot name"
    ),
}

CLASS_MAPS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "expected one table, [classes]"),
    "not TOML": (b"car: vehicle\n", "at line 1"),
    "not UTF-8": (b'[classes]\n"\xff" = ["car"]\n', "not UTF-8 text"),
    "too long": (b"#" * 70_000, "70,000 bytes are more than 65,536"),
    "nested deeply": (b"classes = " + b"[" * 4000 + b"]" * 10, "nested too deeply"),
    "a key of a thousand parts": (b"a." * 2100 + b"b = 1", "more than 4,096 characters - at line 1"),
    "a number of 5000 digits": (b"classes = 1" + b"0" * 4050 + b"\n", "expected one table"),
    "no class": (b"[classes]\n", "expected one table, [classes]"),
    "another table": (b'[classes]\ncar = ["car"]\n[more]\n', "expected one table, [classes]"),
    "classes in a list": (b'classes = ["car"]\n', "expected one table, [classes]"),
    "a name alone": (b'[classes]\nvehicle = "car"\n', "expected a list of names - at `classes.vehicle`"),
    "no names": (b"[classes]\nvehicle = []\n", "expected a list of names - at `classes.vehicle`"),
    "numbers for names": (b"[classes]\nvehicle = [26]\n", "expected a list of names - at `classes.vehicle`"),
    "an unknown name": (b'[classes]\nvehicle = ["ship"]\n', "unknown label 'ship' - at `classes.vehicle`"),
    "a name of many letters": (b'[classes]\nv = ["' + b"x" * 4000 + b'"]\n', "xxx...' - at `classes.v`"),
    "a name twice": (b'[classes]\na = ["car"]\nb = ["car"]\n', "'car' is mapped twice - at `classes.b`"),
    "a class twice": (b'[classes]\na = ["car"]\na = ["bus"]\n', "line 3"),
    "class: leads out": (b'[classes]\n"../../x" = ["car"]\n', "'../../x' cannot name a class"),
    "class: absolute": (b'[classes]\n"/tmp/x" = ["car"]\n', "'/tmp/x' cannot name a class"),
    "class: a folder": (b'[classes]\n"con/" = ["car"]\n', "'con/' cannot name a class"),
    "class: dots": (b'[classes]\n".." = ["car"]\n', "'..' cannot name a class"),
    "class: nothing": (b'[classes]\n"" = ["car"]\n', "'' cannot name a class"),
    "class: a line break": (b'[classes]\n"a\\nb" = ["car"]\n', "'a\\nb' cannot name a class"),
    "class: a null character": (b'[classes]\n"a\\u0000" = ["car"]\n', "'a\\x00' cannot name a class"),
    "class: XML": (b'[classes]\n"<a>&b;" = ["car"]\n', "'<a>&b;' cannot name a class"),
    "class: YAML": (b'[classes]\n"a: {b" = ["car"]\n', "'a: {b' cannot name a class"),
    "class: quotes": (b'[classes]\n\'a"\' = ["car"]\n', "cannot name a class"),
    "class: backslash": (b"[classes]\n'a\\' = [\"car\"]\n", "cannot name a class"),
    "class: too long": (b"[classes]\n" + b"a" * 300 + b' = ["car"]\n', "aaa...' cannot name a class"),
}

_TOP = 'source = "{source}"\nout = "{out}"\n'

RECIPES: dict[str, tuple[str, str]] = {
    "nothing": ("", "expected tables [outputs.NAME]"),
    "no outputs": (_TOP, "expected tables [outputs.NAME]"),
    "outputs in a list": (_TOP + 'outputs = ["coco"]\n', "expected tables [outputs.NAME]"),
    "an output that is no table": (_TOP + '[outputs]\ncoco = "coco"\n', "expected tables [outputs.NAME]"),
    "not TOML": ("source: here", "at line 1"),
    "nested deeply": ("a = " + "[" * 4000, "nested too deeply"),
    "an unknown key": (_TOP + "colour = 1\n[outputs.coco]\n", "unknown key - at `colour`"),
    "an unknown key of an output": (_TOP + "[outputs.coco]\ncolour = 1\n", "unknown key - at `outputs.coco.colour`"),
    "an unknown format": (_TOP + "[outputs.docx]\n", "no format 'docx' - at `outputs.docx.format`"),
    "a list of formats": (_TOP + '[outputs.a]\nformat = ["coco"]\n', "no format \"['coco']\" - at `outputs.a.format`"),
    "a number for text": (_TOP + "images = 1\n[outputs.coco]\n", "- at `images`"),
    "a number for a path": ("source = 1\nout = 'x'\n[outputs.coco]\n", "- at `source`"),
    "a null character in a path": (
        'source = "a\\u0000"\nout = "x"\n[outputs.coco]\n',
        "null character in it - at `source`",
    ),
    "a negative number": (_TOP + "[outputs.coco]\nmin-area = -5\n", "- at `outputs.coco.min-area`"),
    "an output that leads out": (_TOP + '[outputs."../x"]\nformat = "coco"\n', "'../x' cannot name a folder"),
    "an output with a line break": (_TOP + '[outputs."a\\nb"]\nformat = "coco"\n', "'a\\nb' cannot name a folder"),
    "an output in the work folder": (_TOP + '[outputs.".cityconv"]\nformat = "coco"\n', "cannot name a folder"),
    "an unknown class": (_TOP + '[outputs.coco]\nclasses = "ship"\n', "unknown class 'ship'"),
}
