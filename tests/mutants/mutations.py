"""Mutants: modules with one small change that should matter."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path("cityconv")  # below the root of the repository

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    Attributes:
        path: path of the module, relative to the root of the repository.
        number: the number of the change among those of the module.
        line: where the change is.
        before: the changed expression or statement.
        after: what stands there instead.
        identity: what is changed, in words that changes elsewhere in the package leave as they are.
    """

    path: Path
    number: int
    line: int
    before: str
    after: str
    identity: str

    @property
    def package(self) -> str:
        """The package of the module below `cityconv`, or "" for a module that is in none."""
        return self.path.parts[1] if len(self.path.parts) > 2 else ""

    def source(self, original: str) -> str:
        """Return the source of the module with the change, without comments."""
        tree = ast.parse(original)
        place, changed = next(islice(_all_changes(tree), self.number, None))
        if place.position is None:
            setattr(place.parent, place.name, changed)
        else:
            getattr(place.parent, place.name)[place.position] = changed
        return ast.unparse(tree)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {_shown(self.before)} -> {_shown(self.after)}"


def _shown(code: str) -> str:
    """Return the first line of code, cut."""
    return f"`{code.partition(chr(10))[0][:70]}`"


def sample_mutants(root: Path, seed: int, number: int) -> list[Mutant]:
    """Return some mutants of all packages. A larger number adds to a smaller one."""
    mutants = [mutant for path in sorted((root / PACKAGE).rglob("*.py")) for mutant in _mutants(root, path)]
    return sorted(mutants, key=lambda mutant: hashlib.sha256(f"{seed} {mutant.identity}".encode()).digest())[:number]


def _mutants(root: Path, path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    relative = path.relative_to(root)
    is_drawing = relative.parts[1] == "synthesis"  # numbers there are a matter of taste
    seen: Counter[str] = Counter()
    for number, (place, changed) in enumerate(_all_changes(ast.parse(path.read_text()))):
        if is_drawing and isinstance(changed, ast.Constant):
            continue
        before, after = ast.unparse(place.node), ast.unparse(changed)
        identity = f"{relative} {before} -> {after}"
        seen[identity] += 1
        yield Mutant(relative, number, place.line, before, after, f"{identity} {seen[identity]}")


class _Place(NamedTuple):
    """A node, and the field of its parent that has it; its position if that is a list."""

    parent: ast.AST
    name: str
    position: int | None
    node: ast.AST
    line: int


def _all_changes(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST]]:
    """Yield each change of a module: the place, and what could stand there."""
    return ((place, changed) for place in _places(tree, 0) for changed in _changes(place.node))


def _places(parent: ast.AST, line: int) -> Iterator[_Place]:
    """Yield every node below a parent that runs; `line` is that of the parent."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "decorator_list", "keywords" if isinstance(parent, ast.ClassDef) else ""):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and not _is_for_type_checkers(node):
                place = _Place(parent, name, index, node, getattr(node, "lineno", line))
                yield place
                yield from _places(node, place.line)


def _is_for_type_checkers(node: ast.AST) -> bool:
    """Return whether a node only has types, as imports for annotations and aliases do."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return node.value.id in ("Annotated", "Literal", "Callable", "Union")
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("cast", "TypeVar")


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what could stand instead of a node."""
    changed = copy.copy(node)  # its parts are shared, and stay as they are
    yield from _other_operators(changed)
    yield from _other_values(changed)
    yield from _other_flow(changed)


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(left=ast.JoinedStr()) | ast.BinOp(right=ast.JoinedStr()):
            return  # the sum of texts; any other operator is an error at once
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign() if type(node.op) in _OPERATORS:
            node.op = _OPERATORS[type(node.op)]()  # type: ignore[assignment]
            yield node
        case ast.Compare(ops=[operator]) if type(operator) in _OPERATORS:
            node.ops = [_OPERATORS[type(operator)]()]  # type: ignore[list-item]
            yield node
        case ast.UnaryOp(op=ast.Not()) | ast.UnaryOp(op=ast.USub()):
            yield node.operand


def _other_values(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)


def _other_flow(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.If() | ast.IfExp() | ast.While():
            node.test = ast.UnaryOp(ast.Not(), node.test)
            yield node
        case ast.comprehension(ifs=[_, *others]):
            node.ifs = others
            yield node
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
