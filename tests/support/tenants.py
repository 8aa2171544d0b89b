"""A repository with a platform and two tenants, of which the first may use two of three members."""

from __future__ import annotations

from tests.support.shop import cluster_file, on, text

TENANTS = text("""
    apiVersion: reconciler.dev/v1alpha1
    kind: Tenant
    metadata: {name: team-a}
    spec:
      folders: [teams/a]
      kinds: [{apiGroups: [apps], kinds: [Deployment, StatefulSet]}, {apiGroups: [""], kinds: [ConfigMap, Service]}]
      namespaces: [team-a, "team-a-*"]
      clusters: {labelSelector: {matchLabels: {tier: shared}}}
      overrides: {paths: [/spec/replicas, /metadata/labels]}
    ---
    apiVersion: reconciler.dev/v1alpha1
    kind: Tenant
    metadata: {name: team-b}
    spec:
      folders: [teams/b]
      kinds: [{apiGroups: ["*"], kinds: ["*"]}]
      namespaces: [team-b]
      clusters: {}
""")


def policy(
    name: str, placement: str, kind: str = "Deployment", *, namespace: str = "team-a", more: str = "", names: str = ""
) -> str:
    """names: of the objects that it selects, as one name; empty for all of the kind."""
    api = "apps/v1" if kind in ("Deployment", "StatefulSet") else "v1"
    scope = "" if namespace else "Cluster"
    return text(f"""
        apiVersion: policy.karmada.io/v1alpha1
        kind: {scope}PropagationPolicy
        metadata: {{name: {name}{f", namespace: {namespace}" if namespace else ""}}}
        spec:
          resourceSelectors: [{{apiVersion: {api}, kind: {kind}{f", name: {names}" if names else ""}}}]
          placement: {{{placement}}}
          {more}
    """)


def deployment(name: str, namespace: str = "team-a", *, replicas: int = 2, config: str = "", kind: str = "Deployment") -> str:
    """config: a ConfigMap that its Pods need."""
    return text(f"""
        apiVersion: apps/v1
        kind: {kind}
        metadata: {{name: {name}, namespace: {namespace}}}
        spec:
          replicas: {replicas}
          selector: {{matchLabels: {{app: {name}}}}}
          {f"serviceName: {name}" if kind == "StatefulSet" else ""}
          template:
            metadata: {{labels: {{app: {name}}}}}
            spec:
              containers: [{{name: main, image: "{name}:1"}}]
              {f"volumes: [{{name: c, configMap: {{name: {config}}}}}]" if config else ""}
    """)


def config_map(name: str, namespace: str = "team-a", value: str = "1") -> str:
    return text(f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: {name}, namespace: {namespace}}}
        data: {{value: "{value}"}}
    """)


def override(name: str, overriders: str, selector: str, *, namespace: str = "team-a") -> str:
    scope = "" if namespace else "Cluster"
    return text(f"""
        apiVersion: policy.karmada.io/v1alpha1
        kind: {scope}OverridePolicy
        metadata: {{name: {name}{f", namespace: {namespace}" if namespace else ""}}}
        spec:
          resourceSelectors: [{{{selector}}}]
          overrideRules: [{{overriders: {overriders}}}]
    """)


PLATFORM: dict[str, str] = {
    "clusters/m1.yaml": cluster_file("m1", tier="shared"),
    "clusters/m2.yaml": cluster_file("m2", tier="shared"),
    "clusters/m3.yaml": cluster_file("m3", tier="core"),
    "platform/tenants.yaml": TENANTS,
    "platform/dns.yaml": config_map("dns", "team-a"),
    "platform/policy.yaml": policy("dns", on("m1", "m2", "m3"), "ConfigMap", names="dns"),
}
FILES: dict[str, str] = {
    **PLATFORM,
    "teams/a/web.yaml": deployment("web"),
    "teams/a/policy.yaml": policy("web", on("m1"), names="web"),
    "teams/b/own.yaml": policy("own", on("m1"), "Service", namespace="team-b"),
}
"""Everything in it is allowed."""

HOLDS = {
    "m1": ["ConfigMap team-a/dns", "Deployment.apps team-a/web"],
    "m2": ["ConfigMap team-a/dns"],
    "m3": ["ConfigMap team-a/dns"],
}
