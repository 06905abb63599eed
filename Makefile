# Everything goes into .venv; needs Python 3.11 or newer and make. `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin

# Every command of the suite starts a Python; where the shell forbids kept bytecode each would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test proofs nightly check docs bench calibration peers pin clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST)

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Leadline needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 setup"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

.venv/.runtime: .venv/.made requirements/runtime.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.proofs: .venv/.dev requirements/proofs.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/proofs.txt
	@touch $@

setup: .venv/.runtime  ## install Leadline into .venv

demo: .venv/.runtime  ## a sample company from plan to report; says where the report is
	$(BIN)/leadline demo demo

test: .venv/.dev  ## lint, types, the default suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile -q  # a file's tests share what they made

# Debian's chromium is the browser of the proofs; without it and without apt-get they say why they were skipped.
proofs: .venv/.proofs  ## browser, both engines, recovery in short form
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || echo "no chromium here: browser proofs will be skipped, and say so"
	$(BIN)/python -m pytest -n 2 -q -m "proof and not spark"
	$(BIN)/python -m pytest -q -m "proof and spark"  # one process asks; the cluster's two workers take the cores

nightly: .venv/.proofs  ## full recovery, scale and fuzz runs; what passed at this commit is not run again
	LEADLINE_NIGHTLY=.make/nightly PYTHONPATH=tests $(BIN)/python -m pytest -p nightly_progress -q -m nightly
	$(BIN)/python benchmarks/scale.py --out .make/scale.json

calibration: .venv/.proofs  ## how often the mix model's intervals hold: full runs, then the table in docs/method
	PYTHONPATH=tests $(BIN)/python -m recovery.mix.calibration --folder .make/calibration --out docs/method/mix-calibration.json
	PYTHONPATH=docs $(BIN)/python -m generating.calibration

# PyMC-Marketing 1.3 needs Python 3.12 or newer: the first here that runs, or `make PEER_PYTHON=... peers`.
PEER_PYTHON ?= $(firstword $(foreach one,python3.12 python3.13 $(wildcard $(HOME)/.pyenv/versions/3.1[23]*/bin/python),$(shell $(one) -c 'print("$(one)")' 2>/dev/null)))

peers: .make/peers/meridian/.made .make/peers/pymc-marketing/.made  ## install the programs that benchmarks/mix.py compares with

.make/peers/pymc-marketing/.made: private PYTHON = $(or $(PEER_PYTHON),$(error PyMC-Marketing needs Python 3.12 or newer. Name it: make PEER_PYTHON=python3.12 peers))
.make/peers/%/.made: requirements/peers-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

check: .venv/.dev  ## lint, layout and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/.dev  ## write the generated reference pages into docs/
	$(BIN)/python docs/generate.py

bench: .venv/.dev  ## reproducible comparisons; each prints a ratio
	$(BIN)/python benchmarks/check_speed.py
	$(BIN)/python benchmarks/paths.py
	$(BIN)/python benchmarks/import_speed.py

pin:  ## renew the pinned requirements (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command 'make pin' requirements/build.in -o requirements/build.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command 'make pin' pyproject.toml --extra pdf --extra office --extra identity --extra mix -o requirements/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command 'make pin' pyproject.toml --extra pdf --extra office --extra identity --extra mix --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command 'make pin' pyproject.toml --extra pdf --extra office --extra identity --extra mix --extra spark --extra dev --extra proofs -c requirements/dev.txt -o requirements/proofs.txt

clean:  ## remove .venv, the demo and caches
	rm -rf .venv demo .make .mypy_cache .ruff_cache .pytest_cache .hypothesis
