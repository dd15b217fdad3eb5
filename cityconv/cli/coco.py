"""`cityconv coco`."""

from __future__ import annotations

from dataclasses import asdict

from cityconv.cli.convert import run_conversion
from cityconv.cli.options import CocoOptions, DividedRunOptions


def coco(run: DividedRunOptions, options: CocoOptions) -> None:
    """Write COCO JSON: a box, an area and a mask for every object.

    OUT gets annotations/instances_SPLIT.json. Masks are run-length codes of what is visible, pixel for pixel.
    """
    from cityconv.engine.convert import Output

    run_conversion(run, [Output("coco", options.build())], asdict(options), run.split_by)
