PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
POSTGRESQL ?= postgresql://postgres@127.0.0.1:5432/postgres
HASHED := --require-hashes --disable-pip-version-check --quiet

.PHONY: run test test-postgresql lint bench soak open-delivery lock messages

run: .venv/ready
	@$(if $(SOURCE),$(BIN)/rightswire load_demo --port $(PORT) --source '$(SOURCE)')
	@$(BIN)/rightswire up --demo --port $(PORT)

# Where our own SQL, locks and threads are; `make test-postgresql` runs all that touches the database.
ON_POSTGRESQL := tests/bake tests/outbox tests/backup/test_making.py tests/backup/test_restored_mail.py \
	$(patsubst %,tests/campaigns/test_%.py,catching_up closing counting daily_log desk log_races races) \
	$(patsubst %,tests/newsletters/test_%.py,digests lines news_clock post resealing returned_mail)

# The whole suite on SQLite; then, where there is PostgreSQL, what could differ there.
test: .venv/ready-dev
	@$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)
	@if $(BIN)/python -c "import psycopg; psycopg.connect('$(POSTGRESQL)', connect_timeout=2)" 2>/dev/null; then \
		RIGHTSWIRE_DATABASE_URL='$(POSTGRESQL)' $(BIN)/pytest -n 2 -m 'django_db and not browser' $(or $(ARGS),$(ON_POSTGRESQL)); \
	else echo "PostgreSQL is not running at 127.0.0.1:5432: the suite ran on SQLite only."; fi

test-postgresql: .venv/ready-dev
	@RIGHTSWIRE_DATABASE_URL='$(POSTGRESQL)' $(BIN)/pytest -n 2 -m 'django_db and not browser' $(ARGS)

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
