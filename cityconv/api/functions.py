"""A function for each command. Generated from the options of the commands: `make docs` updates this file.

Parameters have the names and the meaning of the options of the command line, except that `--from` is `source`. A
repeatable option takes a sequence or a single value. Nothing is printed: a function returns what the command prints and
what its `--report` contains.

All functions raise `CityconvError`: `UsageError` for arguments that are wrong or cannot be combined, `SourceError` for
a data set that cannot be read, `BadFramesError` for bad frames, `OutputError` for an output that cannot be written or
exists already, and `WorkerError` for a worker that died.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Literal, TypeAlias

from cityconv.api import calls

if TYPE_CHECKING:
    from cityconv.api.frames import Frames
    from cityconv.engine.report import Summary
    from cityconv.previews.make import Previewed
    from cityconv.source.labels.table import LabelTable
    from cityconv.statistics.collect import Collected
    from cityconv.synthesis.layout import SampleFrame
    from cityconv.verification.result import Verification

StrPath: TypeAlias = str | PathLike[str]


def cityscapes(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    archive: Literal["none", "tar"] = "none",
    shard_frames: int = 1000,
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    tolerance: int = 0,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write Cityscapes: polygon JSON in the form of the release, which draws the same pixels.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_polygons.json. Polygons are kept as drawn. With --size, --tolerance or an
    option that selects classes or groups, and from COCO files and label maps, each visible object becomes one polygon
    that draws exactly its pixels, or with --tolerance nearly.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        archive: Write the files of frames, images included, into WebDataset shards.
        shard_frames: Frames in a shard.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        tolerance: Use fewer points: borders of objects may move by up to this many pixels. The number of pixels that
            differ is reported.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("cityscapes", locals())


def coco(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    split_by: Literal["split", "city"] = "split",
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    min_area: int = 1,
    extent: Literal["visible", "full"] = "visible",
    flat: bool = False,
    task: Literal["instance", "semantic", "detection"] = "instance",
    segmentation: Literal["rle", "uncompressed-rle", "polygon", "none"] | None = None,
    category_ids: str | None = None,
    layout: Literal["coco", "roboflow"] = "coco",
    name_template: str = "instances_{split}.json",
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write COCO JSON: a box, an area and a mask for every object.

    OUT gets annotations/instances_SPLIT.json, or with --layout roboflow SPLIT/_annotations.coco.json, where val is
    called valid. Boxes, areas and masks cover what is visible, pixel for pixel.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        split_by: Write one subset per split, or one per city.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        min_area: Skip regions of fewer pixels.
        extent: The part of an object that is visible, or the full polygon as drawn.
        flat: All images of a subset in one folder, without folders for cities.
        task: One annotation per object with its mask, per class, or per object with its box.
        segmentation: Masks as run-length codes, compressed or not, or as polygons that decode to the identical mask
            [default: none for detection, else rle].
        category_ids: label, train, contiguous (1, 2, ...), or another id column of the label table [default: label, or
            contiguous where a class has no label id].
        layout: The files of COCO, or those of Roboflow: JSON and images in a folder per subset.
        name_template: File name of the JSON files; {split} is the subset's name.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("coco", locals())


def csv(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    split_by: Literal["split", "city"] = "split",
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    min_area: int = 1,
    extent: Literal["visible", "full"] = "visible",
    task: Literal["instance", "semantic"] = "instance",
    category_ids: str | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write CSV: one row per object or class, with its box, area and visible fraction.

    OUT gets annotations_SPLIT.csv. Boxes are half-open pixels: x1 and y1 are outside.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        split_by: Write one subset per split, or one per city.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        min_area: Skip regions of fewer pixels.
        extent: The part of an object that is visible, or the full polygon as drawn.
        task: One row per object, or per class.
        category_ids: label, train, contiguous (1, 2, ...), or another id column of the label table [default: label, or
            contiguous where a class has no label id].
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("csv", locals())


def labelmap(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    archive: Literal["none", "tar"] = "none",
    shard_frames: int = 1000,
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    kind: str | Sequence[str] | None = None,
    lists: bool = False,
    metadata: bool = False,
    class_stats: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write label maps: PNGs of class ids, instance ids or colors, equal to the released ones.

    OUT gets gtFine/SPLIT/CITY/NAME_gtFine_KIND.png, and for the kind masks a folder with one PNG per class.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        archive: Write the files of frames, images included, into WebDataset shards.
        shard_frames: Frames in a shard.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        kind: labelIds, labelTrainIds, instanceIds, instanceTrainIds, color, categoryIds, masks, or a scheme of the
            label table such as level3Ids; repeatable, or separated by commas [default: labelIds].
        lists: Write SPLIT.txt (frame names) and SPLIT.lst (photograph, tab, map) for training code.
        metadata: Write metadata.jsonl, which lists photographs and maps for Hugging Face's datasets.
        class_stats: Write pixels per class and frame (as DAFormer reads them) and class weights.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("labelmap", locals())


def labels(
    labels: str = "cityscapes",
    *,
    source: StrPath | None = None,
    out: StrPath | None = None,
    overwrite: bool = False,
) -> LabelTable:
    """Print a label table, or draft one from what is drawn in a data set.

    The table is printed tab-separated, with a header line, or with --json as an array of objects. With --from, a draft
    is written as TOML for you to edit: the names that are drawn, most frequent first, with ids and colors.

    Args:
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        source: Draft a table from the polygons or COCO files of SRC.
        out: Write the draft to a file [default: standard output].
        overwrite: Replace files that exist.

    Returns:
        The table; that of a draft, with `source`.
    """
    return calls.call_labels(locals())


def merge(
    parts: StrPath,
    out: StrPath,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
) -> Summary:
    """Join the outputs of --part into one, with the same bytes as the output of one run.

    Parts that are missing, duplicate or damaged are refused, and so are parts made with other options, from another
    data set, or by another version. Files are hard links to those of the parts, or copies on another file system. The
    parts are not needed afterwards.

    Args:
        parts: The outputs of all parts.
        out: The folder or URL to write to.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.

    Returns:
        What the output holds.
    """
    return calls.call_merge(locals())


def open(
    source: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
) -> Frames:
    """Return the frames of a data set, to iterate over. Each is read and rasterized when it is used.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).

    Returns:
        The frames, sorted.
    """
    return calls.call_open(locals())


def panoptic(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    archive: Literal["none", "tar"] = "none",
    shard_frames: int = 1000,
    split_by: Literal["split", "city"] = "split",
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    min_area: int = 1,
    flat: bool = False,
    category_ids: Literal["label", "train"] = "label",
    layout: Literal["cityscapes", "coco"] = "cityscapes",
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write COCO panoptic files: one PNG per frame, and JSON that describes its segments.

    OUT gets cityscapes_panoptic_SPLIT.json and the folder cityscapes_panoptic_SPLIT. With train ids, both names end in
    _trainId. With --layout coco, OUT gets annotations/panoptic_SPLIT.json and the folder annotations/panoptic_SPLIT,
    where each PNG is named as its image.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        archive: Write the files of frames, images included, into WebDataset shards.
        shard_frames: Frames in a shard.
        split_by: Write one subset per split, or one per city.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        min_area: Skip regions of fewer pixels.
        flat: All images of a subset in one folder, without folders for cities.
        category_ids: Label ids or train ids.
        layout: File names and image ids of Cityscapes' own panoptic files, or those of COCO.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("panoptic", locals())


def preview(
    source: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    out: StrPath | None = None,
    format: Literal["coco", "panoptic", "yolo", "voc", "labelmap", "csv"] | None = None,
    poster: StrPath | None = None,
    classes: str | None = None,
    show: str = "masks,outlines,boxes,names",
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
) -> Previewed:
    """Show a data set or an output as pictures, in a gallery for the browser.

    OUT gets index.html, which a browser opens from the disk, and for every frame a picture of its masks, outlines,
    boxes and names over the photograph. An output, such as a COCO or YOLO folder, is drawn from its own files alone, as
    a training program reads them.

    Args:
        source: The data set, as for other commands, or the folder of an output of cityconv.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: The width of the pictures in pixels; images are not enlarged [default: 1024].
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        out: The folder to write to [default: the folder preview in an output that is shown].
        format: The format to show, if a folder holds outputs of several formats.
        poster: Write a picture of the whole data set as PNG.
        classes: Show only these classes: a preset such as instances or eval, or names separated by commas [default:
            all].
        show: What to draw, separated by commas.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.

    Returns:
        What was drawn, and where it was written.
    """
    return calls.call_preview(locals())


def run(
    recipe: StrPath,
    *,
    out: StrPath | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write several outputs in one pass over the frames.

    The keys of the recipe are the options of the commands: source, out, split, images and the like at the top, and a
    table [outputs.NAME] for each output, with its format and the options of that format. The output is written to the
    folder NAME below out. Paths are relative to the current directory.

    Args:
        recipe: A TOML file.
        out: The folder or URL to write to, in place of the recipe's.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_run(locals())


def sample(
    out: StrPath,
    *,
    frames: int | None = None,
    full: bool = False,
    seed: int = 0,
    images: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
) -> list[SampleFrame]:
    """Generate a data set in the Cityscapes layout: synthetic street scenes, nothing of the release.

    Args:
        out: The folder to write to.
        frames: Number of frames [default: 12].
        full: As many frames as the release has, in its cities.
        seed: The random seed of the scenes.
        images: Write an image for each frame.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.

    Returns:
        The frames.
    """
    return calls.call_sample(locals())


def stats(
    source: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    json: StrPath | None = None,
    csv: StrPath | None = None,
    html: StrPath | None = None,
    split_by: Literal["split", "city"] = "split",
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
) -> Collected:
    """Count what is in a data set: frames, objects, pixels and sizes of every class, split and city.

    Tables are printed on standard output, unless --json, --csv or --report goes there. Classes are the names as drawn:
    cargroup is one of them.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        json: Write all numbers as JSON.
        csv: Write the counts of classes as CSV.
        html: Write a page for the browser, with charts and pictures; needs the extra cityconv[report].
        split_by: Count the classes of each split, or of each city.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.

    Returns:
        The counts: `.statistics()` has all numbers of the JSON.
    """
    return calls.call_stats(locals())


def verify(
    source: StrPath,
    out: StrPath | None = None,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    flat: bool = False,
    split_by: Literal["split", "city"] = "split",
    name_template: str = "instances_{split}.json",
    nested: bool = False,
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    min_area: int = 1,
    extent: Literal["visible", "full"] = "visible",
    task: Literal["instance", "semantic", "detection", "detect", "segment", "obb"] | None = None,
    category_ids: str | None = None,
    layout: Literal["cityscapes", "coco", "roboflow"] | None = None,
    kind: str | Sequence[str] | None = None,
    tolerance: int = 0,
    jobs: int | None = None,
    scheduler: str | None = None,
) -> Verification:
    """Compare the released PNGs, or an output of cityconv, with the annotations.

    With SRC alone, every file of an output of cityconv is compared with its checksum in the manifest, and the PNGs next
    to annotations are compared with the annotations. With OUT, its files are read back and compared with the
    annotations frame by frame. The options that OUT was made with are taken from its manifest, unless they are given.
    Findings are printed on standard output, one per line, and end the command with status 1.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: An output of cityconv; without it, the released PNGs are verified.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        flat: All images of a subset in one folder, without folders for cities.
        split_by: Write one subset per split, or one per city.
        name_template: File name of COCO files; {split} is the subset's name.
        nested: The files of YOLO are in folders of cities.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        min_area: Skip regions of fewer pixels.
        extent: The part of an object that is visible, or the full polygon as drawn.
        task: The task of COCO, VOC, YOLO or CSV files [default: as the files tell].
        category_ids: label, train, contiguous (1, 2, ...), or another id column of the label table [default: label, or
            contiguous where a class has no label id].
        layout: The layout of COCO or panoptic files [default: those present].
        kind: An expected kind of label map; repeatable, or separated by commas [default: those present].
        tolerance: How many pixels the borders of objects in Cityscapes files may be moved by.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.

    Returns:
        The checks and their findings; none if the output is what its options describe.
    """
    return calls.call_verify(locals())


def voc(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    archive: Literal["none", "tar"] = "none",
    shard_frames: int = 1000,
    split_by: Literal["split", "city"] = "split",
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    min_area: int = 1,
    extent: Literal["visible", "full"] = "visible",
    task: Literal["instance", "semantic", "detection"] = "detection",
    year: int = 2012,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write Pascal VOC: XML files of boxes, image sets, and PNGs of classes and objects.

    OUT gets VOCdevkit/VOC2012, with a labelmap.txt for CVAT and datumaro. The usual readers require JPEG images there:
    --images copy encodes them.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        archive: Write the files of frames, images included, into WebDataset shards.
        shard_frames: Frames in a shard.
        split_by: Write one subset per split, or one per city.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        min_area: Skip regions of fewer pixels.
        extent: The part of an object that is visible, or the full polygon as drawn.
        task: Boxes; boxes with PNGs of classes and of objects; or PNGs of classes.
        year: The year in the folder's name.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("voc", locals())


def yolo(
    source: StrPath,
    out: StrPath,
    *,
    split: str | Sequence[str] | None = None,
    city: str | Sequence[str] | None = None,
    splits: StrPath | None = None,
    frames: StrPath | None = None,
    require_annotations: bool = False,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = 0,
    split_folder: str | Sequence[str] | None = None,
    size: str | None = None,
    labels: str = "cityscapes",
    unknown_labels: Literal["fail", "drop"] = "fail",
    read: Literal["polygons", "coco", "instanceIds", "labelIds", "labelTrainIds", "color"] | None = None,
    front: Literal["last", "smaller", "larger"] = "last",
    map_suffix: str | None = None,
    instance_divisor: int | None = None,
    images: Literal["none", "symlink", "hardlink", "copy"] = "none",
    image_root: StrPath | None = None,
    image_suffix: str | Sequence[str] | None = None,
    image_format: Literal["keep", "jpg", "png"] | None = None,
    archive: Literal["none", "tar"] = "none",
    shard_frames: int = 1000,
    split_by: Literal["split", "city"] = "split",
    classes: str | None = None,
    class_map: StrPath | None = None,
    groups: Literal["crowd", "drop", "merge", "class"] = "crowd",
    min_area: int = 1,
    extent: Literal["visible", "full"] = "visible",
    task: Literal["detect", "segment", "obb", "semantic"] = "detect",
    category_ids: str | None = None,
    nested: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    overwrite: bool = False,
    part: str | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    on_error: Literal["fail", "skip"] = "fail",
    dry_run: bool = False,
) -> Summary:
    """Write YOLO text files and a data.yaml, as Ultralytics reads them.

    OUT gets data.yaml and labels/SPLIT/NAME_leftImg8bit.txt, or for the task semantic masks/SPLIT/NAME_leftImg8bit.png.
    With --images, the images have the same paths below images. YOLO has no crowds: groups are skipped, unless --groups
    is merge or class.

    Args:
        source: The data set: its root, its gtFine or gtCoarse folder, a split or city folder, one *_polygons.json, a
            downloaded zip, or COCO files. A path, or the URL of an object store: s3://, gs:// or az://.
        out: The folder or URL to write to.
        split: Only this split; repeatable.
        city: Only this city; repeatable.
        splits: A TOML file of splits of your own, made of cities, frames, or shares of a split.
        frames: Only the frames named in this file, one per line.
        require_annotations: Leave out frames whose objects are all of classes that evaluation ignores, such as those of
            test.
        limit: Only the first N frames of each split.
        sample: Only N random frames of each split, evenly from its cities.
        seed: The random seed of --sample.
        split_folder: Another folder that is a split, besides train, val, test and the like; repeatable.
        size: Another size for all frames: in pixels, or in percent of their own.
        labels: The label table: cityscapes, idd, kitti360, or a .toml, labels.py, class_to_id.json or label_colors.txt.
        unknown_labels: Reject labels that are not in the table, or drop their objects.
        read: Read polygons, COCO files, or label maps [default: the first of these that SRC has].
        front: Which of two COCO masks that overlap is in front: the last in the file, or by area.
        map_suffix: What follows the frame name in the file name of a map.
        instance_divisor: Instance maps hold label id * N + instance (KITTI: 256).
        images: Whether and how to add the images to OUT.
        image_root: Where the images are [default: leftImg8bit next to the annotations].
        image_suffix: What follows the frame name in the file name of an image; repeatable [default: _leftImg8bit.png,
            or the only image there is].
        image_format: Image encoding in OUT [default: jpg for VOC, else keep].
        archive: Write the files of frames, images included, into WebDataset shards.
        shard_frames: Frames in a shard.
        split_by: Write one subset per split, or one per city.
        classes: instances (8 evaluated things), things (10), eval (19), labels (the table), raw (all 40 names as
            drawn), or names separated by commas.
        class_map: A TOML file that merges, renames or drops classes.
        groups: Treat a group such as cargroup as a crowd, drop it, merge it into its class, or give it a class of its
            own.
        min_area: Skip regions of fewer pixels.
        extent: The part of an object that is visible, or the full polygon as drawn.
        task: One row per object: its box, its outline, or its oriented box; or one mask per image.
        category_ids: What the pixels of masks hold: label, train, or another id column of the label table [default: the
            numbers of the classes, which for the 19 evaluated ones are their train ids].
        nested: Keep the folders of cities.
        jobs: Worker processes [default: all cores].
        scheduler: Work on a Dask cluster, given by the address of its scheduler.
        overwrite: Replace files that exist.
        part: Convert the I-th of N parts of the frames, for a job array; `cityconv merge` joins them.
        resume: Continue an interrupted run.
        update: Convert what is new or changed since the output in OUT, and remove what is gone.
        checksum: With --resume, compare the content of annotations, not their size and times.
        on_error: With bad frames, write nothing, or skip them. Both name every bad frame.
        dry_run: List the files that would be written, and write nothing.

    Returns:
        What was converted and skipped; with `dry_run`, the files that would be written.
    """
    return calls.call_conversion("yolo", locals())
