# The commands that people and CI use. `make help` lists them.
GO ?= go
# How long `make fuzz` stays with each target.
FUZZTIME ?= 10s

# One file that runs on any distribution, the same wherever it is built.
CGO_ENABLED ?= 0
BUILDFLAGS ?= -trimpath
# What the program says it is.
VERSION ?= $(shell GIT_OPTIONAL_LOCKS=0 git describe --tags --always --dirty 2>/dev/null)
# What `make build` makes and `make install` places.
BIN ?= reconciler
RUN = $(if $(findstring /,$(BIN)),,./)$(BIN)

# Where `make install` places things; DESTDIR goes before each, for packages.
DESTDIR ?=
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
MANDIR ?= $(PREFIX)/share/man/man1
DOCDIR ?= $(PREFIX)/share/doc/reconciler
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
UNITS = reconciler.service reconciler-plan.service reconciler-plan.timer

.PHONY: help build install uninstall test lint bench fuzz schema

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build ./reconciler
	CGO_ENABLED=$(CGO_ENABLED) $(GO) build $(BUILDFLAGS) -ldflags '-X main.release=$(VERSION)' -o $(BIN) ./cmd/reconciler

# A program that is older than its sources is built first, so that `sudo make
# install` behind `make build` needs no Go. A config that is there stays as it is.
install: ## place program, units, man pages, completions, example config; DESTDIR= PREFIX=/usr/local
	@test -x $(BIN) && test -z "$$(find . -name '.?*' -prune -o -type f ! -name '*_test.go' \( -name '*.go' -o -name 'go.*' \
		-o -path './presets/*' -o -path './schema/*' -o -path './bootstrap/*' \) -newer $(BIN) -print)" || $(MAKE) build
	umask 022 && install -d $(foreach dir,$(PREFIX)/bin $(UNITDIR) $(MANDIR) $(DOCDIR)/docs $(DOCDIR)/examples $(BASHDIR) $(ZSHDIR) $(FISHDIR) \
		$(SYSCONFDIR)/reconciler,'$(DESTDIR)$(dir)')
	install -m 755 $(BIN) '$(DESTDIR)$(PREFIX)/bin/reconciler'
	for unit in $(UNITS); do \
		sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' systemd/$$unit >'$(DESTDIR)$(UNITDIR)'/$$unit || exit 1; \
		chmod 644 '$(DESTDIR)$(UNITDIR)'/$$unit || exit 1; \
	done
	rm -f '$(DESTDIR)$(MANDIR)'/reconciler.1* '$(DESTDIR)$(MANDIR)'/reconciler-*.1*
	umask 022 && export SOURCE_DATE_EPOCH="$${SOURCE_DATE_EPOCH-$$(git log -1 --format=%ct 2>/dev/null)}" && \
		$(RUN) man '$(DESTDIR)$(MANDIR)' && \
		$(RUN) completion bash >'$(DESTDIR)$(BASHDIR)/reconciler' && \
		$(RUN) completion zsh >'$(DESTDIR)$(ZSHDIR)/_reconciler' && \
		$(RUN) completion fish >'$(DESTDIR)$(FISHDIR)/reconciler.fish'
	install -m 644 README.md CHANGELOG.md LICENSE '$(DESTDIR)$(DOCDIR)'
	install -m 644 docs/*.md '$(DESTDIR)$(DOCDIR)/docs'
	install -m 644 examples/daemon/reconciler.yaml '$(DESTDIR)$(DOCDIR)/examples'
	test -e '$(DESTDIR)$(SYSCONFDIR)/reconciler/reconciler.yaml' || \
		install -m 644 examples/daemon/reconciler.yaml '$(DESTDIR)$(SYSCONFDIR)/reconciler/reconciler.yaml'

uninstall: ## remove what install placed, but for the config in SYSCONFDIR/reconciler
	rm -f '$(DESTDIR)$(PREFIX)/bin/reconciler' $(foreach unit,$(UNITS),'$(DESTDIR)$(UNITDIR)/$(unit)')
	rm -f '$(DESTDIR)$(MANDIR)'/reconciler.1* '$(DESTDIR)$(MANDIR)'/reconciler-*.1*
	rm -f '$(DESTDIR)$(BASHDIR)/reconciler' '$(DESTDIR)$(ZSHDIR)/_reconciler' '$(DESTDIR)$(FISHDIR)/reconciler.fish'
	rm -rf '$(DESTDIR)$(DOCDIR)'

test: ## run every test; GOTESTFLAGS=-v shows what is skipped
	$(GO) test $(GOTESTFLAGS) ./...

lint: ## check form, vet, staticcheck, modules and the workflows in examples/ci
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "gofmt these: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify
	$(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 examples/ci/github*.yaml

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
