"""Pages for people; `draw_rooms.py` makes the one drawing among them."""
