"""The READMEs of the charts, made from the comments in their `values.yaml`: the comment above a value says what it is for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.documents.reader import read_one

CHARTS = Path(__file__).parents[1] / "charts"
LEADER = CHARTS / "reconciler"
AGENT = CHARTS / "reconciler-agent"

_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z]+):")


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a user can set."""

    path: str
    """Such as `image.tag`."""
    default: Any
    meaning: str
    """Empty where values.yaml has no comment above it."""


def chart_readmes() -> dict[Path, str]:
    """Path → text."""
    return {chart / "README.md": _readme(head, chart) for chart, head in ((LEADER, _LEADER), (AGENT, _AGENT))}


def _readme(head: str, chart: Path) -> str:
    rows = (f"| `{one.path}` | `{json.dumps(one.default)}` | {one.meaning} |" for one in values(chart))
    return "\n".join([head, "| Value | Default | Meaning |", "|---|---|---|", *rows, ""])


def values(chart: Path) -> list[Value]:
    """All values of a chart, in the order of values.yaml."""
    text = (chart / "values.yaml").read_text()
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


_LEADER = """\
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
| Role, RoleBinding `…-inventory` | only with `inventory`, in its namespaces: its objects, and Secrets for Cluster API |
| ClusterRole, ClusterRoleBinding | only with `hostMember.name`: what `reconciler join` gives to an account in a member |
| Service | `/metrics`, `/readyz` and `/healthz` |
| Service `…-webhook`, Ingress | only with `webhook.existingSecret`, and `webhook.ingress.enabled` |
| Service `…-pages`, Ingress | only with `dashboard.enabled`, and `dashboard.ingress.enabled` |
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

_AGENT = """\
# The chart `reconciler-agent`

It installs `reconciler agent` in a member: a process that applies there what the leader decided, and reports it. It needs nothing
but outgoing Git and the API server of its own cluster. Helm 3 and Helm 4 can both install it.
[Keep a member by an agent](../../docs/how-to/pull-mode.md) has the steps before and after; `reconciler register` makes the same
objects without Helm.

```sh
kubectl create namespace reconciler-system
kubectl --namespace reconciler-system create secret generic reconciler-agent-git --from-file edge-1.git
helm install reconciler-agent charts/reconciler-agent --namespace reconciler-system \\
  --set clusterName=edge-1 --set git.url=https://git.example.com/team/config.git \\
  --set git.credentials.existingSecret=reconciler-agent-git --set image.registry=registry.example.com
```

`edge-1.git` is the folder that `reconciler token create edge-1` writes: one file for each key of the credential.

## What it creates

| Object | Why |
|---|---|
| Deployment | one Pod: no root, read-only root file system, no capabilities, seccomp `RuntimeDefault` |
| ServiceAccount, ClusterRole, ClusterRoleBinding | the rights of a leader's account in a member, or less: see below |
| Role, RoleBinding | only with `rbac.namespaces`: the right to write, in each of them |
| PersistentVolumeClaim | the mirror, for a start while the repository is away (`cache.persistence.enabled`) |
| Service | `/metrics`, `/readyz` and `/healthz` |
| NetworkPolicy | inwards that port; outwards DNS, Git and the API server, by port, and by address with `networkPolicy.egressTo` |
| ServiceMonitor, PrometheusRule | only if enabled, below `metrics` |
| Pod of `helm test` | asks `/readyz` through the Service |

The chart creates no Secret and no Namespace. Uninstalling it leaves what runs in the member as it is.

## What the agent may do in its cluster

| Values | The agent may |
|---|---|
| none | read, create, change and delete every kind everywhere, and hand out roles, because a policy may place anything here |
| `rbac.kinds` | … only these kinds, and read Namespaces |
| `rbac.namespaces` | read these kinds everywhere, and write in these namespaces only, which must exist |
| `rbac.clusterRole` | what your own ClusterRole says |
| `rbac.impersonate` | also write as these ServiceAccounts, of [Tenants](../../docs/how-to/tenants.md) |
| `rbac.create=false` | what you bind to its ServiceAccount |

A policy may place here what the agent may not write. The object then stays as it is, and its report says which right is missing:
`reconciler status --unhealthy` shows it. With `rbac.namespaces`, nothing without a namespace is written but the labels of these
Namespaces.
List a kind with all that it needs: `rbac.kinds` has plural names, as RBAC rules do.

## Alerts

| Alert | Means | Do |
|---|---|---|
| `ReconcilerAgentAbsent` | the agent does not run | look at the Pod and its log |
| `ReconcilerAgentMakesNoPass` | it makes no pass | the log has the reason; is the member still declared with `syncMode: Pull`? |
| `ReconcilerAgentRepositoryUnreadable` | it goes on with the last decision | check the network and the credential |
| `ReconcilerAgentNotReporting` | the leader does not see it | let the credential push `reconciler/members/NAME`, also by force |
| `ReconcilerAgentClusterUnreadable` | it cannot read its own cluster | check its role and the NetworkPolicy |
| `ReconcilerAgentWritesRefused` | the API server refuses objects | the log line `change failed` names the right or the rule |

The leader sees an agent that is silent, too: `reconciler clusters` shows READY `Unknown`.

## Values

`values.schema.json` refuses every value that is not listed here. Values that the chart `reconciler` has, too, mean the same.
"""
