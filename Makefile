# A development build starts soonest on a new machine; `cargo build --release` is for serving in earnest.
LECTERN := $(or $(CARGO_TARGET_DIR),target)/debug/lectern
RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
PYTHON ?= python3

# With a test beside it, dependencies have the features that `make test` needs, and none of them is compiled a second time.
BUILD_AS_TESTED := cargo build --locked --bin lectern --test dependencies

.DEFAULT_GOAL := help
.PHONY: help run test check clean-data openapi contract bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, start a private Postgres and serve a demo company; Ctrl-C ends both
	@[ -n "$$LECTERN_DATABASE_URL" ] || .ci/install-postgres
	cargo build --locked
	@exec $(LECTERN) serve --demo

test: ## Run every test, against a private Postgres
	@.ci/install-postgres
	@command -v curl > /dev/null || { echo "The tour of the README needs curl: please install it."; exit 1; }
	cargo test --locked

check: ## Look at the form of the code: formatting, lints, doc comments
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

openapi: ## Write the contract anew from the code
	$(BUILD_AS_TESTED)
	$(LECTERN) openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

contract: ## Check the contract: linters, generated clients, and a served instance (needs Node.js, Python and the network)
	@.ci/install-postgres
	$(BUILD_AS_TESTED)
	$(PYTHON) openapi/checks/run.py --lectern $(LECTERN)

bench: ## Measure a release build against bare Postgres, into benches/RESULTS.md (SIZE=small: some minutes; see benches/README.md)
	@.ci/install-postgres
	cargo build --locked --release --bin lectern --example load
	$(PYTHON) benches/run.py --lectern $(RELEASE)/lectern --load $(RELEASE)/examples/load $(foreach option,SIZE PEOPLE RATINGS PART,$(if $($(option)),--$(shell echo $(option) | tr A-Z a-z) $($(option))))

clean-data: ## Delete the data of the private Postgres of `make run`
	cargo build --locked
	$(LECTERN) postgres --remove $(if $(LECTERN_DATA_DIR),--folder "$(LECTERN_DATA_DIR)")
