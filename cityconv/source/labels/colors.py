"""Colors for labels that come without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from cityconv.source.labels.table import Color

_CHANNEL_BITS = 8


def distinct_colors(taken: Container[Color] = ()) -> Iterator[Color]:
    """Yield colors, each another one and none of those that are taken, the most different ones first.

    Counts from 1 and deals the bits of the number to red, green and blue in turn, highest bit first, as the color map
    of Pascal VOC does. Black is not among them.
    """
    for number in range(1, 2 ** (3 * _CHANNEL_BITS)):
        color = (_channel(number), _channel(number >> 1), _channel(number >> 2))
        if color not in taken:
            yield color


def _channel(bits: int) -> int:
    """Return every third bit of a number, the lowest as the highest."""
    return sum((bits >> 3 * place & 1) << (_CHANNEL_BITS - 1 - place) for place in range(_CHANNEL_BITS))
