"""Hooks of MkDocs: the README is the first page, and links to files outside of the site lead to the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_BLOB = "https://github.com/cityconv/cityconv/blob/main/"
_ROOT = Path(__file__).parents[1]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README as the first page; its links are those of a page in docs then."""
    text = (_ROOT / "README.md").read_text("utf-8")
    text = re.sub(r"^\[!\[.*\n", "", text, flags=re.MULTILINE)  # badges, which ask other sites
    text = re.sub(r"\]\((?!https?:|#|docs/)", f"]({_BLOB}", text)
    text = text.replace("](docs/", "](")
    files.append(File.generated(config, "index.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Let links to files outside of docs lead to the repository."""
    return re.sub(r"\]\(\.\./(?=[A-Z])", f"]({_BLOB}", markdown)
