"""Answers for assistants, by the Model Context Protocol: what the commands answer, in a few kilobytes, and proposals.

What an assistant reads here was written by many people. Each line of it is marked as data, and control characters in it are
escaped. Eight tools read; the ninth writes a branch and a pull request, and exists only where the process was told to offer it.

| File | What it is for |
|---|---|
| `server.py` | the protocol: lists the tools, calls them, on stdin and stdout |
| `tools.py` | the tools: name, description, arguments, and what answers |
| `arguments.py` | the arguments of each tool, with their bounds |
| `questions.py` | the eight tools that read: arguments → the lines of an answer |
| `pages.py` | lines → texts of a bounded size, marked as data |
| `proposed_files.py` | the files that a proposal changes: which may be, and whether the repository stays correct |
| `propose.py` | the branch and the pull request |

The answers themselves are made in `answers/` and `present/`, as for the command line.
"""
