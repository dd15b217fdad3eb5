"""Every reader of docs/readers.md loads what cityconv wrote."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import cityconv
from tests.consumers.reader import Reader
from tests.consumers.readers import READERS, SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[[str], Path]

# The fixtures that prepare packages.
_PREPARED = {
    "torchvision": "torchvision",
    "transformers": "torchvision",
    "rfdetr": "torchvision",
    "ultralytics": "ultralytics",
    "mmdet": "mmcv_operators",
}


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A function that runs a command beside the sample, once for all readers, and returns the folder."""
    folder = tmp_path_factory.mktemp("readers")
    done: set[str] = set()

    def ran(command: str) -> Path:
        if command not in done:
            outcome = cityconv(*shlex.split(command)[1:], cwd=folder)
            assert outcome.status == 0, outcome.err
            done.add(command)
        return folder

    ran(SAMPLE)
    return ran


class _Operators(ModuleType):
    """Stands in for the compiled operators of mmcv, which no wheel on PyPI has. Its loaders of data use none."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


@pytest.fixture
def mmcv_operators(monkeypatch: pytest.MonkeyPatch, torchvision: ModuleType) -> None:
    """Let mmdetection be imported without compiled operators."""
    monkeypatch.setitem(sys.modules, "mmcv._ext", _Operators("mmcv._ext"))


@pytest.mark.parametrize("reader", [reader for reader in READERS if reader.code], ids=lambda reader: reader.framework)
def test_it_finds_as_many_images_and_objects_as_the_page_says(
    reader: Reader, run: Run, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package, fixture in _PREPARED.items():
        if package in reader.code:
            request.getfixturevalue(fixture)
    if "ultralytics" in reader.code:  # torchvision's operators are not compiled beside this build of torch
        monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    name, _, tested = reader.version.partition("==")
    assert version(name) == tested
    monkeypatch.chdir(run(reader.command))
    found: dict[str, Any] = {}
    exec(compile(reader.code, reader.framework, "exec"), found)
    assert (found.get("images"), found.get("objects")) == (reader.images, reader.objects)
