"""A config repository of any size, made up: the same numbers give the same files, to the byte.

What is measured must not be flattered by the input. Templates are pairwise different in nearly every field a real one differs in;
every propagation policy and every kind of overrider has work to do; most templates go to most clusters; and the
overrides change well over 30 % of the (template, cluster) pairs: `compile.py` counts them and stops if they do not.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

Files = Mapping[str, str]
"""Path → text."""

TEAMS = tuple(f"team-{letter}" for letter in "abcdefghij")
_TIERS = ("frontend", "backend", "worker", "cache", "batch")
_REGIONS = ("eu-west", "eu-north", "us-east", "ap-south")
_PROVIDERS = ("aws", "gcp", "azure", "onprem")
_ENVIRONMENTS = ("production", "production", "staging", "canary")
_WORDS = ("checkout", "catalog", "search", "billing", "ledger", "mailer", "gateway", "pricing", "stock", "reviews", "fraud")
_POLICY = "apiVersion: policy.karmada.io/v1alpha1\nkind: "


def repository(templates: int, clusters: int) -> dict[str, str]:
    """All files: `templates` Deployments, `clusters` Clusters, 20 propagation policies, 10 override policies."""
    return {
        **dict(map(_cluster, range(clusters))),
        **_propagation_policies(templates),
        **_override_policies(clusters),
        **{template_path(number): _deployment(number, clusters) for number in range(templates)},
    }


def edited(files: Files, number: int) -> tuple[str, str]:
    """The path and the new text of one template, edited: another template and another field for each number."""
    templates = [path for path in files if path.startswith("apps/")]
    path = templates[number * 37 % len(templates)]
    old, new = (
        ("\n          image: ", f"\n          image: edited-{number}."),
        ("\n  replicas: ", "\n  replicas: 1"),
        ("\n            - --cache-size=", "\n            - --cache-size=1"),
        ("\n    revision: ", f"\n    edited: now-{number}\n    revision: "),
        ("\n            limits:\n              memory: ", "\n            limits:\n              memory: 1"),
    )[number % 5]
    assert old in files[path], (path, old)
    return path, files[path].replace(old, new, 1)


def commit(files: Files, folder: Path, message: str) -> None:
    """Commits these files, beside those that are there already, and packs everything as a fresh clone is packed."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    if not (folder / ".git").exists():
        git(folder, ["init", "--quiet", "--initial-branch=main"])
    git(folder, ["add", "--all"])
    git(folder, ["commit", "--quiet", "--message", message])
    git(folder, ["repack", "-a", "-d", "-q"])


def git(folder: Path, arguments: Iterable[str]) -> None:
    who = {f"GIT_{role}_{what}": "bench" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": "2026-01-01T00:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **who, **when, **alone}, check=True)


def template_path(number: int) -> str:
    return f"apps/{TEAMS[number % len(TEAMS)]}/{_name(number)}.yaml"


def _name(number: int) -> str:
    return f"{_WORDS[number % len(_WORDS)]}-{number:04d}"


def _deployment(number: int, clusters: int) -> str:
    """About 1.7 KB, as teams write them."""
    draw = random.Random(number)
    name, team, tier = _name(number), TEAMS[number % len(TEAMS)], _TIERS[number // len(TEAMS) % len(_TIERS)]
    port, version = draw.randrange(3000, 9000), f"{draw.randrange(5)}.{draw.randrange(40)}.{draw.randrange(100)}"
    replicas = draw.randrange(1, 7) if tier in ("backend", "worker") else draw.randrange(clusters, 4 * clusters)
    cpu, memory = draw.randrange(50, 900, 10), draw.randrange(64, 900, 8)
    track = draw.choice(("stable", "stable", "stable", "canary"))
    return f"""\
# {name}, run by {team}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {team}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {_WORDS[number % 7]}
    tier: {tier}
    track: {track}
  annotations:
    revision: "{draw.randrange(1000)}"
    settings: |
      level: info
      sampling: 0.{draw.randrange(1, 99)}
      owners: [{team}, sre]
spec:
  replicas: {replicas}
  revisionHistoryLimit: {draw.randrange(2, 9)}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        tier: {tier}
    spec:
      serviceAccountName: {name}
      terminationGracePeriodSeconds: {draw.randrange(10, 90)}
      containers:
        - name: app
          image: registry.example.com/{team}/{name}:{version}
          imagePullPolicy: IfNotPresent
          args:
            - --listen=:{port}
            - --cache-size={draw.randrange(16, 512)}
          ports:
            - name: http
              containerPort: {port}
          env:
            - name: LOG_LEVEL
              value: info
            - name: UPSTREAM
              value: http://{_name(draw.randrange(1000))}.{draw.choice(TEAMS)}.svc:8080
            - name: TOKEN
              valueFrom:
                secretKeyRef: {{name: {name}, key: token}}
          resources:
            requests:
              cpu: {cpu}m
              memory: {memory}Mi
            limits:
              memory: {2 * memory}Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: {draw.randrange(2, 15)}
          volumeMounts:
            - name: cache
              mountPath: /var/cache/{name}
      volumes:
        - name: cache
          emptyDir:
            sizeLimit: {draw.randrange(1, 20)}Gi
"""


def _cluster(number: int) -> tuple[str, str]:
    draw = random.Random(-1 - number)
    name, region = f"member-{number:04d}", _REGIONS[number % len(_REGIONS)]
    provider = draw.choice(_PROVIDERS)
    taints = "  taints:\n    - {key: dedicated, value: edge, effect: NoSchedule}\n" if draw.random() < 0.05 else ""
    text = f"""\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: {name}
  labels:
    environment: {draw.choice(_ENVIRONMENTS)}
    topology.kubernetes.io/region: {region}
spec:
  syncMode: Push
  apiEndpoint: file:{name}
  provider: {provider}
  region: {region}
  zones: [{region}-1, {region}-2]
{taints}"""
    return f"clusters/{name}.yaml", text


_WEIGHTS = """\
    replicaScheduling:
      replicaSchedulingType: Divided
      replicaDivisionPreference: Weighted
      weightPreference:
        staticWeightList:
          - targetCluster:
              fieldSelector:
                matchExpressions:
                  - {key: region, operator: In, values: [eu-west, eu-north]}
            weight: 3
          - targetCluster:
              labelSelector:
                matchLabels: {environment: production}
            weight: 2
          - targetCluster: {}
            weight: 1
"""
_COPIES = "    replicaScheduling:\n      replicaSchedulingType: Duplicated\n"
_TOLERANT = "    clusterTolerations:\n      - {key: dedicated, operator: Exists}\n"
_PRODUCTION = "    clusterAffinity:\n      labelSelector:\n        matchLabels: {environment: production}\n"
_NOT_ON_PREMISES = """\
    clusterAffinity:
      fieldSelector:
        matchExpressions:
          - {key: provider, operator: NotIn, values: [onprem]}
"""
_MOST = "    clusterAffinity:\n      exclude: [member-0003, member-0005, member-0008]\n"


def _propagation_policies(templates: int) -> dict[str, str]:
    """One of each team for a few templates by name, and ten for the fleet, by labels or the whole kind."""
    files = {}
    for place, team in enumerate(TEAMS):
        names = [_name(number) for number in range(place, templates, 13 * len(TEAMS))]
        selectors = "".join(f"    - {{apiVersion: apps/v1, kind: Deployment, name: {name}}}\n" for name in names)
        placement = _WEIGHTS if place % 2 else _COPIES + _TOLERANT
        files[f"policies/{team}.yaml"] = _policy("PropagationPolicy", "few", selectors, placement, team)
    fleet = (
        ("frontend", "tier: frontend", 0, _WEIGHTS),
        ("frontend-canary", "tier: frontend, track: canary", 5, _WEIGHTS + _TOLERANT),
        ("backend", "tier: backend", 0, _COPIES),
        ("backend-canary", "tier: backend, track: canary", 5, _COPIES + _NOT_ON_PREMISES),
        ("worker", "tier: worker", 0, _COPIES + _MOST),
        ("worker-search", "tier: worker, app.kubernetes.io/part-of: search", 5, _COPIES + _PRODUCTION),
        ("cache", "tier: cache", 0, _WEIGHTS + _MOST),
        ("cache-search", "tier: cache, app.kubernetes.io/part-of: search", 5, _WEIGHTS + _TOLERANT),
        ("billing", "app.kubernetes.io/part-of: billing", 7, _COPIES + _TOLERANT),
    )
    for name, labels, priority, placement in fleet:
        text = _policy("ClusterPropagationPolicy", name, _deployments(labels), f"{placement}  priority: {priority}\n")
        files[f"policies/fleet/{name}.yaml"] = text
    rest = _policy("ClusterPropagationPolicy", "rest", _deployments(), f"{_COPIES}  priority: -1\n")
    return {**files, "policies/fleet/rest.yaml": rest}


def _policy(kind: str, name: str, selectors: str, placement: str, namespace: str = "") -> str:
    return f"{_head(kind, name, namespace)}spec:\n  resourceSelectors:\n{selectors}  placement:\n{placement}"


def _head(kind: str, name: str, namespace: str) -> str:
    place = f"\n  namespace: {namespace}" if namespace else ""
    return f"{_POLICY}{kind}\nmetadata:\n  name: {name}{place}\n"


def _deployments(labels: str = "") -> str:
    selector = f", labelSelector: {{matchLabels: {{{labels}}}}}" if labels else ""
    return f"    - {{apiVersion: apps/v1, kind: Deployment{selector}}}\n"


def _override_policies(clusters: int) -> dict[str, str]:
    """Four for the fleet, and one of each of six teams, together with all kinds of overriders but `command`."""
    registries = [(_in_region(region), _image("Registry", f"{region}.registry.example.com")) for region in _REGIONS[1:]]
    image = "/spec/template/spec/containers/0"
    proxy = f"plaintext:\n  - {{path: {image}/env/-, operator: add, value: {{name: HTTPS_PROXY, value: 'http://proxy:3128'}}}}\n"
    stage = "labelsOverrider:\n  - {operator: add, value: {environment: staging}}\n"
    watched = "annotationsOverrider:\n  - {operator: add, value: {watched-by: night-shift}}\n"
    some = ", ".join(f"member-{number:04d}" for number in range(0, clusters, 9))
    fleet = {
        "registry": (_deployments("tier: frontend") + _deployments("tier: worker"), registries),
        "staging": (_deployments(), [("labelSelector:\n  matchLabels: {environment: staging}\n", stage)]),
        "proxy": (_deployments("tier: backend"), [(_by_field("provider", "onprem"), proxy)]),
        "watched": (_deployments("track: canary"), [(f"clusterNames: [{some}]\n", watched)]),
    }
    small = f"plaintext:\n  - {{path: {image}/resources/limits/memory, operator: replace, value: 4Gi}}\n"
    args = "argsOverrider:\n  - {containerName: app, operator: add, value: [--verbose, --region=local]}\n"
    tag = _image("Tag", "next")
    debug = "{subPath: /level, operator: replace, value: debug}"
    level = f"fieldOverrider:\n  - fieldPath: /metadata/annotations/settings\n    yaml: [{debug}]\n"
    canary = "labelSelector:\n  matchLabels: {environment: canary}\n"
    production = "labelSelector:\n  matchExpressions:\n    - {key: environment, operator: NotIn, values: [staging, canary]}\n"
    teams = (
        [(canary, tag), (_in_region("us-east"), args)],
        [(_in_region("ap-south"), small)],
        [(canary, level)],
        [(production, args), (canary, small)],
        [(_in_region("eu-north"), tag + level)],
        [(_by_field("provider", "gcp"), small), (_by_field("provider", "azure"), args)],
    )
    files = {
        f"overrides/fleet/{name}.yaml": _overrides("ClusterOverridePolicy", name, selectors, rules)
        for name, (selectors, rules) in fleet.items()
    }
    for team, rules in zip(TEAMS, teams, strict=False):
        files[f"overrides/{team}.yaml"] = _overrides("OverridePolicy", "differences", _deployments(), rules, team)
    return files


def _overrides(kind: str, name: str, selectors: str, rules: Iterable[tuple[str, str]], namespace: str = "") -> str:
    rule = "    - targetCluster:\n{}      overriders:\n{}"
    written = "".join(rule.format(_indented(target, 8), _indented(overriders, 8)) for target, overriders in rules)
    return f"{_head(kind, name, namespace)}spec:\n  resourceSelectors:\n{selectors}  overrideRules:\n{written}"


def _image(component: str, value: str) -> str:
    return f"imageOverrider:\n  - {{component: {component}, operator: replace, value: {value}}}\n"


def _in_region(region: str) -> str:
    return _by_field("region", region)


def _by_field(field: str, value: str) -> str:
    return f"fieldSelector:\n  matchExpressions:\n    - {{key: {field}, operator: In, values: [{value}]}}\n"


def _indented(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}" for line in text.splitlines(keepends=True))
