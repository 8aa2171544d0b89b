"""Random histories on real API servers, and what must hold after each step: see `machine.py`."""
