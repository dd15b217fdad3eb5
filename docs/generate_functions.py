"""Generate cityconv/api/functions.py from the options of the commands. `make docs` runs it, and a test checks the file.

Functions with written-out parameters are what type checkers, editors and `help()` understand.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from pathlib import Path
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from cityconv.cli import COMMANDS
from cityconv.formats import FORMATS
from cityconv.options import Option, SourceOptions
from cityconv.storage.url import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = Path(__file__).parents[1] / "cityconv/api/functions.py"
_HEAD = '''\
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
'''
_LINE = 120


class _Function(NamedTuple):
    """A function.

    Attributes:
        summary: what it does, as the first lines of its docstring.
        groups: the classes of its options.
        returns: the type of its result.
        result: what its result is, for the docstring.
        call: the function of `api.calls` that does the work.
    """

    summary: str
    groups: tuple[type, ...]
    returns: str
    result: str
    call: str


_CONVERSION = ("Summary", "What was converted and skipped; with `dry_run`, the files that would be written.")
_RESULTS = {
    "run": _CONVERSION,
    "merge": ("Summary", "What the output holds."),
    "stats": ("Collected", "The counts: `.statistics()` has all numbers of the JSON."),
    "preview": ("Previewed", "What was drawn, and where it was written."),
    "verify": ("Verification", "The checks and their findings; none if the output is what its options describe."),
    "sample": ("list[SampleFrame]", "The frames."),
    "labels": ("LabelTable", "The table; that of a draft, with `source`."),
}
_OPEN = _Function(
    "Return the frames of a data set, to iterate over. Each is read and rasterized when it is used.",
    (SourceOptions,),
    "Frames",
    "The frames, sorted.",
    "call_open(locals())",
)


def text() -> str:
    """Return the text of the module."""
    return "\n".join((_HEAD, *(f"\n{_definition(name, item)}" for name, item in sorted(_functions().items()))))


def _functions() -> dict[str, _Function]:
    functions = {"open": _OPEN}
    for name, command in COMMANDS.items():
        returns, result = _RESULTS.get(name, _CONVERSION)
        call = f'call_conversion("{name}", locals())' if name in FORMATS else f"call_{name}(locals())"
        functions[name] = _Function(command.help, tuple(command.groups.values()), returns, result, call)
    return functions


def _definition(name: str, function: _Function) -> str:
    shown = [parameter for group in function.groups for parameter in _parameters(group)]
    first = [parameter for parameter in shown if parameter.is_positional or parameter.name == name]
    others = [parameter for parameter in shown if parameter not in first]
    lines = [
        f"def {name}(",
        *(f"    {item.code}," for item in first),
        "    *,",
        *(f"    {item.code}," for item in others),
    ]
    summary, _, more = function.summary.partition("\n\n")
    lines += [f") -> {function.returns}:", f'    """{summary}', ""]
    lines += [*_wrapped(" ".join(more.split()), "    "), ""] if more else []
    lines += ["    Args:", *(line for item in (*first, *others) for line in item.help), ""]
    lines += [
        "    Returns:",
        *_wrapped(function.result, "        "),
        '    """',
        f"    return calls.{function.call}",
        "",
    ]
    return "\n".join(lines)


class _Parameter(NamedTuple):
    """A parameter: its name, its code, the lines of its help, and whether it may be given without its name."""

    name: str
    code: str
    help: list[str]
    is_positional: bool


def _parameters(group: type) -> Iterator[_Parameter]:
    hints, kinds = get_type_hints(group, include_extras=True), get_type_hints(group)
    for field in fields(group):
        option = _option(hints[field.name])
        if option.in_python:
            default = "" if field.default is MISSING else f" = {_literal(field.default)}"
            yield _Parameter(
                field.name,
                f"{field.name}: {_type(kinds[field.name])}{default}",
                _wrapped(f"{field.name}: {_help(option)}", "        ", "            "),
                _is_positional(field, option),
            )


def _option(hint: object) -> Option:
    (option,) = (item for item in get_args(hint) if isinstance(item, Option))
    return option


def _help(option: Option) -> str:
    return option.help.replace("; - for standard output", "")


def _is_positional(field: Field[Any], option: Option) -> bool:
    return option.is_argument or field.default is MISSING


_NAMES: Mapping[object, str] = {
    Path: "StrPath",
    Location: "StrPath",
    list[str]: "str | Sequence[str]",
    list[Path]: "Sequence[StrPath]",
    type(None): "None",
}


def _type(kind: object) -> str:
    """Return a type as code."""
    if kind in _NAMES:
        return _NAMES[kind]
    if get_origin(kind) is Literal:
        return f"Literal[{', '.join(map(_literal, get_args(kind)))}]"
    if get_args(kind):
        return " | ".join(map(_type, get_args(kind)))
    return getattr(kind, "__name__", str(kind))


def _literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _wrapped(words: str, indent: str, more: str | None = None) -> list[str]:
    wrapper = TextWrapper(_LINE, initial_indent=indent, subsequent_indent=indent if more is None else more)
    wrapper.break_on_hyphens = wrapper.break_long_words = False
    return wrapper.wrap(words.replace("\\", "\\\\"))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
