"""Completion of the command line in bash, zsh, fish and kubectl.

A shell waits for it at every press of a key, so no command is imported and no server asked: commands and options come from a
table that `python -m docs` makes, and names from paths in the repository.

| File | What it is for |
|---|---|
| `answer.py` | reads what a shell asks, and answers in its form; begin to read here |
| `words.py` | what may stand at a place of the command line |
| `values.py` | the members, kinds, names, namespaces and revisions that the repository knows |
| `table.json` | all commands with their options |

The scripts that make a shell ask are those of typer: `reconciler --show-completion`. Elsewhere: which kind of value an option
has is said by its name and metavar (`docs/completion_table.py`).
"""
