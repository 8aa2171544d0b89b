"""Writes what is made from the program: `python -m docs`, or `make docs`."""

from __future__ import annotations

from docs import completion_table, draw_rooms, reference_pages


def main() -> None:
    draw_rooms.DRAWING.write_text(draw_rooms.drawing())
    completion_table.TABLE.write_text(completion_table.table())
    for path, text in reference_pages.pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
