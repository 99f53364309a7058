# SPDX-License-Identifier: Apache-2.0
# Thin doors to CMake, ctest and the program. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help deps build run test test-full test-python wheel soak cosim rtl-coverage mutation formal calibrate bench lint format asan coverage install clean

JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
BUILD  := build
BINADE := $(BUILD)/binade

# The main job: LeNet-5 on a real MNIST batch, through the SystemC platform, once in each format.
RUN_FORMATS ?= flex16+5,posit8,e6m7,dfp8,sdfp8,fp32
RUN_FLAGS   ?= --core cycle --cost-table asap7

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

deps: ## install the Debian packages that are missing, and fetch the plotting library of report pages
	@cmake/deps.sh build test
	@cmake/plotly.sh

$(BUILD)/build.ninja: | deps
	@cmake --preset release

build: deps $(BUILD)/build.ninja ## leave the program at build/binade
	@cmake --build $(BUILD) -j $(JOBS) --target binade

run: build ## the main job: LeNet-5 in six formats, cycle by cycle; reports under out/lenet5
	@$(BINADE) run --trace traces/lenet5-mnist.npz --format $(RUN_FORMATS) --out out/lenet5 $(RUN_FLAGS)

test: deps $(BUILD)/build.ninja ## build everything and run the tests (about half an hour on 2 cores)
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure -LE full

test-full: deps $(BUILD)/build.ninja ## the same with the long sweeps (hours)
	@cmake --build $(BUILD) -j $(JOBS)
	@BINADE_FULL=1 ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure --timeout 7200

# The Python module's tools are PyPI's, in an environment of their own; Debian's NumPy and PyTorch are seen from it.
VENV := $(BUILD)/python-venv
$(VENV)/ready: python/requirements.txt | deps
	@cmake/deps.sh python
	@/usr/bin/python3 -m venv --system-site-packages $(VENV)
	@$(VENV)/bin/pip install --quiet --requirement python/requirements.txt
	@/usr/bin/python3 -m venv --system-site-packages $(BUILD)/cocotb2-venv
	@$(BUILD)/cocotb2-venv/bin/pip install --quiet 'cocotb>=2,<3'
	@touch $@

test-python: deps $(BUILD)/build.ninja $(VENV)/ready ## build the Python module beside the program and run its tests
	@cmake -B $(BUILD) -DBINADE_PYTHON=ON -DPython_EXECUTABLE=$(abspath $(VENV))/bin/python -Dnanobind_DIR=$$($(VENV)/bin/python -m nanobind --cmake_dir) >/dev/null
	@cmake --build $(BUILD) -j $(JOBS) --target binade _core _core_stub
	@cmake --install $(BUILD) --component python --prefix $(BUILD)/python-site >/dev/null
	@BINADE="$$PWD/$(BINADE)" COCOTB2="$$PWD/$(BUILD)/cocotb2-venv/bin/python" PYTHONPATH=$(BUILD)/python-site PYTHONDONTWRITEBYTECODE=1 $(VENV)/bin/python -m pytest -q -p no:cacheprovider -rs tests/python

wheel: $(VENV)/ready ## the Python module as a wheel that carries its libraries, in dist/
	@$(VENV)/bin/python -m build --wheel --no-isolation --outdir $(BUILD)/wheel .
	@PATH="$$PWD/$(VENV)/bin:$$PATH" $(VENV)/bin/auditwheel repair --wheel-dir dist $$(ls -t $(BUILD)/wheel/*.whl | head -1)

MINUTES ?= 10
soak: deps $(BUILD)/build.ninja ## random problems on every core, kernel path and SIMD target, a fresh seed each time [MINUTES=10] [SEED=n]
	@cmake --build $(BUILD) -j $(JOBS) --target binade_soak
	@$(BUILD)/tests/soak/binade_soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

cosim: deps $(BUILD)/build.ninja ## the tests of the RTL alone: every unit, the cores, lint
	@cmake --build $(BUILD) -j $(JOBS) --target binade spec_packages rtl_sets
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure -L cosim

rtl-coverage: deps $(BUILD)/build.ninja ## line coverage of the RTL, module by module; every unreached line explained
	@cmake --build $(BUILD) -j $(JOBS) --target binade
	@BINADE="$$PWD/$(BINADE)" BINADE_RTL_CACHE="$$PWD/$(BUILD)/rtl_sets" python3 tests/cosim/rtl_coverage.py $(BUILD)/rtl-coverage

mutation: deps $(BUILD)/build.ninja ## plant 200 faults in each unit's netlist and see that verification finds them (hours)
	@cmake --build $(BUILD) -j $(JOBS) --target binade
	@BINADE="$$PWD/$(BINADE)" BINADE_RTL_CACHE="$$PWD/$(BUILD)/rtl_sets" python3 tests/cosim/mutation.py $(BUILD)/mutation

formal: ## prove units of the RTL equal to second descriptions of them, then plant faults that the proofs must find (minutes, resumable)
	@cmake/deps.sh formal
	@rtl/formal/prove.py --jobs $(JOBS)
	@rtl/formal/prove.py --jobs $(JOBS) --mutate

calibrate: ## area, delay and leakage of the units of the RTL in a cell library, into models/cost/calibrated (hours, resumable) [LIBERTY=FILE] [TECHNOLOGY=name]
	@test -f "$(LIBERTY)" || { echo "LIBERTY=$(LIBERTY): allowed: the file of a cell library" >&2; exit 2; }
	@$(MAKE) --no-print-directory build
	@cmake/deps.sh calibrate
	@BINADE="$$PWD/$(BINADE)" python3 rtl/calibrate/calibrate.py --jobs $(JOBS) --liberty "$(LIBERTY)" $(if $(TECHNOLOGY),--technology $(TECHNOLOGY))

bench: deps $(BUILD)/build.ninja ## speed figures (Google Benchmark)
	@cmake --build $(BUILD) -j $(JOBS) --target bench
	@cmake -E env BINADE=$(BINADE) tests/bench/run.sh $(BUILD)

lint: ## clang-tidy, clang-format, shellcheck and the hygiene tests
	@cmake/deps.sh build test lint
	@cmake --preset release >/dev/null
	@cmake --build $(BUILD) --target lint

format: ## rewrite the sources with clang-format
	@cmake/deps.sh lint
	@git ls-files '*.h' '*.cpp' | xargs clang-format -i

asan: deps ## unit and system tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@cmake --preset asan
	@cmake --build --preset asan -j $(JOBS)
	@ctest --preset asan -j $(JOBS) -L 'unit|system'

coverage: deps ## line coverage of models/ (fails below 95 %), report in build-coverage/coverage.html
	@cmake/deps.sh coverage
	@cmake --preset coverage
	@cmake --build --preset coverage -j $(JOBS)
	@tests/coverage.sh build-coverage $(JOBS)

install: build ## install the program and libbinade under PREFIX (default /usr/local; DESTDIR is honoured)
	@cmake --build $(BUILD) -j $(JOBS) --target binade_shared
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove the build folders
	@rm -rf build build-dev build-asan build-coverage build-python dist
