"""Runs one program, such as helm, kustomize or sops, on files that nobody here wrote: it reaches nothing and leaks nothing.

The program has no network, an empty environment, no HOME and no place to write to. It sees itself and the files that are handed
to it, and starts no other program. Its time, memory and output are bounded, and it is gone when `run` returns. What a chart or
a kustomization must not ask for is found before, in `expand/`; this room is for what nobody thought of there.

| File | What it is for |
|---|---|
| `jail.py` | `run`: one program on some files; begin to read here |
| `program.py` | what is run, within which limits, and what it printed |
| `failures.py` | why a run gave no output: not isolated, a limit, the input, the program itself |
| `isolation.py` | the means of isolation |
| `probe.py` | `isolation_here`: which of them works in this process |
| `programs.py` | where helm, kustomize and sops are |
| `helm.py`, `kustomize.py` | how each is called |
| `folder.py` | the files: which names are refused, where they are written |
| `libraries.py` | what a program needs besides itself |
| `request.py` | what the launcher is told |
| `process.py` | the process of the launcher: what it prints, its limits, its end |
| `usage.py` | memory and threads that a process uses |
| `launcher.py` | becomes the program, in a process of its own, after it has taken away what the program must not have |
| `namespaces.py`, `landlock.py`, `seccomp.py` | how it does that |
| `kernel.py` | the calls of Linux that it needs |
"""
