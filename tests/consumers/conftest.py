"""One synthetic data set and its conversions, for other people's readers; and what those need to start at all."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.commands import run_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    Convert = Callable[..., Path]

_FRAMES = "8"


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests of this folder. Warnings of other people's packages are theirs; ours stay errors."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.consumers)
            item.add_marker(pytest.mark.filterwarnings("ignore", "error:::cityconv"))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic data set with images, in the layout of Cityscapes."""
    root = tmp_path_factory.mktemp("sample")
    _succeed("sample", root, "--frames", _FRAMES, "--images")
    return root


@pytest.fixture(scope="session")
def convert(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """A function that converts the sample as its arguments say and returns the output, made once for all tests."""
    made: dict[tuple[str, ...], Path] = {}

    def converted(command: str, *options: str) -> Path:
        key = (command, *options)
        if key not in made:
            out = tmp_path_factory.mktemp(command)
            _succeed(command, sample, "-o", out, "--report", out / "report.json", *options)
            made[key] = out
        return made[key]

    return converted


def _succeed(*arguments: str | Path) -> None:
    with warnings.catch_warnings(action="error"):
        outcome = run_inline(*arguments)
    assert outcome.status == 0, outcome.err


class Instance:
    """An annotation of our COCO file, which other formats are held against."""

    def __init__(self, written: dict[str, Any], names: dict[int, str]) -> None:
        self.name = names[written["category_id"]]
        self.is_crowd = bool(written["iscrowd"])
        self.area: int = written["area"]
        self.box: list[int] = written["bbox"]
        self.code: dict[str, Any] = written["segmentation"]

    @property
    def mask(self) -> Any:
        """Its pixels, uint8 (H, W)."""
        from pycocotools import mask

        return np.asarray(mask.decode(self.code))


@pytest.fixture(scope="session")
def instances(convert: Convert) -> dict[str, list[Instance]]:
    """The annotations of each frame, by the frame's name, as our COCO files have them."""
    found: dict[str, list[Instance]] = {}
    for path in sorted((convert("coco") / "annotations").iterdir()):
        written = json.loads(path.read_bytes())
        names = {item["id"]: item["name"] for item in written["categories"]}
        frames = {
            item["id"]: Path(item["file_name"]).name.removesuffix("_leftImg8bit.png") for item in written["images"]
        }
        found |= {frame: [] for frame in frames.values()}
        for item in written["annotations"]:
            found[frames[item["image_id"]]].append(Instance(item, names))
    assert sum(map(len, found.values())) > 50  # or there would be little to compare
    return found


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    """Torchvision, whatever build of torch is beside it.

    Its data sets use no compiled operator. Importing it beside another build of torch fails all the same, unless the
    two operators whose shapes it describes are declared.
    """
    torch = pytest.importorskip("torch", reason="torch is not installed")
    try:
        import torchvision.datasets
    except ModuleNotFoundError:
        pytest.skip("torchvision is not installed")
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision.datasets

        vars(torchvision)["_declared_by_tests"] = library  # else its declarations end with it
    found: ModuleType = torchvision
    return found


@pytest.fixture(scope="session")
def ultralytics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Ultralytics, with its settings in a folder of the tests and no look at the network."""
    pytest.importorskip("torch", reason="torch is not installed")
    settings = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "YOLO_CONFIG_DIR", str(settings))
        patch.setitem(os.environ, "YOLO_OFFLINE", "true")
        package = pytest.importorskip("ultralytics", reason="ultralytics is not installed")
        _provide_font(settings / "Ultralytics")
        yield package


def _provide_font(folder: Path) -> None:
    """Put a font where Ultralytics would download one to."""
    import matplotlib as mpl

    folder.mkdir(exist_ok=True)
    shutil.copy(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", folder / "Arial.ttf")


@pytest.fixture(scope="session")
def _offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep Hugging Face's datasets in a folder of the tests and off the network, from their first import on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield
