"""The label table and label maps against cityscapesScripts."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cityconv.source.labels.files import load_table

if TYPE_CHECKING:
    from tests.consumers.conftest import Convert, Instance

THINGS = ("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle")

pytest.importorskip("cityscapesscripts", reason="cityscapesScripts is not installed")


def maps(folder: Path, kind: str) -> list[str]:
    found = sorted(str(path) for path in folder.glob(f"gtFine/*/*/*_gtFine_{kind}.png"))
    assert len(found) > 1
    return found


@pytest.fixture
def _numpy_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give back what numpy 2.4 dropped and version 2.3 of cityscapesScripts asks for."""
    monkeypatch.setattr(np, "in1d", np.isin, raising=False)


def test_the_label_tables_are_equal() -> None:
    from cityscapesscripts.helpers.labels import labels

    own = load_table("cityscapes").labels
    assert [tuple(label)[:8] for label in own] == [tuple(label) for label in labels]


def test_its_reader_of_instance_maps_finds_our_instances_and_groups(
    convert: Convert, instances: dict[str, list[Instance]]
) -> None:
    from cityscapesscripts.evaluation.instances2dict import instances2dict

    paths = maps(convert("labelmap", "--kind", "instanceIds"), "instanceIds")
    for path, found in instances2dict(paths).items():
        expected = instances[Path(path).name.removesuffix("_gtFine_instanceIds.png")]
        for name in THINGS:
            areas = Counter((item["pixelCount"], item["instID"] < 1000) for item in found[name])
            assert areas == Counter((item.area, item.is_crowd) for item in expected if item.name == name)


@pytest.mark.usefixtures("_numpy_of_its_time")
def test_its_pixel_level_evaluation_of_our_label_maps_against_themselves_gives_1(convert: Convert) -> None:
    evaluation = import_module("cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling")

    folder = convert("labelmap", "--kind", "labelIds", "--kind", "instanceIds")
    paths = maps(folder, "labelIds")
    evaluation.args.JSONOutput = False
    evaluation.args.quiet = True
    results = evaluation.evaluateImgLists(paths, paths, evaluation.args)
    assert results["averageScoreClasses"] == 1.0
    assert results["averageScoreInstClasses"] == 1.0


@pytest.mark.usefixtures("_numpy_of_its_time")
def test_its_instance_level_evaluation_of_our_instances_against_themselves_gives_1(
    convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = import_module("cityscapesscripts.evaluation.evalInstanceLevelSemanticLabeling")
    from PIL import Image

    monkeypatch.setattr(evaluation, "writeDict2JSON", lambda *_: None)  # it writes to the working directory
    settings = evaluation.args
    monkeypatch.setattr(settings, "predictionPath", str(tmp_path))
    monkeypatch.setattr(settings, "gtInstancesFile", str(tmp_path / "instances.json"))
    monkeypatch.setattr(settings, "JSONOutput", False)
    monkeypatch.setattr(settings, "quiet", True)
    paths = maps(convert("labelmap", "--kind", "instanceIds"), "instanceIds")
    predictions = [predict(np.array(Image.open(path)), tmp_path / Path(path).stem) for path in paths]
    evaluation.setInstanceLabels(settings)
    results: dict[str, Any] = evaluation.evaluateImgLists(predictions, paths, settings)
    assert results["averages"]["allAp"] == 1.0


def predict(instance_map: Any, folder: Path) -> str:
    """Write each instance of a map as if it had been predicted, and return the file that lists them."""
    import cv2

    folder.mkdir()
    lines = []
    for number in np.unique(instance_map[instance_map >= 1000]).tolist():
        cv2.imwrite(str(folder / f"{number}.png"), (instance_map == number).astype(np.uint8))
        lines.append(f"{folder.name}/{number}.png {number // 1000} 1.0\n")
    path = folder.with_suffix(".txt")
    path.write_text("".join(lines))
    return str(path)
