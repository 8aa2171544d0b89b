"""The commands. Each module has a function `run`: its parameters are the options, its docstring is the help text. A
verb with verbs of its own has `SUBCOMMANDS` and `EXAMPLE` in its place.

| File | What it is for |
|---|---|
| `init.py`, `demo.py` | start a config repository; play the main job in a temporary folder |
| `format.py` | write files in one form |
| `validate.py`, `render.py`, `diff.py` | check a revision; print what each member must hold; what a change does |
| `update.py` | pin the newest versions of charts and other sources |
| `comment.py` | the one comment with a diff on a pull request |
| `code_scanning.py` | the issues of a revision in the code scanning of a forge |
| `sync.py`, `run.py` | bring all members to a revision, once; keep them there |
| `agent.py` | keep one member at what the leader decides for it |
| `token.py` | make the Git credential of an agent |
| `register.py`, `unregister.py` | give a member its agent; take it away |
| `install.py`, `uninstall.py` | put `run` into a host cluster; remove it |
| `status.py`, `clusters.py` | the recorded state of objects, and of members |
| `history.py` | which commit did what, where, with what result |
| `drift.py` | what other clients changed in the members |
| `blame.py` | which commit and which rule wrote each line of a manifest |
| `bisect.py` | the commit that broke a workload |
| `get.py` | objects of all members, read now |
| `doctor.py` | why a Service is not reached from other clusters |
| `tree.py`, `describe.py` | one object down to its Pods; objects as kubectl describes them |
| `logs.py`, `events.py`, `top.py`, `api_resources.py` | logs, Events, usage and kinds of all members |
| `exec.py`, `port_forward.py` | a command in a container, a forwarded port, on the member that has the Pod |
| `inventory.py` | the clusters that host clusters know; write their Cluster files |
| `join.py`, `unjoin.py` | make a cluster a member; retire it |
| `cordon.py`, `uncordon.py`, `taint.py`, `label.py` | edit the file of a Cluster, and commit it |
| `import_from.py` | make a repository of what another tool has |
| `promote.py` | make a template of an object that a member has |
| `release.py` | give every object back, unmarked |
| `suspend.py`, `resume.py` | leave something as it is; end that |
| `rollback.py` | restore the files of an earlier commit |
| `rollout.py` | how far a change is on its way; pause, approve, promote it |
| `rebalance.py` | write a WorkloadRebalancer, after a simulation |
| `drain.py` | the same with a taint that evicts, after a simulation |
| `explain.py`, `simulate.py` | why an object is where it is; what would move if the fleet were different |
| `mcp.py` | answers for assistants, on stdin and stdout |
| `dashboard.py` | pages about the fleet, in a browser |
| `images.py` | the images that ImagePolicies choose; write newer ones into the files |
| `hydrate.py` | write the manifests of members to a branch |
| `export.py`, `apply.py`, `import_report.py` | carry a decision to a member by hand; apply it; take the report back |
| `version.py` | the version of the program |
"""
