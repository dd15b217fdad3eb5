"""Maps in PNG files: every layout of pixels is read exactly, every damage refused in one line."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityconv.errors import AnnotationError
from cityconv.source import limits
from cityconv.source.map_png import read_color_map, read_id_map
from tests.pngs import GRAY, PALETTE, RGB, RGBA
from tests.source.png_files import CHANNELS, GRAY_ALPHA, SIGNATURE, chunk, filter_rows, header, make_png, stored_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WHERE = "a/b_gt.png"
END = chunk(b"IEND")


def noise(shape: tuple[int, ...], depth: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, 1 << depth, shape)


def numbers(colors: NDArray[Any]) -> NDArray[np.int64]:
    red, green, blue = (colors[..., channel].astype(np.int64) for channel in range(3))
    return red << 16 | green << 8 | blue


def refusal(content: bytes, read: Callable[[bytes, str], Any] = read_id_map) -> str:
    """Return what is said of a file, without the file's name."""
    with pytest.raises(AnnotationError) as caught:
        read(content, WHERE)
    message = str(caught.value)
    assert message.startswith(f"{WHERE}: ")
    assert message.isprintable()
    assert len(message) < 200
    return message.removeprefix(f"{WHERE}: ")


# --- what is read -----------------------------------------------------------------------------------------------------


def every_shape(test: Callable[..., None]) -> Callable[..., None]:
    shapes = pytest.mark.parametrize("shape", [(1, 1), (7, 5), (3, 17), (40, 33)])
    shaped: Callable[..., None] = shapes(pytest.mark.parametrize("interlaced", [False, True])(test))
    return shaped


@every_shape
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_gray_values_are_read_as_stored(depth: int, interlaced: bool, shape: tuple[int, int]) -> None:
    pixels = noise(shape, depth)
    image = read_id_map(make_png(pixels, depth, GRAY, interlaced=interlaced), WHERE)
    assert image.dtype == (np.uint16 if depth == 16 else np.uint8)
    np.testing.assert_array_equal(image, pixels)


@every_shape
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_gives_indices_as_ids_and_its_colors_as_colors(
    depth: int, interlaced: bool, shape: tuple[int, int]
) -> None:
    pixels, palette = noise(shape, depth), noise((1 << depth, 3), 8).astype(np.uint8)
    content = make_png(pixels, depth, PALETTE, interlaced=interlaced, palette=palette.tobytes())
    np.testing.assert_array_equal(read_id_map(content, WHERE), pixels)
    colors = read_color_map(content, WHERE)
    assert colors.dtype == np.uint32
    np.testing.assert_array_equal(colors, numbers(palette[pixels]))


@every_shape
@pytest.mark.parametrize("color_type", [RGB, RGBA])
def test_colors_are_red_green_blue_whatever_their_alpha(
    color_type: int, interlaced: bool, shape: tuple[int, int]
) -> None:
    pixels = noise((*shape, CHANNELS[color_type]), 8)
    colors = read_color_map(make_png(pixels, 8, color_type, interlaced=interlaced), WHERE)
    assert colors.dtype == np.uint32
    np.testing.assert_array_equal(colors, numbers(pixels))


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("depth", [8, 16])
def test_all_row_filters_are_read(depth: int, number: int) -> None:
    pixels = noise((8, 11), depth)
    data = zlib.compress(filter_rows(stored_rows(pixels, depth), 8, number, depth // 8))
    np.testing.assert_array_equal(read_id_map(with_data(data, header(11, 8, depth)), WHERE), pixels)


@pytest.mark.parametrize(
    "more",
    [
        chunk(b"gAMA", struct.pack(">I", 10_000)),
        chunk(b"tRNS", b"\0\7"),
        chunk(b"sBIT", b"\1"),
        chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),  # to be turned by 90 degrees
        chunk(b"tEXt", b"damaged"),
        chunk(b"cHRM", b"damaged") + chunk(b"iCCP", b"damaged") + chunk(b"abCd"),
    ],
)
def test_optional_chunks_do_not_change_the_pixels(more: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    pixels = noise((6, 9), 8)
    np.testing.assert_array_equal(read_id_map(make_png(pixels, more=more), WHERE), pixels)
    assert capfd.readouterr() == ("", "")


def test_pixel_data_may_come_in_several_chunks() -> None:
    pixels = noise((6, 9), 8)
    whole = make_png(pixels)
    start = whole.index(b"IDAT") - 4
    data = whole[start + 8 : -len(END) - 4]
    parts = b"".join(chunk(b"IDAT", data[index : index + 7]) for index in range(0, len(data), 7))
    content = whole[:start] + chunk(b"IDAT") + parts + chunk(b"IDAT") + END
    np.testing.assert_array_equal(read_id_map(content, WHERE), pixels)


# --- what is refused --------------------------------------------------------------------------------------------------

GOOD = make_png(noise((6, 9), 8))
INDEXED = make_png(noise((6, 9), 2), 2, PALETTE, palette=bytes(range(12)))


def with_data(data: bytes, head: bytes = header(9, 6)) -> bytes:
    """Return a PNG of 9 x 6 gray pixels, or of another header, with any pixel data."""
    return SIGNATURE + head + chunk(b"IDAT", data) + END


def with_header(width: int, height: int, depth: int = 8, color_type: int = 0, *, rest: bytes = b"\0\0\0") -> bytes:
    """Return a PNG of any header, with the pixel data of 9 x 6 gray pixels."""
    return with_data(zlib.compress(rows()), header(width, height, depth, color_type, rest))


def with_palette(chunks: bytes) -> bytes:
    """Return a PNG with indices of 2 bits, and any chunks as its palette."""
    return INDEXED.replace(chunk(b"PLTE", bytes(range(12))), chunks)


def with_chunks(more: bytes) -> bytes:
    """Return a PNG with further chunks before the pixels."""
    return make_png(noise((6, 9), 8), more=more)


def rows(number: int = 6, filter_byte: int = 0) -> bytes:
    return bytes((filter_byte, *range(9))) * number


BEFORE_END = GOOD[: -len(END)]
TOO_LONG = "the longest side that is read is 32768"
TOO_SHORT_DATA = "less pixel data than the image needs"
TOO_MUCH_DATA = "more pixel data than the image needs"
DAMAGED = {
    "no bytes": (b"", "the file is empty"),
    "JPEG": (cv2.imencode(".jpg", noise((6, 9), 8).astype(np.uint8))[1].tobytes(), "not a PNG"),
    "text": (b"version https://git-lfs.github.com/spec/v1\n", "not a PNG"),
    "line ends changed": (GOOD.replace(b"\r\n", b"\n", 1), "not a PNG"),
    "bytes after the end": (GOOD + b"\0\0", "2 bytes after the IEND chunk"),
    "two files in one": (GOOD + GOOD, f"{len(GOOD)} bytes after the IEND chunk"),
    "no header": (SIGNATURE + chunk(b"IDAT") + END, "the first chunk is IDAT, not IHDR"),
    "nothing but an end": (SIGNATURE + END, "the first chunk is IEND, not IHDR"),
    "second header": (with_chunks(header(9, 6)), "more than one IHDR chunk"),
    "second palette": (with_palette(chunk(b"PLTE", bytes(12)) * 2), "more than one PLTE chunk"),
    "late palette": (BEFORE_END + chunk(b"PLTE", bytes(3)) + END, "the PLTE chunk comes after the pixels"),
    "no palette": (with_palette(b""), "no PLTE chunk"),
    "palette cut": (with_palette(chunk(b"PLTE", bytes(11))), "a palette of 11 bytes"),
    "palette of 257 colors": (with_palette(chunk(b"PLTE", bytes(771))), "a palette of 771 bytes"),
    "no pixel chunk": (SIGNATURE + header(9, 6) + END, "no IDAT chunk"),
    "pixels in two places": (
        BEFORE_END + chunk(b"tIME", bytes(7)) + chunk(b"IDAT") + END,
        "IDAT chunks with other chunks between them",
    ),
    "unknown critical chunk": (with_chunks(chunk(b"ABCD")), "unknown critical chunk ABCD"),
    "chunk without a name": (with_chunks(chunk(b"a\nb\x1b")), "no chunk name at byte 37"),
    "100,001 chunks": (with_chunks(chunk(b"tEXt") * 99_998), "more than 100,000 chunks"),
    "animation": (with_chunks(chunk(b"acTL", struct.pack(">II", 1, 0))), "an animated PNG"),
    "broken animation": (with_chunks(chunk(b"fcTL", b"?") + chunk(b"fdAT")), "an animated PNG"),
    "header of 12 bytes": (with_data(b"", chunk(b"IHDR", bytes(12))), "a header of 12 bytes, not 13"),
    "header of 14 bytes": (with_data(b"", chunk(b"IHDR", bytes(14))), "a header of 14 bytes, not 13"),
    "no columns": (with_header(0, 6), "an image of 0 x 6 pixels"),
    "no rows": (with_header(9, 0), "an image of 9 x 0 pixels"),
    "3 bits": (with_header(9, 6, 3), "color type 0 with 3 bits, which PNG does not have"),
    "32 bits": (with_header(9, 6, 32), "color type 0 with 32 bits, which PNG does not have"),
    "palette of 16 bits": (with_header(9, 6, 16, 3), "color type 3 with 16 bits"),
    "RGB of 4 bits": (with_header(9, 6, 4, 2), "color type 2 with 4 bits"),
    "color type 1": (with_header(9, 6, 8, 1), "color type 1 with 8 bits"),
    "unknown compression": (with_header(9, 6, rest=b"\1\0\0"), "unknown compression 1"),
    "unknown filter method": (with_header(9, 6, rest=b"\0\1\0"), "filter method 1"),
    "unknown interlacing": (with_header(9, 6, rest=b"\0\0\2"), "interlacing 2"),
    "60,000 x 60,000": (with_header(60_000, 60_000), f"60000 x 60000 pixels; {TOO_LONG}"),
    "one row of 2**31 - 1": (with_header(2**31 - 1, 1), TOO_LONG),
    "32,768 x 32,768": (with_header(32_768, 32_768), "1,073,741,824 pixels, more than the limit of 16,777,216"),
    "no data": (with_data(b""), TOO_SHORT_DATA),
    "not compressed": (with_data(rows()), "damaged pixel data"),
    "compressed data cut": (with_data(zlib.compress(rows())[:-6]), TOO_SHORT_DATA),
    "checksum of the data cut": (with_data(zlib.compress(rows())[:-1]), TOO_SHORT_DATA),
    "checksum of the data wrong": (with_data(zlib.compress(rows())[:-1] + b"?"), "damaged pixel data"),
    "bytes after the data": (with_data(zlib.compress(rows()) + b"?"), TOO_MUCH_DATA),
    "one row too few": (with_data(zlib.compress(rows(5))), TOO_SHORT_DATA),
    "one row too many": (with_data(zlib.compress(rows(7))), TOO_MUCH_DATA),
    "one byte too few": (with_data(zlib.compress(rows()[:-1])), TOO_SHORT_DATA),
    "one byte too many": (with_data(zlib.compress(rows() + b"?")), TOO_MUCH_DATA),
    "100 MB from 100 KB": (with_data(zlib.compress(bytes(100_000_000), 9)), TOO_MUCH_DATA),
    "unknown row filter": (with_data(zlib.compress(rows(5) + rows(1, filter_byte=5))), "an unknown row filter"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_refused_in_one_line_and_nothing_is_printed(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    content, expected = DAMAGED[name]
    for read in (read_id_map, read_color_map):
        assert expected in refusal(content, read)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [GOOD, INDEXED], ids=["gray", "palette"])
def test_a_file_cut_anywhere_is_refused(content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    for end in range(1, len(content)):
        assert refusal(content[:end]) in ("not a PNG", f"truncated after byte {end}")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [GOOD, INDEXED], ids=["gray", "palette"])
@pytest.mark.parametrize("bit", [0, 5, 7])
def test_a_file_with_any_bit_flipped_is_refused(content: bytes, bit: int, capfd: pytest.CaptureFixture[str]) -> None:
    for index in range(len(content)):
        damaged = bytearray(content)
        damaged[index] ^= 1 << bit
        refusal(bytes(damaged))
    assert capfd.readouterr() == ("", "")


def test_a_wrong_crc_is_refused_in_every_chunk() -> None:
    offset = len(SIGNATURE)
    while offset < len(INDEXED):
        length, name = struct.unpack_from(">I4s", INDEXED, offset)
        damaged = bytearray(INDEXED)
        damaged[offset + 8 + length] ^= 1
        assert refusal(bytes(damaged)) == f"wrong CRC in the {name.decode()} chunk at byte {offset}"
        offset += length + 12


@given(st.data())
def test_pixel_data_of_any_bytes_is_decoded_or_refused(data: st.DataObject) -> None:
    filtered = data.draw(st.lists(st.integers(0, 5), min_size=6, max_size=6))
    pixels = data.draw(st.binary(min_size=9, max_size=9))
    content = with_data(zlib.compress(b"".join(bytes((number, *pixels)) for number in filtered)))
    if max(filtered) <= 4:
        assert read_id_map(content, WHERE).shape == (6, 9)
    else:
        assert refusal(content) == "an unknown row filter"


@given(st.binary(max_size=200), st.booleans(), st.sampled_from([1, 2, 4, 8, 16]))
def test_compressed_data_of_any_bytes_is_decoded_or_refused(data: bytes, interlaced: bool, depth: int) -> None:
    head = header(9, 6, depth, rest=bytes((0, 0, interlaced)))
    assert "pixel data" in refusal(with_data(data, head)) or "filter" in refusal(with_data(data, head))


NO_IDS = "but a map of ids must be gray or have a palette"
NO_COLORS = "but a map of colors must be 8-bit RGB or RGBA, or have a palette"


@pytest.mark.parametrize(
    ("depth", "color_type", "read", "expected"),
    [
        (8, RGB, read_id_map, f"8-bit RGB, {NO_IDS}"),
        (8, RGBA, read_id_map, f"8-bit RGBA, {NO_IDS}"),
        (16, RGB, read_id_map, f"16-bit RGB, {NO_IDS}"),
        (8, GRAY_ALPHA, read_id_map, f"8-bit gray with alpha, {NO_IDS}"),
        (16, GRAY_ALPHA, read_id_map, f"16-bit gray with alpha, {NO_IDS}"),
        (1, GRAY, read_color_map, f"1-bit gray, {NO_COLORS}"),
        (16, GRAY, read_color_map, f"16-bit gray, {NO_COLORS}"),
        (16, RGB, read_color_map, f"16-bit RGB, {NO_COLORS}"),
        (16, RGBA, read_color_map, f"16-bit RGBA, {NO_COLORS}"),
        (8, GRAY_ALPHA, read_color_map, f"8-bit gray with alpha, {NO_COLORS}"),
    ],
)
def test_pixels_of_another_form_are_refused(
    depth: int, color_type: int, read: Callable[[bytes, str], Any], expected: str
) -> None:
    shape = (6, 9) if color_type == GRAY else (6, 9, CHANNELS[color_type])
    assert refusal(make_png(noise(shape, depth), depth, color_type), read) == expected


def test_an_index_beyond_the_palette_is_an_id_but_no_color() -> None:
    pixels = np.array([[0, 1, 2], [0, 3, 1]])
    content = make_png(pixels, 4, PALETTE, palette=bytes(9))
    np.testing.assert_array_equal(read_id_map(content, WHERE), pixels)
    assert refusal(content, read_color_map) == "palette index 3 at x 1, y 1, but the palette has 3 colors"


def test_the_limit_of_pixels_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "limits", lambda: limits.Limits(pixels=53))
    assert refusal(GOOD).startswith("54 pixels, more than the limit of 53 (CITYCONV_MAX_PIXELS)")


def test_what_opencv_refuses_by_a_limit_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise cv2.error("(w*h) <= CV_IO_MAX_IMAGE_PIXELS")

    content = cv2.imencode(".png", np.zeros((2, 3), np.uint8))[1].tobytes()
    for decode in (fail, lambda *_: None):
        monkeypatch.setattr(cv2, "imdecode", decode)
        assert refusal(content) == "OpenCV cannot decode the pixels"
