"""Splits of a user's own, as a TOML file describes them.

Each key of the file names a split, and says which frames it has:

* `{cities = ["ulm"]}`: all frames of some cities; with `of`, only those in some splits of the data set.
* `{frames = ["ulm_000000_000019"]}` or `{frames = "list.txt"}`: these frames.
* `{of = "train", share = 0.1}`: a share of a split of the data set, or of several (a list of names), drawn at random by
  frames, or with `by = "city"` by whole cities. With `seed`, other frames are drawn. Without `share`: the rest.

Shares are parts of what lists of cities and frames leave of the split. Frames that are in no split are an error, unless
the file says `unlisted = "drop"`.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args

import msgspec

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.source.drawing import draw_cities, shuffled
from cityconv.source.frame_names import FrameNames, pick_frames, read_frame_names
from cityconv.source.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cityconv.source.frame import Frame

Unit = Literal["frame", "city"]  # what is drawn for a share
_UNITS = get_args(Unit)
_NAME = re.compile(r"\w[\w.+-]{0,99}")
_UNLISTED = "unlisted"
_ALL = 1 + 1e-9  # the sum of shares such as 0.1 and 0.7 and 0.2 is not exactly 1


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Which frames a split has. The fields are the keys of the file.

    Attributes:
        of: splits of the data set.
        cities: names of cities.
        frames: names of frames, or a file of these.
        share: the part of `of`, above 0 and at most 1; None for the rest.
        by: what is drawn.
        seed: another one draws another share.
    """

    of: str | list[str] | None = None
    cities: list[str] | None = None
    frames: str | list[str] | None = None
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    by: Unit | None = None
    seed: int | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of splits of the data set, sorted."""
        return tuple(sorted({self.of} if isinstance(self.of, str) else set(self.of or ())))

    def draw(self, frames: Sequence[Frame], number: int) -> Sequence[Frame]:
        """Return a number of frames, drawn at random, or about that number if whole cities are drawn."""
        if self.by == "city":
            return draw_cities(frames, number, self.seed or 0)
        return shuffled(frames, self.seed or 0)[:number]


class Splits(NamedTuple):
    """The content of a file of splits.

    Attributes:
        file: the file.
        rules: which frames each split has, by its name.
        lists: the frames of the splits that name them.
        drops_unlisted: whether frames in no split are left out; otherwise, they are an error.
    """

    file: str
    rules: Mapping[str, Rule]
    lists: Mapping[str, FrameNames]
    drops_unlisted: bool

    def content(self) -> dict[str, Any]:
        """Return the splits as `parse_splits` takes them, with the names of frames in place of files of these."""
        tables = {name: msgspec.to_builtins(rule) for name, rule in self.rules.items()}
        for name, listed in self.lists.items():
            tables[name]["frames"] = list(listed.names)
        return {**tables, **({_UNLISTED: "drop"} if self.drops_unlisted else {})}


def read_splits(path: Path) -> Splits:
    """Return the splits that a TOML file describes.

    Raises:
        UsageError: the file, or a file of frames that it names, cannot be read, or breaks a rule.
    """
    return parse_splits(read_toml(path), str(path))


def parse_splits(content: Mapping[str, Any], file: str, *, reads_lists: bool = True) -> Splits:
    """Return the splits that the content of a file describes; see `read_splits`.

    Args:
        content: what the TOML file has, or what `Splits.content` returned.
        file: the file, for messages.
        reads_lists: whether files of frames are read; not those that a manifest names, which may come from anyone.
    """
    tables = dict(content)
    unlisted = tables.pop(_UNLISTED, "fail")
    if unlisted not in ("fail", "drop"):
        raise UsageError(f'{file}: expected "fail" or "drop" - at `{_UNLISTED}`')
    if not tables:
        raise UsageError(f"{file}: no splits", 'for example: val = {of = "train", share = 0.1}')
    rules = {name: _parse_rule(file, name, table) for name, table in tables.items()}
    lists = {
        name: _listed(file, name, rule.frames, reads_lists) for name, rule in rules.items() if rule.frames is not None
    }
    return Splits(file, rules, lists, unlisted == "drop")


def _parse_rule(file: str, name: str, table: object) -> Rule:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{file}: {quoted(name)} cannot name a split; letters, digits and _ . + - can")
    try:
        rule = msgspec.convert(table, Rule)
    except msgspec.ValidationError as error:
        raise _rule_error(file, name, table, str(error)) from None
    given = msgspec.to_builtins(rule).keys()
    if not given & {"of", "cities", "frames"}:
        raise UsageError(f"{file}: needs of, cities or frames - at `{name}`")
    if "frames" in given and len(given) > 1:
        raise UsageError(f"{file}: frames cannot be combined with other keys - at `{name}`")
    if "cities" in given and given & {"share", "by", "seed"}:
        raise UsageError(f"{file}: cities cannot be combined with share, by or seed - at `{name}`")
    if "share" not in given and given & {"by", "seed"}:
        raise UsageError(f"{file}: by and seed need share - at `{name}`")
    return rule


def _rule_error(file: str, name: str, table: object, error: str) -> UsageError:
    """Return what msgspec found wrong, with a suggestion for a misspelled key or value."""
    what, _, where = error.partition(" - at `$")
    place = f" - at `{name}{where.rstrip('`')}`"
    keys = Rule.__struct_fields__
    if isinstance(table, dict):
        if unknown := next((key for key in table if key not in keys), None):
            hint = suggestion(unknown, keys, f"available: {', '.join(keys)}")
            return UsageError(f"{file}: unknown key - at `{name}.{unknown}`", hint)
        if where == ".by`" and isinstance(table["by"], str):
            return UsageError(f"{file}: unknown value {quoted(table['by'])}{place}", suggestion(table["by"], _UNITS))
    return UsageError(f"{file}: {what}{place}")


def _listed(file: str, name: str, frames: str | list[str], may_read: bool) -> FrameNames:
    if isinstance(frames, str):
        if not may_read or not frames or "\0" in frames:
            raise UsageError(f"{file}: expected names of frames, or a file of these - at `{name}.frames`")
        return read_frame_names(Path(frames))
    return FrameNames(file, frames, [f"`{name}.frames[{index}]`" for index in range(len(frames))])


def apply_splits(frames: Sequence[Frame], splits: Splits) -> list[Frame]:
    """Return frames in their new splits, sorted.

    Raises:
        UsageError: a split, city or frame of the file is not in the data set, a frame would be in two splits or,
            unless the file drops these, in none, the shares of a split are more than 1, or a split would be empty.
    """
    placed: dict[Frame, str] = {}
    for name in splits.rules:
        for frame in _named_frames(frames, splits, name):
            if (other := placed.setdefault(frame, name)) != name:
                raise UsageError(f"{splits.file}: {frame.where} is in {other} and in {name} - at `{name}`")
    for sources, names in _divided(splits).items():
        pool = [frame for frame in frames if frame.source_split in sources and frame not in placed]
        placed.update(_divide(pool, {name: splits.rules[name] for name in names}, splits.file))
    for name in splits.rules:
        if name not in placed.values():
            raise UsageError(f"{splits.file}: no frames for split {quoted(name)} - at `{name}`")
    if not splits.drops_unlisted:
        _refuse_unlisted((frame for frame in frames if frame not in placed), splits.file)
    return sorted(frame.in_split(name) for frame, name in placed.items())


def _named_frames(frames: Sequence[Frame], splits: Splits, name: str) -> list[Frame]:
    """Return the frames of a split that lists these or their cities."""
    rule = splits.rules[name]
    if listed := splits.lists.get(name):
        return pick_frames(frames, listed)
    _check_names(rule.sources, {frame.source_split for frame in frames}, "split", splits.file, f"`{name}.of`")
    if rule.cities is None:
        return []
    inside = [frame for frame in frames if not rule.sources or frame.source_split in rule.sources]
    _check_names(rule.cities, {frame.city for frame in inside}, "city", splits.file, f"`{name}.cities`")
    return [frame for frame in inside if frame.city in rule.cities]


def _check_names(names: Iterable[str], known: set[str], what: str, file: str, place: str) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"{file}: no {what} named {quoted(name)} - at {place}", suggestion(name, sorted(known)))


def _divided(splits: Splits) -> dict[tuple[str, ...], list[str]]:
    """Return which splits divide which splits of the data set among them."""
    divided: dict[tuple[str, ...], list[str]] = {}
    for name, rule in splits.rules.items():
        if rule.of is not None and rule.cities is None:
            divided.setdefault(rule.sources, []).append(name)
    first: dict[str, str] = {}
    for sources, names in divided.items():
        for source in sources:
            if (other := first.setdefault(source, names[0])) != names[0]:
                raise UsageError(
                    f"{splits.file}: {other} and {names[0]} both take frames of {source} - at `{names[0]}.of`",
                    "splits that share frames need the same `of`",
                )
    return divided


def _divide(pool: Sequence[Frame], rules: Mapping[str, Rule], file: str) -> dict[Frame, str]:
    """Return the split of each frame that splits divide among them: first the shares, and then the rest."""
    placed: dict[Frame, str] = {}
    left = list(pool)
    end = 0.0
    for name, rule in sorted(rules.items()):  # so that the order in the file does not matter
        if rule.share is None:
            continue
        end += rule.share
        if end > _ALL:
            of = " and ".join(rule.sources)
            raise UsageError(f"{file}: the shares of {of} are more than 1: {end:g} - at `{name}.share`")
        drawn = rule.draw(left, round(len(pool) * end) - len(placed))
        placed.update(dict.fromkeys(drawn, name))
        left = [frame for frame in left if frame not in placed]
    rest = [name for name, rule in rules.items() if rule.share is None]
    if len(rest) > 1:
        raise UsageError(f"{file}: {rest[0]} and {rest[1]} both take the rest - at `{rest[1]}`", "share divides it")
    for name in rest:
        placed.update(dict.fromkeys(left, name))
    return placed


def _refuse_unlisted(frames: Iterable[Frame], file: str) -> None:
    counts = Counter(frame.source_split for frame in frames)
    if counts:
        shown = ", ".join(f"{number:,} of {split}" for split, number in sorted(counts.items()))
        raise UsageError(f"{file}: frames in no split: {shown}", f'{_UNLISTED} = "drop" leaves them out')
