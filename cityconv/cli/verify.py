"""`cityconv verify`."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import typer

from cityconv.cli.messages import print_message
from cityconv.cli.report import deliver_report, is_standard_output, open_report
from cityconv.errors import counted
from cityconv.formats import FORMATS
from cityconv.options.values import paths_of

if TYPE_CHECKING:
    from cityconv.check.findings import Check
    from cityconv.verification.options import ContentOptions, TargetOptions, VerificationRunOptions
    from cityconv.verification.result import Verification

HELP = """Compare the released PNGs, or an output of cityconv, with the annotations.

With SRC alone, every file of an output of cityconv is compared with its checksum in the manifest, and the PNGs next to
annotations are compared with the annotations. With OUT, its files are read back and compared with the annotations
frame by frame. The options that OUT was made with are taken from its manifest, unless they are given. Findings are
printed on standard output, one per line, and end the command with status 1."""
EXAMPLES = (
    "cityconv verify gtFine_trainvaltest.zip",
    "cityconv verify gtFine_trainvaltest.zip yolo",
)
_LINES_PER_KIND = 10


def verify(target: TargetOptions, content: ContentOptions, run: VerificationRunOptions) -> None:
    """Verify, and print the findings."""
    from cityconv.engine.executors import workers_of
    from cityconv.engine.side_file import is_report
    from cityconv.verification.report import report_json
    from cityconv.verification.verify import verify

    report = open_report(run.report, overwrite=run.overwrite)
    if report:
        report.check(paths_of(target, content), is_report)
    start = time.monotonic()
    result = verify(target, content, workers=workers_of(run), progress=run.shows_progress)
    seconds = time.monotonic() - start
    if not is_standard_output(run.report):
        for check in result.checks:
            _print_findings(check, run)
    if run.report:
        deliver_report(report_json(result, {**vars(target), **vars(content), **vars(run)}, seconds), report)
    if not run.quiet:
        _print_summary(result, seconds)
    if result.findings:
        raise typer.Exit(1)


def _print_findings(check: Check, run: VerificationRunOptions) -> None:
    printed: Counter[str] = Counter()
    for finding in check.findings:
        printed[finding.kind] += 1
        if run.verbose or printed[finding.kind] <= _LINES_PER_KIND:
            typer.echo(str(finding))
    for kind, number in printed.items():
        if number > _LINES_PER_KIND and not run.verbose:
            print_message(f"{check.name}: {counted(number - _LINES_PER_KIND, f'more {kind} finding')}; -v lists them")


def _print_summary(result: Verification, seconds: float) -> None:
    for note in result.notes:
        print_message(f"note: {note}")
    for check in result.checks:
        for note in check.notes:
            print_message(f"note: {check.name}: {note}")
        compared = "".join(
            f", {counted(number, what.removesuffix('s'))}" for what, number in sorted(check.compared.items())
        )
        kinds = Counter(finding.kind for finding in check.findings)
        findings = ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common()) or "none"
        frames = f", {counted(len(check.frames), 'frame')}" if check.frames else ""
        items = [(frames + compared).removeprefix(", "), f"findings: {findings}"]
        print_message(f"{check.name}: {'; '.join(filter(None, items))}")
    if any(check.findings for check in result.checks if check.name in FORMATS):
        print_message("hint: findings may also come from options that differ from those of OUT; pass the same ones")
    print_message(f"verified in {seconds:.1f} s")
