"""`cityconv verify`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cityconv.cli.messages import say
from cityconv.errors import UsageError
from cityconv.options import DivisionOptions, ImageNameOptions, RegionOptions, SourceOptions
from cityconv.vocabulary import LabelMapKind

if TYPE_CHECKING:
    from cityconv.verify import ExpectedOptions, Check

_LINES_A_KIND = 10


@dataclass(frozen=True, kw_only=True)
class TargetOptions(DivisionOptions, ImageNameOptions, SourceOptions):
    """Which output, and how it was named and divided."""

    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", show_default=False, help="An output of cityconv; the released PNGs without."),
    ] = None
    name_template: Annotated[
        str, typer.Option(metavar="NAME", help="The name of COCO files; {split} is the name of the split.")
    ] = "instances_{split}.json"


@dataclass(frozen=True, kw_only=True)
class ContentOptions(RegionOptions):
    """What OUT was made with; what is not given is taken from the files where they tell."""

    task: Annotated[
        Literal["instance", "semantic", "detection", "detect", "segment", "obb"] | None,
        typer.Option(
            help="The task of COCO, VOC or YOLO files; read off the files when not given.", show_default=False
        ),
    ] = None
    category_ids: Annotated[
        Literal["label", "train", "contiguous"] | None,
        typer.Option(help="Category ids; read off the files when not given.", show_default=False),
    ] = None
    kind: Annotated[
        list[LabelMapKind] | None,
        typer.Option(
            metavar="KIND",
            help="Which label maps there should be; can be given several times. Those that there are when not given.",
            show_default=False,
        ),
    ] = None

    def assumed(self, target: TargetOptions) -> ExpectedOptions:
        """Return what these options and the target's say of the output."""
        from cityconv.verify import ExpectedOptions

        return ExpectedOptions(
            select=self.selection,
            has_classes=self.classes is not None or self.class_map is not None,
            groups=self.groups,
            task=self.task,
            category_ids=self.category_ids,
            extent=self.extent,
            min_area=self.min_area,
            kinds=tuple(dict.fromkeys(self.kind or ())),
            name_template=target.name_template,
            image_suffix=target.named_images(),
            voc_suffix="." + target.named_images("jpg").rpartition(".")[2],
        )


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """How the comparison is run and reported."""

    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, metavar="N", help="Worker processes; all cores when not given.")
    ] = None
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all findings as JSON; - for standard output.")
    ] = None
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but findings and errors.")] = False
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help=f"List all findings, not {_LINES_A_KIND} of a kind.")
    ] = False
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")] = False


def verify(target: TargetOptions, content: ContentOptions, run: CheckOptions) -> None:
    """Compare the released PNGs with the polygons, or an output of cityconv with the annotations.

    Without OUT the PNGs beside the annotations are compared with what the polygons give. With OUT its files are read
    back and compared frame by frame; give the options that it was made with. What does not hold is listed on standard
    output, a line each, and ends the command with status 1.
    """
    begun = time.monotonic()
    checks = _prepare(target, content)
    for check in checks:
        _run(check, run)
    seconds = time.monotonic() - begun
    if run.report != Path("-"):
        for check in checks:
            _list_findings(check, run)
    if run.report:
        _write_report(run.report, checks, {**asdict(target), **asdict(content), **asdict(run)}, seconds)
    if not run.quiet:
        _say_what_was_done(checks, seconds)
    if any(check.findings for check in checks):
        raise typer.Exit(1)


def _prepare(target: TargetOptions, content: ContentOptions) -> list[Check]:
    from cityconv.source.layout import find_frames
    from cityconv.verify import check_output, check_ground_truth

    frames = find_frames(target.source, target.split or (), target.city or (), target.split_by)
    if target.out is not None:
        return check_output(target.out, frames, content.assumed(target))
    if content != ContentOptions():
        raise UsageError("options of an output, but no OUT", "cityconv verify SRC OUT")
    return [check_ground_truth(frames)]


def _run(check: Check, run: CheckOptions) -> None:
    from cityconv.engine.executors import available_cores, execute
    from cityconv.engine.progress import track

    jobs = run.jobs or available_cores()
    results = execute(check.work, check.frames, jobs, lambda frame: frame.where)
    check.take(list(track(results, len(check.frames), 0, not (run.no_progress or run.quiet))))


def _list_findings(check: Check, run: CheckOptions) -> None:
    listed: Counter[str] = Counter()
    for finding in check.findings:
        listed[finding.kind] += 1
        if run.verbose or listed[finding.kind] <= _LINES_A_KIND:
            typer.echo(str(finding))
    for kind, number in listed.items():
        if number > _LINES_A_KIND and not run.verbose:
            say(f"{check.name}: {number - _LINES_A_KIND:,} more findings of the kind {kind}; -v lists them")


def _write_report(path: Path, checks: list[Check], options: dict[str, object], seconds: float) -> None:
    from cityconv.engine.files import write_atomically
    from cityconv.verify import report_json

    report = report_json(checks, options, seconds)
    if path == Path("-"):
        typer.echo(report, nl=False)
    else:
        write_atomically(path, [report])


def _say_what_was_done(checks: list[Check], seconds: float) -> None:
    for check in checks:
        for note in check.notes:
            say(f"note: {check.name}: {note}")
        compared = "".join(f", {number:,} {what}" for what, number in sorted(check.compared.items()))
        kinds = Counter(finding.kind for finding in check.findings)
        findings = ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common()) or "none"
        say(f"{check.name}: {len(check.frames):,} frames{compared}; findings: {findings}")
    if any(check.findings for check in checks):
        say("hint: findings also come of other options than OUT was made with; they are the converter's")
    say(f"verified in {seconds:.1f} s")
