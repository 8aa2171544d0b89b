"""Nouns that everyone shares; standard library only.

Values are frozen; a user's manifest stays a plain document and is handled through `manifest.py`, never mutated.
What a kind means is in `interpreter/`; how text becomes a document in `documents/`.
"""
