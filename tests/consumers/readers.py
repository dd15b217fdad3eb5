"""Other people's readers: what each is given, and how it loads that. `docs/readers.md` shows them."""

from __future__ import annotations

from tests.consumers.coco_readers import COCO_READERS
from tests.consumers.fiftyone_readers import FIFTYONE_READERS
from tests.consumers.reader import Reader
from tests.consumers.shard_readers import SHARD_READERS

SAMPLE = "cityconv sample city --frames 8 --images"  # what the readers' commands convert

_TORCHVISION = "torchvision==0.28.0"
_ULTRALYTICS = "ultralytics==8.4.190"
_SUPERVISION = "supervision==0.31.2"
_DATUMARO = "datumaro==1.13.12"
_LABELFORMAT = "labelformat==0.1.17"
_GLOBOX = "globox==2.9.0"
_PYLABEL = "pylabel==0.1.55"

_DETECT = "cityconv yolo city -o yolo --images hardlink"
_SEGMENT = "cityconv yolo city -o outlines --task segment --images hardlink"
_OBB = "cityconv yolo city -o oriented --task obb --images hardlink"
_SEMANTIC = "cityconv yolo city -o semantic --task semantic --images hardlink"
_VOC = "cityconv voc city -o voc --task instance --images copy"
_MAPS = "cityconv labelmap city -o maps --kind labelIds --kind instanceIds --kind color --images hardlink"
_METADATA = "cityconv labelmap city -o hub --kind labelTrainIds --kind instanceIds --metadata --images hardlink"


def _one_epoch(model: str, out: str) -> str:
    return f"""\
from ultralytics import YOLO

model = YOLO("{model}.yaml")
model.train(data="{out}/data.yaml", epochs=1, imgsz=128, batch=2, workers=0, device="cpu", plots=False)
labels = model.trainer.train_loader.dataset.labels
images, objects = len(labels), sum(len(item["cls"]) for item in labels)
"""


_OF_ULTRALYTICS = (
    Reader("Ultralytics `detect`, one epoch", _ULTRALYTICS, _DETECT, _one_epoch("yolo26n", "yolo"), 4, 53),
    Reader("Ultralytics `segment`, one epoch", _ULTRALYTICS, _SEGMENT, _one_epoch("yolo26n-seg", "outlines"), 4, 53),
    Reader("Ultralytics `obb`, one epoch", _ULTRALYTICS, _OBB, _one_epoch("yolo26n-obb", "oriented"), 4, 53),
    Reader(
        "Ultralytics `semantic`, one epoch",
        _ULTRALYTICS,
        _SEMANTIC,
        """\
from ultralytics import YOLO

model = YOLO("yolo26n-sem.yaml")
model.train(data="semantic/data.yaml", epochs=1, imgsz=128, batch=2, workers=0, device="cpu", plots=False)
images = len(model.trainer.train_loader.dataset.labels)
""",
        4,
    ),
)
_OF_TORCHVISION = (
    Reader(
        "torchvision `Cityscapes`",
        _TORCHVISION,
        _MAPS,
        """\
import numpy as np
from torchvision.datasets import Cityscapes

data = Cityscapes("maps", "train", "fine", ["semantic", "instance", "color"])
images = len(data)
objects = sum((np.unique(instance) >= 1000).sum() for _, (_, instance, _) in data)
""",
        images=4,
        objects=53,
    ),
    Reader(
        "torchvision `VOCDetection`",
        _TORCHVISION,
        _VOC,
        """\
from torchvision.datasets import VOCDetection

data = VOCDetection("voc", "2012", "train")
images = len(data)
objects = sum(len(target["annotation"]["object"]) for _, target in data)
""",
        images=4,
        objects=59,
    ),
    Reader(
        "torchvision `VOCSegmentation`",
        _TORCHVISION,
        _VOC,
        """\
from torchvision.datasets import VOCSegmentation

data = VOCSegmentation("voc", "2012", "train")
images = sum(mask.mode == "P" and mask.size == image.size for image, mask in data)
""",
        images=4,
    ),
)
_OF_SUPERVISION = (
    Reader(
        "supervision `from_yolo`",
        _SUPERVISION,
        _DETECT,
        """\
import supervision as sv

data = sv.DetectionDataset.from_yolo("yolo/images/train", "yolo/labels/train", "yolo/data.yaml")
images, objects = len(data), sum(len(detections) for _, _, detections in data)
""",
        4,
        53,
    ),
    Reader(
        "supervision `from_yolo` with masks",
        _SUPERVISION,
        _SEGMENT,
        """\
import supervision as sv

data = sv.DetectionDataset.from_yolo(
    "outlines/images/train", "outlines/labels/train", "outlines/data.yaml", force_masks=True
)
images, objects = len(data), sum(detections.mask.any(axis=(1, 2)).sum() for _, _, detections in data)
""",
        4,
        53,
    ),
    Reader(
        "supervision `from_yolo` with oriented boxes",
        _SUPERVISION,
        _OBB,
        """\
import supervision as sv

data = sv.DetectionDataset.from_yolo(
    "oriented/images/train", "oriented/labels/train", "oriented/data.yaml", is_obb=True
)
images, objects = len(data), sum(len(detections) for _, _, detections in data)
""",
        4,
        53,
    ),
    Reader(
        "supervision `from_pascal_voc`",
        _SUPERVISION,
        _VOC,
        """\
import supervision as sv

year = "voc/VOCdevkit/VOC2012"
data = sv.DetectionDataset.from_pascal_voc(f"{year}/JPEGImages", f"{year}/Annotations")
images, objects = len(data), sum(len(detections) for _, _, detections in data)
""",
        8,
        80,
    ),
)
_OF_DATUMARO = (
    Reader(
        "datumaro `yolo`",
        _DATUMARO,
        _DETECT,
        """\
from datumaro import Dataset

data = Dataset.import_from("yolo", "yolo")
images, objects = len(data), sum(len(item.annotations) for item in data)
""",
        8,
        73,
    ),
    Reader(
        "datumaro `voc`",
        _DATUMARO,
        _VOC,
        """\
from datumaro import Bbox, Dataset

data = Dataset.import_from("voc/VOCdevkit/VOC2012", "voc").get_subset("train")
images = len(data)
objects = sum(isinstance(annotation, Bbox) for item in data for annotation in item.annotations)
""",
        4,
        59,
        "takes each image set for a subset, so the frames of `train` are in `trainval` again",
    ),
    Reader(
        "datumaro `cityscapes`",
        _DATUMARO,
        _MAPS,
        """\
from datumaro import Dataset

data = Dataset.import_from("maps", "cityscapes")
images = sum(item.media is not None and len(item.annotations) > 0 for item in data)
""",
        8,
        reason="loads `labelIds`: a mask per class",
    ),
)
_OF_OTHERS = (
    Reader(
        "labelformat `YOLOv8ObjectDetectionInput`",
        _LABELFORMAT,
        _DETECT,
        """\
from pathlib import Path

from labelformat.formats import YOLOv8ObjectDetectionInput

data = YOLOv8ObjectDetectionInput(Path("yolo/data.yaml"), "train")
labels = list(data.get_labels())
images, objects = len(labels), sum(len(label.objects) for label in labels)
""",
        4,
        53,
    ),
    Reader(
        "labelformat `PascalVOCObjectDetectionInput`",
        _LABELFORMAT,
        _VOC,
        """\
from pathlib import Path

from labelformat.formats import PascalVOCObjectDetectionInput

names = "person,rider,car,truck,bus,train,motorcycle,bicycle"
data = PascalVOCObjectDetectionInput(Path("voc/VOCdevkit/VOC2012/Annotations"), names)
labels = list(data.get_labels())
images, objects = len(labels), sum(len(label.objects) for label in labels)
""",
        8,
        80,
    ),
    Reader(
        "globox `from_yolo_v5`",
        _GLOBOX,
        _DETECT,
        """\
from globox import AnnotationSet

data = AnnotationSet.from_yolo_v5("yolo/labels/train", image_folder="yolo/images/train", image_extension=".png")
images, objects = len(data), sum(len(annotation.boxes) for annotation in data)
""",
        4,
        53,
    ),
    Reader(
        "globox `from_yolo_seg`",
        _GLOBOX,
        _SEGMENT,
        """\
from globox import AnnotationSet

data = AnnotationSet.from_yolo_seg(
    "outlines/labels/train", image_folder="outlines/images/train", relative=True, image_extension=".png"
)
images, objects = len(data), sum(len(annotation.boxes) for annotation in data)
""",
        4,
        53,
    ),
    Reader(
        "globox `from_pascal_voc`",
        _GLOBOX,
        _VOC,
        """\
from globox import AnnotationSet

data = AnnotationSet.from_pascal_voc("voc/VOCdevkit/VOC2012/Annotations")
images, objects = len(data), sum(len(annotation.boxes) for annotation in data)
""",
        8,
        80,
    ),
    Reader(
        "pylabel `ImportYoloV5`",
        _PYLABEL,
        _DETECT,
        """\
from pylabel import importer

data = importer.ImportYoloV5("yolo/labels/train", path_to_images="../../images/train", img_ext="png")
images, objects = data.analyze.num_images, len(data.df)
""",
        4,
        53,
    ),
    Reader(
        "pylabel `ImportVOC`",
        _PYLABEL,
        _VOC,
        """\
from pylabel import importer

data = importer.ImportVOC("voc/VOCdevkit/VOC2012/Annotations", path_to_images="../JPEGImages")
images, objects = data.analyze.num_images, len(data.df)
""",
        6,
        80,
        "does not count images without objects",
    ),
    Reader(
        "Hugging Face datasets `imagefolder`",
        "datasets==5.2.0",
        _METADATA,
        """\
from datasets import load_dataset

data = load_dataset("imagefolder", data_files="hub/metadata.jsonl", filters=[("split", "==", "train")], split="train")
images = sum(row["image"].size == row["labelTrainIds"].size == row["instanceIds"].size for row in data)
""",
        4,
    ),
    Reader(
        "mmsegmentation `CityscapesDataset`",
        "mmsegmentation==1.2.2",
        _METADATA,
        """\
from mmseg.datasets import CityscapesDataset, LoadAnnotations

folders = {"img_path": "leftImg8bit/train", "seg_map_path": "gtFine/train"}
data = CityscapesDataset(data_root="hub", data_prefix=folders, pipeline=[LoadAnnotations()])
images = sum(sample["gt_seg_map"].shape == (1024, 2048) for sample in data)
""",
        4,
        reason="tested with mmcv-lite: the data set calls no compiled operator",
    ),
    Reader(
        "cityscapesScripts `instances2dict`",
        "cityscapesScripts==2.3.0",
        _MAPS,
        """\
from pathlib import Path

import numpy as np

np.in1d = np.isin  # numpy 2.4 dropped it, and version 2.3.0 calls it
from cityscapesscripts.evaluation.instances2dict import instances2dict

data = instances2dict([str(path) for path in sorted(Path("maps/gtFine/train").rglob("*_instanceIds.png"))])
things = "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"
images = len(data)
objects = sum(item["instID"] >= 1000 for found in data.values() for name in things for item in found[name])
""",
        4,
        53,
    ),
)

READERS = (
    *_OF_ULTRALYTICS,
    *_OF_TORCHVISION,
    *_OF_SUPERVISION,
    *_OF_DATUMARO,
    *_OF_OTHERS,
    *COCO_READERS,
    *FIFTYONE_READERS,
    *SHARD_READERS,
)
