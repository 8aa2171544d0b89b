"""Status documents: `document.py` turns recorded state into files and back (pure), `commit.py` writes them to the status branch.

What the facts are is decided elsewhere; here they are only put into words, so that equal facts give equal bytes.
"""
