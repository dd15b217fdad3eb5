"""Comparing many texts by their hashes, eight bytes each, before a few are compared as they are.

numpy is loaded where it is used: commands that compare nothing, such as `cityconv labels`, start without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


def doubled_hashes(texts: Iterable[str]) -> frozenset[int]:
    """Return the hashes that occur more than once: those of all texts that do, and hardly ever of others."""
    hashes = hashes_of(texts)
    hashes.sort()
    return frozenset(hashes[1:][hashes[1:] == hashes[:-1]].tolist())


def common_hashes(hashes: NDArray[np.int64], others: NDArray[np.int64]) -> frozenset[int]:
    """Return the hashes that both have: those of all texts that are in both, and hardly ever of others."""
    import numpy as np

    return frozenset(np.intersect1d(hashes, others).tolist())


def hashes_of(texts: Iterable[str]) -> NDArray[np.int64]:
    """Return the hash of each text, as `hash` gives it in this process."""
    import numpy as np

    return np.fromiter(map(hash, texts), np.int64)
