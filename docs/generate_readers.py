"""Generate docs/readers.md from the list of readers. `make docs` runs it, and a test checks the page."""

from __future__ import annotations

from pathlib import Path

from tests.consumers.reader import Reader
from tests.consumers.readers import READERS, SAMPLE

PAGE = Path(__file__).parent / "readers.md"
_INTRODUCTION = f"""\
# Readers

Other software that loads the outputs of cityconv as they are, with the code that loads them. `make consumers` runs the
commands and the code. This page is generated from `tests/consumers/readers.py`; `make docs` updates it.

The numbers are those of a synthetic data set:

```sh
{SAMPLE}
```

It has 4 frames of `train`, and 2 each of `val` and `test`. Readers that load one split load `train`, which has 53
objects; all frames have 73. YOLO skips groups of objects, such as `cargroup`. In VOC, they are difficult objects, so
there are 59 in `train` and 80 in all. Some readers reject symbolic links, so hard links or copies are used.
"""
_HEADER = """
| reader | tested | images | objects | notes |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the text of the page."""
    sections = (_section(reader) for reader in READERS if reader.code)
    return "".join((_INTRODUCTION, _HEADER, *map(_row, READERS), *sections))


def _row(reader: Reader) -> str:
    found = [_number(count) if reader.code else "not run" for count in (reader.images, reader.objects)]
    return f"| {reader.framework} | {reader.version.replace('==', ' ')} | {' | '.join(found)} | {reader.reason} |\n"


def _number(count: int | None) -> str:
    return "" if count is None else str(count)


def _section(reader: Reader) -> str:
    return f"\n## {reader.framework}\n\n```sh\n{reader.command}\n```\n\n```python\n{reader.code}```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
