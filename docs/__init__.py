"""Pages for people, and what writes some of them from the program (`make docs`).

| File | Writes |
|---|---|
| `__main__.py` | everything below |
| `draw_rooms.py` | `rooms.svg`, from the import contracts |
| `reference_pages.py` | `reference/`: commands, Configuration, reasons |
| `chart_readme.py` | the READMEs of the charts, from the comments in their values.yaml |
| `reasons.py` | the table of reasons |
"""
