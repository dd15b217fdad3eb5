"""`cityconv merge`: the parts of an output, made by several jobs, as one output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cityconv.cli.convert import print_summary
from cityconv.cli.report import deliver_report, open_report

if TYPE_CHECKING:
    from cityconv.engine.merge_options import MergeOptions, MergeRunOptions

HELP = """Join the outputs of --part into one, with the same bytes as the output of one run.

Parts that are missing, duplicate or damaged are refused, and so are parts made with other options, from another data
set, or by another version. Files are hard links to those of the parts, or copies on another file system. The parts are
not needed afterwards."""
EXAMPLES = (
    "cityconv merge part-1 part-2 part-3 -o coco",
    "cityconv merge parts/* -o coco --overwrite",
)


def merge(options: MergeOptions, run: MergeRunOptions) -> None:
    """Merge parts, and print what the output holds."""
    from cityconv.engine.merge import merge
    from cityconv.engine.report import report_json
    from cityconv.engine.side_file import is_report

    report = open_report(run.report, overwrite=run.overwrite)
    if report:
        report.check([item for item in (*options.parts, options.out) if isinstance(item, Path)], is_report)
    summary = merge(options, run)
    if run.report:
        deliver_report(report_json(summary, {**vars(options), **vars(run)}), report)
    if not run.quiet:
        print_summary(summary, verbose=run.verbose)
