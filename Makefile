PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
HASHED := --require-hashes --disable-pip-version-check --quiet

.PHONY: run test lint bench soak lock messages

run: .venv/ready
	@$(if $(SOURCE),$(BIN)/rightswire load_demo --port $(PORT) --source '$(SOURCE)')
	@$(BIN)/rightswire up --demo --port $(PORT)

test: .venv/ready-dev
	@$(BIN)/pytest -n 2 $(ARGS)

lint: .venv/ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djhtml --check --tabwidth 2 src/rightswire
	@$(BIN)/rightswire makemigrations --check --dry-run
	@$(BIN)/python -m rightswire.conf.messages check

bench: .venv/ready-dev
	@$(BIN)/python -m benchmarks

# The locks: names and hashes only, no registry's address.
lock: .venv/ready-dev
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements-dev.txt requirements-dev.in

messages: .venv/ready-dev
	@$(BIN)/python -m rightswire.conf.messages update

.venv/ready: requirements.txt pyproject.toml $(wildcard src/rightswire/locale/*/LC_MESSAGES/*.po)
	@echo "Installing Rightswire; the first time this takes about a minute."
	@$(PYTHON) -m venv .venv || (echo "Install python3-venv first: apt install python3-venv"; exit 1)
	@$(BIN)/pip install $(HASHED) -r requirements.txt
	@$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m rightswire.conf.messages compile
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	@$(BIN)/pip install $(HASHED) -r requirements-dev.txt
	@touch $@
