# The commands that people and CI use. `make help` lists them.
GO ?= go

.PHONY: build test lint bench fuzz schema help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build ./reconciler
	$(GO) build -o reconciler ./cmd/reconciler

test: ## run every test
	$(GO) test ./...
