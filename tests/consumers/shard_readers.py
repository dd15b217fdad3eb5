"""Readers of WebDataset shards."""

from __future__ import annotations

from tests.consumers.reader import Reader

_WEBDATASET = "webdataset==0.2.111"
_DATASETS = "datasets==5.2.0"

_SHARDS = (
    "cityconv labelmap city -o packed --kind labelIds --kind instanceIds --images copy --archive tar --shard-frames 2"
)

SHARD_READERS = (
    Reader(
        "webdataset `WebDataset`",
        _WEBDATASET,
        _SHARDS,
        """\
import io

import numpy as np
import webdataset
from PIL import Image


def open_image(extension, content):  # webdataset's own "pil" turns all images into 8-bit RGB, maps of 16 bits too
    return Image.open(io.BytesIO(content)) if extension.endswith(("png", "jpg")) else None


shards = "packed/shards/train-{000000..000001}.tar"
data = webdataset.WebDataset(shards, shardshuffle=False).decode(open_image)
pairs = list(data.to_tuple("png", "instanceids.png"))
images = len(pairs)
objects = sum((np.unique(instances) >= 1000).sum() for _, instances in pairs)
""",
        4,
        53,
        "version 1.0.2 loads the same",
    ),
    Reader(
        "webdataset `wids.ShardListDataset`",
        _WEBDATASET,
        _SHARDS,
        """\
import numpy as np
import wids

data = wids.ShardListDataset("packed/shards/train.json", cache_dir="shards-of-train")
images = len(data)
objects = sum((np.unique(data[index][".instanceids.png"]) >= 1000).sum() for index in range(len(data)))
""",
        4,
        53,
        "reads the index; not in webdataset from version 1 on",
    ),
    Reader(
        "Hugging Face datasets `webdataset`",
        _DATASETS,
        _SHARDS,
        """\
import numpy as np
from datasets import load_dataset

files = {"train": "packed/shards/train-*.tar"}
data = load_dataset("webdataset", data_files=files, split="train")
images = len(data)
objects = sum((np.unique(instances) >= 1000).sum() for instances in data["instanceids.png"])
""",
        4,
        53,
    ),
)
