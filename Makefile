# The commands that people and CI use. `make help` lists them.
GO ?= go
# How long `make fuzz` stays with each target.
FUZZTIME ?= 10s

.PHONY: help build test lint bench fuzz schema

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build ./reconciler
	$(GO) build -o reconciler ./cmd/reconciler

test: ## run every test; GOTESTFLAGS=-v shows what is skipped
	$(GO) test $(GOTESTFLAGS) ./...

lint: ## check form, vet, staticcheck and modules
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "gofmt these: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify

bench: ## measure speed, memory and AWS calls against their targets
	$(GO) run ./internal/bench

fuzz: ## fuzz every target for FUZZTIME
	@dirs=$$($(GO) list -f '{{.Dir}}' ./...) && echo "$$dirs" | while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do \
			echo "$$dir: $$target"; \
			(cd "$$dir" && $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x . </dev/null) || exit 1; \
		done || exit 1; \
	done

schema: ## make schema/ again from the Go types
	$(GO) generate ./schema
