# SPDX-FileCopyrightText: The Podpis authors
# SPDX-License-Identifier: Apache-2.0

# Everything is built without cgo: one binary, the same on every Linux.
export CGO_ENABLED := 0

GO     ?= go
BUILD  := build
BIN    := $(BUILD)/tools
WASM   := internal/server/web/wasm
LISTEN ?= 127.0.0.1:8080
DATA   ?= data

# Tests that need an engine, a server or a browser carry tags; see docs/architecture.md.
TAGS_INSTALLED := openssl,peers,valgrind

.PHONY: help run build wasm generate test check bench drill fmt lint generated tools clean \
        test-race test-openssl test-postgres test-browser cover bars fuzz lighthouse

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-15s %s\n", $$1, $$2}'

run: build ## build everything and start the training installation
	$(BUILD)/podpis serve --training --data $(DATA) --listen $(LISTEN)

# The program holds itself whole, for the server (cmd/podpis/bundled.go); elsewhere than on Linux the two are one.
build: wasm ## build the programs into build/
	$(GO) build -trimpath -ldflags '-s -w' -o $(BUILD)/whole ./cmd/podpis
	echo '{"Replace": {"$(CURDIR)/cmd/podpis/whole": "$(CURDIR)/$(BUILD)/whole"}}' > $(BUILD)/overlay.json
	$(GO) build -trimpath -ldflags '-s -w' -tags bundled -overlay $(BUILD)/overlay.json -o $(BUILD)/ ./cmd/podpis ./cmd/podpis-stand

wasm: $(WASM)/sign.wasm.gz $(WASM)/verify.wasm.gz $(WASM)/document.wasm.gz ## build the modules of the browser

sources = $(shell find $(1) -name '*.go' -not -name '*_test.go' 2>/dev/null) go.mod

$(WASM)/sign.wasm.gz: $(call sources,gost pki sign cmd/podpis-wasm cmd/browser)
	GOOS=js GOARCH=wasm $(GO) build -trimpath -ldflags '-s -w' -o $(BUILD)/sign.wasm ./cmd/podpis-wasm
	$(GO) run ./cmd/podpis-wasm/pack $(BUILD)/sign.wasm $(WASM)/sign.wasm

$(WASM)/document.wasm.gz: $(call sources,gost pki sign cmd/podpis-document cmd/browser)
	GOOS=js GOARCH=wasm $(GO) build -tags judge -trimpath -ldflags '-s -w' -o $(BUILD)/document.wasm ./cmd/podpis-document
	$(GO) run ./cmd/podpis-wasm/pack $(BUILD)/document.wasm $(WASM)/document.wasm

$(WASM)/verify.wasm.gz: $(call sources,gost pki verify cmd/podpis-judge cmd/browser)
	GOOS=js GOARCH=wasm $(GO) build -tags judge -trimpath -ldflags '-s -w' -o $(BUILD)/verify.wasm ./cmd/podpis-judge
	$(GO) run ./cmd/podpis-wasm/pack $(BUILD)/verify.wasm $(WASM)/verify.wasm

generate: tools ## regenerate generated files: templates, queries, tables
	$(BIN)/templ generate -path internal/server
	PODPIS_SQLC=$(BIN)/sqlc $(GO) run internal/platform/db/generate.go
	$(GO) generate ./...

test: ## every test that needs nothing installed
	$(GO) test ./...

check: tools fmt lint generated wasm $(BUILD)/node_modules ## the whole gate
	$(GO) vet -tags $(TAGS_INSTALLED),postgres,browser,peerbench,lighthouse ./...
	bash -o pipefail -c '.ci/gotest -cover $$($(GO) list ./... | grep -vE "^podpis/internal/se(rvice|rver)") | tee $(BUILD)/test.txt' # those two run for their bar
	$(MAKE) bars
	.ci/gotest -tags purego ./gost/streebog
	$(MAKE) build
	.ci/gotest -tags bundled -overlay $(BUILD)/overlay.json -run Bundle ./cmd/podpis
	$(MAKE) test-openssl
	$(MAKE) test-postgres
	$(MAKE) test-browser
	$(MAKE) test-race

fmt:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'not formatted: run gofmt -w'; exit 1; }

lint: tools
	$(BIN)/golangci-lint run ./...
	@dead="$$($(BIN)/deadcode -test -tags $(TAGS_INSTALLED),postgres,browser,lighthouse,slow ./... 2>&1)"; test -z "$$dead" || { echo "$$dead"; echo 'unreachable functions'; exit 1; }

generated: generate
	@git diff --exit-code --stat -- '*.go' openapi.yaml || { echo 'generated files differ: run make generate and commit'; exit 1; }

test-openssl: ## tests against OpenSSL with the GOST engine and other installed peers
	.ci/gotest -tags $(TAGS_INSTALLED) ./gost/... ./pki/... ./sign/... ./verify/... ./wire/... ./cmd/... ./internal/server/responder/...

test-postgres: ## the suite of what remembers and decides, on PostgreSQL
	.ci/gotest -tags postgres ./internal/platform/... ./internal/service/...
	.ci/gotest -tags postgres -run 'WithoutTheRecord|OthersActs' ./internal/server/web

test-browser: wasm $(BUILD)/node_modules ## the pages in Chromium
	.ci/gotest -tags browser,openssl ./internal/app/... ./gost/internal/bench
	.ci/gotest -count 1 -tags browser -run 'Matrix|NothingTyped' ./internal/server/web

test-race:
	CGO_ENABLED=1 .ci/gotest -race ./internal/platform/... ./internal/service/... ./stand/... ./wire/...

cover: ## coverage of each package, with the bars of the design
	$(GO) test -cover ./... > $(BUILD)/test.txt
	$(MAKE) bars

# 85 % of the statements of gost, pki, sign and verify by the tests of each package; 70 % of services by theirs and those of
# the doors, which ask services as people do.
bars: $(BUILD)/services.cov
	@awk '/coverage:/ { name = ($$1 == "ok") ? $$2 : $$1; for (i = 1; i <= NF; i++) if ($$i == "coverage:") n = $$(i+1) + 0; \
	  bar = (name ~ /podpis\/(gost|pki|sign|verify)/) ? 85 : 0; \
	  if (name ~ /pkitest|openssltest|contract/) bar = 0; if (bar) printf "%6.1f %%  %s\n", n, name; \
	  if (n < bar) { print "        below " bar " %"; bad = 1 } } END { exit bad }' $(BUILD)/test.txt
	@awk -F'[: ]' 'NR > 1 { block = $$1 ":" $$2; size[block] = $$3; if ($$4 > 0) hit[block] = 1 } \
	  END { for (b in size) { p = b; sub(/\/[^\/]*$$/, "", p); all[p] += size[b]; if (b in hit) run[p] += size[b] } \
	    for (p in all) if (p !~ /servicetest/) { n = 100 * run[p] / all[p]; printf "%6.1f %%  %s\n", n, p; \
	      if (n < 70) { print "        below 70 %"; bad = 1 } } exit bad }' $(BUILD)/services.cov

.PHONY: $(BUILD)/services.cov
$(BUILD)/services.cov:
	.ci/gotest -coverpkg=./internal/service/... -coverprofile=$@ ./internal/service/... ./internal/server/...

fuzz: ## every fuzzer for FUZZTIME (default 2m)
	@grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sed -E 's|^(.*)/[^/]+:func (.*)|\1 \2|' | sort -u | while read -r dir name; do \
	  echo "$$name in $$dir"; $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(or $(FUZZTIME),2m) -fuzzminimizetime 5x $$dir || exit 1; done

$(BUILD)/node_modules: # axe-core judges the pages in tests; nothing of npm is in the product
	npm install --no-save --silent --prefix $(BUILD) axe-core@4.14.1

bench: ## the table of speeds, each beside its peer in the same run; needs Java too: see docs/architecture.md
	$(GO) run ./gost/internal/bench
	.ci/gotest -count 1 -tags valgrind -run Instructions ./gost/gost3410
	.ci/gotest -count 1 -tags browser -run InBrowser ./gost/internal/bench
	$(GO) test -count 1 -v -run LargeList ./pki/tsl
	$(GO) test -run '^$$' -bench Verify -benchtime 10000x ./internal/server/api
	$(GO) test -count 1 -v -tags peerbench -run 'AgainstPeers|ColdPDF' ./verify/internal/bench
	$(GO) test -count 1 -v -tags peerbench ./cmd/podpis/bench
	$(GO) test -count 1 -v -tags peerbench -run Load ./internal/app

lighthouse: wasm $(BUILD)/lighthouse/node_modules ## the main pages by Lighthouse, each with its figures
	$(GO) test -count 1 -v -timeout 1h -tags lighthouse -run Lighthouse ./internal/server/web

$(BUILD)/lighthouse/node_modules: # apart from axe-core: it is large, and the gate does not need it
	npm install --no-save --silent --ignore-scripts --prefix $(BUILD)/lighthouse lighthouse@13.5.0

drill: ## what takes hours: long fuzzing, kills, the whole matrix of pages
	$(MAKE) fuzz FUZZTIME=20m
	PODPIS_DRILL=1 $(GO) test -timeout 3h ./internal/... ./pki/...
	for at in 2026-10-31T20:59:30Z 2026-11-22T23:59:30Z 2026-12-31T20:59:30Z; do PODPIS_START=$$at .ci/gotest ./internal/service/... || exit 1; done # worlds that begin where months, weeks and years meet
	.ci/gotest -count 1 -tags postgres ./internal/server/...
	PODPIS_DRILL=1 .ci/gotest -count 1 -tags openssl -run AgainstEngine ./gost/...
	PODPIS_DRILL=1 $(GO) test -count 1 -v -timeout 3h -tags browser -run 'Matrix|NothingTyped' ./internal/server/web
	$(MAKE) lighthouse

tools: $(BIN)/.stamp

$(BIN)/.stamp: tools/go.mod tools/go.sum
	cd tools && GOBIN=$(abspath $(BIN)) $(GO) install tool
	@touch $@

clean:
	rm -rf $(BUILD) $(WASM)/*.br $(WASM)/*.gz
