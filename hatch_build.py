"""Keeps .gitignore, which hatchling always adds, out of the source distribution."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SourceDistributionHook(BuildHookInterface):
    """Changes what is added to the source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Remove .gitignore from the files that are added whatever `include` says."""
        added = build_data["force_include"]
        build_data["force_include"] = {path: name for path, name in added.items() if name != ".gitignore"}
