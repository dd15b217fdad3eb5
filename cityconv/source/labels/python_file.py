"""A `labels.py` as people edit it, read as data and never run.

Only the list `labels` of `Label(...)` calls with literal values is read, and the fields of `Label`. Code that could
change the list at run time is refused, and so is any call that does more than build data.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from cityconv.errors import UsageError, quoted
from cityconv.source.labels.rows import Row, build_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.source.labels.table import LabelTable

# The fields in cityscapesScripts, for a file that imports `Label`.
_USUAL_FIELDS = ("name", "id", "trainId", "category", "categoryId", "hasInstances", "ignoreInEval", "color")
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)
_PURE_FUNCTIONS = {
    "namedtuple", "dict", "list", "tuple", "set", "frozenset", "OrderedDict", "defaultdict", "reversed", "sorted",
    "len", "range", "enumerate", "zip", "min", "max", "sum", "any", "all", "str", "int", "float", "bool",
}  # fmt: skip
_PURE_METHODS = {"namedtuple", "append", "add", "extend", "update", "setdefault", "get", "keys", "values", "items"}
_PURE_MODULES = {"np", "numpy"}


class _Fields(NamedTuple):
    """The names of a row's fields, in order, and their default values."""

    names: tuple[str, ...]
    defaults: dict[str, object]


def parse_labels_py(text: str, file: str) -> LabelTable:
    """Return the label table of a `labels.py`.

    Args:
        text: Python as in cityscapesScripts' `helpers/labels.py`: rows with positional or keyword arguments, fields
            from a `namedtuple` or an annotated class of the same file. Unknown columns whose names do not end in `Id`
            are ignored.
        file: the file's name, for messages.

    Raises:
        UsageError: the text is not Python, has no such list, or has other code at the top level.
    """
    return build_table(file, _LabelsFile(text, file).rows())


class _LabelsFile:
    """The syntax tree of a file."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about escape sequences
                self._statements = ast.parse(text).body
        except SyntaxError as error:
            place = f" - at line {error.lineno}" if error.lineno else ""  # a NUL character is reported without one
            raise UsageError(f"{file}: not Python 3: {error.msg}{place}") from None
        except ValueError as error:  # of NUL characters, before Python 3.11.4
            raise UsageError(f"{file}: not Python 3: {error}") from None
        except (RecursionError, MemoryError):
            raise UsageError(f"{file}: nested too deeply") from None
        self._lists = [value for statement in self._statements for value in _assigned(statement, "labels")]

    def rows(self) -> Iterator[Row]:
        """Yield the rows of `labels`."""
        maker = self._maker()
        for statement in self._statements:
            self._check(statement, maker)
        fields = self._fields(maker)
        for call in self._calls(maker):
            yield Row(self._values(call, fields), line=call.lineno)

    def _maker(self) -> str:
        """Return the name of the function called for each row, usually `Label`."""
        match self._lists:
            case [
                ast.List(elts=[ast.Call(func=ast.Name(id=name)), *_])
                | ast.Tuple(elts=[ast.Call(func=ast.Name(id=name)), *_]),
                *_,
            ]:
                return str(name)
        return "Label"

    def _check(self, statement: ast.stmt, maker: str) -> None:
        """Refuse a statement that does more than define names."""
        if isinstance(statement, _DEFINITIONS) or _is_docstring(statement) or _is_main_guard(statement):
            return
        if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.For)):
            self._refuse(statement, "refused, not run: only imports, definitions and assignments are allowed")
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and not _is_pure(node, maker):
                self._refuse(node, "refused, not run: a call that does more than build data")

    def _calls(self, maker: str) -> Iterator[ast.Call]:
        """Yield the elements of `labels`."""
        changes = [node for statement in self._statements for node in _changes(statement)]
        if not self._lists:
            raise UsageError(f"{self._file}: no list `labels`", "expected: labels = [Label(...), ...]")
        if len(changes) > 1:
            self._refuse(changes[1], "`labels` is changed after its definition")
        value = self._lists[0]
        if not isinstance(value, (ast.List, ast.Tuple)):
            self._refuse(value, f"expected labels = [{maker}(...), ...]")
        for element in value.elts:
            if not isinstance(element, ast.Call) or not _is_name(element.func, maker):
                self._refuse(element, f"expected {maker}(...)")
            yield element

    def _fields(self, maker: str) -> _Fields:
        """Return the fields of a row: those that the file defines, or the usual ones if it imports `Label`."""
        values = [value for statement in self._statements for value in _assigned(statement, maker)]
        bodies = [node for node in self._statements if isinstance(node, ast.ClassDef) and node.name == maker]
        definitions: list[ast.expr | ast.stmt] = [*values, *bodies]
        if len(definitions) > 1:
            self._refuse(definitions[1], f"{maker} is defined twice")
        if bodies:
            return self._class_fields(bodies[0])
        return self._namedtuple_fields(values[0]) if values else _Fields(_USUAL_FIELDS, {})

    def _class_fields(self, definition: ast.ClassDef) -> _Fields:
        fields = [node for node in definition.body if isinstance(node, ast.AnnAssign)]
        annotated = {node.target.id: node.value for node in fields if isinstance(node.target, ast.Name)}
        if not annotated:
            self._refuse(definition, f"no annotated fields in class {definition.name}")
        return _Fields(tuple(annotated), {name: self._literal(value) for name, value in annotated.items() if value})

    def _namedtuple_fields(self, value: ast.expr) -> _Fields:
        names: object = None
        match value:
            case ast.Call(
                func=ast.Name(id="namedtuple") | ast.Attribute(attr="namedtuple"), args=[_, spec], keywords=[]
            ):
                names = self._literal(spec)
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            self._refuse(value, "expected namedtuple(NAME, [FIELD, ...])")
        return _Fields(tuple(names), {})

    def _values(self, call: ast.Call, fields: _Fields) -> dict[str, object]:
        given = list(zip(fields.names, call.args, strict=False))
        given += [(keyword.arg or "**", keyword.value) for keyword in call.keywords]
        if len(call.args) > len(fields.names):
            self._refuse(call, f"{len(call.args)} values for {len(fields.names)} fields")
        values = dict(fields.defaults)
        seen: set[str] = set()
        for name, node in given:
            if name not in fields.names or name in seen:
                self._refuse(node, f"{quoted(name)} is {'given twice' if name in seen else 'not a field'}")
            seen.add(name)
            values[name] = self._literal(node)
        for name in fields.names:
            if name not in values:
                self._refuse(call, f"missing {name}")
        return values

    def _literal(self, node: ast.expr) -> object:
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, RecursionError, MemoryError):
            self._refuse(node, "expected a literal value")

    def _refuse(self, node: ast.stmt | ast.expr, problem: str) -> NoReturn:
        raise UsageError(f"{self._file}: {problem} - at line {node.lineno}")


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_main_guard(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and _is_name(statement.test.left, "__name__")
    )


def _is_pure(call: ast.Call, maker: str) -> bool:
    """Return whether a call only builds data: a row, a container, an array."""
    match call.func:
        case ast.Name(id=name):
            return name == maker or name in _PURE_FUNCTIONS
        case ast.Attribute(value=owner, attr=name):
            return name in _PURE_METHODS or any(_is_name(owner, module) for module in _PURE_MODULES)
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _assigned(statement: ast.stmt, name: str) -> Iterator[ast.expr]:
    """Yield the value that a statement assigns to a name."""
    match statement:
        case ast.Assign(targets=targets, value=value) if any(_is_name(target, name) for target in targets):
            yield value
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_name(target, name):
            yield value


def _changes(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield where a statement sets `labels` or a part of it, or calls one of its methods."""
    if isinstance(statement, _DEFINITIONS) or _is_main_guard(statement):
        return
    for node in ast.walk(statement):
        match node:
            case (
                ast.Name(id="labels", ctx=ast.Store() | ast.Del())
                | ast.Subscript(value=ast.Name(id="labels"), ctx=ast.Store() | ast.Del())
                | ast.Call(func=ast.Attribute(value=ast.Name(id="labels")))
            ):
                yield node
