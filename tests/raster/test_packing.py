"""Packed keys: they unpack to what was packed and sort in its order, up to the limits of `scan_convert`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityconv.raster.packing import pack_bits, pack_corner, unpack_bits, unpack_corner

SIDES = st.integers(1, 32_768)
SEGMENTS = st.integers(0, 65_534)


@given(st.data(), SIDES, SIDES)
def test_corners_with_flags_unpack_to_themselves_and_sort_by_segment_y_x_and_flags(
    data: st.DataObject, height: int, width: int
) -> None:
    corners = st.tuples(SEGMENTS, st.integers(0, height), st.integers(0, width), st.integers(0, 3))
    wanted = data.draw(st.lists(corners, max_size=9))
    segment, y, x, flags = np.array(wanted, np.int64).reshape(-1, 4).T
    key = pack_bits(pack_corner(segment, y, x, height, width), flags, 2)
    corner, unpacked_flags = unpack_bits(np.sort(key), 2)
    unpacked = np.stack((*unpack_corner(corner, height, width), unpacked_flags), axis=1)
    assert unpacked.tolist() == [list(item) for item in sorted(wanted)]
