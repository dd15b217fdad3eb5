"""The classes of an output, and the assignment of objects to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.source.labels.files import load_table
from cityconv.source.labels.table import GROUP_SUFFIX, VOID_TRAIN_ID, Label, LabelTable
from cityconv.source.polygons import ObjectLabel
from cityconv.source.toml import read_toml
from cityconv.vocabulary import DEFAULT_TABLE, Groups, Preset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cityconv.options import ClassOptions

# Groups of the release. With all rows of the table but `unlabeled`, they are its 40 names.
RELEASED_GROUPS = ("persongroup", "ridergroup", "cargroup", "truckgroup", "motorcyclegroup", "bicyclegroup")
_CLASS_NAME = re.compile(r"\w[\w .+()-]{0,99}")


class Class(NamedTuple):
    """A class of an output.

    Attributes:
        name: its name in the output.
        ids: its value in each id scheme of the label table. A class without ids of its own, such as a group, has only
            that of `category`.
        category: the name of its category.
        has_instances: whether its objects are told apart (a "thing").
        color: red, green, blue, 0 to 255.
    """

    name: str
    ids: Mapping[str, int]
    category: str
    has_instances: bool
    color: tuple[int, int, int]


class Assignment(NamedTuple):
    """The class of an object, as an index in the selection, and whether the object is a crowd of that class."""

    class_index: int
    is_crowd: bool


class Selection(NamedTuple):
    """The classes of an output, and the drawn names that belong to each.

    Attributes:
        classes: in the order of the output.
        members: drawn name to index in `classes`.
        groups: the treatment of a group whose own name is not a member: a `crowd` of its class, dropped, or merged into
            the class as one object. With `class`, groups of selected things are members.
        table: the label table.
        is_mapped: whether a class map defines the classes, and their ids.
    """

    classes: tuple[Class, ...]
    members: dict[str, int]
    groups: Groups
    table: LabelTable
    is_mapped: bool = False

    def assign(self, drawn: ObjectLabel) -> Assignment | Literal["class", "group"]:
        """Return the class of an object, or why it is skipped: its `class` is not selected, or it is a `group`."""
        if (index := self.members.get(drawn.name)) is not None:
            return Assignment(index, is_crowd=False)
        if not drawn.is_group or (index := self.members.get(drawn.label.name)) is None:
            return "class"
        if self.groups == "drop":
            return "group"
        return Assignment(index, is_crowd=self.groups == "crowd")

    def background(self, scheme: str) -> int:
        """Return the value of pixels without a selected object in an id scheme."""
        if self.is_mapped and scheme in ("label", "train"):
            return VOID_TRAIN_ID if scheme == "train" else 0
        return self.table.background(scheme)

    def merged(self, ids: Sequence[int]) -> Selection:
        """Return the selection with one class for all that share an id: the first of them.

        Args:
            ids: the id of each class.
        """
        kept = sorted({ids.index(value) for value in ids})
        index_of = {ids[index]: number for number, index in enumerate(kept)}
        members = {name: index_of[ids[index]] for name, index in self.members.items()}
        return self._replace(classes=tuple(self.classes[index] for index in kept), members=members)

    @property
    def has_plates(self) -> bool:
        """Whether a label with a negative id, such as license plates, is selected. Otherwise, no map shows them."""
        return any(label.id < 0 for name in self.members if (label := self.table.by_name.get(name)))


def selection_of(
    options: ClassOptions, default: Preset, table: LabelTable, drawn_groups: Sequence[str] = ()
) -> Selection:
    """Return the selection that options describe, or that of the default preset; see `select_classes`.

    Raises:
        UsageError: the options cannot be combined, or name an unknown class.
    """
    if options.class_map is None:
        wanted = default if options.classes is None else options.classes
        return select_classes(wanted, options.groups, table, drawn_groups)
    if options.classes is not None:
        raise UsageError("--classes cannot be combined with --class-map")
    if options.groups == "class":
        raise UsageError("--groups class: with --class-map, name the groups in the class map")
    return read_class_map(options.class_map, options.groups, table)


def select_classes(
    wanted: str, groups: Groups, table: LabelTable | None = None, drawn_groups: Sequence[str] = ()
) -> Selection:
    """Return the selection of a preset, or of names separated by commas.

    Args:
        wanted: the preset or the names.
        groups: how groups are treated.
        table: the label table; that of Cityscapes when not given.
        drawn_groups: for the preset `raw`, the names of groups that occur in the annotations.

    Raises:
        UsageError: a name is unknown or duplicated.
    """
    table = load_table(DEFAULT_TABLE) if table is None else table
    if wanted in get_args(Preset):
        names = _preset_names(cast("Preset", wanted), table, drawn_groups)
        groups = "class" if wanted == "raw" else groups
    else:
        names = [name.strip() for name in wanted.split(",")]
    if groups == "class" and wanted != "raw":
        things = [name for name in names if (label := table.by_name.get(name)) and label.has_instances]
        names += [group for name in things if (group := name + GROUP_SUFFIX) not in names]
    for name in names:
        if table.find(name) is None:
            presets = get_args(Preset)
            if name in presets:
                raise UsageError(f"--classes: the preset {name!r} cannot be part of a list")
            known = [*presets, *(label.name for label in table.labels)]
            hint = f"presets: {', '.join(presets)}; `cityconv labels` lists names"
            raise UsageError(f"--classes: unknown class {quoted(name)}", suggestion(name, known, hint))
        if names.count(name) > 1:
            raise UsageError(f"--classes: {name!r} is duplicated")
    classes = tuple(_class_as_drawn(name, table) for name in names)
    return Selection(classes, {name: index for index, name in enumerate(names)}, groups, table)


def _preset_names(preset: Preset, table: LabelTable, drawn_groups: Sequence[str]) -> list[str]:
    names = [label.name for label in table.preset(preset)]
    if preset != "raw":
        return names
    released = RELEASED_GROUPS if table.name == DEFAULT_TABLE else ()
    by_table = [f"{label.name}{GROUP_SUFFIX}" for label in table.labels]
    others = sorted((name for name in drawn_groups if name not in released), key=by_table.index)
    return [*names, *released, *others]


def _class_as_drawn(name: str, table: LabelTable) -> Class:
    label, is_group = table.find(name) or (unlisted_label(name), False)
    schemes = ("category",) if is_group or label.id < 0 else table.schemes
    ids = {scheme: table.value(label, scheme) for scheme in schemes}
    return Class(name, ids, label.category, label.has_instances and not is_group, label.color)


def unlisted_label(name: str) -> Label:
    """Return the label of a name that a class map has and the label table does not: a thing, drawn, without ids."""
    return Label(name, 0, VOID_TRAIN_ID, name, 0, True, False, (0, 0, 0))


def read_class_map(path: Path, groups: Groups, table: LabelTable | None = None) -> Selection:
    """Return the selection of a TOML file whose table `classes` lists the drawn names of each class.

    In the order of the file, classes have the label ids 1, 2, ... and the train ids 0, 1, ... Names that are not in the
    label table are things.

    Args:
        path: the file.
        groups: how groups are treated.
        table: the label table; that of Cityscapes when not given.

    Raises:
        UsageError: the file cannot be read, or a name is mapped twice.
    """
    return parse_class_map(read_toml(path), str(path), groups, load_table(DEFAULT_TABLE) if table is None else table)


def parse_class_map(content: Mapping[str, Any], path: str, groups: Groups, table: LabelTable) -> Selection:
    """Return the selection of a class map that was read from a file; see `read_class_map`."""
    mapping = content.get("classes")
    if set(content) != {"classes"} or not isinstance(mapping, dict) or not mapping:
        raise UsageError(f"{path}: expected one table, [classes]", 'for example: vehicle = ["car", "truck", "bus"]')
    members: dict[str, int] = {}
    for index, (name, drawn_names) in enumerate(mapping.items()):
        for drawn_name in _checked_names(path, name, drawn_names):
            if drawn_name in members:
                raise UsageError(f"{path}: {drawn_name!r} is mapped twice - at `classes.{name}`")
            members[drawn_name] = index
    classes = tuple(_merged_class(index, name, names, table) for index, (name, names) in enumerate(mapping.items()))
    return Selection(classes, members, groups, table, is_mapped=True)


def class_map_names(path: Path) -> dict[str, str]:
    """Return the drawn names in a class map, each with its class; see `read_class_map`."""
    selection = read_class_map(path, "crowd")
    return {name: selection.classes[index].name for name, index in selection.members.items()}


def _checked_names(path: str, name: str, drawn_names: object) -> list[str]:
    if not _CLASS_NAME.fullmatch(name):
        raise UsageError(f"{path}: {quoted(name)} cannot name a class; letters, digits, spaces and _ . + - ( ) can")
    if not isinstance(drawn_names, list) or not drawn_names or not all(isinstance(drawn, str) for drawn in drawn_names):
        raise UsageError(f"{path}: expected a list of names - at `classes.{name}`")
    return drawn_names


def _merged_class(index: int, name: str, drawn_names: list[str], table: LabelTable) -> Class:
    merged = [_class_as_drawn(drawn_name, table) for drawn_name in drawn_names]
    has_instances = any(part.has_instances for part in merged)
    ids = {"label": index + 1, "train": index, "category": merged[0].ids.get("category", 0)}
    return merged[0]._replace(name=name, ids=ids, has_instances=has_instances)
