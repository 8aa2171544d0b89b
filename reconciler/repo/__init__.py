"""Git: the only room that uses it and imports GitPython.

It does not know what a file means (`load/`), nor the layout of the status branch (`record/`).

| File | What it is for |
|---|---|
| `client.py` | `Repository`, the entrance: async methods, one thread for each repository |
| `mirror.py` | opens a local repository, or a bare mirror of a remote one |
| `partial.py` | mirrors that lack the contents of files that were not read |
| `revision.py` | names → commits |
| `head.py` | whether HEAD is older than its branch |
| `followed.py` | what a process follows, and which push concerns it |
| `semver.py` | `semver:RANGE` → the newest tag in it |
| `tree.py` | the paths of one commit, and the content of blobs |
| `names_in_repository.py` | names for completion, each by one call of git |
| `branch.py` | where a branch is locally and at its remote |
| `branch_log.py` | the commits of a branch with the files that each changed; commits and contents by their ids |
| `blame.py` | which commit wrote each line of a file, and all contents that it had |
| `ancestry.py` | which commits lead from one revision to the next, and which files they change |
| `commit_branch.py` | writes one commit with plumbing commands, and pushes it |
| `cleaning.py` | has git pack objects after many commits |
| `replaced_branch.py` | a branch with one commit without a parent, which each write replaces |
| `file_branches.py` | many branches that hold one file each |
| `lease_branch.py` | a lease on a branch, for the election of a leader |
| `bundle.py` | carries one branch from repository to repository as a file |
| `worktree.py` | creates a repository, commits files of its work tree, and reads those that are not committed |
| `command.py` | runs git, without hooks, prompts and the environment of another repository |
| `options.py` | `GitOptions`: the folders and files of the command line |
| `remote_url.py` | which text is the URL of a remote repository, and its parts |
| `credentials.py` | URLs that contain secrets, and keeping these out of all messages |
| `secret_folder.py` | reads and checks the folder of `--git-credentials`, a mounted Secret |
| `remote_access.py` | how git reaches a remote with the credentials of that folder |
| `github_app.py` | the token of a GitHub App; the only module that imports pyjwt |
| `verification.py` | which commits and tags are signed with a trusted key |
| `signing.py` | signs the commits of this process |
| `ssh_key.py` | a new SSH key; the only module that imports cryptography |
| `gpg.py`, `openssh.py` | a keyring of gpg for one operation; what OpenSSH's programs need of the machine |
| `failures.py` | messages of git → our errors with a remedy |
"""

import os

# GitPython looks for git while it is imported, and that import must not fail if git is missing: the first command then reports
# it. The environment variable must be set before any module imports GitPython.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
