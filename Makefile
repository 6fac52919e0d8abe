# SPDX-FileCopyrightText: The Podpis authors
# SPDX-License-Identifier: Apache-2.0

# Everything is built without cgo: one binary, the same on every Linux.
export CGO_ENABLED := 0

GO     ?= go
BUILD  := build
BIN    := $(BUILD)/tools
WASM   := internal/server/web/wasm/sign.wasm
LISTEN ?= 127.0.0.1:8080
DATA   ?= data

# Tests that need an engine, a server or a browser carry tags; see docs/architecture.md.
TAGS_INSTALLED := openssl,peers,valgrind

.PHONY: help run build wasm generate test check bench drill fmt lint generated tools clean \
        test-race test-openssl test-postgres test-browser cover fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-15s %s\n", $$1, $$2}'

run: build ## build everything and start the training installation
	$(BUILD)/podpis serve --training --data $(DATA) --listen $(LISTEN)

build: wasm ## build the programs into build/
	$(GO) build -trimpath -ldflags '-s -w' -o $(BUILD)/ ./cmd/podpis ./cmd/podpis-stand

wasm: $(WASM).gz ## build the module that signs in the browser

$(WASM).gz: $(shell find gost pki sign cmd/podpis-wasm -name '*.go' -not -name '*_test.go' 2>/dev/null) go.mod
	GOOS=js GOARCH=wasm $(GO) build -trimpath -ldflags '-s -w' -o $(BUILD)/sign.wasm ./cmd/podpis-wasm
	$(GO) run ./cmd/podpis-wasm/pack $(BUILD)/sign.wasm $(WASM)

generate: tools ## regenerate generated files: templates, queries, tables
	$(BIN)/templ generate -path internal/server
	PODPIS_SQLC=$(BIN)/sqlc $(GO) run internal/platform/db/generate.go
	$(GO) generate ./...

test: ## every test that needs nothing installed
	$(GO) test ./...

check: tools fmt lint generated wasm ## the whole gate
	$(GO) vet -tags $(TAGS_INSTALLED),postgres,browser ./...
	$(MAKE) test
	$(MAKE) test-openssl
	$(MAKE) test-postgres
	$(MAKE) test-browser
	$(MAKE) test-race
	$(MAKE) cover

fmt:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'not formatted: run gofmt -w'; exit 1; }

lint: tools
	$(BIN)/golangci-lint run ./...
	@dead="$$($(BIN)/deadcode -test ./... 2>&1)"; test -z "$$dead" || { echo "$$dead"; echo 'unreachable functions'; exit 1; }

generated: generate
	@git diff --exit-code --stat -- '*.go' openapi.yaml || { echo 'generated files differ: run make generate and commit'; exit 1; }

test-openssl: ## tests against OpenSSL with the GOST engine and other installed peers
	$(GO) test -tags $(TAGS_INSTALLED) ./gost/... ./pki/... ./sign/... ./verify/... ./wire/... ./cmd/... ./internal/service/ca/...

test-postgres: ## the database suite on PostgreSQL
	$(GO) test -tags postgres ./internal/...

test-browser: wasm ## the pages in Chromium
	$(GO) test -tags browser -timeout 20m ./internal/server/web/... ./internal/app/...

test-race:
	CGO_ENABLED=1 $(GO) test -race ./internal/platform/... ./internal/service/... ./stand/... ./wire/...

cover: ## coverage with the bars of the design
	$(GO) run ./tools/cover

fuzz: ## every fuzzer for FUZZTIME (default 2m)
	$(GO) run ./tools/fuzz -time $(or $(FUZZTIME),2m)

bench: ## the table of speeds, each beside its peer in the same run
	$(GO) test -run '^$$' -bench . -benchtime 300ms -count 3 ./gost/...

drill: ## what takes hours: long fuzzing, kills, the whole matrix of pages
	$(MAKE) fuzz FUZZTIME=20m
	PODPIS_DRILL=1 $(GO) test -timeout 3h ./internal/... ./pki/...

tools: $(BIN)/.stamp

$(BIN)/.stamp: tools/go.mod tools/go.sum
	cd tools && GOBIN=$(abspath $(BIN)) $(GO) install tool
	@touch $@

clean:
	rm -rf $(BUILD) $(WASM)*
