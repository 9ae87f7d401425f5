# Everything sets itself up: Python 3.11 or newer, pip and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
BENCH_READY := $(VENV)/bench-ready
FLAGS ?=

.PHONY: demo test check lint types bench clean

demo: $(READY)  ## the main job: a loss-against-λ curve of a neural network on real house prices
	$(BIN)/regctl sweep lambda configs/housing.yaml $(FLAGS)

test: $(READY)
	$(BIN)/python -m pytest

check: lint types test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench: $(BENCH_READY)  ## ratios against what one would do instead, measured side by side; FLAGS="--rows 1,5 --json FILE"
	$(BIN)/python tests/bench $(FLAGS)

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
