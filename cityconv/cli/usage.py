"""Wrong command lines: what Typer finds wrong, in the form of all other errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from cityconv.errors import UsageError, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

# The base of all that Typer raises about a command line. Typer has no public name for it.
TYPER_ERROR: type[Exception] = typer.BadParameter.__mro__[1]


def group_of(names: Collection[str], make: Callable[[str], Any]) -> type[TyperGroup]:
    """Return the class of a group of commands, each made when it is needed: all of them take longer than a short run.

    Args:
        names: the names of the commands, in the order of help.
        make: makes the command of a name.
    """

    class CommandGroup(TyperGroup):
        """The commands, with a suggestion for one that does not exist, and help where none is given."""

        def list_commands(self, _: Any) -> list[str]:  # noqa: ANN401 - Typer keeps these types to itself
            return list(names)

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as above
            if not args and not ctx.resilient_parsing:
                typer.echo(ctx.get_help(), err=True)
                raise typer.Exit(UsageError.exit_status)
            return super().parse_args(ctx, args)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
            if cmd_name in names:
                return make(cmd_name)
            if not ctx.resilient_parsing and not cmd_name.startswith("-"):
                raise UsageError(f"unknown command {quoted(cmd_name)}", suggestion(cmd_name, names))
            return None

    return CommandGroup


def usage_error(error: Any) -> UsageError:  # noqa: ANN401 - as above
    """Return what Typer raised about a command line as an error of ours."""
    context = error.ctx
    help_hint = f"`{context.command_path} --help` shows the usage" if context else ""
    if hasattr(error, "possibilities"):  # an unknown option
        known = [flag for parameter in context.command.get_params(context) for flag in parameter.opts]
        return UsageError(f"unknown option {error.option_name}", suggestion(error.option_name, known, help_hint))
    if parameter := getattr(error, "param", None):
        name = next((flag for flag in parameter.opts if flag.startswith("--")), parameter.metavar)
        return UsageError(f"{name}: {_uncapitalized(error.message)}" if error.message else f"missing {name}", help_hint)
    return UsageError(_uncapitalized(error.message), help_hint)


def _uncapitalized(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")
