# Each command installs what it needs; see README.md.
.DEFAULT_GOAL := help
.PHONY: help sandbox sandbox-down sandbox-status test test-all lint types unit e2e e2e-vault e2e-other parts bench format

with_node := ./scripts/with-node.sh
sandbox_cli := $(with_node) node sandbox/cli/main.ts
tool = "$$($(sandbox_cli) which $(1))"
e2e_test = VAULT_BINARY=$(call tool,vault) HELM_BINARY=$(call tool,helm) PULUMI_BINARY=$(call tool,pulumi) \
	$(with_node) node --test --test-concurrency=1

help: ## Print this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-15s %s\n", $$1, $$2 }'

sandbox: ## Bring up a hub and an edge on this machine
	@$(sandbox_cli) up

sandbox-down: ## Remove everything that make sandbox made
	@$(sandbox_cli) down

sandbox-status: ## Say what runs
	@$(sandbox_cli) status || true

test: lint types unit e2e ## Run everything that CI runs

test-all: lint types unit ## Run that, what takes minutes of waiting, and the tests of the sandbox's own parts (two hours)
	@SLOW_TESTS=1 $(MAKE) --no-print-directory e2e
	@$(MAKE) --no-print-directory parts

lint: ## Check style
	@$(with_node) npm run --silent lint

types: ## Check types
	@$(with_node) sh -c 'tsc --noEmit && tsc --noEmit --project sandbox'

unit: ## Run the tests that need no sandbox (seconds)
	@$(with_node) node --test --test-isolation=none 'test/unit/**/*.test.ts'
	@$(with_node) node --test 'sandbox/test/unit/**/*.test.ts'

e2e: ## Run the tests that bring up clusters of their own (minutes, root)
	@$(sandbox_cli) tools
	@$(MAKE) --no-print-directory --jobs=2 e2e-vault e2e-other

# Neither half keeps two processors busy by itself.
e2e-vault:
	@$(e2e_test) test/e2e/vault.test.ts

e2e-other:
	@$(e2e_test) 'test/integration/**/*.test.ts' 'test/e2e/!(vault).test.ts'

parts: ## Run the tests of the sandbox's own parts: plugins under the real engine, clusters, images (root)
	@$(sandbox_cli) tools
	@$(e2e_test) 'sandbox/test/engine/**/*.test.ts' 'sandbox/test/machine/**/*.test.ts'

bench: ## Measure, on a sandbox that is up; ONLY="crossing scale" some of it
	@$(sandbox_cli) bench $(if $(ONLY),--only $(ONLY))

format: ## Rewrite all files in the project's style
	@$(with_node) npm run --silent format
