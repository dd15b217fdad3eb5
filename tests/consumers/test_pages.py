"""The pages on formats: their commands run, and so does the Python that loads what they made."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands import run_inline
from tests.test_docs import ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs/formats").glob("*.md"))


def run_commands(page: str, folder: Path) -> None:
    """Run the commands of a page, one after the other, in a folder."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines]
    assert len(commands) > 2
    for program, *words in commands:
        assert program == "cityconv"
        outcome = run_inline(*words, cwd=folder)
        assert outcome.status == 0, f"{words}\n{outcome.err}"


@pytest.fixture
def prepare(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A function that makes ready what a piece of Python imports, or skips the test."""

    def prepared(code: str) -> None:
        for consumer, fixture in (
            ("torchvision", "torchvision"),
            ("ultralytics", "ultralytics"),
            ("datasets", "_offline"),
        ):
            if f"from {consumer}" in code:
                request.getfixturevalue(fixture)

    return prepared


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_and_the_python_of_the_page_run(
    page: str, prepare: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = blocks(page, "python")
    assert code
    run_commands(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    for block in code:
        prepare(block)
        exec(compile(block, page, "exec"), {})
