# Everything a developer does twice. Each target sets up what it needs.
.DEFAULT_GOAL := help
PY := .venv/bin/python

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 10

venv:  ## .venv with promtrim in place, the tests' and the developers' tools
	@scripts/setup test,dev

demo:  ## reduce the example stack's rules
	@scripts/demo

test:  ## all tests
	@scripts/test

lint: venv  ## ruff: mistakes
	.venv/bin/ruff check .

format: venv  ## let ruff mend what it can
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

types: venv  ## mypy --strict
	.venv/bin/mypy

index: venv  ## compile rulesets/ into the package's index
	$(PY) -m promtrim.knowledge.compile

docs: venv  ## write docs/commands.md anew from the help texts
	$(PY) scripts/reference.py

dashboards: venv  ## write dashboards/*.json anew from their sources
	for source in dashboards/*.dashboard.py; do \
		.venv/bin/generate-dashboard -o "$${source%.dashboard.py}.json" "$$source" || exit; done

exporters: venv  ## write docs/exporters and schema/ruleset.schema.json anew from rulesets/ and their model
	$(PY) -m promtrim.knowledge.schema schema/ruleset.schema.json
	$(PY) -m promtrim.knowledge.render docs/exporters

prove: venv  ## long: no world that Prometheus evaluates contradicts the evaluator; mutants are caught
	PATH="$$(scripts/tools):$$PATH" $(PY) -m tests.prove
	PATH="$$(scripts/tools):$$PATH" $(PY) -m tests.prove --mutants

bench: venv  ## time and memory beside promtool check rules
	PATH="$$(scripts/tools):$$PATH" $(PY) benchmarks/compare.py

wheel: venv  ## build the wheel into dist/
	$(PY) -m pip wheel --quiet --no-deps --wheel-dir dist .

check: lint types test  ## what CI runs

clean:  ## remove what was made
	rm -rf .venv .cache build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis promtrim/knowledge/rulesets.idx

.PHONY: help venv demo test lint format types index docs dashboards exporters prove bench wheel check clean
