"""The parameters of a policy, which its bindings name (k8s.io/apiserver pkg/admission/plugin/policy/generic, CollectParams)."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cel.errors import ConfigurationError, NotJudgedError
from reconciler.cel.policies import Binding, Policy
from reconciler.cel.requests import Request
from reconciler.model.manifest import Manifest, labels_of, text


def params_of(policy: Policy, binding: Binding, request: Request) -> Sequence[Manifest | None]:
    """One evaluation for each; None is an evaluation without a parameter. Raises ConfigurationError and NotJudgedError."""
    ref = binding.param
    if policy.param_kind is None or ref is None:
        return (None,)
    objects = request.cluster.params.get(policy.param_kind, ())
    if any(text(one, "metadata", "namespace") for one in objects):
        namespace = ref.namespace or request.namespace
        if not namespace:
            raise ConfigurationError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
        objects = [one for one in objects if text(one, "metadata", "namespace") == namespace]
    if ref.name:
        found = [one for one in objects if text(one, "metadata", "name") == ref.name]
    else:
        found = [one for one in objects if ref.selector.matches(labels_of(one))]
    if not found and not request.cluster.is_complete:
        kind = policy.param_kind[1]
        which = f"{kind} {ref.name}" if ref.name else f"a {kind} that the binding selects"
        raise NotJudgedError(f"the parameter, {which}, is not among the objects that the cluster gets")
    if not found and ref.denies_absence:
        raise ConfigurationError("no params found for policy binding with `Deny` parameterNotFoundAction")
    return found
