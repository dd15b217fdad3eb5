"""Generating a synthetic data set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cityconv.engine.executors import workers_of
from cityconv.engine.generate import FileGenerator, generate_files
from cityconv.engine.output_folder import refuse_dash
from cityconv.errors import UsageError
from cityconv.synthesis.files import make
from cityconv.synthesis.layout import SampleFrame, sample_frames
from cityconv.synthesis.options import DEFAULT_FRAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.synthesis.options import GenerateOptions, SampleOptions


def generate(options: SampleOptions, run: GenerateOptions) -> Sequence[SampleFrame]:
    """Generate a data set, and return its frames.

    Raises:
        UsageError: the options cannot be combined.
        OutputError: the folder cannot be written, or contains a file to be written.
        WorkerError: a worker died or hit an internal error.
    """
    refuse_dash(options.out)
    if options.full and options.frames:
        raise UsageError("--frames cannot be combined with --full")
    frames = sample_frames(None if options.full else options.frames or DEFAULT_FRAMES)
    generator = FileGenerator(
        frames,
        lambda frame: [frame.annotation_path, *([frame.image_path] if options.images else [])],
        partial(make, seed=options.seed, images=options.images),
    )
    generate_files(
        generator,
        options.out,
        workers=workers_of(run),
        overwrite=run.overwrite,
        progress=run.shows_progress,
    )
    return frames
