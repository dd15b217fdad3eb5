"""A `labels.py`, read as data: what is read, and that nothing in it is ever run."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from cityconv.source.labels.table import Label
from tests.source.labels.tables import complaint, load

if TYPE_CHECKING:
    from pathlib import Path

# As people's files look: the head and tail of the official one, made up here.
USUAL = '''#!/usr/bin/python
"""Labels."""
from __future__ import print_function, absolute_import, division
from collections import namedtuple
Label = namedtuple( 'Label' , [
    'name'        , # a comment
    'id'          ,
    'trainId'     , 'category', 'categoryId', 'hasInstances', 'ignoreInEval', 'color',
    ] )
labels = [
    #       name       id    trainId   category   catId  hasInstances  ignoreInEval   color
    Label(  'road'   ,  7 ,        0 , 'flat'   , 1     , False        , False        , (128, 64,128) ),
    Label(  'car'    , 26 ,        1 , 'vehicle', 7     , True         , False        , [  0,  0,142] ),
    Label(  'plate'  , -1 ,       -1 , 'vehicle', 7     , False        , True         , (  0,  0,142) ),
]
name2label      = { label.name    : label for label in labels           }
trainId2label   = { label.trainId : label for label in reversed(labels) }
category2labels = {}
for label in labels:
    category = label.category
    if category in category2labels:
        category2labels[category].append(label)
    else:
        category2labels[category] = [label]
def assureSingleInstanceName( name ):
    print(name)
if __name__ == "__main__":
    print("{:>21}".format(labels[0].name))
'''
LABELS = (
    Label("road", 7, 0, "flat", 1, False, False, (128, 64, 128)),
    Label("car", 26, 1, "vehicle", 7, True, False, (0, 0, 142)),
    Label("plate", -1, -1, "vehicle", 7, False, True, (0, 0, 142)),
)


def test_a_file_as_people_edit_it_is_read(tmp_path: Path) -> None:
    table = load(tmp_path, "labels.py", USUAL)
    assert table.labels == LABELS
    assert table.more_schemes == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("labels = [", "labels: list[Label] = ["),
        ("labels = [", "import numpy as np\nlabels = ["),
        ("category2labels = {}", "category2labels = dict()\ncolors = np.array([label.color for label in labels])"),
        ("Label = namedtuple( 'Label' , [", "import collections\nLabel = collections.namedtuple('Label', ["),
        (
            "Label = namedtuple( 'Label' , [\n    'name'",
            "X = namedtuple('X', ['id'])\nLabel = namedtuple('L', [\n'name'",
        ),
        ('"""Labels."""', '"\\d"'),
    ],
)
def test_variants_are_read_alike_and_in_silence(tmp_path: Path, old: str, new: str) -> None:
    assert old in USUAL
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(tmp_path, "labels.py", USUAL.replace(old, new)).labels == LABELS


@pytest.mark.parametrize(
    "text",
    [
        "from other import Label\nlabels = [Label('car', 26, 1, 'vehicle', 7, True, False, (0, 0, 142))]",
        "labels = (Row('car', 26, 1, 'vehicle', 7, True, False, color=(0, 0, 142)),)",
        "from collections import namedtuple as n\nfrom x import *\n"
        "labels = [Label(id=26, name='c' 'ar', trainId=1, category='vehicle', categoryId=7, hasInstances=True,\n"
        "ignoreInEval=False, color=(0, 0, 0x8e))]",
        "Row = namedtuple('Row', 'color name, id trainId,category catId hasInstances ignoreInEval')\n"
        "labels = [Row((0, 0, 142), 'car', 26, 1, 'vehicle', 7, True, False)]",
        "class Label(NamedTuple):\n    'A row.'\n    name: str\n    id: int\n    category: str = 'vehicle'\n"
        "    categoryId: int = 7\n    trainId: int = 1\n    color: tuple = (0, 0, 142)\n"
        "labels = [Label('car', 26)]",
    ],
)
def test_rows_of_any_form_are_read(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, "labels.py", text).labels == (LABELS[1],)


def test_columns_of_ones_own_are_schemes_and_others_are_passed_over(tmp_path: Path) -> None:
    table = load(
        tmp_path,
        "labels.py",
        "Label = namedtuple('Label', ['name', 'id', 'csId', 'level3Id', 'level2IdName', 'comment'])\n"
        "labels = [Label('road', 0, 7, 0, 'drivable', None), Label('car', 12, 26, 9, 'vehicle', 'x')]",
    )
    assert table.more_schemes == ("csId", "level3Id")
    assert [(label.category, label.more) for label in table.labels] == [("drivable", (7, 0)), ("vehicle", (26, 9))]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.system('touch RAN')",
        "x = open('RAN', 'w')",
        "__import__('os').system('touch RAN')",
        "x = __import__('pathlib').Path('RAN').touch()",
        'x: int = exec(\'open("RAN", "w")\')',
        "for x in [open('RAN', 'w')]:\n    pass",
        "with open('RAN', 'w'):\n    pass",
        "while open('RAN', 'w'):\n    pass",
        "if open('RAN', 'w'):\n    pass",
        "assert open('RAN', 'w')",
        "x = [open('RAN', 'w') for _ in range(3)]",
        "x = (lambda: open('RAN', 'w'))()",
        'x = f\'{open("RAN", "w")}\'',
        "make_labels()",
        "print(labels)",
    ],
)
def test_other_code_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.chdir(tmp_path)
    problem = complaint(tmp_path, "labels.py", USUAL + code)
    line = USUAL.count("\n") + 1 + code.startswith("import")
    assert problem.startswith("refused, not run: ")
    assert problem.endswith(f" - at line {line}")
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize(
    "code", ["labels = [Label(open('RAN', 'w'))]", "labels = [Label('a', __import__('os').abort())]"]
)
def test_calls_inside_rows_are_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert complaint(tmp_path, "labels.py", code).startswith("refused, not run: ")
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize(
    "code",
    [
        "labels = labels[1:]",
        "labels: tuple = ()",
        "labels[0] = labels[1]",
        "x = labels.pop()",
        "for x in [1]:\n    labels += [x]",
        "for labels in [[]]:\n    pass",
        "x = (labels := [])",
    ],
)
def test_a_list_that_running_would_change_is_refused(tmp_path: Path, code: str) -> None:
    line = USUAL.count("\n") + 1 + ("+=" in code)
    assert complaint(tmp_path, "labels.py", USUAL + code).endswith(f" - at line {line}")


PAIR = "Label = namedtuple('Label', ['name', 'id'])\nlabels = [Label("  # and the rest of the first row


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no list `labels`"),
        ("label = []", "no list `labels`"),
        ("labels = []", "no labels"),
        ("labels = {}", "expected labels = [Label(...), ...] - at line 1"),
        ("labels = list(x)", "expected labels = [Label(...), ...] - at line 1"),
        ("labels = [\n\n*others]", "expected Label(...) - at line 3"),
        ("labels = [\n('car', 1)]", "expected Label(...) - at line 2"),
        ("labels = [Label('a'),\ndict(name='b')]", "missing id - at line 1"),
        ("labels = [Label('a', 1, 1, 'c', 1, True, False, (0, 0, 0)),\ndict()]", "expected Label(...) - at line 2"),
        ("labels = [\nLabel('car', 1, 2, 3, 4, 5, 6, 7, 8)]", "9 values for 8 fields - at line 2"),
        ("labels = [Label('car', 1,\nname='x')]", "'name' is given twice - at line 2"),
        ("labels = [Label('car', nme='x')]", "'nme' is not a field - at line 1"),
        ("labels = [Label(**x)]", "'**' is not a field - at line 1"),
        ("labels = [Label(*x)]", "expected a literal value - at line 1"),
        ("labels = [Label('car',\nCAR)]", "expected a literal value - at line 2"),
        ("labels = [Label('car', {[]: 1})]", "expected a literal value - at line 1"),
        ("labels = [Label(f'car')]", "expected a literal value - at line 1"),
        ("L = namedtuple('L', FIELDS)\nlabels = [L(1)]", "expected a literal value - at line 1"),
        ("L = namedtuple('L', 3)\nlabels = [L(1)]", "expected namedtuple(NAME, [FIELD, ...]) - at line 1"),
        ("L = M\nlabels = [L(1)]", "expected namedtuple(NAME, [FIELD, ...]) - at line 1"),
        ("class L: pass\nlabels = [L(1)]", "no annotated fields in class L - at line 1"),
        ("L = namedtuple('L', 'id')\nL = namedtuple('L', 'name')\nlabels = [L(1)]", "L is defined twice - at line 2"),
        (PAIR + "'a\\nb', 1)]", "a control character in the name 'a\\nb' - at line 2"),
        (PAIR + "'a', 1),\nLabel('b', 1)]", "'b' has the id 1 of 'a' - at line 3"),
        (PAIR + "'a', 1),\nLabel('a', 2)]", "duplicate name 'a' - at line 3"),
        (PAIR + "b'a', 1)]", "expected a name - at line 2"),
        (PAIR + "'a', None)]", "missing id - at line 2"),
        (PAIR + "'\\ud800', 1)]", "a control character in the name '\\ud800' - at line 2"),
        (PAIR + f"'a', 0x{'f' * 9000})]", "id must be an integer from -1 to 65535 - at line 2"),
        ("labels = [\n", "not Python 3: '[' was never closed - at line 1"),
        ("labels = [Label('road', 1 2)]", "not Python 3: invalid syntax. Perhaps you forgot a comma? - at line 1"),
        ("labels = " + "-" * 20_000 + "1", "nested too deeply"),
        ("labels = " + "1+" * 20_000 + "1", "nested too deeply"),
        ("labels = [\n" + "Label(),\n" * 20_000 + "]", "missing name - at line 2"),
        ("x = 1\n" * 200_000, "more than 1,048,576 bytes"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    assert complaint(tmp_path, "labels.py", text) == problem
