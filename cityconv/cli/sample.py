"""`cityconv sample`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.cli.messages import print_message
from cityconv.errors import counted

if TYPE_CHECKING:
    from cityconv.synthesis.options import GenerateOptions, SampleOptions

HELP = "Generate a data set in the Cityscapes layout: synthetic street scenes, nothing of the release."
EXAMPLES = (
    "cityconv sample city --frames 6 --images",
    "cityconv sample city --full --seed 1",
)


def sample(options: SampleOptions, run: GenerateOptions) -> None:
    """Generate a data set."""
    from cityconv.synthesis.generate import generate

    frames = generate(options, run)
    if not run.quiet:
        print_message(f"sample: {counted(len(frames), 'frame')} in {options.out}")
