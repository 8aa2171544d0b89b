"""What the program costs, measured: `compile.py` (`make bench`) on repositories that `generate.py` makes up."""
