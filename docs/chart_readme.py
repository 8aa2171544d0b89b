"""The README of the chart, made from the comments in its `values.yaml`: the comment above a value says what it is for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.documents.reader import read_one

CHART = Path(__file__).parents[1] / "charts" / "reconciler"
README = CHART / "README.md"

_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z]+):")


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a user can set."""

    path: str
    """Such as `image.tag`."""
    default: Any
    meaning: str
    """Empty where values.yaml has no comment above it."""


def chart_readme() -> str:
    rows = (f"| `{one.path}` | `{json.dumps(one.default)}` | {one.meaning} |" for one in values())
    return "\n".join([_HEAD, "| Value | Default | Meaning |", "|---|---|---|", *rows, ""])


def values() -> list[Value]:
    """All values, in the order of values.yaml."""
    text = (CHART / "values.yaml").read_text()
    comments = dict(_comments(text))
    return [Value(path, default, comments.get(path, "")) for path, default in _leaves(read_one(text), comments)]


def _leaves(tree: Mapping[str, Any], comments: Mapping[str, str], above: str = "") -> Iterator[tuple[str, Any]]:
    """A mapping whose keys have comments is no value, but a group of values."""
    for key, value in tree.items():
        path = above + key
        if isinstance(value, Mapping) and any(name.startswith(f"{path}.") for name in comments):
            yield from _leaves(value, comments, f"{path}.")
        else:
            yield path, value


def _comments(text: str) -> Iterator[tuple[str, str]]:
    """(path, comment) of each key with a comment above it."""
    parents: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip().removeprefix("#").strip())
            continue
        if (match := _KEY.match(line)) is not None:
            indent = len(match["indent"])
            parents = [one for one in parents if one[0] < indent] + [(indent, match["key"])]
            if comment:
                yield ".".join(key for _, key in parents), " ".join(comment)
        comment = []


_HEAD = """\
# The chart `reconciler`

It installs `reconciler run` in a *host cluster*: a process that follows a config repository and keeps every member at its
newest revision, and others that stand by, if you want. Helm 3 and Helm 4 can both install it.
[Run it in a cluster](../../docs/how-to/in-cluster.md) has the steps before and after.

```sh
helm install reconciler charts/reconciler --namespace reconciler-system --create-namespace \\
  --set image.registry=registry.example.com --set git.url=https://git.example.com/team/config.git \\
  --set git.credentials.existingSecret=config-repository
```

## What it creates

| Object | Why |
|---|---|
| Deployment | no root, read-only root file system, no capabilities. One Pod with `Recreate`; or several, of which one leads |
| ServiceAccount, Role, RoleBinding | `get` on Secrets of one namespace: members' credentials. No other right |
| Role, RoleBinding `…-leader-election` | only with an election: the Lease with the name of the release |
| PodDisruptionBudget | only with more than one Pod: one at a time is drained |
| ClusterRole, ClusterRoleBinding | only with `hostMember.name`: what `reconciler join` gives to an account in a member |
| Service | `/metrics`, `/readyz` and `/healthz` |
| Service `…-webhook`, Ingress | only with `webhook.existingSecret`, and `webhook.ingress.enabled` |
| NetworkPolicy | inwards the ports of the process; outwards DNS, Git and API servers, by port |
| PersistentVolumeClaim | only with `cache.persistence.enabled` |
| ServiceMonitor, PrometheusRule, ConfigMap with a dashboard | only if enabled, below `metrics` |
| Pod of `helm test` | asks `/readyz` through the Service |

With one Pod there is no PodDisruptionBudget: it would either block the drain of its node or protect nothing. While the Pod moves
to another node, members keep what they run.

Secrets are mounted as folders, and each file is read when it is needed: replace a Secret, and the process uses the new one
without a restart.

The chart creates no Secret. Uninstalling it leaves the members, what they run, and their credentials as they are; the Lease,
which the process creates, stays, too, and is free for another release of that name.

## Values

`values.schema.json` refuses every value that is not listed here. `nodeSelector`, `tolerations`, `affinity`, `resources`,
`priorityClassName`, `podLabels`, `podAnnotations`, `imagePullSecrets`, `global.imageRegistry` and `replicaCount` mean what they
mean in Karmada's chart.
"""
