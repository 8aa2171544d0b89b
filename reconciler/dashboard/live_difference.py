"""What differs between one live object, read with the token of the person who asks, and the manifest that is in force for it."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.cluster.api_client import Api
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.personal_look import autoscalers, live_object
from reconciler.dashboard.questions import Questions
from reconciler.interpreter.registry import replicas_path
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, gvk_of
from reconciler.present.line_diff import line_diff
from reconciler.present.style import Style
from reconciler.review.live.copy_diff import compare_copy

_CONTEXT = 3
_ROLES = {"+": "added", "-": "removed"}


@dataclass(frozen=True, slots=True)
class LiveDifference:
    word: str
    role: Style
    says: str = ""
    """What a sync would do, or why nothing is compared; empty where that is said already."""
    lines: tuple[tuple[str, str], ...] = ()
    """Added, removed or same, and the line with its sign."""
    revision: str = ""
    """The commit whose manifest is compared; empty where none is."""


async def live_difference(questions: Questions, key: ResourceKey, member: str, api: Api) -> LiveDifference:
    """Raises UnknownObjectError, RepositoryError, MemberError where the object itself cannot be read."""
    found = await questions.manifest(key, ClusterName(member))
    if isinstance(found, str):
        return LiveDifference("Not compared", Style.PLAIN, found)
    live = await live_object(api, key, gvk_of(found.rendered.manifest))
    compared = compare_copy(found, live, await _scalers(api, found.rendered.manifest, key.namespace))
    if compared.is_as_desired:
        return LiveDifference("As desired", Style.GOOD, revision=found.revision.sha)
    marked = line_diff(compared.live, compared.desired, _CONTEXT)
    lines = tuple((_ROLES.get(line[:1], "same"), line) for line in marked)
    word, role = ("Differs", Style.CAUTION) if lines else ("Not compared", Style.PLAIN)
    return LiveDifference(word, role, compared.reason, lines, found.revision.sha)


async def _scalers(api: Api, manifest: Manifest, namespace: str) -> dict[ResourceKey, Manifest] | None:
    if get(manifest, *replicas_path(manifest)) is None or not namespace:
        return {}
    try:
        return await autoscalers(api, namespace)
    except MemberError:
        return None
