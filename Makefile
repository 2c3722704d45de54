# Two commands: `make demo` and `make test`. Both make the environment first; both are safe to run twice.
.DEFAULT_GOAL := help
.PHONY: help demo test lock clean

PYTHON ?= python3.11
# CPU build of torch where the index offers one; any torch in pyproject.toml's range works: make TORCH='torch>=2.4,<3' …
TORCH ?= torch==2.13.0
STAMP := .venv/.installed
TASK := nsclc_recurrence

help:
	@echo "make demo   install, run block_fusion, coxnet and the floors on $(TASK), show the board"
	@echo "make test   install, run linters, types and tests"

$(STAMP): requirements.lock pyproject.toml
	@echo "== environment: .venv (a few minutes the first time) =="
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, or make PYTHON=/path/to/python3.11"; exit 2; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check '$(TORCH)'
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	@echo "== main job: models on $(TASK) (real patients where present, else their replica) =="
	.venv/bin/bench run --task $(TASK) --protocol paper --model block_fusion coxnet clinical_cox random_risk kaplan_meier --jobs 2
	@echo "== board =="
	.venv/bin/bench leaderboard --task $(TASK) --protocol paper
	@echo "== where to look =="
	@echo "all boards as pages: open $(CURDIR)/leaderboard/index.html in a browser (no network needed); yours: .venv/bin/bench leaderboard --help"

test: $(STAMP)
	@echo "== linters and types =="
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	@echo "== tests =="
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 2 --dist loadfile

# The lock holds hashes and no addresses; torch is left out, so that every machine can have the build it needs.
lock:
	echo '$(TORCH)' > .venv/torch.txt
	uv pip compile pyproject.toml --constraint .venv/torch.txt --all-extras --generate-hashes --no-emit-package torch --no-annotate --no-header --python-version 3.11 --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
