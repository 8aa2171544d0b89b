"""GitHub: the rulesets by which a deploy key pushes branches of members only.

All deploy keys of a repository are one actor of a ruleset, so it keeps an agent from `main`, from other branches and from tags,
but not from the branch of another member. Whoever has the role write, maintain or admin goes on as before; a GitHub App is not
among them, and is added to the ruleset by hand.

`GET`, `POST /repos/OWNER/NAME/rulesets` ("Create a repository ruleset"); ids of roles as the documentation of its Terraform
provider has them.
"""

from __future__ import annotations

from typing import Any

from reconciler.edit.planned_writes import NoWrite, PlannedWrite, WriteReport
from reconciler.model.member_report import BRANCHES
from reconciler.notify.forge import Forge
from reconciler.register.forge_writes import ForgeWrite

_ROLES = {"maintain": 2, "write": 4, "admin": 5}
_BYPASS = [{"actor_id": role, "actor_type": "RepositoryRole", "bypass_mode": "always"} for role in _ROLES.values()]
_RULES = [{"type": kind} for kind in ("creation", "update", "deletion", "non_fast_forward")]


async def plan_rulesets(forge: Forge) -> list[PlannedWrite]:
    """Those that exist stay as they are. Raises RefusedError, NoAnswerError."""
    existing = {str(one["name"]) for one in await forge.every("/rulesets")}
    return [
        _plan(forge, existing, "branches", "branch", [f"refs/heads/{BRANCHES}*"], f"deploy keys push {BRANCHES}* only"),
        _plan(forge, existing, "tags", "tag", [], "deploy keys set none"),
    ]


def _plan(forge: Forge, existing: set[str], what: str, target: str, without: list[str], meaning: str) -> PlannedWrite:
    name = f"reconciler agents: {what}"
    if name in existing:
        return NoWrite(WriteReport("unchanged", f"ruleset {name!r}"))
    body: dict[str, Any] = {
        "name": name,
        "target": target,
        "enforcement": "active",
        "bypass_actors": _BYPASS,
        "conditions": {"ref_name": {"include": ["~ALL"], "exclude": without}},
        "rules": _RULES,
    }

    async def create() -> None:
        await forge.ask("POST", "/rulesets", body)

    return ForgeWrite("created", f"ruleset {name!r}: {meaning}", create)
