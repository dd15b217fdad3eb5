"""From the fields of option classes to the parameters of Typer commands, with help under headings."""

from __future__ import annotations

import inspect
import os
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import typer
from msgspec import Meta
from typer.core import TyperCommand

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.options import Heading, Option, choices_of
from cityconv.storage.url import Location, parse_location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Options that exclude each other. One from the environment gives way to the other on the command line.
_PAIRS = (
    *(("jobs", "scheduler"), ("limit", "sample"), ("classes", "class_map"), ("frames", "full")),
    *(("update", "overwrite"), ("update", "resume")),
)
_GIVING_WAY = (*_PAIRS, *((other, one) for one, other in _PAIRS), ("report", "dry_run"))  # a dry run stays one


def command_of(name: str, function: Callable[..., None], groups: Mapping[str, type]) -> Callable[..., None]:
    """Return a function whose parameters Typer understands.

    Args:
        name: the name of the command, for its environment variables.
        function: takes one instance of an option class per keyword.
        groups: the option class of each keyword; no two have a field of the same name.
    """

    def command(**values: Any) -> None:  # noqa: ANN401 - parsed by Typer
        function(
            **{
                keyword: group(**{field.name: values[field.name] for field in fields(group)})
                for keyword, group in groups.items()
            }
        )

    parameters = [parameter for group in groups.values() for parameter in _parameters(name, group)]
    vars(command)["__signature__"] = inspect.Signature(parameters)
    return command


def _parameters(command: str, group: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    types = get_type_hints(group)
    for field in fields(group):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        kind, info = types[field.name], _typer_info(command, field, hints[field.name])
        annotation = Annotated[kind, info]  # type: ignore[valid-type]  # made at run time
        yield inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _typer_info(command: str, field: Field[Any], hint: object) -> object:
    """Return Typer's description of a field of a command."""
    kind, *metadata = get_args(hint)
    metadata += [item for part in get_args(kind) for item in get_args(part)[1:]]  # the range of an optional number
    (option,) = (item for item in metadata if isinstance(item, Option))
    limits = next((item for item in metadata if isinstance(item, Meta)), Meta())
    parse_path = _path_parser(option.metavar if option.is_argument else _flag(field, option), kind)
    choices = choices_of(kind)
    if option.is_argument:
        return typer.Argument(
            metavar=option.metavar,
            envvar=option.variable or None,
            parser=parse_path,
            show_default=option.shows_default,
            help=option.help,
        )
    flags = [_flag(field, option)]  # a name alone would give every switch a --no- twin
    return typer.Option(
        *([option.short] if option.short else []),
        *flags,
        *([option.alias] if option.alias else []),
        metavar=option.metavar or (f"<{'|'.join(choices)}>" if choices else None),
        envvar=_variables(command, flags[0], option.heading),
        show_envvar=False,  # the same for all options, so it is said once
        parser=parse_path or (_choice_parser(flags[0], choices) if choices else None),
        autocompletion=_completer(choices) if choices else None,
        min=limits.ge,
        max=limits.le,
        show_default=option.shows_default and kind is not bool and field.default is not MISSING,
        help=option.help,
        rich_help_panel=option.heading,
    )


def _flag(field: Field[Any], option: Option) -> str:
    return option.flag or f"--{field.name.replace('_', '-')}"


def _variables(command: str, flag: str, heading: Heading) -> list[str]:
    """Return the environment variables of an option: of one command, and for how it runs also of all commands."""
    name = flag.strip("-").replace("-", "_").upper()
    everywhere = [f"CITYCONV_{name}"] if heading is Heading.RUNNING else []
    return [f"CITYCONV_{command.upper()}_{name}", *everywhere]


def _choice_parser(flag: str, choices: Sequence[str]) -> Callable[[str], str]:
    """Return what checks the value of an option that has a few."""

    def parse(value: str) -> str:
        if value not in choices:
            raise UsageError(f"{flag}: unknown value {quoted(value)}", suggestion(value, choices))
        return value

    return parse


def _completer(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what a shell offers for the value of an option that has a few."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def _path_parser(name: str, kind: object) -> Callable[[str | Path], Location] | None:
    """Return what makes a path of the value of a parameter, or also a URL; None for one of another type.

    Args:
        name: what messages call the parameter.
        kind: its type.
    """
    kinds = (kind, *get_args(kind))

    def parse(value: str | Path) -> Location:
        if not str(value):  # which `Path` would take for the current folder
            raise UsageError(f"{name}: the path is empty", "for the current folder, write .")
        location = parse_location(str(value))
        if Location not in kinds and not isinstance(location, Path):
            raise UsageError(f"{name}: a path is expected, not the URL of a store")
        return location

    return parse if Location in kinds or Path in kinds else None


class GroupedCommand(TyperCommand):
    """A command whose help lists options under headings, and examples at its end.

    Its options on the command line win over those from the environment that they cannot be combined with.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer keeps these types to itself
        """Take the options from the command line and the environment."""
        rest = super().parse_args(ctx, args)
        parameters = {parameter.name: parameter for parameter in self.get_params(ctx)}
        for one, other in () if ctx.resilient_parsing else _GIVING_WAY:
            if variable := _variable_of(ctx, parameters.get(one)):
                if _is_on_command_line(ctx, other):
                    ctx.params[one] = parameters[one].get_default(ctx)
                elif second := _variable_of(ctx, parameters.get(other)):
                    raise UsageError(f"{variable} cannot be combined with {second}")
        return rest

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer keeps these types to itself
        """Write the arguments, and then the options under their headings."""
        sections: dict[str, list[tuple[str, str]]] = {heading: [] for heading in ("Arguments", *Heading)}
        for parameter in self.get_params(ctx):
            is_argument = parameter.param_type_name == "argument"
            heading = "Arguments" if is_argument else getattr(parameter, "rich_help_panel", None) or Heading.RUNNING
            if record := parameter.get_help_record(ctx):
                sections[heading].append(record)
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        """Write the examples, one per line."""
        with formatter.section("Examples"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"  {line}\n")


def _variable_of(ctx: Any, parameter: Any) -> str:  # noqa: ANN401 - as above
    """Return the environment variable that gives an option a value, or nothing."""
    if parameter is None or ctx.params[parameter.name] in (None, False):
        return ""
    if ctx.get_parameter_source(parameter.name).name != "ENVIRONMENT":
        return ""
    variable: str = next(name for name in parameter.envvar if os.environ.get(name))
    return variable


def _is_on_command_line(ctx: Any, name: str) -> bool:  # noqa: ANN401 - as above
    return ctx.params.get(name) not in (None, False) and ctx.get_parameter_source(name).name == "COMMANDLINE"
