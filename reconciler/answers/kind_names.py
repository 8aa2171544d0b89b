"""Kinds in the spellings that kubectl accepts: any case, plural, or short names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.answers.arguments import ArgumentError
from reconciler.answers.short_names import ALL, SHORT_NAMES, possible_kinds
from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.scope import Scope, scope_of
from reconciler.model.keys import ResourceKey
from reconciler.model.spelling import did_you_mean, nearest_parts
from reconciler.model.wording import first_few, one_of

_POLICIES = "Policies are files of the repository: `reconciler status` shows whose objects are where, `reconciler explain` why."
_AUTOSCALERS = (
    "Autoscalers over all clusters are files of the repository: `reconciler status` shows the numbers that they found, and "
    "`reconciler explain KIND/NAME` of a workload why."
)
_BINDINGS = "Decisions are on the status branch: `reconciler status` and `reconciler explain KIND/NAME` show them."
_OF_KARMADA = {
    **dict.fromkeys(("cop", "cpp", "op", "pp"), _POLICIES),
    **dict.fromkeys(("clusteroverridepolicy", "clusterpropagationpolicy", "overridepolicy", "propagationpolicy"), _POLICIES),
    **dict.fromkeys(("cronfederatedhpa", "cronfhpa", "federatedhpa", "fhpa"), _AUTOSCALERS),
    **dict.fromkeys(("clusterresourcebinding", "crb", "rb", "resourcebinding"), _BINDINGS),
    "work": "`reconciler render` shows what each member must hold.",
}
"""Kinds of Karmada's control plane and their short names, and where to look here."""


def guessed_kind(argument: str) -> str:
    """`Did you mean pod?` for a word that means no built-in kind and is near one, other than a list (PodList); else empty."""
    built_in = {gvk.kind.lower() for gvk in kubernetes_kinds.newest_kinds() if not gvk.kind.endswith("List")}
    word = argument.lower().partition(".")[0]
    return "" if listed_kinds(argument) & built_in else did_you_mean(word, built_in) or did_you_mean(word, SHORT_NAMES)


def kind_of_karmada(argument: str) -> str:
    """Where to look in place of a member, for a kind of Karmada's control plane; empty for other kinds."""
    word = argument.lower().partition(".")[0]
    return next((_OF_KARMADA[kind] for kind in sorted({word} | possible_kinds(word)) if kind in _OF_KARMADA), "")


def guessed_object(kind: str, name: str, keys: Iterable[ResourceKey]) -> str:
    """`It is in shop: write -n shop.` for an object that is in other namespaces than the one looked in; `Did you mean
    deployment/web?` for one that is near one of `keys` in its kind or in its name; else empty."""
    keys = list(keys)
    there = [key.namespace for key in keys if key.kind.lower() in possible_kinds(kind) and key.name == name]
    if there and there[0]:
        return f"It is in {first_few(there, 3)}: write -n {there[0]}."
    known = {(key.kind.lower(), key.name) for key in keys}
    near = [pair for word in sorted(possible_kinds(kind)) for pair in nearest_parts((word, name), known)]
    near = near or sorted(pair for pair in known if pair[1] == name and len(kind) > 1 and pair[0].startswith(kind.lower()))
    return f"Did you mean {one_of([f'{other}/{named}' for other, named in near])}?" if near else ""


def is_cluster_scoped(argument: str) -> bool:
    """Whether the word means only built-in kinds that are in no namespace."""
    built_in = kubernetes_kinds.newest_kinds()
    scopes = {scope_of(gvk.group, gvk.kind) for gvk in built_in if gvk.kind.lower() in listed_kinds(argument)}
    return scopes == {Scope.CLUSTER}


def listed_kinds(argument: str) -> frozenset[str]:
    """As `possible_kinds`; `all` means the same kinds as in kubectl: workloads, their Pods, and Services."""
    return ALL if argument.lower() == "all" else possible_kinds(argument)


def named_kinds(words: Sequence[str]) -> dict[str, list[str]]:
    """Kind as it was typed, in lower case → names. Raises ArgumentError.

    words: at least one, such as `deploy,svc`, `deploy web api` or `deploy/web svc/web`.
    """
    if not any("/" in word for word in words):
        return {kind: list(words[1:]) for kind in words[0].lower().split(",") if kind}
    named: dict[str, list[str]] = {}
    for word in words:
        kind, slash, name = word.partition("/")
        if not (kind and slash and name) or "/" in name:
            raise ArgumentError(f"{word} is not KIND/NAME; write all objects in this form, or one KIND followed by names")
        named.setdefault(kind.lower(), []).append(name)
    return named
