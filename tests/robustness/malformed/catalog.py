"""A catalog of malformed and hostile inputs, each created by code; `test_catalog.py` runs them all.

Each entry creates its input in an empty folder, and returns the arguments that cityconv is run with there.
"""

from __future__ import annotations

import json
import os
import warnings
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.builders import FRAME, annotation_path, box, document, write_annotation, write_dataset, zip_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Arguments = tuple[str, ...]


@dataclass(frozen=True)
class Bad:
    """An input that is refused.

    Attributes:
        name: what is wrong with it.
        build: creates it in a folder, and returns the arguments.
        says: texts that the error message contains: the file, and the location in it.
        status: the exit status.
        variables: changes to the environment.
    """

    name: str
    build: Callable[[Path], Arguments]
    says: tuple[str, ...]
    status: int = 1
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Odd:
    """An odd but valid input: its output equals that of `PLAIN`.

    Attributes:
        name: what is odd about it.
        build: creates it in a folder, and returns the arguments.
    """

    name: str
    build: Callable[[Path], Arguments]


END = ("-o", "out", "-j", "1")
COCO = ("coco", "data", *END)
ZIP = ("coco", "data.zip", *END)
MEMBER = f"gtFine/{FRAME}_gtFine_polygons.json"
FILE = f"data/{MEMBER}"
IMAGE = f"leftImg8bit/{FRAME}_leftImg8bit.png"

CAR = document(("road", box(0, 9, 64, 9)), ("car", box(0, 0, 4, 4)))
TEXT = json.dumps(CAR).encode()
FIRST = b"[0, 9]"  # the first point in TEXT


def write(folder: Path, name: str, content: bytes | str) -> None:
    """Write a file and the folders above it."""
    write_annotation(folder / name, content if isinstance(content, bytes) else content.encode())


# Annotations


def frame(content: object, *arguments: str) -> Callable[[Path], Arguments]:
    """Make a data set of one frame, given as bytes or as a value that JSON can encode."""

    def build(folder: Path) -> Arguments:
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        write_dataset(folder / "data", {FRAME: text})
        return arguments or COCO

    return build


def bad_json(name: str, content: object, *says: str) -> Bad:
    """Return the entry of an annotation that is refused."""
    return Bad(name, frame(content), (f"{FILE}: ", *says))


def with_object(**changes: Any) -> dict[str, Any]:
    """Return a document with changes to its second object."""
    return CAR | {"objects": [CAR["objects"][0], CAR["objects"][1] | changes]}


def without(key: str) -> dict[str, Any]:
    """Return a document that lacks a key."""
    return {name: value for name, value in CAR.items() if name != key}


def with_first_point(point: str) -> bytes:
    """Return the text of a document with another first point."""
    return TEXT.replace(FIRST, point.encode(), 1)


X, POINT = "`$.objects[0].polygon[0][0]`", "`$.objects[0].polygon[0]`"
LABEL, POLYGON = "`$.objects[1].label`", "`$.objects[1].polygon`"
DEEP = b"[" * 100_000
UNKNOWN = "unknown label"

DOCUMENTS = [
    bad_json("an empty annotation", b"", "the file is empty"),
    bad_json("a blank annotation", b" \n\t\n", "the file is empty"),
    bad_json("only a byte order mark", b"\xef\xbb\xbf", "the file is empty"),
    bad_json("a truncated annotation", TEXT[:-20], f"after byte {len(TEXT) - 20}"),
    bad_json("text after the document", TEXT + b" {}", "byte "),
    bad_json("a trailing comma", TEXT.replace(b"}]", b"},]"), "byte "),
    bad_json("keys without quotes", b"{imgHeight: 32}", "byte 1"),
    bad_json("UTF-16", json.dumps(CAR).encode("utf-16"), "not UTF-8 text"),
    bad_json("null characters", bytes(1000), "byte 0"),
    bad_json(
        "invalid UTF-8 in a label", TEXT.replace(b'"car"', b'"c\xff\xfer"'), "UTF-8", f"(byte {TEXT.index(b'car') + 1})"
    ),
    bad_json("an unpaired surrogate in a label", TEXT.replace(b'"car"', rb'"\ud800"'), "byte "),
    bad_json("a control character in a label", TEXT.replace(b'"car"', b'"c\x07r"'), "byte "),
    bad_json("a document that is a list", [CAR], "Expected `object`, got `array`"),
    bad_json("a document that is a number", 7, "Expected `object`, got `int`"),
    bad_json("a document that is a string", "car", "Expected `object`, got `str`"),
    bad_json("a document that is null", None, "Expected `object`, got `null`"),
    bad_json("an empty document", {}, "`imgHeight`"),
    bad_json("lists nested 100,000 deep", DEEP, "Expected `object`, got `array`"),
    bad_json("objects nested 100,000 deep", TEXT[:-1] + b', "objects": ' + DEEP + b"}", "`$.objects[0]`"),
    bad_json("an unknown key nested 100,000 deep", b'{"more": ' + DEEP + b"]" * 100_000 + b"}", "nested too deeply"),
]

_NOT_A_SIZE: tuple[object, ...] = ("32", None, 32.5, True, [32], 0, -64, 32_769, 10**400)
SIZES = [
    *(bad_json(f"no {key}", without(key), f"`{key}`") for key in ("imgHeight", "imgWidth", "objects")),
    *(
        bad_json(f"{key} is {json.dumps(value)}", CAR | {key: value}, f"`$.{key}`")
        for key in ("imgHeight", "imgWidth")
        for value in _NOT_A_SIZE
    ),
    bad_json("an image size above the pixel limit", document(width=32_768, height=32_768), "`$.imgHeight`"),
    Bad(
        "an image above a lowered pixel limit",
        frame(CAR),
        (FILE, "CITYCONV_MAX_PIXELS", "`$.imgHeight`"),
        variables={"CITYCONV_MAX_PIXELS": "2047"},
    ),
]

OBJECTS = [
    *(
        bad_json(f"objects is {json.dumps(value)}", CAR | {"objects": value}, "`$.objects`")
        for value in (None, "car", 2, {"0": CAR["objects"][0]})
    ),
    bad_json("an object that is a list", CAR | {"objects": [["car", []]]}, "`$.objects[0]`"),
    bad_json("an object that is null", CAR | {"objects": [*CAR["objects"], None]}, "`$.objects[2]`"),
    bad_json("an object without a label", CAR | {"objects": [{"polygon": [[0, 0]]}]}, "`$.objects[0]`"),
    bad_json("an object without a polygon", CAR | {"objects": [{"label": "car"}]}, "`$.objects[0]`"),
    bad_json("65,536 objects", CAR | {"objects": CAR["objects"] * 32_768}, "65536", "`$.objects`"),
    Bad(
        "more instances than an instance map can number",
        frame(document(*[("car", box(0, 0, 4, 4))] * 1001), "labelmap", "data", "--kind", "instanceIds", *END),
        (FILE, "1001 instances of 'car'"),
    ),
]

LABELS = [
    *(bad_json(f"label is {json.dumps(value)}", with_object(label=value), LABEL) for value in (None, 26, ["car"])),
    *(
        bad_json(f"label is {kind}", with_object(label=text), UNKNOWN, LABEL)
        for kind, text in {
            "empty": "",
            "unknown": "spaceship",
            "a million letters long": "a" * 1_000_000,
            "of two lines": "car\nerror: car",
            "a terminal escape sequence": "\x1b[2Jcar",
            "a right-to-left override": "\u202ecar",
            "the word group alone": "group",
            "a group of a group": "cargroupgroup",
            "capitalized": "Car",
            "a path": "../../car",
        }.items()
    ),
]

_NOT_A_POLYGON: tuple[object, ...] = (None, "0 0 1 1", 4, {"x": 1})
POLYGONS = [
    *(bad_json(f"polygon is {json.dumps(value)}", with_object(polygon=value), POLYGON) for value in _NOT_A_POLYGON),
    *(
        bad_json(f"a point is {point}", with_first_point(point), POINT)
        for point in ("[]", "[1]", "[1, 2, 3]", "null", "7", '"1 2"', '{"x": 1}')
    ),
    *(
        bad_json(f"a coordinate is {number}", with_first_point(f"[{number}, 2]"), X)
        for number in ('"1"', "null", "[1]", "true", "{}")
    ),
    *(
        bad_json(f"a coordinate is {number}", with_first_point(f"[{number}, 2]"), "byte ")
        for number in ("NaN", "Infinity", "-Infinity", "+1", "01", "0x10", "1.", ".5")
    ),
    *(
        bad_json(f"a coordinate is {number}", with_first_point(f"[{number}, 2]"), POINT[:-1])
        for number in ("1e999", "-1e999", "1e300", "1000001", "-1000001")
    ),
    bad_json("a coordinate of 10,000 digits", with_first_point(f"[1{'0' * 10_000}, 2]"), POINT[:-1]),
    bad_json(
        "a polygon above the limit of crossings",
        document(("car", [[0, 0], [50, 32_768]] * 40), width=64, height=32_768),
        "CITYCONV_MAX_CROSSINGS",
        "`$.objects`",
    ),
    bad_json(
        "a zigzag polygon of a million points",
        document(("car", [[0, 0], [63, 32]] * 500_000)),
        "CITYCONV_MAX_CROSSINGS",
        "`$.objects`",
    ),
]

# Trees


def tree(files: Mapping[str, bytes | str], *arguments: str) -> Callable[[Path], Arguments]:
    """Make files, given by path. A path that ends with `/` is a folder."""

    def build(folder: Path) -> Arguments:
        for name, content in files.items():
            if name.endswith("/"):
                (folder / name).mkdir(parents=True)
            else:
                write(folder, name, content)
        return arguments or COCO

    return build


def _pipe(folder: Path) -> Arguments:
    path = annotation_path(folder / "data", FRAME)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    return COCO


def linked(target: str) -> Callable[[Path], Arguments]:
    """Make a data set whose annotation is a symbolic link."""

    def build(folder: Path) -> Arguments:
        path = annotation_path(folder / "data", FRAME)
        path.parent.mkdir(parents=True)
        path.symlink_to(target)
        return COCO

    return build


def _sparse(folder: Path) -> Arguments:
    write(folder, FILE, TEXT)
    os.truncate(folder / FILE, 2**40)
    return COCO


def bad_name(name: str, path: str) -> Bad:
    """Return the entry of a path that is refused because of its name."""
    return Bad(name, tree({f"data/gtFine/{path}": TEXT}), ("data/gtFine/", "cannot name files"))


def images(name: str, files: Mapping[str, bytes], says: tuple[str, ...], *options: str, status: int = 1) -> Bad:
    """Return the entry of images that cannot be added to the output."""
    command = options if "--images" in options else (*options, "--images", "copy")
    return Bad(name, tree({FILE: TEXT} | {f"data/{path}": at for path, at in files.items()}, *command), says, status)


TREES = [
    Bad("a path that does not exist", tree({}), ("data: no such file or folder",), status=2),
    Bad("an empty folder", tree({"data/": b""}), ("data: found no *_polygons.json",)),
    Bad("a folder without annotations", tree({"data/gtFine/readme.txt": b""}), ("data: found no *_polygons.json",)),
    Bad("a file of another kind", tree({"data": b"GIF89a"}), ("data: neither a zip nor",)),
    Bad("a dangling link", linked("nowhere"), (FILE, "no such file")),
    Bad("a link to itself", linked(f"{FRAME.rpartition('/')[2]}_gtFine_polygons.json"), (FILE, "symbolic links")),
    Bad("a link to an endless device", linked("/dev/zero"), (FILE, "not a regular file")),
    Bad("a pipe without a writer", _pipe, (FILE, "not a regular file")),
    Bad("an annotation of a terabyte", _sparse, (FILE, "CITYCONV_MAX_ANNOTATION_BYTES")),
    Bad("a folder named like an annotation", tree({f"{FILE}/": b""}), (FILE, "is a directory")),
    Bad(
        "a city with a newline",
        tree({"data/gtFine/train/a\nb/a\nb_0_0_gtFine_polygons.json": TEXT}),
        (r"data/gtFine/train/a\nb/a\nb_0_0_gtFine_polygons.json: 'a\nb' cannot name files",),
    ),
    bad_name("a name that is not valid UTF-8", os.fsdecode(b"train/aachen/aachen_\xff_0_gtFine_polygons.json")),
    Bad(
        "a duplicate frame",
        tree({FILE: TEXT, FILE.replace("_gtFine_poly", "_poly"): TEXT}),
        (FILE, "describes the same frame as"),
    ),
    Bad(
        "a split that matches nothing", frame(CAR, *COCO, "--split", "../x"), ("data: no split named '../x'",), status=2
    ),
    Bad("a city that matches nothing", frame(CAR, *COCO, "--city", "a\nb"), (r"data: no city named 'a\nb'",), status=2),
    Bad("an empty annotation file as the source", tree({FILE: b""}, "coco", FILE, *END), (FILE, "is empty")),
    images("a data set without images", {}, ("no leftImg8bit folder",), *COCO),
    images(
        "an image root that does not exist", {}, ("nowhere: no such file",), *COCO, "--image-root", "nowhere", status=2
    ),
    images(
        "an image root that is not a zip", {}, (f"{FILE}: neither a folder nor a zip",), *COCO, "--image-root", FILE
    ),
    images("a missing image", {"leftImg8bit/train/": b""}, ("aachen_000000_000019: no image", FILE), *COCO),
    images("a damaged image to encode", {IMAGE: b"\x89PNG\r\n"}, (f"data/{IMAGE}: ",), "voc", "data", *END),
    images("an empty image to encode", {IMAGE: b""}, (f"data/{IMAGE}: ",), "voc", "data", *END),
    images(
        "several images for a frame",
        {IMAGE.replace(".png", f"_{weather}.png"): b"" for weather in ("rain", "fog")},
        ("aachen_000000_000019: 2 images", "_fog.png", "_rain.png"),
        *COCO,
    ),
    images(
        "a link to an image that has to be encoded",
        {IMAGE: b""},
        (f"data/{IMAGE}: ", "cannot be linked"),
        *("voc", "data", "--images", "symlink", *END),
        status=2,
    ),
]

# Archives


def archive(content: Mapping[str, bytes], change: Callable[[bytearray], object] = bytes) -> Callable[[Path], Arguments]:
    """Make a zip of these members, and change its bytes."""

    def build(folder: Path) -> Arguments:
        with zipfile.ZipFile(folder / "data.zip", "w", zipfile.ZIP_DEFLATED) as opened:
            for name, text in content.items():
                opened.writestr(name, text)
        changed = bytearray((folder / "data.zip").read_bytes())
        change(changed)
        (folder / "data.zip").write_bytes(changed)
        return ZIP

    return build


def number(value: int, size: int, *, local: int | None, central: int) -> Callable[[bytearray], None]:
    """Write a number into the two headers of the only member, at the given offsets."""

    def change(content: bytearray) -> None:
        offsets = [content.index(b"PK\1\2") + central] + ([] if local is None else [local])
        for offset in offsets:
            content[offset : offset + size] = value.to_bytes(size, "little")

    return change


def _damage(content: bytearray) -> None:
    content[30 + len(MEMBER) + 20] ^= 0xFF


def _rename_local(content: bytearray) -> None:
    content[30] ^= 1


def _cut(content: bytearray) -> None:
    del content[len(content) // 2 :]


def _twice(folder: Path) -> Arguments:
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(folder / "data.zip", "w") as opened:
        opened.writestr(MEMBER, TEXT)
        opened.writestr(MEMBER, b"{}")
    return ZIP


def _symlink_member(folder: Path) -> Arguments:
    member = zipfile.ZipInfo(MEMBER)
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(folder / "data.zip", "w") as opened:
        opened.writestr(member, b"/etc/passwd")
    return ZIP


def _zipped_image(folder: Path) -> Arguments:
    write(folder, FILE, TEXT)
    write(folder, f"images/{IMAGE}", b"")
    zip_folder(folder / "images", folder / "images.zip")
    return (*COCO, "--image-root", "images.zip", "--images", "symlink")


ONE = {MEMBER: TEXT}
OF_MEMBER = f"data.zip/{MEMBER}: "

ARCHIVES = [
    Bad("a file that is not a zip", tree({"data.zip": b"not a zip" * 9}, *ZIP), ("data.zip: ",)),
    Bad("an empty zip file", tree({"data.zip": b""}, *ZIP), ("data.zip: ",)),
    Bad("a truncated zip", archive(ONE, _cut), ("data.zip: ",)),
    Bad("a zip without members", archive({}), ("data.zip: found no *_polygons.json",)),
    Bad("a zip without annotations", archive({"gtFine/readme": b""}), ("data.zip: found no *_polygons.json",)),
    Bad("a zip with a folder named like an annotation", archive({f"{MEMBER}/": b""}), ("data.zip: found no",)),
    Bad("a damaged member", archive(ONE, _damage), (OF_MEMBER,)),
    Bad("a wrong checksum", archive(ONE, number(7, 4, local=14, central=16)), (OF_MEMBER, "CRC")),
    Bad("an encrypted member", archive(ONE, number(1, 2, local=6, central=8)), (OF_MEMBER, "encrypted")),
    Bad("an unknown compression", archive(ONE, number(99, 2, local=8, central=10)), (OF_MEMBER, "method 99")),
    Bad("deflate64 compression", archive(ONE, number(14, 2, local=8, central=10)), (OF_MEMBER, "method")),
    Bad("a member that claims to be shorter", archive(ONE, number(50, 4, local=22, central=24)), (OF_MEMBER,)),
    Bad(
        "a member that claims to be longer", archive(ONE, number(10**7, 4, local=22, central=24)), (OF_MEMBER, "fewer")
    ),
    Bad(
        "a member that claims to be huge",
        archive(ONE, number(2**32 - 2, 4, local=22, central=24)),
        (OF_MEMBER, "CITYCONV_MAX_ANNOTATION_BYTES"),
    ),
    Bad("a member with a wrong offset", archive(ONE, number(2**31, 4, local=None, central=42)), ("data.zip",)),
    Bad("a member with two names", archive(ONE, _rename_local), (OF_MEMBER, "differ")),
    Bad("a duplicate member", _twice, (OF_MEMBER, "describes the same frame as")),
    Bad("a member that is a symbolic link", _symlink_member, (OF_MEMBER, "symbolic link")),
    Bad("a decompression bomb", archive({MEMBER: bytes(2**24 + 1)}), (OF_MEMBER, "16,777,217 bytes")),
    Bad(
        "a member above a lowered limit",
        archive(ONE),
        (OF_MEMBER, "CITYCONV_MAX_ANNOTATION_BYTES"),
        variables={"CITYCONV_MAX_ANNOTATION_BYTES": "100"},
    ),
    Bad(
        "a member whose split is ..", archive({MEMBER.replace("train", ".."): TEXT}), ("data.zip/", "'..' cannot name")
    ),
    Bad("a bad annotation in a zip", archive({MEMBER: b"{}"}), (OF_MEMBER, "`imgHeight`")),
    Bad("a link to an image in a zip", _zipped_image, (f"images.zip/{IMAGE}: ", "cannot be linked"), 2),
]

# Class maps and recipes


def class_map(name: str, content: bytes | str, *says: str) -> Bad:
    """Return the entry of a class map that is refused."""
    build = tree({FILE: TEXT, "map.toml": content}, *COCO, "--class-map", "map.toml")
    return Bad(name, build, ("map.toml: ", *says), 2)


def recipe(name: str, content: bytes | str, *says: str) -> Bad:
    """Return the entry of a recipe that is refused."""
    return Bad(name, tree({FILE: TEXT, "it.toml": content}, "run", "it.toml", "-j", "1"), ("it.toml: ", *says), 2)


HEAD = 'source = "data"\nout = "out"\n'

CLASS_MAPS = [
    class_map("a class map that is not TOML", "[classes]\ncar == 1", "line 2"),
    class_map("a class map that is empty", "", "[classes]"),
    class_map("a class map that is not UTF-8", b"[classes]\n\xff = 1", "UTF-8", "line 2"),
    class_map("a class map without its table", "car = ['car']", "[classes]"),
    class_map("a class map with another table", "[classes]\ncar = ['car']\n[more]", "[classes]"),
    class_map("a class map that maps nothing", "[classes]", "[classes]"),
    class_map("a class map with a number", "[classes]\ncar = 26", "`classes.car`"),
    class_map("a class map with a string", "[classes]\ncar = 'car'", "`classes.car`"),
    class_map("a class map with an empty list", "[classes]\ncar = []", "`classes.car`"),
    class_map("a class map with a number in a list", "[classes]\ncar = ['car', 26]", "`classes.car`"),
    class_map("a class map with an unknown label", "[classes]\nship = ['spaceship']", "'spaceship'", "`classes.ship`"),
    class_map(
        "a class map that maps a label twice", "[classes]\na = ['car']\nb = ['car']", "mapped twice", "`classes.b`"
    ),
    class_map("a class map with a duplicate key", "[classes]\na = ['car']\na = ['bus']\nb = ['bus']", "line 3"),
    *(
        class_map(f"a class called {written}", f"[classes]\n{written} = ['car']", "cannot name a class")
        for written in ('"../x"', r'"a\nb"', '""', '".."', '"<a>"', '"a/b"', rf'"{"a" * 101}"', r'"\u202ea"')
    ),
    class_map("a class map with a very long line", f"[classes]\na{'.a' * 10_000} = 1", "line 2"),
    class_map("a class map that is very long", "[classes]\n" + "# more\n" * 10_000, "65,536"),
    class_map("a class map nested too deeply", f"[classes]\na = {'[' * 3000}", "nested too deeply"),
    Bad("a class map that does not exist", frame(CAR, *COCO, "--class-map", "no.toml"), ("no.toml: no such file",), 2),
    Bad("a class map that is a folder", frame(CAR, *COCO, "--class-map", "data"), ("data: is a directory",), 2),
]

RECIPES = [
    recipe("a recipe that is not TOML", HEAD + "[outputs.coco\n", "line 3"),
    recipe("a recipe that is empty", "", "[outputs.NAME]"),
    recipe("a recipe without outputs", HEAD, "[outputs.NAME]"),
    recipe("a recipe whose outputs are a list", HEAD + "outputs = ['coco']", "[outputs.NAME]"),
    recipe("a recipe with an output that is not a table", HEAD + "outputs.coco = 1", "[outputs.NAME]"),
    recipe("a recipe without a source", 'out = "out"\n[outputs.coco]', "`source`"),
    recipe("a recipe without an out", 'source = "data"\n[outputs.coco]', "`out`"),
    recipe("a recipe with a number as a path", 'source = 1\nout = "out"\n[outputs.coco]', "`source`"),
    recipe("a recipe with a null character in a path", 'source = "a\\u0000"\nout = "out"\n[outputs.coco]', "`source`"),
    recipe("a recipe with an unknown key", HEAD + "more = 1\n[outputs.coco]", "`more`"),
    recipe("a recipe with an unknown key of an output", HEAD + "[outputs.coco]\nmore = 1", "`outputs.coco.more`"),
    recipe("a recipe with a key of two lines", HEAD + '"a\\nb" = 1\n[outputs.coco]', "unknown key", r"`a\nb`"),
    recipe("a recipe with an unknown format", HEAD + "[outputs.png]", "'png'", "`outputs.png.format`"),
    recipe("a recipe with a number as a format", HEAD + "[outputs.a]\nformat = 1", "`outputs.a.format`"),
    recipe("a recipe with an output called ../x", HEAD + '[outputs."../x"]\nformat = "coco"', "'../x'", "`outputs`"),
    recipe("a recipe with a hidden output", HEAD + '[outputs.".cityconv"]\nformat = "coco"', "`outputs`"),
    recipe("a recipe with a wrong type", HEAD + '[outputs.coco]\nmin-area = "1"', "`outputs.coco.min-area`"),
    recipe("a recipe with a value out of range", HEAD + "[outputs.coco]\nmin-area = 0", "`outputs.coco.min-area`"),
    recipe("a recipe with a wrong choice", HEAD + '[outputs.coco]\ntask = "all"', "`outputs.coco.task`"),
    recipe("a recipe with a number as a split", HEAD + "split = [1]\n[outputs.coco]", "`split"),
    recipe("a recipe with a very long line", HEAD + f"a{'.a' * 10_000} = 1", "line 3"),
    Bad("a recipe that does not exist", tree({}, "run", "it.toml"), ("it.toml: no such file",), 2),
]

# Output and usage


def usage(name: str, says: str, *options: str, **variables: str) -> Bad:
    """Return the entry of a command line that is refused."""
    return Bad(name, frame(CAR, *COCO, *options), (says,), 2, variables)


JSON_OUT = "out/annotations/instances_train.json"

OUTPUTS = [
    Bad("an output that exists", tree({FILE: TEXT, JSON_OUT: b"mine"}), (f"{JSON_OUT}: already exists",)),
    Bad("an output that is a file", tree({FILE: TEXT, "out": b"mine"}), ("out",)),
    Bad("an output below a file", tree({FILE: TEXT, "a": b"mine"}, "coco", "data", "-o", "a/b", "-j", "1"), ("a",)),
    Bad(
        "a file where the output needs a folder", tree({FILE: TEXT, "out/annotations": b"mine"}), ("out/annotations: ",)
    ),
    Bad(
        "a folder where the output needs a file",
        tree({FILE: TEXT, f"{JSON_OUT}/": b""}, *COCO, "--overwrite"),
        (f"{JSON_OUT}", "folder exists where a file is needed"),
    ),
    Bad(
        "an output with an unfinished run",
        tree({FILE: TEXT, "out/.cityconv/a": b""}),
        ("out: contains an unfinished run",),
    ),
    Bad("an output with a name that is too long", frame(CAR, "coco", "data", "-o", "o" * 300), ("ooo", "too long")),
]

USAGE = [
    usage("an unknown class", "--classes: unknown class 'ship'", "--classes", "car,ship"),
    usage("a class of two lines", r"unknown class 'a\nb'", "--classes", "a\nb"),
    usage("a duplicate class", "--classes: 'car' is duplicated", "--classes", "car,car"),
    usage("an empty list of classes", "--classes: unknown class ''", "--classes", ""),
    usage("classes and a class map", "cannot be combined", "--classes", "car", "--class-map", "map.toml"),
    usage("a file name outside the output", "--name-template: '../x.json'", "--name-template", "../x.json"),
    usage("a file name with an unknown field", "--name-template: '{city}.json'", "--name-template", "{city}.json"),
    usage("an empty file name", "--name-template: ''", "--name-template", ""),
    usage(
        "a limit that is not a number",
        "CITYCONV_MAX_PIXELS: must be a positive integer, not 'many'",
        CITYCONV_MAX_PIXELS="many",
    ),
    usage("a limit of zero", "CITYCONV_MAX_PIXELS: must be a positive integer, not '0'", CITYCONV_MAX_PIXELS="0"),
    usage("an unknown limit", "CITYCONV_MAX_LUCK: unknown limit", CITYCONV_MAX_LUCK="7"),
    usage("an unknown option", "--sorcery", "--sorcery"),
    usage("an unknown choice", "--task: unknown value 'all'", "--task", "all"),
    usage("a number of jobs that is not a number", "--jobs: input should be a valid integer", "-j", "many"),
    usage("zero jobs", "--jobs: input should be greater", "-j", "0"),
    usage("an area of zero", "--min-area: input should be greater", "--min-area", "0"),
    Bad("no source", tree({}, "coco", *END), ("missing SRC",), 2),
    Bad("no output", frame(CAR, "coco", "data"), ("missing --out",), 2),
    Bad("an unknown command", tree({}, "convert"), ("'convert'",), 2),
]

BAD: list[Bad] = [
    *DOCUMENTS,
    *SIZES,
    *OBJECTS,
    *LABELS,
    *POLYGONS,
    *TREES,
    *ARCHIVES,
    *CLASS_MAPS,
    *RECIPES,
    *OUTPUTS,
    *USAGE,
]

# Odd but valid input

DELETED = {"label": "?", "polygon": [], "deleted": 1}
EMPTY = {"label": "car", "polygon": [], "deleted": 0}
BESIDE = "__MACOSX/gtFine/train/aachen/._aachen_000000_000019_gtFine_polygons.json"

PLAIN = Odd("the plain data set", frame(CAR))


def _loop(folder: Path) -> Arguments:
    write(folder, FILE, TEXT)
    (folder / "data/gtFine/.again").symlink_to(folder / "data")
    (folder / "data/again").symlink_to(folder / "data")
    return COCO


def _junk_in_front(content: bytearray) -> None:
    content[:0] = b"#!/bin/sh\nexit 1\n"


ODD = [
    Odd("a byte order mark", frame(b"\xef\xbb\xbf" + TEXT)),
    Odd("whitespace around the document", frame(b"\n\n " + TEXT + b" \r\n\t")),
    Odd("a duplicate key: the last one counts", frame(b'{"imgHeight": 7, "objects": [], ' + TEXT[1:])),
    Odd("unknown keys", frame(CAR | {"imgDepth": None, "more": {"objects": [[[1e9]]]}})),
    Odd("a label with escapes", frame(TEXT.replace(b'"car"', rb'"\u0063\u0061\u0072"'))),
    Odd("coordinates with fractions", frame(with_first_point("[-0.9, 9.99]"))),
    Odd("coordinates with exponents", frame(with_first_point("[-0.0, 9E0]"))),
    Odd(
        "an object with an empty polygon",
        frame(CAR | {"objects": [*CAR["objects"], DELETED | {"label": "car", "deleted": 0}]}),
    ),
    Odd("a deleted object that is malformed", frame(CAR | {"objects": [*CAR["objects"], DELETED]})),
    Odd("a cycle of links", _loop),
    Odd("files that macOS adds", tree({FILE: TEXT, FILE.replace("aachen_", "._aachen_"): b"\0"})),
    Odd("a member with backslashes", archive({MEMBER.replace("/", "\\"): TEXT})),
    Odd("an absolute member", archive({f"/{MEMBER}": TEXT})),
    Odd("a member with a drive letter", archive({f"C:/{MEMBER}": TEXT})),
    Odd("a member with a path out of the zip", archive({f"../../{MEMBER}": TEXT})),
    Odd("a zip after a script", archive(ONE, _junk_in_front)),
    Odd("a zip with other files", archive({MEMBER: TEXT, "../x": b"", BESIDE: b"\0"})),
]
