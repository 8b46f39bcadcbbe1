# tacit: `make` prints what there is; `make run` and `make test` are the two commands.
export GOTOOLCHAIN = local
# One way to compile for the program, its tests and what looks at them: a package is compiled once.
export GOFLAGS := $(strip $(filter-out -trimpath,$(GOFLAGS)) -trimpath)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null | sed 's/^v//' | grep -E '^[0-9]+\.' || echo 0.1.0)
LDFLAGS = -s -w -X github.com/tacit-ml/tacit/internal/cli.Version=$(VERSION)
BIN = bin/tacit
STRICT = $(if $(filter true,$(CI)),-strict,)

.DEFAULT_GOAL = help
.PHONY: help run build web test lint conformance bench soak generate cross clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build everything, start tacit and walk the guide's chapters on real data
	$(BIN) demo $(DEMO)

build: web ## build bin/tacit, pages included
	go build -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/tacit

web: ## build the pages' scripts and styles into web/dist
	cd web && npm ci --silent --no-audit --no-fund
	go run ./web/build

# The pages' tests take longest and begin first, so that they do not end alone. Symbols are for debuggers,
# and make lint vets: neither is paid for in each of some hundred programs.
test: ## run all tests but those of the real clients
	test/stores.sh bash -o pipefail -c 'go test -json -vet=off -ldflags="-s -w" -timeout 15m $(TESTFLAGS) ./test/browser ./... | go run ./test/report $(STRICT)'

lint: ## check format, vet and static analysis
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt-ed:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go run -modfile=tools/go.mod honnef.co/go/tools/cmd/staticcheck ./...

conformance: build ## run the real clients in a virtual environment against bin/tacit
	test/conformance/run.sh

bench: build ## print the side-by-side table with the peers (BENCH=-quick for a smoke)
	bench/run.sh $(BENCH)

soak: build ## what takes long: 5 GiB transfers, long kill and fuzz runs, walks of a large graph, many fresh draws
	test/stores.sh test/soak/run.sh

generate: ## write the generated files anew: templates, docs/events.md, docs/openapi.json, docs/compat, README's table
	go run -modfile=tools/go.mod github.com/a-h/templ/cmd/templ generate
	go test ./internal/app ./internal/cli/data -run TestGeneratedDocuments -update

cross: ## build for macOS and Windows without cgo
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go build -o /dev/null ./cmd/tacit
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -o /dev/null ./cmd/tacit

clean: ## remove what was built, not the data of .tacit
	rm -rf bin web/node_modules .venv .tools
	find web/dist -mindepth 1 ! -name .gitkeep -delete
