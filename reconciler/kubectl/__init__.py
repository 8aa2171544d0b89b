"""Runs the real kubectl on one member: with the credential of our connection to it, and nothing else of this process.

The credential is in a file in memory that only this user can read, and is gone with its last reader: it is on no command line, in
no environment and on no disk. kubectl gets a handful of variables that say how it prints, no home folder and no PATH, so that it
reads no settings, writes no cache and runs no plugin. A program that supplies the credential (an exec plugin) was run by our own
connection, if the user allowed that; kubectl gets its result.

| File | What it is for |
|---|---|
| `process.py` | `Kubectl`: runs it to its end, reads its output line by line, or becomes it; begin to read here |
| `kubeconfig.py` | a kubeconfig of one connection |
| `line_reader.py` | whole lines of a stream, of bounded length |
| `find_program.py` | where the program is |
| `failures.py` | the errors of this room, and the sentence that matters in what kubectl says |
"""
