# The commands of the project. Every one sets up what it needs by itself.

PYTHON ?= python3
PORT ?= 8000
ACCOUNTS ?= 20000
SEED ?= 1
FILLS ?=
SNAPSHOT ?=
SCALE ?= full

bin := .venv/bin
demo_options := --accounts $(ACCOUNTS) --seed $(SEED) \
	$(if $(FILLS),--fills $(FILLS)) $(if $(SNAPSHOT),--snapshot $(SNAPSHOT))

.PHONY: setup run demo test check map browser lint types migrations fast-tests soak mutants bench lock

setup: .venv/ready

.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -e $(bin)/python || $(PYTHON) -m venv .venv
	@echo "Installing what requirements.lock names ..."
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.lock
	@touch .venv/ready

run: setup
	@$(bin)/python -m together.local run --port $(PORT) $(demo_options)

demo: setup
	@$(bin)/python -m together.local demo $(demo_options)

browser: setup
	@$(bin)/python -m tests.browser

lint: setup
	@$(bin)/ruff check --quiet .
	@$(bin)/ruff format --quiet --check .
	@$(bin)/lint-imports --no-logo

types: setup
	@$(bin)/mypy --no-error-summary together loans retail_claims

# Models and migrations say the same; no database is asked.
migrations: setup
	@DATABASE_URL=postgresql://nobody@%2Fnowhere/none $(bin)/python -W ignore manage.py \
		makemigrations --check --dry-run >/dev/null \
		|| { echo "Models and migrations differ: manage.py makemigrations"; exit 1; }

map: setup
	@$(bin)/python manage.py draw_map

# The fast part: no database, no browser.
fast-tests: setup
	@$(bin)/python manage.py draw_map --check
	@$(bin)/python -m pytest -n 2 -m fast tests

check: lint types migrations fast-tests
	@echo "make check: all passed"

test: setup browser lint types migrations
	@$(bin)/python manage.py draw_map --check
	@$(bin)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests
	@echo "make test: all passed"

# Loans by chance, other ones every time: 10,000 lives of up to 80 events each, 100,000 term sheets,
# and plans and lives against the reference; two noisy statements of 100,000 lines each. Hours, not
# minutes.
soak: setup
	@LIFE=soak nice -n 10 $(bin)/python -m pytest -m fast tests/loans/rules/test_life_machine.py \
		tests/loans/rules/test_reference.py tests/loans/rules/test_term_sheets.py
	@LIFE=soak nice -n 10 $(bin)/python -m pytest tests/treasury/operations/test_matching_noise.py

# Puts each known money bug into a copy of the project and shows the test that catches it: minutes.
mutants: setup
	@nice -n 10 $(bin)/python -m tests.mutants

# Ours, peers and the limit side by side: minutes; make bench SCALE=small gives a quick look.
bench: setup
	@SCALE=$(SCALE) $(bin)/python -m tests.benchmarks

# Rewrites the lock from pyproject.toml for every Python and system at once, without naming where
# packages come from.
lock: setup
	@$(bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --strip-extras \
		--no-header --no-emit-index-url --no-emit-find-links --all-extras \
		--output-file requirements.lock pyproject.toml
