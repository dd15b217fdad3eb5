"""The classes of an output, and the assignment of objects to them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from cityconv.errors import UsageError, quoted
from cityconv.source.label_table import BY_NAME, GROUP_SUFFIX, LABELS, Label, find_label
from cityconv.source.polygons import ObjectLabel
from cityconv.source.toml import read_toml
from cityconv.vocabulary import Groups, Preset

if TYPE_CHECKING:
    from cityconv.options import ClassOptions

# The groups of the release. With all rows of the table but `unlabeled` they are its 40 names.
_DRAWN_GROUPS = ("persongroup", "ridergroup", "cargroup", "truckgroup", "motorcyclegroup", "bicyclegroup")
_CLASS_NAME = re.compile(r"\w[\w .+()-]{0,99}")


class Class(NamedTuple):
    """A class of an output.

    Attributes:
        name: its name in the output.
        id: its label id; None for a class without one, such as a group.
        train_id: its train id; 255 for void, None as for `id`.
        category: the name of its category.
        category_id: its value in `categoryIds` maps.
        has_instances: whether its objects are told apart (a "thing").
        color: red, green, blue, 0 to 255.
    """

    name: str
    id: int | None
    train_id: int | None
    category: str
    category_id: int
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
    """

    classes: tuple[Class, ...]
    members: dict[str, int]
    groups: Groups

    def assign(self, drawn: ObjectLabel) -> Assignment | Literal["class", "group"]:
        """Return the class of an object, or why it is skipped: its `class` is not selected, or it is a `group`."""
        if (index := self.members.get(drawn.name)) is not None:
            return Assignment(index, is_crowd=False)
        if not drawn.is_group or (index := self.members.get(drawn.label.name)) is None:
            return "class"
        if self.groups == "drop":
            return "group"
        return Assignment(index, is_crowd=self.groups == "crowd")

    @property
    def has_plates(self) -> bool:
        """Whether license plates are selected. Otherwise, no map shows them."""
        return any(BY_NAME[name].id < 0 for name in self.members if name in BY_NAME)


def selection_of(options: ClassOptions, default: Preset) -> Selection:
    """Return the selection that options describe, or that of the default preset.

    Raises:
        UsageError: the options exclude each other, or name an unknown class.
    """
    if options.class_map is None:
        return select_classes(default if options.classes is None else options.classes, options.groups)
    if options.classes is not None:
        raise UsageError("--classes and --class-map exclude each other")
    if options.groups == "class":
        raise UsageError("--groups class: with --class-map, name the groups in the class map")
    return read_class_map(options.class_map, options.groups)


def select_classes(wanted: str, groups: Groups) -> Selection:
    """Return the selection of a preset, or of names separated by commas.

    Raises:
        UsageError: a name is unknown or named twice.
    """
    if wanted in get_args(Preset):
        names = _preset_names(wanted)
        groups = "class" if wanted == "raw" else groups
    else:
        names = [name.strip() for name in wanted.split(",")]
    if groups == "class":
        things = [name for name in names if (label := BY_NAME.get(name)) and label.has_instances]
        names += [group for name in things if (group := name + GROUP_SUFFIX) not in names and wanted != "raw"]
    for name in names:
        if find_label(name) is None:
            presets = ", ".join(get_args(Preset))
            raise UsageError(
                f"--classes: unknown class {quoted(name)}", f"presets: {presets}; `cityconv labels` lists names"
            )
        if names.count(name) > 1:
            raise UsageError(f"--classes: {name!r} is duplicated")
    return Selection(tuple(map(_class_as_drawn, names)), {name: i for i, name in enumerate(names)}, groups)


def _preset_names(preset: str) -> list[str]:
    if preset == "raw":
        return [label.name for label in LABELS[1:]] + list(_DRAWN_GROUPS)
    chosen: dict[str, Iterable[Label]] = {
        "instances": (label for label in LABELS if label.has_instances and not label.ignore_in_eval),
        "things": (label for label in LABELS if label.has_instances),
        "eval": (label for label in LABELS if not label.ignore_in_eval),
        "labels": (label for label in LABELS if label.id >= 0),
    }
    return [label.name for label in chosen[preset]]


def _class_as_drawn(name: str) -> Class:
    label, is_group = find_label(name) or (LABELS[0], False)
    own = not is_group and label.id >= 0
    return Class(
        name,
        label.id if own else None,
        label.train_id if own else None,
        label.category,
        label.category_id,
        label.has_instances and not is_group,
        label.color,
    )


def read_class_map(path: Path, groups: Groups) -> Selection:
    """Return the selection of a TOML file whose table `classes` lists the drawn names of each class.

    In the order of the file, classes have the label ids 1, 2, ... and the train ids 0, 1, ...

    Raises:
        UsageError: the file cannot be read, or a name is unknown or mapped twice.
    """
    table = read_toml(path)
    mapping = table.get("classes")
    if set(table) != {"classes"} or not isinstance(mapping, dict) or not mapping:
        raise UsageError(f"{path}: expected one table, [classes]", 'for example: vehicle = ["car", "truck", "bus"]')
    members: dict[str, int] = {}
    for index, (name, drawn_names) in enumerate(mapping.items()):
        for drawn_name in _checked_names(path, name, drawn_names):
            if drawn_name in members:
                raise UsageError(f"{path}: {drawn_name!r} is mapped twice - at `classes.{name}`")
            members[drawn_name] = index
    classes = tuple(_merged_class(index, name, names) for index, (name, names) in enumerate(mapping.items()))
    return Selection(classes, members, groups)


def _checked_names(path: Path, name: str, drawn_names: object) -> list[str]:
    if not _CLASS_NAME.fullmatch(name):
        raise UsageError(
            f"{path}: {quoted(name)} cannot name a class; allowed: letters, digits, spaces and _ . + - ( )"
        )
    if not isinstance(drawn_names, list) or not drawn_names or not all(isinstance(drawn, str) for drawn in drawn_names):
        raise UsageError(f"{path}: expected a list of names - at `classes.{name}`")
    for drawn_name in drawn_names:
        if find_label(drawn_name) is None:
            raise UsageError(
                f"{path}: unknown label {quoted(drawn_name)} - at `classes.{name}`",
                "`cityconv labels` lists the known names",
            )
    return drawn_names


def _merged_class(index: int, name: str, drawn_names: list[str]) -> Class:
    merged = [_class_as_drawn(drawn_name) for drawn_name in drawn_names]
    has_instances = any(part.has_instances for part in merged)
    return merged[0]._replace(name=name, id=index + 1, train_id=index, has_instances=has_instances)
