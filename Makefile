# Every target works in a fresh clone: it creates a virtual environment in .venv and installs what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .cache/lowest
CONSUMERS := .cache/consumers
AXE := .cache/axe
DEMO := demo
SAMPLE_FRAMES ?= 12

.DEFAULT_GOAL := help
.PHONY: help demo test lowest real lint campaign browser check mutants bench consumers cluster-demo docs site clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

# Installs the extra of the same name.
$(VENV)/%.installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@

demo: $(VENV)/installed  ## make a synthetic data set and convert it to every format
	$(BIN)/cityconv sample $(DEMO)/sample --frames $(SAMPLE_FRAMES) --images --overwrite
	$(BIN)/cityconv run docs/demo.toml --overwrite
	$(BIN)/cityconv preview $(DEMO)/sample --out $(DEMO)/preview --overwrite
	@echo
	@echo 'The data set is in $(DEMO)/sample, in the layout of Cityscapes. Outputs:'
	@echo '  $(DEMO)/out/coco/annotations/instances_val.json          COCO, one annotation per object'
	@echo '  $(DEMO)/out/panoptic/cityscapes_panoptic_val.json        COCO panoptic'
	@echo '  $(DEMO)/out/yolo/data.yaml                               YOLO, outlines, for Ultralytics'
	@echo '  $(DEMO)/out/voc/VOCdevkit/VOC2012                        Pascal VOC, boxes and palette PNGs'
	@echo '  $(DEMO)/out/csv/annotations_val.csv                      CSV, one row per object'
	@echo '  $(DEMO)/out/labelmap/gtFine                              label maps'
	@echo '  $(DEMO)/out/cityscapes/gtFine                            polygon JSON'
	@echo '  $(DEMO)/preview/index.html                               a gallery, for the browser'
	@echo '  $(DEMO)/out/labelmap/gtFine/val/frankfurt/frankfurt_000000_000019_gtFine_color.png'

cluster-demo: $(VENV)/dask.installed  ## convert a synthetic data set on a Dask cluster of this machine
	$(BIN)/cityconv sample $(DEMO)/sample --frames $(SAMPLE_FRAMES) --images --overwrite
	docs/cluster-demo.sh $(BIN) $(DEMO)

test: $(VENV)/test.installed  ## run the tests, but for long campaigns
	$(BIN)/python -m pytest -n auto -m 'not real and not campaign' $(TEST_OPTIONS)

lowest: $(LOWEST)/installed  ## run the tests with the oldest versions of all dependencies, on Python 3.11 or 3.12
	$(LOWEST)/bin/python -m pytest -n auto -m 'not real and not campaign' $(TEST_OPTIONS)

$(LOWEST)/installed: pyproject.toml tests/lowest.txt
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint tests/lowest.txt \
		--editable '.[test]'
	touch $@

real: $(VENV)/test.installed  ## run the tests on the released data set in CITYSCAPES_DATASET
	$(BIN)/python -m pytest -m real

lint: $(VENV)/lint.installed $(VENV)/test.installed  ## check formatting, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

campaign: $(VENV)/test.installed  ## run the long campaigns: kills, full disks, fuzzing
	HYPOTHESIS_PROFILE=campaign $(BIN)/python -m pytest -n auto -m campaign $(TEST_OPTIONS)

browser: $(VENV)/test.installed $(VENV)/browser.installed $(AXE)/installed  ## open the pages in Chromium, if there is one
	$(BIN)/python -m pytest -m browser $(TEST_OPTIONS)

# Without npm, the checks of accessibility are skipped.
$(AXE)/installed:
	mkdir -p $(AXE)
	if command -v npm > /dev/null; then npm install --silent --no-save --prefix $(AXE) axe-core@4.10.3; fi
	touch $@

check: lint campaign browser  ## check everything: lint, the campaigns, and the tests with their coverage
	$(MAKE) test TEST_OPTIONS=--cov

mutants: $(VENV)/test.installed  ## change the code in 200 places, and count what the tests notice
	$(BIN)/python -m tests.mutants $(MUTANTS_OPTIONS)

bench: $(VENV)/bench.installed  ## compare with other tools, on released frames if CITYSCAPES_DATASET is set
	$(BIN)/python -m tests.benchmarks

consumers: $(CONSUMERS)/installed  ## load the outputs with torchvision, Ultralytics and other readers
	$(CONSUMERS)/bin/python -m pytest -m consumers

# A separate environment. Dependencies of readers that would bring another OpenCV, or a torch of several gigabytes, are
# left out. Python compiles a module when it is first imported, which is far less than all.
CONSUMERS_INSTALL = $(CONSUMERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile

$(CONSUMERS)/installed: pyproject.toml
	test -x $(CONSUMERS)/bin/python || $(PYTHON) -m venv $(CONSUMERS)
	$(CONSUMERS_INSTALL) torch==2.13.0
	$(CONSUMERS_INSTALL) --no-deps \
		torchvision==0.28.0 ultralytics==8.4.190 ultralytics-thop==2.2.3 cityscapesScripts==2.3.0 \
		pylabel==0.1.55 bbox-visualizer==1.0.1 rfdetr==1.11.2 \
		mmdet==3.3.0 mmsegmentation==1.2.2 mmcv-lite==2.1.0 mmengine==0.10.7
	rm -rf $(CONSUMERS)/lib/python*/site-packages/tests # of mmsegmentation; hides ours
	$(CONSUMERS_INSTALL) --editable '.[test]' \
		matplotlib pyyaml requests psutil polars lxml appdirs coloredlogs pyquaternion \
		supervision==0.31.2 datumaro==1.13.12 labelformat==0.1.17 globox==2.9.0 datasets==5.2.0 transformers==5.24.0 \
		webdataset==0.2.111 \
		jupyter-bbox-widget scikit-learn addict ftfy prettytable pydantic regex rich termcolor terminaltables yapf
	# cityscapesScripts needs this version; supervision and datumaro ask for a later one, and work.
	$(CONSUMERS_INSTALL) 'pillow<12'
	touch $@

docs: $(VENV)/installed  ## rewrite the generated pages and functions
	$(BIN)/python -m docs.generate_functions
	$(BIN)/python -m docs.generate_cli
	$(BIN)/python -m docs.generate_man
	$(BIN)/python -m docs.generate_schema
	$(BIN)/python -m docs.generate_picture
	$(BIN)/python -m docs.generate_readers

site: $(VENV)/docs.installed  ## build the documentation as a site in .cache/site; a link that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

clean:  ## remove what these targets created
	rm -rf $(VENV) $(DEMO) .cache build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
