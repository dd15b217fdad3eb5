"""Wrong command lines: what Typer finds wrong, in the form of all other errors."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from cityconv.errors import UsageError, quoted, suggestion

# The base of all that Typer raises about a command line. Typer has no public name for it.
TYPER_ERROR: type[Exception] = typer.BadParameter.__mro__[1]


class CommandGroup(TyperGroup):
    """The commands, with a suggestion for one that does not exist, and help where none is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer keeps these types to itself
        """Parse the arguments before the command; without any, print help as an error."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(UsageError.exit_status)
        return super().parse_args(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        """Return a command by its name.

        Raises:
            UsageError: there is none.
        """
        command = super().get_command(ctx, cmd_name)
        if command is None and not ctx.resilient_parsing and not cmd_name.startswith("-"):
            raise UsageError(f"unknown command {quoted(cmd_name)}", suggestion(cmd_name, self.commands))
        return command


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
