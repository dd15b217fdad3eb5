"""Which tests should notice a change in a module."""

from __future__ import annotations

from pathlib import Path

_COMMANDS = ("tests/cli",)
_OUTPUTS = ("tests/formats/test_selections.py", "tests/verification", "tests/robustness/outputs")
_NEAR = {  # for modules without tests of the same name
    "": ("tests/cli/test_command_line.py", "tests/cli/test_bad_input.py"),
    "options": ("tests/cli/test_command_line.py", "tests/cli/test_recipe.py"),
    "check": ("tests/check", "tests/formats"),
    "check/expected_files.py": ("tests/verification/test_outputs.py",),
    "cli": ("tests/cli/test_command_line.py", "tests/cli/test_report_file.py"),
    "engine": ("tests/engine/test_publishing.py", "tests/engine/test_update.py", "tests/engine/test_report.py"),
    "engine/process_pool.py": ("tests/engine/test_executors.py",),
    "engine/shards.py": ("tests/engine/test_archive.py",),
    "engine/worker.py": ("tests/engine/test_executors.py",),
    "frame": ("tests/frame", "tests/formats/labelmap", "tests/formats/coco/test_writer.py", "tests/cli/test_size.py"),
    "frame/reading.py": ("tests/cli/test_size.py", "tests/layouts/test_layouts.py"),
    "source": ("tests/source/test_layout.py", "tests/source/test_images.py", "tests/engine/test_images.py"),
    "source/files.py": ("tests/source/test_images.py", "tests/source/test_layout.py"),
    "source/png_chunks.py": ("tests/source/test_map_png.py", "tests/check/test_png.py"),
    "verification/shards.py": ("tests/engine/test_archive.py",),
}
_MORE = {
    "": _COMMANDS,
    "options": _COMMANDS,
    "storage": ("tests/storage",),
    "source": (
        *("tests/source", "tests/layouts", "tests/formats/labelmap", "tests/formats/test_selections.py"),
        *("tests/engine/test_images.py", "tests/robustness/malformed"),
    ),
    "raster": ("tests/raster", "tests/formats/coco", "tests/formats/yolo", "tests/cli/test_digests.py"),
    "frame": ("tests/frame", "tests/formats", "tests/layouts", "tests/cli/test_size.py"),
    "check": ("tests/check", "tests/formats", *_OUTPUTS),
    "formats": (*_OUTPUTS, "tests/cli/test_digests.py"),
    "engine": ("tests/engine", *_COMMANDS, "tests/robustness/faults", "tests/robustness/signals"),
    "statistics": ("tests/statistics", "tests/cli/test_stats.py"),
    "verification": ("tests/verification", "tests/cli/test_verify.py", "tests/robustness/outputs"),
    "previews": ("tests/previews",),
    "synthesis": ("tests/synthesis", "tests/cli/test_digests.py"),
    "api": ("tests/api", "tests/cli/test_digests.py"),
    "cli": (*_COMMANDS, "tests/test_docs.py", "tests/robustness/malformed"),
}


def near_tests(root: Path, module: Path) -> list[str]:
    """Return the few files of tests that are likely to notice a change, as paths relative to the root.

    Args:
        root: the root of the repository.
        module: path of the module, relative to the root.
    """
    below, package = _place(module)
    folder = Path("tests", *below.parts[:-1])
    same_name = folder / f"test_{below.name}"
    if (root / same_name).exists():
        others = [folder.as_posix()] if package == "formats" else []
        return _files(root, [same_name.as_posix(), *others])
    own_folder = [folder.as_posix()] if len(below.parts) > 2 and (root / folder).exists() else []
    return _files(root, _NEAR.get(below.as_posix()) or own_folder or _NEAR.get(package) or _MORE[package])


def more_tests(root: Path, module: Path) -> list[str]:
    """Return the other files of tests that could notice a change, as paths relative to the root."""
    near = near_tests(root, module)
    return [path for path in _files(root, _MORE[_place(module)[1]]) if path not in near]


def _place(module: Path) -> tuple[Path, str]:
    """Return the path below the package `cityconv`, and the package in it, or ""."""
    below = module.relative_to("cityconv")
    return below, below.parts[0] if len(below.parts) > 1 else ""


def _files(root: Path, targets: tuple[str, ...] | list[str]) -> list[str]:
    """Return the files of tests at paths, each once. pytest does not keep the order of a file and its folder."""
    found = (path for target in targets for path in sorted((root / target).rglob("test_*.py")) or [root / target])
    return list(dict.fromkeys(path.relative_to(root).as_posix() for path in found))
