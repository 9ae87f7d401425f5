# Everything sets itself up: Python 3.11 or newer, pip and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
BENCH_READY := $(VENV)/bench-ready
BROWSER_READY := $(VENV)/browser-ready
FLAGS ?=
# In parts, since TensorFlow keeps some of what each test compiled, and processes of all tests would take 20 GiB.
TESTS := $(BIN)/python -m pytest --numprocesses=3 --dist=loadfile

.PHONY: demo figures test test-browser check lint types bench torture clean

demo: $(READY)  ## the main job: a loss-against-λ curve of a neural network on real house prices
	$(BIN)/regctl sweep lambda configs/housing.yaml $(FLAGS)

# Every shipped spec's own sweep, as its comment says it; the figures are in runs/*/plots.
figures: $(READY)  ## every experiment of the chapter
	$(BIN)/regctl sweep lambda housing --quiet > /dev/null
	$(BIN)/regctl sweep lambda housing-area --quiet > /dev/null
	$(BIN)/regctl sweep degree quadratic-degree --quiet > /dev/null
	$(BIN)/regctl sweep lambda housing-lasso --quiet > /dev/null
	$(BIN)/regctl sweep lambda housing-elastic --by l1_ratio --quiet > /dev/null
	$(BIN)/regctl sweep dropout digits --quiet > /dev/null
	$(BIN)/regctl sweep dropout digits-selu --quiet > /dev/null
	$(BIN)/regctl sweep dropout digits-cnn --jobs 2 --quiet > /dev/null
	$(BIN)/regctl sweep samples housing-samples --quiet > /dev/null
	ls runs/*/plots/*.png

test: $(READY)
	$(TESTS) tests/engine
	$(TESTS) tests/cli
	$(TESTS) --ignore=tests/engine --ignore=tests/cli

test-browser: $(BROWSER_READY)  ## reports in headless Chromium, which must be installed: apt-get install chromium
	$(BIN)/python -m pytest -m browser tests/browser

check: lint types test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench: $(BENCH_READY)  ## ratios against what one would do instead, measured side by side; FLAGS="--rows 1,5 --json FILE"
	$(BIN)/python tests/bench $(FLAGS)

torture: $(READY)  ## 200 SIGKILLs at random moments, flat memory, every fault of a disk, many at once, 25,000 damaged files: hours; FLAGS="--kills 20 --cases fused,tune --jobs 2"
	$(BIN)/python tests/torture $(FLAGS)
	$(BIN)/python -m pytest -m torture tests/torture

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find regctl tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml .constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint .constraints.txt --editable '.[dev]'
	touch $@

$(BENCH_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint .constraints.txt --editable '.[bench]'
	touch $@

$(BROWSER_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint .constraints.txt --editable '.[browser]'
	touch $@
