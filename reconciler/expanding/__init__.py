"""Runs helm and kustomize for what a compilation misses, and compiles again: the one place for every command and process.

| File | What it is for |
|---|---|
| `expanding_compiler.py` | a CompilerClient whose results miss nothing; begin to read here |
| `expander.py` | requests → expansions: reads the source, checks it, has the program run, explains what it says |
| `decrypted_expansions.py` | what has encrypted values, expanded again with these, in memory |
| `renderer.py` | the interface through which a program is run |
| `jail_renderer.py` | runs it in a jail |
| `programs.py` | which helm and kustomize |
| `expansion_store.py` | results on a disk, by key |

Elsewhere: what is asked for, and what the output means (`expand/`, `pipeline/children.py`); the isolation (`jail/`).
"""
