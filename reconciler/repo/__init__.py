"""Git: the only room that touches it, and the sole home of GitPython.

    client.py       Repository, the door: everything async, one thread per repository
    mirror.py       finding a local repository; keeping a bare mirror of a remote one
    revision.py     names → commits
    tree.py         the paths of one commit, and the content of blobs
    branch.py       where a branch stands here and at its remote
    push.py         one commit out of plumbing, and pushing it
    worktree.py     starting a repository, and committing files edited in its work tree
    command.py      running git, so that neither hooks, prompts nor another repository's environment get in the way
    credentials.py  URLs with secrets in them, and keeping those out of every message
    failures.py     what git complains about → our errors with a remedy

What a file means is not known here (`load/`), nor what the status branch holds (`record/`).
"""

import os

# GitPython looks for git while it is imported, and where git is missing that import must not be what fails: the first
# command then says so in our words. It has to be told through its environment, before anybody imports it.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
