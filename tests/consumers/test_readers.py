"""Every reader of docs/readers.md loads what cityconv wrote."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import cityconv
from tests.consumers.reader import Reader
from tests.consumers.readers import READERS, SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet

    Run = Callable[[str], Path]

_PREPARED = {  # the fixtures that make ready what code imports
    "torchvision": ["torchvision"],
    "transformers": ["torchvision"],
    "rfdetr": ["torchvision"],
    "ultralytics": ["ultralytics", "_suppression"],
    "datasets": ["_offline"],
    "mmdet": ["_operators"],
    "mmseg": ["_operators"],
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


@pytest.fixture
def _suppression(torchvision: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ultralytics suppress boxes by itself: torchvision's operators do not fit every build of torch."""
    from ultralytics.utils.nms import TorchNMS

    monkeypatch.setattr(torchvision.ops, "nms", TorchNMS.nms)


class _Operators(ModuleType):
    """Stands in for the compiled operators of mmcv, which no wheel on PyPI has. Its loaders of data use none."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


@pytest.fixture
def _operators(monkeypatch: pytest.MonkeyPatch, torchvision: ModuleType) -> None:
    """Let mmdetection and mmsegmentation be imported without compiled operators."""
    monkeypatch.setitem(sys.modules, "mmcv._ext", _Operators("mmcv._ext"))


def _is_installed(requirement: str) -> bool:
    """Return whether the tested version of a package is installed, given as `name==version`."""
    name, _, tested = requirement.partition("==")
    try:
        return version(name) == tested
    except PackageNotFoundError:
        return False


def _parameters() -> list[ParameterSet]:
    """Return the readers that can be run; those that are not installed are skipped."""
    return [
        pytest.param(
            reader,
            id=reader.framework,
            marks=pytest.mark.skipif(not _is_installed(reader.version), reason=f"{reader.version} is not installed"),
        )
        for reader in READERS
        if reader.code
    ]


@pytest.mark.parametrize("reader", _parameters())
def test_it_finds_as_many_images_and_objects_as_the_page_says(
    reader: Reader, run: Run, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for import_, fixtures in _PREPARED.items():
        if f"from {import_} " in reader.code or f"from {import_}." in reader.code:
            for fixture in fixtures:
                request.getfixturevalue(fixture)
    monkeypatch.chdir(run(reader.command))
    found: dict[str, Any] = {}
    exec(compile(reader.code, reader.framework, "exec"), found)
    assert (found.get("images"), found.get("objects")) == (reader.images, reader.objects)
