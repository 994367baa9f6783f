# The verbs of this project. Each does its own set-up first.
PY := .venv/bin/python

.PHONY: serve test install check fix bench trials fuzz soak golden posters sheet clients lock

# the mirror at http://127.0.0.1:8080 with sample pieces
serve:
	@./install.sh
	$(PY) -m tryon serve

# everything CI asks: style, types, tests
test:
	@./install.sh dev
	$(MAKE) --no-print-directory check
	# what is live or drives the browser comes last, is not slowed down by the rest, and mostly waits
	TRYON_EXPECT=llvmpipe $(PY) -m pytest -q -n 2 -m "not browser and not live"
	TRYON_EXPECT=llvmpipe $(PY) -m pytest -q -n 3 -m "browser or live"

install:
	./install.sh dev

check:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

fix:
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# every figure the project claims, measured anew (minutes)
bench:
	@./install.sh dev
	$(PY) -m tryon bench

# measures of the people in a folder of clips with truth, beside their stated intervals: make trials FOLDER=...
trials:
	@./install.sh dev
	$(PY) -m tryon bench --only trials $(if $(FOLDER),--folder $(FOLDER))

# a million inputs in all the doors that strangers' bytes come in by (half an hour); make fuzz DOOR=glb: one of them
fuzz:
	@./install.sh dev
	nice -n 10 $(PY) -m tests.fuzz.run $(DOOR)

# a hundred tabs opened and closed in real Chromium, and what the server still holds after them (ten minutes)
soak:
	@./install.sh dev
	$(PY) -m tryon bench --only tabs

# draw the golden pictures anew after a wanted change of the look; then look at them
golden:
	$(PY) -m pytest -q tests/render --regenerate-golden

# draw the shelf's pictures anew after a change of a piece or of the look; then look at them
posters:
	PYTHONPATH=. $(PY) assets/make/posters.py

# every piece on people of the ground truth, three ways turned, in two lights, into out/sheet (minutes); then look at it
sheet:
	PYTHONPATH=. $(PY) assets/make/sheet.py out/sheet

# write the typed clients anew after a change of the HTTP contract
clients:
	$(PY) assets/make/clients.py

# resolve the locks anew from pyproject.toml (needs uv)
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -o requirements-dev.lock
