"""The numbers of replicas that autoscalers gave to workloads, in place of those of their templates.

They are put into the templates before anything is decided, of the revision and of the earlier ones that rollouts need: so
division, quotas, capacity and agents see them as if a file said so, and no rollout stages them. A number counts as long as the
repository has an autoscaler that names the workload. Without one, the number of the file counts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.federated_hpa import FederatedHpa
from reconciler.model.issues import Issue, each_once, error
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import RecordedCron, RecordedScale
from reconciler.tenancy.governance import Governance

Autoscaler = FederatedHpa | CronFederatedHpa


def with_own_autoscalers(desired: DesiredState, governance: Governance) -> DesiredState:
    """The revision with the autoscalers that may act, and an error for each other one: one of a Tenant acts on what files of the
    same Tenant declare, as its policies do."""
    if not governance or not desired.autoscalers:
        return desired
    targets: dict[ResourceKey, ResourceTemplate | Autoscaler] = {**desired.templates_by_key}
    targets |= {one.key: one for one in desired.autoscalers}
    foreign = [(one, found) for one in desired.autoscalers if (found := _foreign(one, targets, governance)) is not None]
    if not foreign:
        return desired
    refused = {one.key for one, _ in foreign}
    issues = [_refusal(one, found, governance) for one, found in foreign]
    kept = tuple(one for one in desired.autoscalers if one.key not in refused)
    return replace(desired, autoscalers=kept, issues=each_once([*desired.issues, *issues]))


def _foreign(
    one: Autoscaler, targets: Mapping[ResourceKey, ResourceTemplate | Autoscaler], governance: Governance
) -> ResourceTemplate | Autoscaler | None:
    """Its target, where that is not its to scale."""
    owner, target = governance.tenant(one), targets.get(one.target)
    return target if owner is not None and target is not None and governance.tenant(target) != owner else None


def _refusal(one: Autoscaler, target: ResourceTemplate | Autoscaler, governance: Governance) -> Issue:
    message = f"{one} may not scale {target.key}: {target.origin} declares it, which {governance.tenant(one)} does not govern"
    return error("OutsideFolder", message, "Name a workload of the same Tenant.", origin=one.origin, subject=one)


def scales_in_force(desired: DesiredState, recorded: RecordedState) -> Mapping[ResourceKey, RecordedScale]:
    """Those of which the repository has the autoscaler's target. While a file has an error, its autoscalers may be in that file,
    and all stay. The same mapping where nothing is left out."""
    if not recorded.scales or desired.broken_files:
        return recorded.scales
    named = {one.target for one in desired.autoscalers}
    kept = {key: scale for key, scale in recorded.scales.items() if key in named}
    return recorded.scales if len(kept) == len(recorded.scales) else kept


def crons_in_force(desired: DesiredState, recorded: RecordedState) -> Mapping[ResourceKey, RecordedCron]:
    """As `scales_in_force`, of the firings of CronFederatedHPAs."""
    if not recorded.crons or desired.broken_files:
        return recorded.crons
    declared = {one.key for one in desired.cron_federated_hpas}
    kept = {key: cron for key, cron in recorded.crons.items() if key in declared}
    return recorded.crons if len(kept) == len(recorded.crons) else kept


def with_scales(
    desired: DesiredState, scales: Mapping[ResourceKey, RecordedScale], interpreter: Interpreter, memo: Memo
) -> DesiredState:
    """The revision whose templates have the numbers of autoscalers; the same one where there are none."""
    numbers = {key: scale.replicas for key, scale in scales.items() if scale.replicas is not None}
    if not numbers:
        return desired
    templates = memo.tuple(
        memo(scaled, one, numbers[one.key], interpreter) if one.key in numbers else one for one in desired.templates
    )
    return replace(desired, templates=templates)


def scaled(template: ResourceTemplate, replicas: int, interpreter: Interpreter) -> ResourceTemplate:
    """The template with this number of replicas; the same one where it has it. A template that is invalid for its kind stays."""
    try:
        if interpreter.count(template.manifest) == replicas:
            return template
        return replace(template, manifest=interpreter.scale(template.manifest, replicas))
    except MalformedObjectError:
        return template
