# The commands of this project; `make` alone lists them. The first one sets up
# .venv and node_modules. Nothing outside this folder is touched.

ifneq ($(words $(CURDIR)),1)
$(error mkdocs-gallery needs a path without spaces: move or rename $(CURDIR))
endif

TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
ADDRESS ?= localhost:8000

PY := .venv/bin/python
export PYTHON TORCH_INDEX NEWEST NAME TITLE GROUP
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MPLBACKEND := agg
export NO_MKDOCS_2_WARNING := 1
# Else nbconvert tries all its exporters whenever it is imported.
export NBCONVERT_DISABLE_CONFIG_EXPORTERS := 1

RULES := $(addprefix tests/test_,conventions.py layout.py notes.py scripts.py \
	supply.py)
# With NOTE=bias, the tests of one note, and the rules that concern it.
OF_NOTE = $(wildcard tests/$(NOTE) tests/test_$(NOTE).py) $(RULES) \
	tests/test_contract.py tests/test_docstrings.py -k '$(NOTE) or not ['

.DEFAULT_GOAL := help
.PHONY: help site serve test check format parity bench note lock wheel clean setup anew

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile
	@echo 'NOTE=bias makes serve and test look at one note, in seconds.'

site: setup ## build the site into site/, running every script whose code changed
	$(PY) -m mkdocs build
	@echo 'Built $(CURDIR)/site. To read it, run'
	@echo '    python3 -m http.server --directory "$(CURDIR)/site" 8000'
	@echo 'and open http://localhost:8000'

serve: setup ## show the site at http://localhost:8000, built again after each change
	$(PY) -m mkdocs serve --livereload --dev-addr $(ADDRESS)

ifdef NOTE
export DLNOTES_NOTE := $(NOTE)
site serve test: known
test: setup
	$(PY) -m pytest -rs $(OF_NOTE)
else
test: site ## run all tests: the library, the project's layout, the built site
	$(PY) -m pytest -rs -n auto --dist worksteal
endif

check: setup ## check format, lint, types, and the rules of the house
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest -q $(RULES)

format: setup ## format the code and repair what the linter can repair
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

parity: setup ## compare with packages that need torchvision, kept apart in .parity
	@sh tools/setup.sh parity
	PYTHONPATH=.parity $(PY) -m pytest -rs -p tests.parity.torchvision_ops \
		$(filter-out %/torchvision_ops.py,$(wildcard tests/parity/*.py))

bench: setup ## time the functions side by side with other implementations
	$(PY) -m pytest benchmarks/bench_*.py --benchmark-max-time=0.2 \
		--benchmark-sort=name --benchmark-columns=median,iqr,rounds

note: setup ## start a note: make note NAME=tides TITLE="Tides" GROUP="Networks"
	@$(PY) tools/new_note.py "$$NAME" "$$TITLE" "$$GROUP"

lock: ## write the lock files again, after a change in pyproject.toml
	@sh tools/setup.sh lock

wheel: setup ## build the wheel of the library into dist/
	$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove everything that was built; .venv and node_modules stay
	rm -rf site .site.* dist docs/gallery .cache .benchmarks .hypothesis
	rm -rf .parity .mypy_cache .pytest_cache .ruff_cache
	find benchmarks dlnotes docs examples sitebuild tests -name __pycache__ -prune \
		-exec rm -rf {} +

setup: .venv/.ready node_modules/.ready

# A .venv that was left half-made, or whose Python is gone, is made anew.
whole := $(shell $(PY) -c 'import pip' 2>/dev/null && echo yes)
.venv/.ready: pyproject.toml requirements.lock requirements-torch.lock \
		$(if $(whole),,anew)
	@sh tools/setup.sh packages
	@touch $@

node_modules/.ready: package.json package-lock.json .venv/.ready
	@sh tools/setup.sh mathjax
	@touch $@

known:
	@test -f 'docs/notes/$(NOTE).md' || { echo >&2 'There is no note $(NOTE), but:' \
		$(basename $(notdir $(wildcard docs/notes/*.md))); exit 1; }
