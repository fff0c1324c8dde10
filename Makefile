# Every target makes its own .venv when it is missing, adds what it needs, and is quick when all is there.
#   make demo BACKEND=torch:cuda:0     a backend, with a device after a colon
#   make test PYTHON=python3.12        the Python that .venv is made with
#   make test-gpu NOVENV=1             no .venv and no network: the packages that PYTHON already has

PYTHON ?= python3
BACKEND ?= $(or $(UNIGRAD_BACKEND),numpy)
BACKENDS ?= numpy jax torch
PYTEST_ARGS ?=
CONFORMANCE_ARGS ?=
MUTANTS_ARGS ?=
BENCH_ARGS ?=
SUITE ?=
SUITE_ARGS ?=
CONSUMERS ?=
EXAMPLES ?=
CONSUMERS_ARGS ?=
PROGRAMS ?= 2000
SEED ?= 0
NOVENV ?=
TF_PYTHON ?=

VENV := .venv
# "torch:cuda:0" is the backend torch.
BACKEND_NAME := $(firstword $(subst :, ,$(BACKEND)))

ifeq ($(NOVENV),)
PY := $(VENV)/bin/python
LINT_IMPORTS := $(VENV)/bin/lint-imports
needs = $(addprefix $(VENV)/.,$(1))
else
PY := $(PYTHON)
LINT_IMPORTS := lint-imports
needs = build/novenv/.made
export PYTHONPATH := $(CURDIR)/build/novenv:$(CURDIR):$(CURDIR)/backends:$(CURDIR)/conformance:$(PYTHONPATH)
endif

PIP = $(PY) -m pip --disable-pip-version-check install -qq --constraint constraints.txt
# Always first and alone, at its pinned version: a range in another package could bring gigabytes of another build.
TORCH = $(PIP) "$$(grep '^torch==' constraints.txt)"

# Two pips at once in one .venv break it.
.NOTPARALLEL:
.PHONY: help demo test lint types format sweep conformance conformance-compiled mutants programs array-api-tests consumers bench docs examples tensorflow-column native-differences-check
.PHONY: test-gpu clean distclean

help:
	@echo "make demo [BACKEND=numpy|jax|torch|torch:cuda:0]   the notebook's steps and a training run"
	@echo "make test          everything a change must pass: lint, types, tests on all backends"
	@echo "make lint          ruff and import-linter"
	@echo "make types         mypy --strict on unigrad/"
	@echo "make format        let ruff rewrite what it can"
	@echo "make sweep         the thorough and slow tests"
	@echo "make conformance   the conformance suite on every backend; CONFORMANCE_ARGS='--ops sin --html out.html' are its options"
	@echo "make conformance-compiled   some ops of each kind of rule inside torch.compile; minutes, since each is compiled"
	@echo "make mutants [BACKENDS=numpy] [MUTANTS_ARGS='--seed 1']   mistakes made by machine: does the conformance suite notice?"
	@echo "make programs [PROGRAMS=2000] [SEED=0]   random programs on every backend, in every mode against native autodiff"
	@echo "make array-api-tests SUITE=path   the standard's own suite, a checkout of data-apis/array-api-tests with its submodule"
	@echo "make docs          docs/coverage*.md, docs/tape-semantics.md and docs/native-differences.md from their tables"
	@echo "make examples      ten programs with nested tapes on every backend, their pictures in examples/out/programs"
	@echo "make consumers [CONSUMERS=scipy]   SciPy's, array-api-extra's and scikit-learn's own array API tests on unigrad"
	@echo "make tensorflow-column [TF_PYTHON=python]   what TensorFlow's tape does, run anew; in .venv-tf if no Python is named"
	@echo "make native-differences-check [TF_PYTHON=python]   what the other frameworks answer, run anew, against the known differences"
	@echo "make bench         the benchmarks, with their peers"
	@echo "make test-gpu      tests and conformance on the GPUs that torch and jax see; writes out/conformance-gpu.json and .html"
	@echo "make clean         remove caches and builds; make distclean removes .venv too"

demo: $(call needs,demo $(filter jax torch,$(BACKEND_NAME)))
	@UNIGRAD_BACKEND=$(BACKEND) $(PY) examples/demo.py

# One thread per worker: the workers already fill the cores.
test: lint types
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto $(PYTEST_ARGS)

lint: $(call needs,test)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(LINT_IMPORTS) --no-logo

types: $(call needs,test)
	$(PY) -m mypy --strict

format: $(call needs,test)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

sweep: $(call needs,test)
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto -m "sweep and not gpu" $(PYTEST_ARGS)

conformance: $(call needs,test)
	$(PY) -m unigrad_conformance $(addprefix --backend ,$(BACKENDS)) $(CONFORMANCE_ARGS)

# some ops of each kind of rule inside dynamo and inductor
conformance-compiled: $(call needs,test)
	$(PY) -m unigrad_conformance --backend torch --checks torch.compile $(CONFORMANCE_ARGS)

mutants: $(call needs,test)
	@for backend in $(BACKENDS); do \
	  echo "mutants on $$backend"; OMP_NUM_THREADS=1 $(PY) -W ignore -m unigrad_conformance.mutants --backend $$backend \
	    --workers 2 --markdown build/mutants-$$backend.md $(MUTANTS_ARGS) || exit 1; \
	done

programs: $(call needs,test)
	@for backend in $(BACKENDS); do \
	  OMP_NUM_THREADS=1 $(PY) -m unigrad_conformance.programs --backend $$backend --count $(PROGRAMS) --seed $(SEED) || exit 1; \
	done

array-api-tests: $(call needs,test suite)
	@test -n "$(SUITE)" || { echo "where is the suite? make array-api-tests SUITE=path/to/array-api-tests"; exit 1; }
	$(PY) tests/array_api_suite/run.py $(SUITE) $(addprefix --backend ,$(BACKENDS)) $(SUITE_ARGS)

docs: $(call needs,test)
	$(PY) -m tools.coverage
	$(PY) tools/tensorflow_column.py --page
	$(PY) -m tools.native_differences

# TensorFlow is no dependency of the project: it has an environment of its own.
tensorflow-column: $(if $(TF_PYTHON),,.venv-tf/.made)
	$(or $(TF_PYTHON),.venv-tf/bin/python) tools/tensorflow_column.py
	$(or $(TF_PYTHON),.venv-tf/bin/python) examples/programs/run.py --tensorflow

native-differences-check: $(call needs,test bench) $(if $(TF_PYTHON),,.venv-tf/.made)
	$(PY) -m unigrad_conformance.differences jax torch autograd
	$(PY) -m unigrad_conformance.differences tensorflow --python $(or $(TF_PYTHON),.venv-tf/bin/python)

.venv-tf/.made:
	@echo "setting up .venv-tf with tensorflow-cpu, once"
	@test -x .venv-tf/bin/python || $(PYTHON) -m venv .venv-tf
	@.venv-tf/bin/python -m pip --disable-pip-version-check install -qq 'tensorflow-cpu==2.21.*'
	@touch $@

examples: $(call needs,test demo)
	@for backend in $(BACKENDS); do \
	  echo "on $$backend"; UNIGRAD_BACKEND=$$backend $(PY) examples/programs/run.py $(EXAMPLES) || exit 1; \
	done

consumers: $(call needs,test consumers)
	$(PY) tests/consumers/run.py $(CONSUMERS) $(addprefix --backend ,$(BACKENDS)) $(CONSUMERS_ARGS)

bench: $(call needs,test bench)
	$(PY) -m benchmarks $(BENCH_ARGS)

# Prints one UNIGRAD_BACKEND for each library that sees a GPU; a library that is not installed sees none.
define GPU_PROBE
from importlib.util import find_spec
if find_spec("torch"):
    import torch
    if torch.cuda.is_available():
        print("torch:cuda:0")
if find_spec("jax"):
    import jax
    try:
        jax.devices("gpu")
        print("jax:gpu")
    except RuntimeError:
        pass
endef
export GPU_PROBE

# torch and jax share the card here, so neither may take all of its memory.
test-gpu: export XLA_PYTHON_CLIENT_PREALLOCATE = false
test-gpu: $(call needs,test)
	@seen=$$($(PY) -c "$$GPU_PROBE") || exit 1; \
	if [ -z "$$seen" ]; then echo "not run on a GPU: neither torch nor jax sees one"; exit 1; fi; \
	for name in torch jax; do \
	  case "$$seen" in *$$name:*) ;; *) echo "$$name sees no GPU: its part is not run on a GPU" ;; esac; \
	done; \
	mkdir -p out; \
	$(PY) -m pytest -m gpu $(PYTEST_ARGS); tests=$$?; \
	$(PY) -m unigrad_conformance $$(printf -- '--backend %s ' $$seen) \
	  --json out/conformance-gpu.json --html out/conformance-gpu.html $(CONFORMANCE_ARGS); suite=$$?; \
	echo "run on" $$seen; exit $$((tests ? tests : suite))

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) .venv-tf

# Below: one stamp per set of packages. A stamp is written last, so an install that broke off is done again.

STAMP_DEPS := $(VENV)/.pip pyproject.toml constraints.txt

$(VENV)/.pip: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "unigrad needs Python 3.11 or newer, and $(PYTHON) is none: say make PYTHON=python3.11"; exit 1; }
	@echo "setting up $(VENV), once"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PIP) pip
	@touch $@

$(VENV)/.demo: $(STAMP_DEPS)
	@echo "setting up $(VENV) for the demo: unigrad's core, rich and matplotlib"
	@$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/.jax: $(STAMP_DEPS)
	@echo "setting up $(VENV) for jax"
	@$(PIP) --editable '.[jax]'
	@touch $@

$(VENV)/.torch: $(STAMP_DEPS)
	@echo "setting up $(VENV) for torch"
	@$(TORCH)
	@$(PIP) --editable '.[torch]'
	@touch $@

# Holds all that the three sets above hold.
$(VENV)/.test: $(STAMP_DEPS)
	@echo "setting up $(VENV) for the tests: all backends and the tools (minutes, once)"
	@$(TORCH)
	@$(PIP) --editable '.[all,conformance,demo]' --group test
	@touch $(VENV)/.demo $(VENV)/.jax $(VENV)/.torch $@

$(VENV)/.bench: $(STAMP_DEPS)
	@echo "setting up $(VENV) for the benchmarks' peers"
	@$(PIP) --group bench
	@touch $@

$(VENV)/.suite: $(STAMP_DEPS)
	@echo "setting up $(VENV) for the standard's own suite"
	@$(PIP) --group suite
	@touch $@

$(VENV)/.consumers: $(STAMP_DEPS)
	@echo "setting up $(VENV) for other libraries' own tests"
	@$(PIP) --group consumers
	@touch $@

# Without an install there are no entry points: write the ones that pyproject.toml names where PYTHONPATH finds them.
define NOVENV_METADATA
import pathlib, shutil, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
top = pathlib.Path("build/novenv")
shutil.rmtree(top, ignore_errors=True)
info = top / "{name}-{version}.dist-info".format(**project)
info.mkdir(parents=True)
info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".format(**project))
groups = project["entry-points"].items()
lines = [line for group, rows in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in rows.items()))]
info.joinpath("entry_points.txt").write_text("\n".join(lines) + "\n")
endef
export NOVENV_METADATA

build/novenv/.made: pyproject.toml
	@$(PYTHON) -c "$$NOVENV_METADATA"
	@touch $@
