"""The command line: one module per verb in `commands/`, options, exit codes, and the terminal. It decides nothing.

Results go to stdout, everything else to stderr. Environment variables are read here and nowhere else. The module of a command is
imported when the command is called, so that `validate` does not load what only `sync` needs. The text itself is made in
`present/`.

| File | What it is for |
|---|---|
| `main.py` | finds the verb, and turns errors into messages and exit codes |
| `commands/` | one module per verb |
| `options.py`, `grouped_options.py` | options that several commands share, and those that they share as one value |
| `access.py`, `git_options.py` | the options for access to members; those for Git |
| `sops_options.py` | the options for files that SOPS encrypted |
| `render_options.py` | the options for helm and kustomize |
| `fleet_query.py` | the options of commands that ask members about what they hold now, and these members |
| `one_member.py` | becoming kubectl on the one member that has an object |
| `log_output.py` | lines of logs with the member and the Pod before them |
| `member_options.py` | the options for one member that a command reaches as its administrator |
| `source_options.py` | the options about charts and files from elsewhere |
| `upgrades.py` | what `diff --with` upgrades |
| `shadow.py` | the options of `run --shadow` |
| `daemon_options.py` | the options that `run` and `agent` share |
| `dashboard_server.py` | the server of the dashboard, alone or beside the loop of `run`; the options of `run` for it |
| `leader.py` | the options of `run` for the election of a leader |
| `tracing.py` | the option about traces, and the variables of OpenTelemetry |
| `sharding.py` | the options of `run` for several replicas that share the members |
| `forge_options.py` | the options about forges, and where the repository is at one |
| `session.py` | the repository of one command, and its event loop |
| `review_pages.py` | prints differences as Markdown or HTML |
| `terminal.py`, `progress.py`, `writes.py` | streams, colour and width; the progress bar; writes as they are done |
| `working.py` | the line that says what takes long |
| `table_options.py` | the option of all commands with tables |
| `completion/` | completion in shells and in kubectl |
| `exitcodes.py`, `usage_errors.py` | exit codes; words for mistakes on the command line |
| `get_output.py`, `objects_view.py` | how `get` shows objects: `-o` with its templates; its other options |
| `following.py`, `status_following.py` | `get -w` and `status -w` |
| `orphans.py` | `status --orphans` |
| `clusters.py` | the members, for `clusters` and `get clusters` |
| `gitops_imports.py` | `import argocd` and `import flux`: their options |
| `committed_edits.py` | the commit of an edit, and what is printed about it |
| `suspension.py` | the edit of `suspend` and `resume` |
| `sync_output.py` | how `sync` and `apply` print what they did |
| `restoring.py` | a commit that brings earlier files back, for `rollback` and `rollout abort` |
| `rollout_edits.py`, `rollout_status.py` | what `rollout` writes, and what it shows |
| `cluster_edits.py` | the edit of a Cluster file, for `cordon`, `taint`, `label` and `drain` |
| `example.py` | the example repository, and the files that `init` writes |
"""
