"""The size of an output: how it is given, rounded and limited."""

from __future__ import annotations

import pytest

from cityconv.errors import UsageError
from cityconv.frame.target_size import parse_size


@pytest.mark.parametrize(
    ("text", "height", "width", "expected"),
    [
        ("1024x512", 1024, 2048, (512, 1024)),
        ("7x9", 1, 1, (9, 7)),
        ("50%", 1024, 2048, (512, 1024)),
        ("50%", 1025, 3, (513, 2)),  # halves go up
        ("33.3%", 1024, 2048, (341, 682)),  # 340.99 and 681.98
        ("2.5%", 20, 100, (1, 3)),  # 0.5 and 2.5
        ("1%", 10, 20, (1, 1)),  # at least one pixel
        ("150%", 1024, 2048, (1536, 3072)),
    ],
)
def test_a_size_is_in_pixels_or_a_share_of_each_side(
    text: str, height: int, width: int, expected: tuple[int, int]
) -> None:
    assert parse_size(text).of(height, width) == expected


@pytest.mark.parametrize(
    "text", ["", "50", "1024", "1024x", "x512", "1024X512", "-1x5", "50 %", "\u0665\u0660%", "1e2%", "2x2x2"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--size: .* is neither a width and a height nor a percentage$") as caught:
        parse_size(text)
    assert caught.value.hint == "for example 1024x512 or 50%"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0%", "the percentage is 0"),
        ("0.0%", "the percentage is 0"),
        ("0x5", "an image side must be 1 to 32768 pixels, not 0"),
        ("5x32769", "an image side must be 1 to 32768 pixels, not 32769"),
        ("32768x32768", "1,073,741,824 pixels, more than the limit of 16,777,216 (CITYCONV_MAX_PIXELS)"),
    ],
)
def test_a_size_beyond_the_limits_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_size(text)
    assert str(caught.value) == f"--size: {message}"
