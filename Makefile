# Each command installs what it needs; see README.md.
.DEFAULT_GOAL := help
.PHONY: help sandbox sandbox-down sandbox-status test lint types unit e2e e2e-vault e2e-other bench format

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

# The two halves wait more than they work, so that they run side by side.
e2e-vault:
	@$(e2e_test) test/e2e/vault.test.ts

e2e-other:
	@$(e2e_test) 'sandbox/test/engine/**/*.test.ts' 'sandbox/test/machine/**/*.test.ts' \
		'test/integration/**/*.test.ts' 'test/e2e/!(vault).test.ts'

bench: ## Measure, on a sandbox that is up; ONLY="crossing scale" some of it
	@$(sandbox_cli) bench $(if $(ONLY),--only $(ONLY))

format: ## Rewrite all files in the project's style
	@$(with_node) npm run --silent format
