"""Runs one program, such as helm, kustomize or sops, on files that nobody here wrote, so that it can neither reach nor leak anything.

The program has no network, an empty environment, no HOME and no place to write to. It sees itself and the files that are handed
to it, and starts no other program. Its time, memory and output are bounded, and it is gone when `run` returns. What a chart or
a kustomization must not ask for is found before, in `expand/`; this room is for what nobody thought of there.

| File | What it is for |
|---|---|
| `program.py` | what is run, within which limits, and what it printed |
| `failures.py` | why a run gave no output: not isolated, a limit, the input, the program itself |
"""
