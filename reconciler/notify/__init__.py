"""Tells forges and people what happened (door: forges, chat). Nothing here holds up a pass, and nothing here decides.

| File | What it is for |
|---|---|
| `notifier.py` | what the loop calls: hands what happened to all recipients |
| `commit_status.py` | what the forge shows beside a commit (pure) |
| `forge_api.py` | where the API of a forge is, and its requests (pure) |
| `forge.py` | requests about one repository, and their answers: `token create`, `comment`, `code-scanning` |
| `pull_requests.py` | the one comment on a pull request, and the pull request of a commit |
| `succeeded_statuses.py` | the commit statuses that let a group of a rollout begin |
| `proposed_pull_request.py` | the one pull request of a branch that this program writes |
| `code_scanning.py` | sends a SARIF log to code scanning |
| `notifications.py` | news for Slack, Alertmanager and a signed webhook (pure) |
| `request.py`, `standard_webhooks.py` | one request; its signature (pure) |
| `http_door.py` | sends a request (aiohttp) |
| `outbox.py` | what waits to be sent: the newest of each subject, until it arrives |
| `secret_file.py` | secrets from files, read again when they rotate |
"""
