"""PNGs of object maps: OpenCV decodes them to the image, and the header describes it."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cityconv.raster.png import encode_png
from tests.pngs import GRAY, PALETTE, RGB, RGBA, chunks, decode_image, header
from tests.raster.masks import object_map_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

POLYGONS = 5
IMAGES = arrays(np.int64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, POLYGONS))


def tables(dtype: type, *channels: int) -> st.SearchStrategy[NDArray[Any]]:
    return arrays(dtype, (POLYGONS + 1, *channels))


def decode(content: bytes) -> NDArray[Any]:
    """Return the image with its channels in the order of the file."""
    image = decode_image(content)
    if image.ndim == 2:
        return image
    return image[..., [2, 1, 0, 3][: image.shape[2]]]


def check(image: NDArray[np.int64], table: NDArray[Any], bits: int, color_type: int) -> None:
    """Assert that the PNG of the object map of an image through a table has these pixels and this type."""
    content = encode_png(object_map_of(image), table)
    assert header(content) == (image.shape[1], image.shape[0], bits, color_type)
    np.testing.assert_array_equal(decode(content), table[image])


@given(IMAGES, tables(np.uint8))
def test_bytes_become_an_8_bit_gray_image(image: NDArray[np.int64], table: NDArray[np.uint8]) -> None:
    check(image, table, 8, GRAY)


@given(IMAGES, tables(np.uint16))
def test_words_of_either_byte_order_become_a_16_bit_gray_image(
    image: NDArray[np.int64], table: NDArray[np.uint16]
) -> None:
    check(image, table.astype("<u2"), 16, GRAY)
    check(image, table.astype(">u2"), 16, GRAY)


@given(IMAGES, tables(np.uint8, 4))
def test_four_channels_become_an_rgba_image(image: NDArray[np.int64], table: NDArray[np.uint8]) -> None:
    check(image, table, 8, RGBA)


@given(IMAGES, tables(np.uint8, 3))
def test_three_channels_become_an_rgb_image(image: NDArray[np.int64], table: NDArray[np.uint8]) -> None:
    check(image, table, 8, RGB)


@pytest.mark.parametrize("size", [POLYGONS + 1, 21, 256])
def test_indices_become_a_palette_image(size: int) -> None:
    rng = np.random.default_rng(size)
    colors = rng.integers(0, 256, (size, 3), np.uint8)
    image = rng.integers(0, POLYGONS + 1, (7, 5))
    table = rng.permutation(size)[: POLYGONS + 1].astype(np.uint8)
    content = encode_png(object_map_of(image), table, colors)
    assert header(content) == (5, 7, 8, PALETTE)
    assert chunks(content)["PLTE"] == colors.tobytes()
    np.testing.assert_array_equal(decode(content), colors[table[image]])


def test_every_byte_of_a_word_counts() -> None:
    image = np.arange(65_536).reshape(256, 256)
    check(image, np.arange(65_536, dtype=np.uint16)[::-1], 16, GRAY)


def test_alternating_types_and_sizes_leave_no_traces_in_the_next_image() -> None:
    rng = np.random.default_rng(0)
    types: list[tuple[tuple[int, ...], type[np.uint8 | np.uint16], int, int]] = [
        ((), np.uint8, 8, GRAY),
        ((), np.uint16, 16, GRAY),
        ((3,), np.uint8, 8, RGB),
        ((4,), np.uint8, 8, RGBA),
    ]
    for _ in range(20):
        for channels, dtype, bits, color_type in types:
            image = rng.integers(0, POLYGONS + 1, rng.choice([(4, 6), (6, 4), (12, 2), (3, 8)]))
            table = rng.integers(0, np.iinfo(dtype).max, (POLYGONS + 1, *channels), dtype, endpoint=True)
            check(image, table, bits, color_type)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_map_of_the_released_size_decodes_to_itself(dtype: type) -> None:
    image = np.repeat(np.arange(200).reshape(20, 10), 52, axis=0).repeat(205, axis=1)[:1024, :2048]
    check(image, np.arange(200, dtype=dtype) * np.iinfo(dtype).max, np.iinfo(dtype).bits, GRAY)


def test_every_chunk_has_its_length_and_checksum() -> None:
    content = encode_png(object_map_of(np.arange(12).reshape(3, 4)), np.arange(12, dtype=np.uint16))
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    offset, names = 8, []
    while offset < len(content):
        length, name = struct.unpack(">I4s", content[offset : offset + 8])
        end = offset + 8 + length
        assert struct.unpack(">I", content[end : end + 4])[0] == zlib.crc32(content[offset + 4 : end])
        names.append(name)
        offset = end + 4
    assert names == [b"IHDR", b"IDAT", b"IEND"]
