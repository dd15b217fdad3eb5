"""The worked examples in the docstrings of `raster` give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import cityconv.raster
from cityconv.raster.objectmap import ObjectMap
from cityconv.raster.regions import Regions
from cityconv.raster.sampling import Grid, every_pixel, nearest
from cityconv.raster.scanline import Spans

MODULES = [module.name for module in pkgutil.iter_modules(cityconv.raster.__path__)]
NAMES = {  # which all examples may use
    "np": np, "Grid": Grid, "ObjectMap": ObjectMap, "Regions": Regions, "Spans": Spans, "every_pixel": every_pixel,
    "nearest": nearest,
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_right(name: str) -> None:
    module = importlib.import_module(f"cityconv.raster.{name}")
    result = doctest.testmod(module, extraglobs=NAMES, report=False)
    assert result.attempted > 0
    assert result.failed == 0
