"""The libraries that compress and encode: another version of them may write other bytes for the same pixels."""

from __future__ import annotations

from zlib_ng import zlib_ng


def library_versions(*, encodes_images: bool) -> dict[str, str]:
    """Return the versions of zlib-ng, of which the Python package contains a copy, and if it is used of OpenCV.

    Args:
        encodes_images: whether OpenCV encodes images. Nothing else that it computes depends on its version.
    """
    versions = {"zlib-ng": str(zlib_ng.ZLIBNG_RUNTIME_VERSION)}
    if encodes_images:
        import cv2

        versions["opencv"] = cv2.__version__
    return versions
