"""What people and programs see: the same values as tables, diffs, text, JSON and YAML. `docs/output.md` documents the shapes.

Functions here take a value and return text, lines or a document of JSON values. They print nothing and know no terminal: `cli/`
prints, and decides about colour; the status branch and a forge use the same text.

| File | What it is for |
|---|---|
| `sarif.py`, `workflow_commands.py` | issues for code scanning, and for annotations of GitHub Actions |
| `issues_reader.py`, `untrusted.py` | issues of a document that is not trusted, and the shapes of such documents |
| `style.py`, `table.py`, `document.py` | lines with a role instead of a colour; columns that fit a width; JSON and YAML |
| `health.py`, `member_names.py`, `age.py` | cells: health in words and roles, many members in few words, ages |
| `formatting.py` | files in one form, and their diffs |
| `n_minus_1.py` | workloads with too few replicas after a loss |
| `source_moves.py` | what `update` changes in the lock file |
| `fail_on.py` | the words of `diff --fail-on` |
| `notices.py` | what a command did not look at |
| `inventory.py` | clusters of an inventory, and the pull request that makes members of them |
| `gitops_imports.py` | what an import from Argo CD or Flux comes to |
| `images.py` | ImagePolicies, and the pull request that brings newer images |
| `imports.py` | what an import comes to |
| `issues.py` | issues, in the form that editors and forges turn into links |
| `capacity.py` | what a member has, and what of it is requested |
| `evictions.py` | where an object moves from, why, and since when; the conditions of a member |
| `rollouts.py` | rollouts: groups, and how far their clusters are |
| `rollup.py` | the recorded state as rows: `status`, `clusters` and the status branch |
| `scales.py` | what autoscalers of the repository made of workloads |
| `quotas.py` | what is used of FederatedResourceQuotas |
| `outline.py`, `outline_document.py` | outlines of differences: one line for each entry, and differing fields; as documents |
| `revert_page.py` | the proposed revert of a rollout, as the text of a pull request |
| `failover_page.py` | a proposed failover as the text of a pull request |
| `line_diff.py` | the lines in which two texts differ, in bounded time |
| `review_page/` | an outline as Markdown and as an HTML file |
| `diff.py` | differences between revisions, and between a revision and the members |
| `staging.py` | the groups of clusters that get a change one after the other |
| `simulation.py`, `timeline.py` | simulations; what happens within a time |
| `explain.py`, `explain_text.py` | explanations as documents, and as text |
| `history.py` | recorded states of an object, and revisions with what they changed |
| `diagnosis.py` | why a Service is not reached from other clusters |
| `drift.py` | the report of drift as a table, as Markdown and as a document |
| `blame.py` | the lines of a manifest with their commits |
| `bisect.py` | how a workload broke |
| `sync.py` | plans and outcomes of a sync |
| `endpoints.py` | what was exchanged of services over clusters, or would be |
| `object_tree.py`, `served_kinds.py`, `usage.py` | one object down to its Pods; the kinds of members; what nodes and Pods use |
| `event_causes.py`, `log_text.py` | Events of members; lines of logs, which a terminal must not obey |
| `objects.py`, `members.py` | objects of members, and members that could not be reached or read |
| `templated.py` | objects by a template of the user, and in the order of a field |
| `observed.py` | how members differ from what would be written to them |
| `orphans.py` | objects of ours that nobody wants |
| `release.py` | what `release --all` gives back |
| `causes.py` | what has the same cause becomes one line |
| `writes.py` | what `join` and `unjoin` write |
"""
