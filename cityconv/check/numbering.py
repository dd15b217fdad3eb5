"""The category ids of an output: by a given scheme, or by the one that fits its files best."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cityconv.check.expected_options import class_names
from cityconv.errors import UsageError
from cityconv.source.labels.table import VOID_TRAIN_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.source.classes import Selection
    from cityconv.vocabulary import Preset

_CONTIGUOUS = "contiguous"


class NumberedClasses(NamedTuple):
    """Classes with distinct category ids.

    Attributes:
        selection: the classes.
        ids: the category id of each.
    """

    selection: Selection
    ids: tuple[int, ...]


def number_classes(selection: Selection, scheme: str | None) -> NumberedClasses:
    """Return the classes with their category ids. Classes that share an id are one, named as the first of them.

    Args:
        selection: the classes.
        scheme: an id scheme of the label table, or `contiguous` for 1, 2, ...; None for label ids if every class has
            one, else 1, 2, ...

    Raises:
        UsageError: a class has no id in the scheme. Void (255) is one for label ids only.
    """
    if scheme is None:
        scheme = "label" if all("label" in item.ids for item in selection.classes) else _CONTIGUOUS
    if scheme == _CONTIGUOUS:
        return NumberedClasses(selection, tuple(range(1, len(selection.classes) + 1)))
    ids = [item.ids.get(scheme, -1) for item in selection.classes]
    for item, value in zip(selection.classes, ids, strict=True):
        if value < 0 or (value == VOID_TRAIN_ID and scheme != "label"):
            raise UsageError(f"--category-ids {scheme}: class {item.name!r} has no {scheme} id")
    numbers: dict[int, int] = {}  # the index of the class of each id
    for value in ids:
        numbers.setdefault(value, len(numbers))
    classes = tuple(selection.classes[ids.index(value)] for value in numbers)
    members = {name: numbers[ids[index]] for name, index in selection.members.items()}
    return NumberedClasses(selection._replace(classes=classes, members=members), tuple(numbers))


def expected_numbering(
    options: ExpectedOptions, default: Preset, listed: Sequence[tuple[int, str]], notes: list[str]
) -> NumberedClasses:
    """Return the classes and category ids of an output that lists both.

    The classes are found as by `ExpectedOptions.classes_of`. If no scheme is given, it is the one that fits best.

    Args:
        options: the options that the output should have been made with.
        default: the preset that is used if they select no classes.
        listed: the id and the name of each category that the output lists, in order.
        notes: receives a note if the classes were inferred from the names.

    Raises:
        UsageError: the given scheme gives a class no id.
    """
    ids, names = [number for number, _ in listed], [name for _, name in listed]
    candidates = _numberings(options.select(default), options.category_ids)
    is_listed = any(class_names(candidate.selection) == names for candidate in candidates)
    if not is_listed and (inferred := options.inferred_classes(names, notes)):
        candidates = _numberings(inferred, options.category_ids)
    return max(candidates, key=lambda candidate: _fit(candidate, ids, names))


def _numberings(selection: Selection, scheme: str | None) -> list[NumberedClasses]:
    """Return the numbering by a scheme; without one, all numberings that there are."""
    if scheme is not None:
        return [number_classes(selection, scheme)]
    candidates = [number_classes(selection, None)]
    for other in (*selection.table.schemes, _CONTIGUOUS):
        try:
            candidates.append(number_classes(selection, other))
        except UsageError:
            continue
    return candidates


def _fit(candidate: NumberedClasses, ids: list[int], names: list[str]) -> tuple[bool, int]:
    """Return how well a numbering fits: whether the names are the listed ones, and how many ids are."""
    equal = sum(one == other for one, other in zip(candidate.ids, ids, strict=False))
    return class_names(candidate.selection) == names, equal
