"""Other people's readers of COCO and panoptic files; see `readers`."""

from __future__ import annotations

from tests.consumers.reader import Reader

_COCO = "cityconv coco city -o coco --images copy"
_POLYGONS = "cityconv coco city -o polygons --segmentation polygon --images copy"
_LISTS = "cityconv coco city -o lists --segmentation uncompressed-rle --groups drop --images copy"
_ROBOFLOW = "cityconv coco city -o roboflow --layout roboflow --images copy"
_PANOPTIC = "cityconv panoptic city -o panoptic --images copy"
_COCO_PANOPTIC = "cityconv panoptic city -o coco-panoptic --layout coco --flat --images copy --image-format jpg"
_TRANSFORMERS = "transformers==5.24.0"
_MMDET = "mmdet==3.3.0"
_DATUMARO = "datumaro==1.13.12"
_LABELFORMAT = "labelformat==0.1.17"
_DETECTRON2 = "detectron2==0.6 (02b5c4e2)"
_FROM_REPOSITORY = "not on PyPI, so not run here. From its repository, without its compiled operators, it loads"

_MMDET_COCO = """\
from mmdet.datasets import {name}

data = {name}(
    ann_file="{ann_file}",
    data_prefix={{"img": "coco/images/train/"}},
    metainfo={{"classes": ("person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle")}},
)
images = len(data)
objects = sum(len(data.get_data_info(index)["instances"]) for index in range(images))
"""

COCO_READERS = (
    Reader(
        "detectron2 `load_coco_json`",
        _DETECTRON2,
        _COCO,
        reason=f"{_FROM_REPOSITORY} 4 images and 59 objects",
    ),
    Reader(
        "detectron2 `register_coco_panoptic`",
        _DETECTRON2,
        _COCO_PANOPTIC,
        reason=f"{_FROM_REPOSITORY} 4 images and 98 segments. It expects images in JPEG",
    ),
    Reader(
        "detectron2 `load_cityscapes_panoptic`",
        _DETECTRON2,
        "cityconv panoptic city -o cityscapes/gtFine",
        reason=f"{_FROM_REPOSITORY} 4 images and 98 segments. It expects `labelTrainIds` and images too",
    ),
    Reader(
        "pycocotools `COCO`",
        "pycocotools==2.0.11",
        _POLYGONS,
        """\
from pycocotools.coco import COCO

data = COCO("polygons/annotations/instances_train.json")
images = len(data.imgs)
objects = sum(data.annToMask(item).sum() == item["area"] for item in data.anns.values())
""",
        images=4,
        objects=59,
    ),
    Reader(
        "torchvision `CocoDetection`",
        "torchvision==0.28.0",
        _COCO,
        """\
from torchvision.datasets import CocoDetection

data = CocoDetection("coco/images/train", "coco/annotations/instances_train.json")
images = len(data)
objects = sum(len(target) for _, target in data)
""",
        images=4,
        objects=59,
    ),
    Reader(
        "mmdetection `CocoDataset`",
        _MMDET,
        _COCO,
        _MMDET_COCO.format(name="CocoDataset", ann_file="coco/annotations/instances_train.json"),
        images=4,
        objects=59,
    ),
    Reader(
        "mmdetection `CityscapesDataset`",
        _MMDET,
        _COCO,
        _MMDET_COCO.format(name="CityscapesDataset", ann_file="coco/annotations/instances_train.json"),
        images=4,
        objects=59,
    ),
    Reader(
        "mmdetection `CocoPanopticDataset`",
        _MMDET,
        _COCO_PANOPTIC,
        """\
import json
import os

from mmdet.datasets import CocoPanopticDataset

categories = json.load(open("coco-panoptic/annotations/panoptic_train.json"))["categories"]
data = CocoPanopticDataset(
    ann_file="annotations/panoptic_train.json",
    data_root="coco-panoptic",
    data_prefix={"img": "images/train/", "seg": "annotations/panoptic_train/"},
    metainfo={
        "classes": [item["name"] for item in categories],
        "thing_classes": [item["name"] for item in categories if item["isthing"]],
        "stuff_classes": [item["name"] for item in categories if not item["isthing"]],
    },
)
infos = [data.get_data_info(index) for index in range(len(data))]
images = sum(os.path.exists(info["img_path"]) and os.path.exists(info["seg_map_path"]) for info in infos)
objects = sum(len(info["segments_info"]) for info in infos)
""",
        images=4,
        objects=98,
    ),
    Reader(
        "Hugging Face `DetrImageProcessor`, COCO",
        _TRANSFORMERS,
        _LISTS,
        """\
import json

from PIL import Image
from transformers import DetrImageProcessorPil

written = json.load(open("lists/annotations/instances_train.json"))
processor = DetrImageProcessorPil(do_resize=False, do_pad=False)
images = objects = 0
for image in written["images"]:
    items = [item for item in written["annotations"] if item["image_id"] == image["id"]]
    loaded = processor(
        Image.open(f"lists/images/train/{image['file_name']}"),
        annotations={"image_id": image["id"], "annotations": items},
        return_segmentation_masks=True,
    )
    images += 1
    objects += sum(mask.sum() == item["area"] for mask, item in zip(loaded["labels"][0]["masks"], items))
""",
        images=4,
        objects=53,
        reason="decodes no compressed codes, and fails on masks of crowds: `--groups drop`",
    ),
    Reader(
        "Hugging Face `DetrImageProcessor`, panoptic",
        _TRANSFORMERS,
        _COCO_PANOPTIC,
        """\
import json

from PIL import Image
from transformers import DetrImageProcessorPil

written = json.load(open("coco-panoptic/annotations/panoptic_train.json"))
processor = DetrImageProcessorPil(format="coco_panoptic", do_resize=False, do_pad=False)
images = objects = 0
for image, annotation in zip(written["images"], written["annotations"]):
    loaded = processor(
        Image.open(f"coco-panoptic/images/train/{image['file_name']}"),
        annotations=annotation,
        masks_path="coco-panoptic/annotations/panoptic_train",
        return_segmentation_masks=True,
    )
    areas = loaded["labels"][0]["masks"].sum(axis=(1, 2))
    images += 1
    objects += sum(area == item["area"] for area, item in zip(areas, annotation["segments_info"]))
""",
        images=4,
        objects=98,
    ),
    Reader(
        "Hugging Face `Mask2FormerImageProcessor`",
        _TRANSFORMERS,
        _COCO_PANOPTIC,
        """\
import json

import numpy as np
from PIL import Image
from transformers import Mask2FormerImageProcessorPil
from transformers.image_transforms import rgb_to_id

written = json.load(open("coco-panoptic/annotations/panoptic_train.json"))
processor = Mask2FormerImageProcessorPil(do_resize=False, ignore_index=0)
images = objects = 0
for image, annotation in zip(written["images"], written["annotations"]):
    png = Image.open(f"coco-panoptic/annotations/panoptic_train/{annotation['file_name']}")
    loaded = processor(
        Image.open(f"coco-panoptic/images/train/{image['file_name']}"),
        segmentation_maps=rgb_to_id(np.array(png)),
        instance_id_to_semantic_id={item["id"]: item["category_id"] for item in annotation["segments_info"]},
    )
    images += 1
    objects += len(loaded["class_labels"][0])
""",
        images=4,
        objects=98,
    ),
    Reader(
        "supervision `from_coco`",
        "supervision==0.31.2",
        _COCO,
        """\
import supervision

data = supervision.DetectionDataset.from_coco("coco/images/train", "coco/annotations/instances_train.json")
images = len(data)
objects = sum(len(detections.mask) for _, _, detections in data)
""",
        images=4,
        objects=59,
        reason="draws polygons one pixel larger than they are, so it is given run-length codes",
    ),
    Reader(
        "datumaro `coco_instances`",
        _DATUMARO,
        _COCO,
        """\
from datumaro import AnnotationType, Dataset

data = Dataset.import_from("coco", "coco_instances").subsets()["train"]
images = len(data)
objects = sum(item.type == AnnotationType.mask for image in data for item in image.annotations)
""",
        images=4,
        objects=59,
    ),
    Reader(
        "datumaro `coco_panoptic`",
        _DATUMARO,
        _COCO_PANOPTIC,
        """\
from datumaro import Dataset

data = Dataset.import_from("coco-panoptic", "coco_panoptic").subsets()["train"]
images = len(data)
objects = sum(len(image.annotations) for image in data)
""",
        images=4,
        objects=98,
    ),
    Reader(
        "labelformat COCO",
        _LABELFORMAT,
        _POLYGONS,
        """\
from pathlib import Path

from labelformat.formats import COCOInstanceSegmentationInput

data = COCOInstanceSegmentationInput(Path("polygons/annotations/instances_train.json"))
images = len(list(data.get_images()))
objects = sum(len(label.objects) for label in data.get_labels())
""",
        images=4,
        objects=59,
    ),
    Reader(
        "globox COCO",
        "globox==2.9.0",
        _COCO,
        """\
from globox import AnnotationSet

data = AnnotationSet.from_coco("coco/annotations/instances_train.json")
images = len(data)
objects = sum(len(image.boxes) for image in data)
""",
        images=4,
        objects=59,
    ),
    Reader(
        "RF-DETR",
        "rfdetr==1.11.2",
        _ROBOFLOW,
        """\
from rfdetr.datasets.coco import CocoDetection

folder = "roboflow/train"
data = CocoDetection(folder, f"{folder}/_annotations.coco.json", transforms=None, include_masks=True)
images = len(data)
objects = sum(len(target["masks"]) for _, target in data)
""",
        images=4,
        objects=53,
        reason="leaves out crowds",
    ),
)
