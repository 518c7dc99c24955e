# Every target works in a fresh clone on Debian 12 with Python 3.11, and does again only what has changed since.
PYTHON ?= python3
BIN := .venv/bin
CATALOGUES := $(patsubst %,app/translations/%/LC_MESSAGES/messages.mo,zh_Hans_CN en)
TEST_PACKAGES := chromium fonts-noto-cjk postgresql redis-server
PYTEST := $(BIN)/pytest -n 2 --dist worksteal --no-skips --cov --cov-report=term:skip-covered
UV_COMPILE := $(BIN)/uv pip compile -q --no-emit-index-url --no-header --universal --python-version 3.11

.PHONY: catalogues run test test-deep bench lint messages docs requirements clean
.DELETE_ON_ERROR:

run: .venv/installed $(CATALOGUES)
	@scripts/run

test: .venv/installed-dev .venv/installed-system $(CATALOGUES)
	@$(PYTEST)

# properties are searched for long; nothing else differs
test-deep: .venv/installed-dev .venv/installed-system $(CATALOGUES)
	@$(PYTEST) --deep

bench: .venv/installed-dev $(CATALOGUES)
	@$(BIN)/python -m tests.bench

lint: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/translations.py check

# brings the translation catalogues up to date with the texts in the source
messages: .venv/installed-dev
	$(BIN)/python scripts/translations.py update

# compiles the translation catalogues
catalogues: $(CATALOGUES)

# writes the documents that are made from the code
docs: .venv/installed-dev
	$(BIN)/python -m scripts.states
	$(BIN)/python -m scripts.openapi

# pins what requirements.in and requirements-dev.in ask for
requirements: .venv/installed-dev
	$(UV_COMPILE) requirements.in -o requirements.txt
	$(UV_COMPILE) requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* $(CATALOGUES)

.venv/bin/pip:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/system-packages python3-venv
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/pip
	$(BIN)/pip install -q -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt | .venv/bin/pip
	$(BIN)/pip install -q -r requirements-dev.txt
	@touch $@ .venv/installed

.venv/installed-system: Makefile | .venv/bin/pip
	scripts/system-packages $(TEST_PACKAGES)
	@touch $@

app/translations/en/LC_MESSAGES/messages.mo: app/translations/en/LC_MESSAGES/messages.po
# Babel looks for zh_CN under its full name
app/translations/zh_Hans_CN/LC_MESSAGES/messages.mo: app/translations/zh_CN/LC_MESSAGES/messages.po
$(CATALOGUES): | .venv/installed
	@mkdir -p $(@D)
	@$(BIN)/pybabel -q compile -f -l $(word 3,$(subst /, ,$@)) -i $< -o $@
