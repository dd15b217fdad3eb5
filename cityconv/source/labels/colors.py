"""Colors for labels that come without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from cityconv.source.labels.table import Color

_CHANNEL_BITS = 8


def distinct_colors(taken: Container[Color] = ()) -> Iterator[Color]:
    """Yield distinct colors that are not taken, the most different ones first.

    As in the color map of Pascal VOC, the bits of 1, 2, ... go to red, green and blue in turn, the lowest to the
    highest bit of a channel. Black is left out.
    """
    for number in range(1, 2 ** (3 * _CHANNEL_BITS)):
        color = (_channel(number), _channel(number >> 1), _channel(number >> 2))
        if color not in taken:
            yield color


def _channel(bits: int) -> int:
    """Return every third bit of a number, in reverse order."""
    return sum((bits >> 3 * place & 1) << (_CHANNEL_BITS - 1 - place) for place in range(_CHANNEL_BITS))
