"""The write policy of every rendered object, from the rules of the Configuration and its own annotations.

Override policies may set the annotations, so they are read from what was rendered. Members of which everything is the same still
share one manifest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.cluster import Cluster
from reconciler.model.work import RenderedManifest
from reconciler.model.write_policy import WRITE_EVERYTHING, WritePolicy, WriteRules
from reconciler.render.render_template import Rendering


def with_write_policies(rendering: Rendering, rules: WriteRules, clusters: Sequence[Cluster]) -> Rendering:
    """The same rendering where nothing is stated about its object."""
    # Members share manifests: in a large fleet there are a hundred times as many pairs.
    distinct = {id(rendered): rendered for rendered in rendering.manifests.values()}
    if not any(rules.may_concern(rendered.manifest) for rendered in distinct.values()):
        return rendering
    by_name = {cluster.name: cluster for cluster in clusters}
    policies = {
        name: rules.policy_for(rendered.manifest, rendered.key, by_name[name]) for name, rendered in rendering.manifests.items()
    }
    if all(policy is WRITE_EVERYTHING for policy in policies.values()):
        return rendering
    shared: dict[tuple[int, WritePolicy], RenderedManifest] = {}
    manifests = {
        name: shared.setdefault((id(rendered), policies[name]), replace(rendered, write_policy=policies[name]))
        for name, rendered in rendering.manifests.items()
    }
    return replace(rendering, manifests=manifests)
