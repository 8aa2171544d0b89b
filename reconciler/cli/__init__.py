"""The command line: one module per verb in `commands/`, printers in `output/`, and nothing that decides anything.

Results go to stdout, the rest to stderr. Environment variables are read here and nowhere else. A command's module is imported
when it is called, so that `validate` does not wait for what only `sync` needs.
"""
