"""From options to the plan of a conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.engine.convert import Output, Plan
from cityconv.engine.images import SourceImages
from cityconv.errors import UsageError
from cityconv.options import SubsetOutputOptions
from cityconv.source.images import find_images
from cityconv.source.layout import find_dataset
from cityconv.vocabulary import IMAGE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.formats.base import FormatOptions
    from cityconv.options import OutputOptions


def make_plan(output: OutputOptions, formats: Mapping[str, FormatOptions], *, in_folders: bool = False) -> Plan:
    """Return what a conversion reads and writes.

    Args:
        output: which frames, where to, with which images.
        formats: the formats to write, by the name of the output.
        in_folders: whether each is written to a folder of its name below the output folder, or to the folder itself.

    Raises:
        UsageError: options exclude each other, or several files would have one name.
        SourceError: the data set or its images cannot be found or read.
    """
    outputs = tuple(
        Output(name, options.writer(output), f"{name}/" if in_folders else "") for name, options in formats.items()
    )
    split_by = output.split_by if isinstance(output, SubsetOutputOptions) else "split"
    dataset = find_dataset(output.source, output.split or (), output.city or (), split_by)
    frames = dataset.frames
    for item in outputs:
        files = item.writer.dataset_files(frames)
        if len(set(files)) < len(files):
            raise UsageError(
                f"{files[0]}: several files would have this name", "--name-template: {split} tells them apart"
            )
    if output.images == "none":
        return Plan(frames, outputs)
    found = find_images(
        dataset, output.image_root, () if output.image_suffix == IMAGE_SUFFIX else (output.image_suffix,)
    )
    images = SourceImages(output.images, {key: photographs[0].file for key, photographs in found.items()})
    for item in outputs:
        images.check(frames, item.writer.image_file)
    return Plan(frames, outputs, images)
