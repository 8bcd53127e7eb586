PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
POSTGRESQL ?= postgresql://postgres@127.0.0.1:5432/postgres
HASHED := --require-hashes --disable-pip-version-check --quiet

.PHONY: run test lint bench soak open-delivery lock messages

run: .venv/ready
	@$(if $(SOURCE),$(BIN)/rightswire load_demo --port $(PORT) --source '$(SOURCE)')
	@$(BIN)/rightswire up --demo --port $(PORT)

# The whole suite on SQLite; then what touches the database on PostgreSQL, where there is one.
test: .venv/ready-dev
	@$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)
	@if $(BIN)/python -c "import psycopg; psycopg.connect('$(POSTGRESQL)', connect_timeout=2)" 2>/dev/null; then \
		RIGHTSWIRE_DATABASE_URL='$(POSTGRESQL)' $(BIN)/pytest -n 2 -m 'django_db and not browser' $(ARGS); \
	else echo "PostgreSQL is not running at 127.0.0.1:5432: the suite ran on SQLite only."; fi

lint: .venv/ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djhtml --check --tabwidth 2 src/rightswire
	@$(BIN)/rightswire makemigrations --check --dry-run
	@$(BIN)/python -m rightswire.conf.messages check

bench: .venv/ready-dev
	@$(BIN)/python -m benchmarks $(BENCH)

soak: .venv/ready-dev
	@$(BIN)/python -m benchmarks.soak

# One file that opens deliveries on a Linux without Python: dist/open_delivery.
open-delivery: .venv/ready-dev
	@$(BIN)/python deploy/open_delivery/build.py

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
