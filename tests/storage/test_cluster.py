"""Workers of a Dask cluster and data sets in stores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError, WorkerError
from tests.builders import SCENES, tree_of, write_dataset, write_images
from tests.commands import convert, invoke
from tests.engine.test_dask_executor import SEARCH_PATH, cluster_of  # which is skipped, and this with it, without Dask
from tests.storage.server import put

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.server import Server


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_images(tmp_path / "source/leftImg8bit", *SCENES)
    return write_dataset(tmp_path / "source")


def test_workers_read_for_themselves(source: Path, server: Server, bucket: str, tmp_path: Path) -> None:
    url = server.put(source, f"{bucket}/source")
    with cluster_of(tmp_path, 1) as cluster:
        run = ("--images", "copy", "--scheduler", cluster.address)
        assert invoke("coco", url, "-o", tmp_path / "out", *run).status == 0
    assert len(server.reads) == 2 * len(SCENES)
    convert("coco", source, "-o", tmp_path / "expected", "--images", "copy")
    assert tree_of(tmp_path / "out") == tree_of(tmp_path / "expected")


def test_workers_without_obstore_are_refused(source: Path, server: Server, bucket: str, tmp_path: Path) -> None:
    url = server.put(source, f"{bucket}/source")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/obstore.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path / "other"), SEARCH_PATH])
    with (
        cluster_of(tmp_path, 1, PYTHONPATH=path) as cluster,
        pytest.raises(WorkerError, match="cannot read from stores without obstore"),
    ):
        invoke("coco", url, "-o", tmp_path / "out", "--scheduler", cluster.address)


def test_memory_is_not_shared_with_a_cluster(source: Path, memory: str, tmp_path: Path) -> None:
    url = put(source, f"{memory}/source")
    with pytest.raises(UsageError, match="workers cannot read memory:"):
        invoke("coco", url, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
