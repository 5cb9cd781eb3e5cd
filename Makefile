# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV_VERSION := 0.13.8
# An environment that forbids .pyc files would make every start seconds slower.
export PYTHONDONTWRITEBYTECODE :=
export HF_HUB_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A failed install must not hide behind the filter of its output.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
# uv does not read PIP_FIND_LINKS: pass it on where it is set.
FIND_LINKS := $(foreach place,$(PIP_FIND_LINKS),--find-links $(place))

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types unit histories journey shops replay fuzz govern long kills images deploy-check scale \
        apart partitions bench \
        accuracy docs notebooks lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## build .venv from requirements.lock

# torch comes first and alone: the lock leaves it out, so that each platform gets its own default build of it.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3,10) <= sys.version_info < (3,14))' \
	  || { echo "aieco needs Python 3.10 to 3.13: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@command -v c++ >/dev/null || { echo "aieco compiles llama.cpp once: install a C++ compiler (g++ or clang)"; exit 1; }
	@echo "Setting up .venv (the first time compiles llama.cpp: about 6 minutes on 2 cores) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-python-downloads $(FIND_LINKS) torch==2.13.0
# pip keeps the compiled wheel; uv compiles again whenever the index sends no validators with the source archive.
# Its AMX code ends the process on some processors that have it (core/llm/processor.py).
	CFLAGS="$(CFLAGS) -U__AMX_INT8__" CXXFLAGS="$(CXXFLAGS) -U__AMX_INT8__" \
	  $(BIN)/python -m pip install -q --no-deps $(shell grep -i '^llama-cpp-python==' requirements.lock)
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --no-python-downloads --compile-bytecode $(FIND_LINKS) -r requirements.lock 2>&1 | grep -v '^ +'
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-deps -e .
	@touch $@

run: setup ## run the graph on the sample (or AIECO_DOCUMENTS, AIECO_TRANSACTIONS), then ask one question
	@$(BIN)/aieco run
	@$(BIN)/aieco ask
	@echo
	@echo "Next:  $(BIN)/aieco up      the Dagster UI, MLflow, the chat page and the dashboard"
	@echo "       $(BIN)/aieco ask \"…\"  another question;  $(BIN)/aieco --help  everything else"

# pyright keeps one core busy for a minute: the tests have the other.
test: setup lint ## set-up, lint, types and every test
	@$(MAKE) --no-print-directory -j2 types unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Of the tests only stand-ins are held against what they stand in for: the files that have a class with a base.
types: setup
	$(BIN)/pyright
	$(BIN)/pyright --project tests $$(grep -rlE '^ *class [A-Za-z0-9_]+[(]' tests --include='*.py')

# Half the time tests wait, for Postgres or child processes: one more at a time than there are cores, at most 6.
TESTERS := $(shell $(PYTHON) -c 'import os; print(min(6, 1 + (os.cpu_count() or 1)))')
unit: setup
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadscope --durations=30

histories: setup ## 500 random histories of the source against full rebuilds (make long runs 8)
	AIECO_HISTORIES=500 $(BIN)/python -m pytest tests/dbt/test_histories.py

journey: setup ## all of dunnhumby's Complete Journey, from its files to an answer (make test runs its first weeks, without models)
	AIECO_JOURNEY_DAYS=300 $(BIN)/python -m pytest tests/e2e/test_own_shop.py -k supermarket

shops: setup ## 1,000 made shops (200 seeds, five shapes) that `aieco init` maps, asks about or gets wrong (make test: 30)
	AIECO_SHOPS=200 $(BIN)/python -m pytest tests/core/retail/shop/test_proposals.py -k five_shapes -n0 -rP

replay: setup ## the sample and Online Retail (AIECO_TEST_DATA), 30 days on which nothing happens, and a shift that is put in
	AIECO_REPLAY=30 $(BIN)/python -m pytest tests/e2e/test_replay.py -n0 -rP

fuzz: setup ## 10,000 requests that schemathesis makes of the service's OpenAPI document (make test sends a few hundred)
	AIECO_FUZZ=10000 $(BIN)/python -m pytest tests/bento/test_serve.py -k describes_or_forbids -rP

long: setup ## tests that make test leaves to you: whole runs of the real input (AIECO_TEST_DATA) and of odd shops, kills of parts, …
	AIECO_LONG=1 $(BIN)/python -m pytest -m long -n0 -rP

kills: setup ## with the real daemon: 50 kills, two daemons, a shift, new days and challengers (over an hour; make test kills twice)
	AIECO_KILLS=50 $(BIN)/python -m pytest tests/e2e/daemon -n0 -rP

# docker, podman or buildah. IMAGE_OPTIONS: such as --build-arg BASE=…
ENGINE ?= $(notdir $(firstword $(shell command -v podman docker buildah)))
IMAGES ?= localhost/aieco
IMAGE_TAG ?= latest
IMAGE_OPTIONS ?=
images: ## build the images graph, service and llm (ENGINE, IMAGES, IMAGE_TAG, IMAGE_OPTIONS: deploy/README.md)
	for image in llm service graph; do \
	  $(ENGINE) build $(if $(filter docker,$(ENGINE)),,--format docker --layers) -f deploy/images/Containerfile --target $$image \
	    -t $(IMAGES)-$$image:$(IMAGE_TAG) $(IMAGE_OPTIONS) . || exit; done

# Helm's library, Kubernetes' schemas and checkov: 650 MB, in an environment of their own.
TOOLS := .venv-deploy
$(TOOLS)/.installed: deploy/tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install -q -r deploy/tools.txt
	@touch $@

deploy-check: setup $(TOOLS)/.installed ## build the images and run them, chart and Terraform by Helm, Kubernetes' schemas and checkov
	AIECO_DEPLOY=1 $(BIN)/python -m pytest tests/deploy -n0 -rP

govern: setup ## who may see, what must go and what can be proved, in full: 500 random readers, an erasure of a whole home byte by byte (make test: 12 readers, a small home)
	AIECO_RIGHTS=500 AIECO_GOVERN=1 $(BIN)/python -m pytest tests/core/governance tests/e2e/test_erasure.py tests/dbt/test_semantic_layer.py -n0 -rP

scale: setup ## the sample and real input (AIECO_TEST_DATA) run on a Ray cluster and without: the same bytes (make test compares the steps)
	AIECO_SCALE=1 $(BIN)/python -m pytest tests/e2e/test_scale.py -n0 -rP

apart: setup ## the sample with all parts apart: PgBouncer, an S3 stand-in, MLflow with its login (apt-get install pgbouncer)
	AIECO_APART=1 $(BIN)/python -m pytest tests/e2e/apart -n0 -rP

# 15 million lines took four minutes of two busy cores.
partitions: export AIECO_PARTITION_LINES ?= 50000000
partitions: setup ## raw.transactions at 50 million lines (AIECO_PARTITION_LINES) beside a table without partitions
	$(BIN)/python -m benchmarks partitions

bench: setup ## measure, and record under benchmarks/results
	$(BIN)/python -m benchmarks

accuracy: setup ## ask the public sets of AIECO_TEST_DATA, write docs/accuracy.md (AIECO_LLM: mode write beside quote)
	$(BIN)/python -m benchmarks.accuracy

docs: setup ## build the docs site into site/, strictly; `aieco up` serves it (/docs-site of the dashboard)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# marimo asks its package index for a newer release unless it is told not to.
notebooks: setup ## open the notebooks of notebooks/ in the browser, on the home of AIECO_HOME (a token in the address lets in)
	MARIMO_SKIP_UPDATE_CHECK=1 $(BIN)/marimo edit notebooks --host 127.0.0.1 --headless

lock: ## resolve requirements.lock again from pyproject.toml (all platforms, Python 3.10 to 3.13); UPGRADE=--upgrade for what is newest
	cp requirements.lock $(VENV)/resolved.txt
	env -u PIP_FIND_LINKS $(BIN)/uv pip compile -q $(UPGRADE) pyproject.toml --group dev --universal --python-version 3.10 \
	  --no-python-downloads --no-annotate --no-header -o $(VENV)/resolved.txt
	grep -vE '^(torch|triton|cuda-[a-z]+|nvidia-(cublas|cuda|cudnn|cufft|cufile|curand|cusolver|cusparse|nccl|nvjitlink|nvshmem|nvtx)[a-z0-9-]*)==' \
	  $(VENV)/resolved.txt > requirements.lock

clean: ## remove .venv and the default home
	rm -rf $(VENV) .aieco
