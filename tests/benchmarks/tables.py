"""Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_BAR = 40  # letters of the longest bar


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; columns after the first are aligned to the right if they hold numbers."""
    rows = list(rows)
    rule = ["--:" if _is_number(row) else "---" for row in (rows[0] if rows else head)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _is_number(cell: str) -> bool:
    return cell.lstrip("*")[:1].isdigit()


def bar_chart(values: Sequence[tuple[str, float]], unit: str) -> str:
    """Return bars as a code block."""
    longest = max(value for _, value in values)
    wide = max(len(name) for name, _ in values)
    lines = [f"{name:<{wide}} {value:6.2f} {unit} {'█' * round(_BAR * value / longest)}" for name, value in values]
    return "\n".join(("```text", *(line.rstrip() for line in lines), "```"))


def megabytes(size: float) -> str:
    """Return a number of bytes in millions."""
    return f"{size / 1e6:.0f}"
