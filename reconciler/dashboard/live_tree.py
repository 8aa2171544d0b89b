"""What is below one object in one member, down to Pods, with health and reason: read with the token of the person who asks alone.

The tree of applications links to this page for each copy. The script of the dashboard puts the page's list below that copy, and
without scripts it is a page like others.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.personal_look import WithOthers, object_with_others, with_own_token
from reconciler.dashboard.addresses import key_of
from reconciler.dashboard.live_parts import LIVE, live_members, selected
from reconciler.dashboard.page import Asked
from reconciler.dashboard.pages.objects import AboutObject, object_page
from reconciler.dashboard.questions import Questions
from reconciler.dashboard.settings import MemberServer
from reconciler.interpreter.precedence import interpreter_of
from reconciler.model.health import Health
from reconciler.model.manifest import Manifest
from reconciler.observe.collector import health_of
from reconciler.present.object_tree import Item, owned_item
from reconciler.review.live.owned_objects import kinds_below, owned_by

LIVE_TREE = f"{LIVE}/tree"


@dataclass(frozen=True, slots=True)
class LiveTreePage(AboutObject):
    member: str
    members: tuple[str, ...]
    """Those that hold it, and whose server is known."""
    root: Item | None
    """None where the member does not hold it, or does not say."""
    trouble: str
    """Why something could not be read; empty where it could."""


async def look_below(asked: Asked, _: Questions, member: str, server: MemberServer, token: str) -> LiveTreePage:
    """Raises NotThereError. That the member refuses is told on the page."""
    about, key = object_page(asked, "live"), key_of(asked.path)
    labels = selected(key, about.template.manifest if about.template is not None else None)
    interpreter = interpreter_of(asked.facts.desired.customizations)
    async with with_own_token(member, server.server, server.ca_file, token) as api:
        try:
            found = await object_with_others(api, key, kinds_below([key.kind]), labels)
        except MemberError as error:
            found = WithOthers(None, (), (error.message,))

    def health(one: Manifest) -> Health:
        return health_of(one, asked.now, tells_health=True, interpreter=interpreter)

    root = None if found.object is None else owned_item(owned_by(found.object, found.others, health), everything=False)
    return LiveTreePage(about, member, live_members(asked, about, member), root, "\n".join(dict.fromkeys(found.problems)))
