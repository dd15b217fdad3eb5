"""Wrong command lines: one form for all errors, a suggestion for what is misspelled, and nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import tree_of, write_dataset
from tests.commands import cityconv, run_inline

if TYPE_CHECKING:
    from pathlib import Path

CONVERT = ("coco", "city", "-o", "out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dataset(tmp_path / "city")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "error", "meant"),
    [
        (("cooc",), "unknown command 'cooc'", "coco"),
        (("--versoin",), "unknown option --versoin", "--version"),
        ((*CONVERT, "--sizee", "50%"), "unknown option --sizee", "--size"),
        ((*CONVERT, "--task", "instnce"), "--task: unknown value 'instnce'", "instance"),
        ((*CONVERT, "--images", "copi"), "--images: unknown value 'copi'", "copy"),
        ((*CONVERT, "--read", "labelids"), "--read: unknown value 'labelids'", "labelIds"),
        ((*CONVERT, "--split", "trian"), "city: no split named 'trian'", "train"),
        ((*CONVERT, "--city", "achen"), "city: no city named 'achen'", "aachen"),
        ((*CONVERT, "--classes", "car,bicicle"), "--classes: unknown class 'bicicle'", "bicycle"),
        ((*CONVERT, "--classes", "instance"), "--classes: unknown class 'instance'", "instances"),
        ((*CONVERT, "--labels", "citiscapes"), "not a label table: 'citiscapes'", "cityscapes"),
        ((*CONVERT, "--category-ids", "tarin"), "--category-ids: unknown scheme 'tarin'", "train"),
        (("labelmap", "city", "-o", "out", "--kind", "labelsId"), "--kind: unknown kind 'labelsId'", "labelIds"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_is_misspelled_has_a_suggestion(arguments: tuple[str, ...], error: str, meant: str, folder: Path) -> None:
    before = tree_of(folder)
    assert run_inline(*arguments, cwd=folder) == (2, "", f"error: {error}\nhint: did you mean '{meant}'?\n")
    assert tree_of(folder) == before


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("coco",), "missing SRC"),
        (("coco", "city"), "missing --out"),
        (("coco", "city", "more", "-o", "out"), "got unexpected extra argument"),
        ((*CONVERT, "-j", "two"), "--jobs: "),
        ((*CONVERT, "--min-area", "0"), "--min-area: "),
        ((*CONVERT, "--qqq"), "unknown option --qqq"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_another_mistake_is_one_line_and_a_hint_at_the_help(
    arguments: tuple[str, ...], error: str, folder: Path
) -> None:
    outcome = run_inline(*arguments, cwd=folder)
    assert (outcome.status, outcome.out) == (2, "")
    line, hint = outcome.err.splitlines()
    assert line.startswith(f"error: {error}")
    assert "Value error" not in line
    assert hint == "hint: `cityconv coco --help` shows the usage"


def test_a_value_that_is_left_out_is_one_line() -> None:
    outcome = run_inline("coco", "city", "-o")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1


def test_without_a_command_the_help_is_printed_as_an_error() -> None:
    outcome = run_inline()
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: cityconv ")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("cityconv la", {"labelmap", "labels"}),
        ("cityconv coco --tas", {"--task"}),
        ("cityconv coco --task ", {"instance", "semantic", "detection"}),
        ("cityconv coco --images s", {"symlink"}),
        ("cityconv coco --images zzz", set()),
    ],
)
def test_bash_is_offered_commands_options_and_values(words: str, offered: set[str]) -> None:
    outcome = cityconv(_CITYCONV_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
    assert (outcome.status, outcome.err) == (0, "")
    assert set(outcome.out.split()) == offered
