# What a developer runs. Every target makes the environment it needs in .venv and brings it up to
# date when pyproject.toml or constraints.txt changed. `make demo` never installs TensorFlow.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check train trainline bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/base.stamp ## Read the sample images and show image and answer
	$(BIN)/python samples/demo.py

test: $(VENV)/full.stamp ## Run all tests (data sets: see INKDIGITS_DATA in CONTRIBUTING.md)
	$(BIN)/python -m pytest -q

check: $(VENV)/full.stamp ## Check format, lint, types, and the wheel in a clean environment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src tests samples benchmarks
	$(BIN)/python -m pytest -q tests/test_wheel.py

# An interrupted training goes on; a finished one is only exported again (`rm -r runs/compact` first
# to train anew). What it can promise is measured on sets that lie in INKDIGITS_DATA only.
train: $(VENV)/full.stamp ## Train the model that is shipped, from the data sets
	$(BIN)/python -m inkdigits train --recipe compact --bundle src/inkdigits/weights/compact \
	    $(if $(wildcard runs/compact/checkpoints/*.npz),--resume)
	$(if $(INKDIGITS_DATA),$(BIN)/python -m inkdigits evaluate --promise)

trainline: $(VENV)/full.stamp ## Train the line model that is shipped; needs orand-car-a
	$(BIN)/python -m inkdigits train --recipe line \
	    $(if $(wildcard runs/line/checkpoints/*.npz),--resume)
	$(BIN)/python -m inkdigits train --from runs/line --data lines --out runs/line-on \
	    --bundle src/inkdigits/weights/line $(if $(wildcard runs/line-on/checkpoints/*.npz),--resume)

bench: $(VENV)/full.stamp ## Measure each speed as a ratio to its peer
	$(BIN)/python -m benchmarks

clean: ## Remove the environment, builds and caches (runs/ stays)
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# What an installation repeats: requirements, their versions, and the version of inkdigits.
INSTALLED_FROM := pyproject.toml constraints.txt src/inkdigits/__init__.py

# The environment is ordered before, not depended on: its interpreter is a link with an old date.
$(VENV)/base.stamp: $(INSTALLED_FROM) | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/full.stamp: $(INSTALLED_FROM) | $(BIN)/python
	$(INSTALL) -e '.[train,server,batch,dev]'
	@touch $@ $(VENV)/base.stamp
