"""The reader of `data.yaml` on hostile and broken content: an error that names the place, at once."""

from __future__ import annotations

import numpy as np
import pytest

from cityconv.check.allowance import ExhaustedError, MaskAllowance
from cityconv.check.reading import DamagedError
from cityconv.formats.yolo.reader import Description, fill, parse_description, parse_row

SPLITS = "train: images/train\nval: images/val\n"
DIGITS = "9" * 5000


def nested(value: str) -> str:
    """Return lines in which each refers nine times to the one before: 9 ** 9 values when expanded."""
    lines = ["a0: &a0 {k: v}\n"]
    for level in range(1, 10):
        aliases = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} {value % aliases}\n")
    return "".join(lines)


BAD = {
    "masks that are no folder": (f"{SPLITS}masks_dir: [masks]\n", "masks_dir: not text"),
    "a mapping that is a list": (f"{SPLITS}label_mapping: [7]\n", "label_mapping: not a mapping"),
    "a mapping to text": (
        f"{SPLITS}label_mapping: {{7: road}}\n",
        "label_mapping: a key or value that is not a number",
    ),
    "nothing": ("", "the file is empty"),
    "a comment": ("# names\n", "the file is empty"),
    "a list": ("- train\n", "not a mapping"),
    "text": ("train", "not a mapping"),
    "broken YAML": ("train: [\n", "line 2: not valid YAML"),
    "two documents": ("train: a\n---\nval: b\n", "line 2: not valid YAML"),
    "a control character": ("train: \x00\n", "not valid YAML"),
    "a folder that is a number": ("train: 3\n", "train: not a folder or a list of folders"),
    "a split without folders": ("train: []\n", "train: not a folder"),
    "a split that is null": ("val:\n", "val: not a folder"),
    "nested folders": ("train: [[a]]\n", "train: not a folder"),
    "a list that contains itself": ("train: &a [*a]\n", "train: not a folder"),
    "a path that is not text": ("path: [a]\n", "path: not text"),
    "a name that is not text": (f"{SPLITS}names: [1]\n", "names: a name that is not text"),
    "names that are text": (f"{SPLITS}names: car\n", "names: not a list or a mapping"),
    "names that begin at 1": (f"{SPLITS}names: {{1: car}}\n", "names: not numbered from 0 to 0"),
    "names with a gap": (f"{SPLITS}names: {{0: car, 2: bus}}\n", "names: not numbered from 0 to 1"),
    "names with keys of several types": (f"{SPLITS}names: {{0: car, x: bus}}\n", "names: not numbered from 0 to 1"),
    "another number of names": (f"{SPLITS}names: [car]\nnc: 2\n", "nc: not the number of names, 1"),
    "aliases that explode": (f"{nested('[%s]')}{SPLITS}names: *a9\n", "names: a name that is not text"),
    "merge keys that explode": (nested("{<<: [%s]}"), "line 2: not valid YAML: merge keys are not supported"),
    "tagged merge keys": (nested("{!!merge m: [%s]}"), "merge keys are not supported"),
    "a number of 5,000 digits": (f"{SPLITS}names: [{DIGITS}]\n", "not valid YAML: ValueError"),
    "a class number of 5,000 digits": (f"{SPLITS}names:\n  ? 0x{DIGITS}\n  : car\n", "names: not numbered from 0 to 0"),
    "a count of 5,000 digits": (f"{SPLITS}names: [car]\nnc: 0x{DIGITS}\n", "nc: not the number of names, 1"),
    "an invalid date": ("train: 2001-99-99\n", "not valid YAML: ValueError"),
    "an invalid tag": ('train: !!int ""\n', "not valid YAML: IndexError"),
    "a Python object": ("train: !!python/object/apply:os.getcwd []\n", "line 1: not valid YAML"),
    "deep nesting": (f"train: {'[' * 5000}", "not valid YAML: RecursionError"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_bad_description_is_an_error_that_names_the_place(content: str, message: str) -> None:
    with pytest.raises(DamagedError) as caught:
        parse_description(content)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_description_is_read_as_ultralytics_reads_it() -> None:
    text = "train: a\nval: [b, c/]\nnames: {'0': car, 1: 'off'}\nother: [1]\nnc: 2\ntest: d # e\n"
    folders = {"train": ["a"], "val": ["b", "c/"], "test": ["d"]}
    assert parse_description(text) == Description(None, folders, ["car", "off"], None, {})


RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize("number", [100_000, 2_000_000])
def test_an_outline_that_takes_long_to_fill_is_an_error(number: int) -> None:
    points = RANDOM.random((number, 2)) * (2048, 1024)
    with pytest.raises(ExhaustedError):
        fill(points, MaskAllowance(1024, 2048).take)


def test_outlines_of_real_objects_may_be_as_many_as_objects() -> None:
    angles = np.linspace(0, 2 * np.pi, 1_000)
    points = np.stack((1024 + 200 * np.cos(angles), 512 + 200 * np.sin(angles)), axis=1)
    allowance = MaskAllowance(1024, 2048)
    masks = [fill(points, allowance.take) for _ in range(300)]
    assert {mask.area for mask in masks} == {masks[0].area}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2 0.5 0.5 0.1 1.5", "coordinate 1.5 is not between 0 and 1"),
        ("2 0.5 nan 0.1 0.1", "coordinate nan is not between 0 and 1"),
        ("2 0.5 ein 0.1 0.1", "coordinate 'ein' is not a number"),
        ("2 0.5 0_1 0.1 0.1", "coordinate '0_1' is not a number"),
        ("2 0.5  0.1 0.1", "coordinate '' is not a number"),
    ],
)
def test_a_bad_coordinate_is_an_error_that_names_it(text: str, message: str) -> None:
    with pytest.raises(DamagedError, match=f"^{message}$"):
        parse_row(text, "detect")
