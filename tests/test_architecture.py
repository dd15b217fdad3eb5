"""The rules of the house: which room may know which, and who may print, exit, read and write."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import cityconv
from cityconv.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(cityconv.__file__).parent
# The rooms in the order of the road: each may import those before it, and itself.
ROOMS = (
    *("storage", "source", "raster", "frame", "check", "formats", "engine"),
    *("verification", "statistics", "previews", "synthesis", "api", "cli"),
)
SEPARATE = {  # before it on the road, and yet unknown to it
    "raster": {"source"},
    "statistics": {"check", "formats", "verification"},
    "previews": {"statistics"},
    "synthesis": {"verification", "statistics", "previews"},
}
FOR_ALL = {"errors", "options", "signals", "version", "vocabulary"}  # below all rooms; options is a folder
INDEPENDENT = {"reader", "checker"}
FILE_MODULES = {"io", "json", "os", "pathlib", "shutil", "tempfile", "tomllib", "zipfile"}
SPEAKING = {"print", "input", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer.write"}
ENDING = {"exit", "quit", "sys.exit", "os._exit", "os.abort", "SystemExit"}
OPENING = {"open", "os.open", "io.open", "zipfile.ZipFile"}
READING = {"read_bytes", "read_text"}
WRITING = {"write_bytes", "write_text", "mkdir", "unlink", "rename", "replace", "touch", "rmdir", "symlink_to"}


class Module(NamedTuple):
    """A module of the package, its room and its syntax."""

    path: Path
    room: str
    tree: ast.Module

    def imports(self, at_run_time: bool = False) -> Iterator[str]:
        """Yield the full name of all that is imported; with `at_run_time` not what only type checkers see."""
        for node in _walk(self.tree, at_run_time):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}: a relative import"
                assert node.module
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def names(self) -> Iterator[str]:
        """Yield every name and dotted name that is used."""
        return (ast.unparse(node) for node in ast.walk(self.tree) if isinstance(node, (ast.Name, ast.Attribute)))

    def methods(self) -> Iterator[str]:
        """Yield the name of every method that is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func.attr


def _walk(tree: ast.AST, at_run_time: bool) -> Iterator[ast.AST]:
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (at_run_time and isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _walk(child, at_run_time)


def modules(*rooms: str, package: Path = PACKAGE) -> list[Module]:
    """Return the modules of these rooms."""
    return [
        Module(path, room, ast.parse(path.read_text("utf-8")))
        for room in rooms
        for path in sorted((package / room).rglob("*.py"))
    ]


def strangers(module: Module) -> set[str]:
    """Return the imports from rooms that the room of a module must not know."""
    known = {*ROOMS[: ROOMS.index(module.room) + 1]} - SEPARATE.get(module.room, set())
    inside = (name for name in module.imports() if name.split(".")[0] == "cityconv")
    return {name for name in inside if name != "cityconv" and _room(name) not in FOR_ALL | known}


def _room(name: str) -> str:
    return name.removeprefix("cityconv.").partition(".")[0]


def tops(module: Module) -> set[str]:
    """Return the top-level packages that a module imports."""
    return {name.split(".")[0] for name in module.imports()}


@pytest.fixture
def planted(tmp_path: Path) -> Module:
    """A module of `raster` that breaks every rule."""
    (tmp_path / "raster").mkdir()
    (tmp_path / "raster/bad.py").write_text(
        "import typer, tqdm, sys\nfrom pathlib import Path\nfrom cityconv.source.layout import Frame\n"
        "def bad():\n    from cityconv import engine\n    print(Frame)\n    sys.exit(open('x').read())\n"
        "    Path('x').write_bytes(b'')\n"
    )
    (module,) = modules("raster", package=tmp_path)
    return module


def test_the_scan_sees_all_that_is_planted(planted: Module) -> None:
    assert strangers(planted) == {
        "cityconv.source.layout",
        "cityconv.source.layout.Frame",
        "cityconv.engine",
    }
    assert {"typer", "tqdm", "pathlib"} <= tops(planted)
    assert {"print", "sys.exit", "open"} <= set(planted.names())
    assert "write_bytes" in set(planted.methods())


def test_every_folder_of_the_package_is_a_room() -> None:
    assert {path.parent.relative_to(PACKAGE).parts[0] for path in PACKAGE.glob("*/**/*.py")} == {*ROOMS, "options"}


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_one_way(room: str) -> None:
    assert {module.path.name: found for module in modules(room) if (found := strangers(module))} == {}


@pytest.mark.parametrize("name", sorted(FOR_ALL))
def test_the_modules_below_all_rooms_know_none(name: str) -> None:
    files = [PACKAGE / f"{name}.py"] if (PACKAGE / f"{name}.py").exists() else sorted((PACKAGE / name).glob("*.py"))
    assert files
    known = FOR_ALL | {"storage"} if name == "options" else FOR_ALL  # some options are URLs
    for path in files:
        module = Module(path, "", ast.parse(path.read_text("utf-8")))
        assert {_room(imported) for imported in module.imports() if imported.startswith("cityconv.")} <= known


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_one_folder(name: str) -> None:
    assert {"options.py", "writer.py", "reader.py", "checker.py"} <= {
        path.name for path in (PACKAGE / "formats" / name).iterdir()
    }


def test_no_reader_and_no_checker_knows_a_writer() -> None:
    independent = [*modules("check"), *(module for module in modules("formats") if module.path.stem in INDEPENDENT)]
    assert len(independent) > 2 * len(FORMATS)
    for module in independent:
        assert not [name for name in module.imports() if name.split(".")[-1] == "writer" or ".writer." in name], (
            module.path
        )


def test_only_the_command_line_knows_typer() -> None:
    assert [module.path for module in modules(*{*ROOMS} - {"cli"}) if "typer" in tops(module)] == []


def test_only_progress_knows_tqdm() -> None:
    users = {str(module.path.relative_to(PACKAGE)) for module in modules(*ROOMS) if "tqdm" in tops(module)}
    assert users == {"engine/progress.py"}


def test_what_windows_lacks_is_imported_where_it_is_used() -> None:
    lacking = {"fcntl", "grp", "pwd", "resource", "termios"}
    for module in modules(*ROOMS):
        top = {alias.name for node in module.tree.body if isinstance(node, ast.Import) for alias in node.names}
        assert lacking.isdisjoint(top), module.path


def test_nothing_below_the_command_line_prints_or_exits() -> None:
    for module in modules(*{*ROOMS} - {"cli"}):
        assert (SPEAKING | ENDING).isdisjoint(module.names()), module.path


def test_raster_knows_no_files() -> None:
    for module in modules("raster"):
        assert FILE_MODULES.isdisjoint(tops(module)), module.path
        assert OPENING.isdisjoint(module.names()), module.path


def test_writers_open_no_files() -> None:
    for module in (module for module in modules("formats") if module.path.stem == "writer"):
        assert FILE_MODULES.isdisjoint(name.split(".")[0] for name in module.imports(at_run_time=True)), module.path
        assert OPENING.isdisjoint(module.names()), module.path
        assert READING.isdisjoint(module.methods()), module.path


def test_only_the_engine_writes() -> None:
    for module in modules(*{*ROOMS} - {"engine"}):
        assert (WRITING - {"replace"}).isdisjoint(module.methods()), module.path
        assert {"os.replace", "shutil.rmtree", "os.unlink", "os.remove"}.isdisjoint(module.names()), module.path
