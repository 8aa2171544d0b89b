"""From the file tree of one revision to `DesiredState` and its complaints. Pure: bytes come in, values go out.

`layout.py` says which files are read, `parse_file.py` reads one of them, `assemble.py` puts all of them together, and what can
only be seen with everything on the table is `crosscheck.py`'s. A kind decides the role of an object, its path does not.
Which policy then owns which template: `claim/`.
"""
