# make demo     draw the main figure into output/fork_cow/       make test      all checks and tests
# make gallery  the pictures the README shows                    make bench     what drawing costs here
# make docs     print the generated tables anew                  make clean     remove what these made
# make site     the project's site, static, into output/site/: scenarios with players, the documentation
# make check-figures  look for whatever keeps a bundled figure from being read, in every theme, view, language and size
# make nightly  10,000 random lists of operations on this kernel, 200,000 spoilt traces, 400 killed recorders
# make messages the catalogues of other languages, after a change of words: then translate what is new, and again
# PYTHON=python3.12 picks another Python.

run = .venv/bin/python -m

demo: .venv/installed
	@$(run) cowviz render fork_cow

gallery: .venv/installed
	@$(run) cowviz render fork_cow output/gallery/fork_cow.gif
	@$(run) cowviz render fork_cow output/gallery/fork_cow-before-after.png --before-after
	@for name in $(filter-out fork_cow,$(basename $(notdir $(wildcard scenarios/[a-z]*.py)))); do \
	  $(run) cowviz render $$name output/gallery/$$name.gif --scale 0.5 || exit; done

test: .venv/installed-test
	@.ci/system-packages
	$(run) ruff check
	$(run) ruff format --check
	$(run) mypy
	$(run) mypy --config-file tests/mypy.ini
	.venv/bin/lint-imports
	$(run) pytest -n auto --maxprocesses 8

# What a night has time for: random operations on this kernel, spoilt traces, and every test that is a sample by day.
nightly: .venv/installed-test
	$(run) cowviz verify --random 10000 --seed 1
	.venv/bin/python tests/trace/spoil.py 100000
	.venv/bin/python tests/trace/spoil_structure.py 100000
	COWVIZ_KILLS=200 COWVIZ_ALL=1 $(run) pytest -q -n auto --maxprocesses 8

bench: .venv/installed
	@for file in benchmarks/*.py; do .venv/bin/python $$file || exit; done

check-figures: .venv/installed
	@$(run) cowviz check --all

docs: .venv/installed
	@.venv/bin/python docs/generate.py

messages: .venv/installed-test
	.venv/bin/pybabel -q extract -F cowviz/locale/babel.cfg -k n_:1,2 -k N_ --no-location --sort-output --omit-header \
	  -o cowviz/locale/cowviz.pot .
	.venv/bin/pybabel -q update -D cowviz -i cowviz/locale/cowviz.pot -d cowviz/locale --no-fuzzy-matching \
	  --ignore-obsolete --ignore-pot-creation-date --width 120
	.venv/bin/pybabel -q compile -D cowviz -d cowviz/locale

site: .venv/installed-site
	@$(run) docs.website

.venv/installed .venv/installed-site .venv/installed-test: .venv/installed%: pyproject.toml .ci/venv
	@PYTHON="$(PYTHON)" .ci/venv $(patsubst -%,%,$*)
	@touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -rf $(filter-out output/gallery,$(wildcard output/*))

.PHONY: demo gallery test nightly bench check-figures docs messages site clean
