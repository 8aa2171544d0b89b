"""A small shop: three members, a workload that is divided over two of them, one that moves, and an override."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping


def text(content: str) -> str:
    return textwrap.dedent(content).lstrip()


def cluster_file(name: str, **labels: str) -> str:
    listed = ", ".join(f"{key}: {value}" for key, value in {"name": name, **labels}.items())
    return text(f"""
        apiVersion: cluster.karmada.io/v1alpha1
        kind: Cluster
        metadata: {{name: {name}, labels: {{{listed}}}}}
        spec: {{syncMode: Push, apiEndpoint: "file:{name}"}}
    """)


def policy_file(name: str, kind: str, placement: str, *, api: str = "apps/v1", target: str = "", more: str = "") -> str:
    return text(f"""
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {{name: {name}, namespace: shop}}
        spec:
          resourceSelectors: [{{apiVersion: {api}, kind: {kind}, name: {target or name}}}]
          placement: {{{placement}}}
          {more}
    """)


def workload(name: str, replicas: int, kind: str = "Deployment") -> str:
    return text(f"""
        apiVersion: apps/v1
        kind: {kind}
        metadata: {{name: {name}, namespace: shop}}
        spec:
          replicas: {replicas}
          selector: {{matchLabels: {{app: {name}}}}}
          template:
            metadata: {{labels: {{app: {name}}}}}
            spec: {{containers: [{{name: main, image: "{name}:1"}}]}}
          {"serviceName: web" if kind == "StatefulSet" else ""}
    """)


def config_file(name: str, value: str = "1") -> str:
    return text(f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: {name}, namespace: shop}}
        data: {{value: "{value}"}}
    """)


def on(*members: str) -> str:
    return f"clusterAffinity: {{clusterNames: [{', '.join(members)}]}}"


DIVIDED = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}"

NAMESPACE = text("""
    apiVersion: v1
    kind: Namespace
    metadata: {name: shop}
""")

OVERRIDE = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: OverridePolicy
    metadata: {name: tier, namespace: shop}
    spec:
      resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: settings}]
      overrideRules:
        - targetCluster: {clusterNames: [m2]}
          overriders: {plaintext: [{path: /data/value, operator: replace, value: "2"}]}
""")

SHOP: dict[str, str] = {
    "clusters/m1.yaml": cluster_file("m1"),
    "clusters/m2.yaml": cluster_file("m2"),
    "clusters/m3.yaml": cluster_file("m3"),
    "namespace.yaml": NAMESPACE,
    "web/deployment.yaml": workload("web", 4),
    "web/policy.yaml": policy_file("web", "Deployment", f"{on('m1', 'm2')}, {DIVIDED}"),
    "api/deployment.yaml": workload("api", 2),
    "api/policy.yaml": policy_file("api", "Deployment", on("m3")),
    "settings/config.yaml": config_file("settings"),
    "settings/policy.yaml": policy_file("settings", "ConfigMap", on("m1", "m2"), api="v1"),
    "settings/tier.yaml": OVERRIDE,
}

HOLDS = {
    "m1": ["ConfigMap shop/settings", "Namespace shop", "Deployment.apps shop/web"],
    "m2": ["ConfigMap shop/settings", "Namespace shop", "Deployment.apps shop/web"],
    "m3": ["Namespace shop", "Deployment.apps shop/api"],
}
"""What the members hold in the end."""

BROKEN = "kind: [never closed\n"


def on_servers(files: Mapping[str, str]) -> dict[str, str]:
    """The files, with API servers in place of folders."""
    return {path: re.sub(r'"file:(\w+)"', r"https://\1.example.com", content) for path, content in files.items()}
