"""The label table that a user asks for: one that exists, or a draft from what is drawn in a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.errors import NothingFoundError, UsageError
from cityconv.options import SourceOptions
from cityconv.source.labels.files import load_table
from cityconv.vocabulary import DEFAULT_TABLE

if TYPE_CHECKING:
    from cityconv.engine.side_file import SideFile
    from cityconv.source.labels.options import LabelsOptions
    from cityconv.source.labels.table import LabelTable
    from cityconv.storage.url import Location


def label_table(options: LabelsOptions, file: SideFile | None) -> LabelTable:
    """Return the table that options name, or a draft.

    Args:
        options: which table.
        file: where a draft is written, as TOML; None for nowhere.

    Raises:
        UsageError: there is no such table or data set, or a file is wanted for a table that is not a draft.
        SourceError: the data set cannot be read.
        OutputError: the file cannot be written.
    """
    if options.source is not None:
        if options.labels != DEFAULT_TABLE:
            raise UsageError("--labels names a table, and --from drafts one without it")
        return _draft(options.source, file)
    if options.out is not None:
        raise UsageError("--out writes a draft, which needs --from SRC")
    return load_table(options.labels)


def _draft(source: Location, file: SideFile | None) -> LabelTable:
    # A table is printed without waiting for the libraries that drafting one takes.
    from cityconv.engine.drawn_names import count_drawn_names
    from cityconv.engine.executors import Workers, available_cores
    from cityconv.frame.reading import open_dataset
    from cityconv.source.labels.draft import draft_table
    from cityconv.source.labels.text import table_toml

    try:
        dataset, reader = open_dataset(SourceOptions(source=source, read="polygons"))
    except NothingFoundError as error:
        try:
            dataset, reader = open_dataset(SourceOptions(source=source, read="coco"))
        except NothingFoundError:
            raise error from None
    if file:
        annotations = dict.fromkeys(frame.file.archive or frame.file.path for frame in dataset.frames)
        file.check([*annotations, str(source)], lambda path: path.suffix == ".toml")
    drawn = count_drawn_names(dataset.frames, reader, Workers(available_cores()))
    table = draft_table(drawn, str(source))
    if file:
        file.write(table_toml(table).encode())
    return table
