"""The images that ImagePolicies choose, as something that is looked for at an interval."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial

from reconciler.daemon.scheduled_updates import Found
from reconciler.edit.image_updates import ImagePlan, Registry, plan_image_updates
from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import UpdateSettings
from reconciler.present.images import image_text
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit


@dataclass(frozen=True, slots=True)
class NewerImages:
    repository: Repository
    registry: Registry
    name: str = "images"

    def settings(self, desired: DesiredState) -> UpdateSettings:
        return desired.settings.image_updates

    def subject(self, desired: DesiredState) -> object:
        return desired.image_policies

    async def find(self, commit: Commit, desired: DesiredState) -> Found:
        """Raises ReconcilerError."""
        plan = await plan_image_updates(self.repository, commit, desired, self.registry)
        changes = {path: text.encode() for path, text in plan.changes.items()}
        if not changes:
            return Found({}, issues=plan.issues)
        return Found(changes, plan.message, _cause(plan), partial(image_text, plan), plan.issues)


def _cause(plan: ImagePlan) -> str:
    values = sorted((str(update.marker.ref), update.value) for update in plan.updates)
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
