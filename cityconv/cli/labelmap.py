"""`cityconv labelmap`."""

from __future__ import annotations

from dataclasses import asdict

from cityconv.cli.convert import run_conversion
from cityconv.cli.options import LabelMapOptions, RunOptions


def labelmap(run: RunOptions, options: LabelMapOptions) -> None:
    """Write label maps: PNGs of class ids, instance numbers or colours, equal to the released ones.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_KIND.png.
    """
    from cityconv.engine.convert import Output

    run_conversion(run, [Output("labelmap", options.build())], asdict(options))
