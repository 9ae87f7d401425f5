# Everything sets itself up: Python 3.11 or newer, pip and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
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

bench: $(READY)  ## ratios against plain Keras, measured side by side
	$(BIN)/python tests/bench

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find regctl tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml .constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint .constraints.txt --editable '.[dev]'
	touch $@
