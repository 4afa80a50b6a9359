# Two commands matter: `make demo` plays the story, `make test` sets up and runs every test.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
BOTOCORE := 1.44.5
SUITE := $(CURDIR)/.cache/botocore-$(BOTOCORE)/tests/unit/auth/aws4_testsuite
SERVER := $(CURDIR)/.build/release/personalite
LINTED := Package.swift Sources Tests
# The Swift runtime is linked in: the binary starts sooner and runs where no toolchain is.
RELEASE := -c release --static-swift-stdlib
STATIC := $(CURDIR)/.cache/static
# The static libraries of Swift keep every symbol for the sake of plug-ins; without them the linker can leave out what nothing reaches.
# LLD links in half the time of Swift's default, and packs relocations, which are two megabytes otherwise.
ifeq ($(shell uname),Linux)
RELEASE += -Xlinker --gc-sections -Xlinker --no-export-dynamic -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs
# The C++ library beneath Swift's runtime is linked in too. Where the linker finds a shared one it takes that, so it gets a folder with the archive alone.
RELEASE += -Xswiftc -L$(STATIC) -Xlinker --push-state -Xlinker -Bstatic -Xlinker -lgcc_eh -Xlinker --pop-state
RELEASE += -Xlinker $(CURDIR)/packaging/no-unwind-tables.ld -Xlinker --no-eh-frame-hdr
# It is made of paths too, and two builds of a commit are to have the same bytes.
RELEASE += -Xlinker --build-id=none
endif
say = @printf '\n== %s\n' $(1)

help:
	@echo 'make demo      build, start a server in memory, play the whole story on the sample data'
	@echo 'make test      set up and run every layer of the tests'
	@echo
	@echo 'make server    the server, optimised: .build/release/personalite; make build makes the bench too'
	@echo 'make lint      what the formatter would change; make format changes it'
	@echo 'make unit      only the Swift tests          make clients   only the tests with SDKs and command lines'
	@echo 'make story     the story by script; INTERACTIONS=file.csv ITEMS=file.csv for data of your own'
	@echo 'make quality   how good the recommendations are, on held-out users; INTERACTIONS, ITEMS, SEEDS'
	@echo 'make model     a million random steps of the stream engine beside a simple model of it'
	@echo 'make fuzz      coverage-guided inputs for everything that reads what others wrote; FUZZ_SECONDS, FUZZ_TARGETS'
	@echo 'make sanitize  the Swift tests under the thread and the address sanitizer; SANITIZERS, SANITIZED'
	@echo 'make faults    kill -9, power cuts, failing calls, flipped bits: twenty minutes; FAULT_SEED'
	@echo 'make soak      half an hour of mixed load: slopes of memory and descriptors; SOAK_SECONDS'
	@echo 'make simulate  the record log on a simulated disk that fails and loses power; SEEDS'
	@echo 'make services  what a start costs, and functions behind API Gateway and a stream; BASELINE'
	@echo 'make packages  a Debian package, a tarball, the bill of materials (SPDX) and checksums: dist/; make deb for the first alone'
	@echo 'make wheel     the fixture of pytest as a wheel: dist/'
	@echo 'make check-packages  the same twice, byte by byte, by lintian and by dpkg, which as root installs it and removes it again; the image, by buildah'
	@echo 'make bench     latency and throughput over loopback; make bench-check holds them against testdata/budgets.json'
	@echo 'make sample    generate testdata/filmnight again'
	@echo 'make clean     remove everything that was built or fetched'

demo: server interpreter
	$(SERVER) demo $(DEMO)

test: lint unit clients
	@printf '\nEvery layer passed.\n'

# What the system must have. Installs what is missing by apt-get; says so before it does.
define install
	missing=(); \
	$(1) \
	if [ $${#missing[@]} -gt 0 ]; then \
		if ! command -v apt-get >/dev/null; then echo "Please install the equivalents of these Debian packages: $${missing[*]}"; exit 1; fi; \
		as_root=(); \
		if [ "$$(id -u)" != 0 ]; then \
			command -v sudo >/dev/null || { echo "Please install as root: apt-get install $${missing[*]}"; exit 1; }; \
			as_root=(sudo); \
		fi; \
		echo "Installing with apt-get: $${missing[*]}"; \
		"$${as_root[@]}" apt-get update -qq; \
		"$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}"; \
	fi
endef

system:
	@command -v swift >/dev/null || { echo 'A Swift 6.3 toolchain is needed: https://www.swift.org/install'; exit 1; }
	@$(call install, \
		test -e /usr/include/sqlite3.h || missing+=(libsqlite3-dev); \
		test -e /usr/include/openssl/ssl.h || missing+=(libssl-dev); \
		test -e /usr/include/zlib.h || missing+=(zlib1g-dev); \
		[[ -n "$$(find /usr/include -path '*curl/curl.h' -print -quit)" ]] || missing+=(libcurl4-openssl-dev); \
		command -v git >/dev/null || missing+=(git);)

# The demo's functions run on Node or on Python.
interpreter:
	@$(call install, \
		command -v node >/dev/null || command -v python3 >/dev/null || missing+=(nodejs);)

test-system: system
	@$(call install, \
		command -v curl >/dev/null || missing+=(curl); \
		command -v $(PYTHON) >/dev/null || missing+=(python3); \
		command -v go >/dev/null || missing+=(golang-go); \
		command -v chromium >/dev/null || missing+=(chromium); \
		command -v node >/dev/null || missing+=(nodejs); \
		command -v rclone >/dev/null || missing+=(rclone); \
		command -v s3cmd >/dev/null || missing+=(s3cmd); \
		/usr/bin/python3 -c 'import awscli' 2>/dev/null || missing+=(awscli); \
		ruby -e 'require "aws-sdk-s3"' 2>/dev/null || missing+=(ruby ruby-aws-sdk-s3); \
		test -e /usr/share/gocode/src/github.com/aws/aws-sdk-go-v2/service/kinesis || missing+=(golang-github-aws-aws-sdk-go-v2-dev); \
		$(PYTHON) -c 'import ensurepip; import venv' 2>/dev/null || missing+=(python3-venv);)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo 'Python 3.10 or newer is needed; set PYTHON=…'; exit 1; }

$(STATIC)/libstdc++.a: | system
	@mkdir -p $(@D)
	@ln -sf "$$("$$(dirname "$$(readlink -f "$$(command -v swiftc)")")/clang" -print-file-name=libstdc++.a)" $@

build: server
	$(call say,'Building the bench')
	swift build $(RELEASE) --product bench

server: system $(STATIC)/libstdc++.a
	$(call say,'Building the server')
	swift build $(RELEASE) --product personalite

lint:
	$(call say,'Lint')
	swift format lint --strict --recursive --parallel $(LINTED)

format:
	swift format --in-place --recursive --parallel $(LINTED)

# Warnings are errors here, and only here: a newer toolchain's new warning must not keep anyone from the demo.
unit: export PERSONALITE_STRICT = 1
unit: export PERSONALITE_SIGV4_SUITE = $(SUITE)
unit: system .cache/botocore-$(BOTOCORE).stamp
	$(call say,'Building the tests')
	swift build --build-tests
	$(call say,'Swift tests')
	swift test --skip-build

clients: export PERSONALITE_BINARY = $(SERVER)
clients: server .venv/ready.stamp .cache/s3fs.stamp .cache/sam.stamp
	$(call say,'Client tests: SDKs$(comma) command lines and curl against real processes')
	.venv/bin/python -m pytest Tests/clients $(PYTEST)

# The story on data of one's own, step by step with the aws CLI and curl; prints the metrics and both lists.
story: export PERSONALITE_BINARY = $(SERVER)
story: export PERSONALITE_INTERACTIONS = $(abspath $(INTERACTIONS))
story: export PERSONALITE_ITEMS = $(abspath $(ITEMS))
story: server .venv/ready.stamp
	.venv/bin/python -m pytest Tests/clients/test_story.py -v -s

# A million random steps of the stream engine, and of a queue, each beside its reference model.
model: export PERSONALITE_MODEL_WALKS = 168
model: export PERSONALITE_QUEUE_STEPS = 1000000
model: system
	swift build --build-tests
	swift test --skip-build --filter 'StreamsTests.(Queue)?ModelTests'

# Each entry of Tests/FuzzTests for a minute. What libFuzzer learns goes to .cache/fuzz, what breaks an entry to .cache/fuzz/TARGET.broken.
FUZZ_SECONDS ?= 60
FUZZ_BUILD = swift build -c release --scratch-path .build-fuzz --sanitize=fuzzer -Xswiftc -enable-testing
FUZZ_OPTIONS = -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1
fuzz: system
	$(call say,'Building the fuzz targets')
	@for group in Formats Expressions Listener; do PERSONALITE_FUZZ=$$group $(FUZZ_BUILD) --product fuzz-$${group,,}; done
	@for program in .build-fuzz/release/fuzz-{formats,expressions,listener}; do \
		for target in $$($$program); do \
			[[ " $(or $(FUZZ_TARGETS),$$target) " == *" $$target "* ]] || continue; \
			mkdir -p .cache/fuzz/$$target; \
			SWIFT_BACKTRACE=enable=no $$program $$target $(FUZZ_OPTIONS) -artifact_prefix=.cache/fuzz/$$target.broken- \
				.cache/fuzz/$$target testdata/fuzz/$$target 2>.cache/fuzz/$$target.log || { tail -n 30 .cache/fuzz/$$target.log; exit 1; }; \
			awk -v t=$$target '/number_of_executed_units/ { n = $$2 } /average_exec_per_sec/ { s = $$2 } END { printf "%-10s %12d executions %8d a second\n", t, n, s }' \
				.cache/fuzz/$$target.log; \
		done; \
	done

# The Swift tests under the thread and the address sanitizer, each in a build of its own. Tests/sanitize/mutex.c says why the first has a library before it.
SANITIZERS ?= thread address
SANITIZED ?= WireTests StreamsTests RecommendTests EmulatorTests ListenerTests FuzzTests
sanitize: export PERSONALITE_TESTS = $(SANITIZED)
sanitize: export PERSONALITE_SIGV4_SUITE = $(SUITE)
sanitize: system .cache/botocore-$(BOTOCORE).stamp
	@for kind in $(SANITIZERS); do \
		printf '\n== The tests under the %s sanitizer\n' $$kind; \
		swift build --build-tests --sanitize=$$kind --scratch-path .build-sanitize/$$kind; \
		preload=; \
		if [ $$kind = thread ] && [ "$$(uname)" = Linux ]; then \
			preload=$(CURDIR)/.build-sanitize/mutex.so; \
			"$$(dirname "$$(readlink -f "$$(command -v swift)")")/clang" -shared -fPIC -O1 -Wall -Werror -o $$preload Tests/sanitize/mutex.c -ldl; \
		fi; \
		LD_PRELOAD=$$preload swift test --skip-build --sanitize=$$kind --scratch-path .build-sanitize/$$kind; \
	done

# Kills, power cuts, failing calls and flipped bits, for twenty minutes at most; make clients does a little of each. FAULT_SEED chooses others.
faults: export PERSONALITE_BINARY = $(SERVER)
faults: export PERSONALITE_FAULT_SECONDS = power=270,kills=240,flips=40
faults: export PERSONALITE_FAULT_SEED = $(or $(FAULT_SEED),1)
faults: export PERSONALITE_CUTS = 10000
faults: export PERSONALITE_CUT_SECONDS = 10
faults: export PERSONALITE_KILL_CYCLES = 1000
faults: export PERSONALITE_FLIPS = 1000
faults: export PERSONALITE_FAILING_CALLS = 20
faults: server .venv/ready.stamp
	$(call say,'Faults of the disk and the process')
	.venv/bin/python -m pytest Tests/clients/test_disk_*.py -s -o faulthandler_timeout=1200 --basetemp=$(firstword $(wildcard /dev/shm) /tmp)/personalite-faults $(PYTEST)

# Half an hour of mixed load with resharding and retraining, and how memory, descriptors and latencies went; SOAK_SECONDS.
soak: export PERSONALITE_BINARY = $(SERVER)
soak: server .venv/ready.stamp
	.venv/bin/python Tests/clients/soak.py --seconds $(or $(SOAK_SECONDS),1800)

# The figures of docs/performance.md for starts and functions; BASELINE names another binary, whose starts are measured in turn.
services: export PERSONALITE_BINARY = $(SERVER)
services: server .venv/ready.stamp
	.venv/bin/python Tests/clients/services.py $(if $(BASELINE),--baseline $(BASELINE))

# The record log on a disk that is simulated, with as many seeds as are wanted.
simulate: export PERSONALITE_SIMULATIONS = $(or $(SEEDS),20000)
simulate: system
	swift build --build-tests
	swift test --skip-build --filter StreamsTests.SimulationTests

# How good the recommendations are, measured from outside on held-out users.
quality: export PERSONALITE_BINARY = $(SERVER)
quality: server .venv/ready.stamp
	.venv/bin/python Tests/clients/quality.py --seeds $(or $(SEEDS),3) $(or $(INTERACTIONS),testdata/filmnight/interactions.csv) $(if $(INTERACTIONS),$(ITEMS),testdata/filmnight/items.csv)

# Packages of the server: the same bytes for the same commit and the same toolchain. What they are named and have in them: packaging/package.py.
PACKAGE = $(PYTHON) packaging/package.py --binary $(SERVER) --out dist
packages: server packaging-system
	$(call say,'Packages')
	$(PACKAGE) deb tarball sbom

deb: server packaging-system
	$(PACKAGE) deb

tarball sbom: server packaging-system
	$(PACKAGE) $@

# The fixture of pytest: packaging/pytest/README.md. Python leaves its own files beside what it builds, so that is a copy.
wheel: .venv/ready.stamp
	rm -rf dist/pytest && mkdir -p dist && cp -r packaging/pytest dist/pytest
	.venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist dist/pytest
	rm -rf dist/pytest

packaging-system: system
	@$(call install, \
		command -v $(PYTHON) >/dev/null || missing+=(python3); \
		command -v objdump >/dev/null || missing+=(binutils); \
		command -v dpkg-shlibdeps >/dev/null || missing+=(dpkg-dev);)

# As root, what dpkg does with it is tried on this machine: it has to be one that may be changed.
check-packages: export PERSONALITE_BINARY = $(SERVER)
check-packages: export PERSONALITE_PACKAGES = $(CURDIR)/dist
check-packages: export PERSONALITE_INSTALL = $(if $(filter 0,$(shell id -u)),1)
check-packages: export PERSONALITE_IMAGE = $(if $(PERSONALITE_INSTALL),$(shell unshare -m true 2>/dev/null && echo 1))
check-packages: packages .venv/ready.stamp
	@$(call install, \
		command -v lintian >/dev/null || missing+=(lintian); \
		command -v systemd-analyze >/dev/null || missing+=(systemd); \
		command -v buildah >/dev/null || missing+=(buildah); \
		command -v mmdebstrap >/dev/null || missing+=(mmdebstrap);)
	.venv/bin/python -m pytest Tests/clients/test_packages.py Tests/clients/test_container.py -v -o faulthandler_timeout=1200 $(PYTEST)

comma := ,

bench: build
	.build/release/bench $(BENCH)

# Whether the data plane keeps its budgets: testdata/budgets.json, ratios to what is measured in the same run. The machine should have nothing else to do.
bench-check: build
	.build/release/bench check $(BENCH)

sample:
	$(PYTHON) testdata/filmnight/make.py

.venv/ready.stamp: Tests/clients/requirements.txt | test-system
	$(call say,'A virtual environment for the client tests: .venv')
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --requirement $<
	touch $@

# s3fs and sam hold packages at versions of their own, so each has an environment of its own.
.cache/s3fs.stamp .cache/sam.stamp: .cache/%.stamp: Tests/clients/requirements-%.txt | test-system
	$(call say,'A virtual environment for $*: .cache/$*')
	rm -rf .cache/$*
	mkdir -p .cache
	$(PYTHON) -m venv .cache/$*
	.cache/$*/bin/python -m pip install --quiet --no-compile --requirement $<
	touch $@

# AWS's signature examples come with botocore's source distribution; they are fetched, not copied into the tree.
.cache/botocore-$(BOTOCORE).stamp: .venv/ready.stamp
	$(call say,'The signature examples of botocore $(BOTOCORE): .cache')
	mkdir -p .cache
	.venv/bin/python -m pip download --quiet --no-deps --no-binary :all: --dest .cache botocore==$(BOTOCORE)
	tar -xzf .cache/botocore-$(BOTOCORE).tar.gz -C .cache botocore-$(BOTOCORE)/tests/unit/auth
	test -d $(SUITE)
	touch $@

clean:
	rm -rf .build .build-fuzz .build-sanitize .venv .cache dist

.PHONY: help demo test system interpreter test-system build server lint format unit clients story model fuzz sanitize faults soak services simulate quality packages deb tarball sbom wheel \
	packaging-system check-packages bench bench-check sample clean
