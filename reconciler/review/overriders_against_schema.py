"""Overriders that make an object which an API server refuses: a wrong type, an unknown field, an item that is in its list twice.

Templates are checked when they are read (`load/check_templates.py`). This is the same check for the object after all overriders.
The first one after which a mistake is there is named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from reconciler.interpreter.containers import is_definition
from reconciler.load.schemas import crd, kubernetes_kinds
from reconciler.load.schemas.crd import CRDSchema, schemas_of_crd
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of
from reconciler.model.wording import first_few
from reconciler.review.override_runs import OverrideRun

_Schemas = Mapping[GroupVersionKind, CRDSchema]


def overriders_against_schema(desired: DesiredState, runs: Iterable[OverrideRun]) -> Iterator[Issue]:
    """One issue for each mistake that an overrider makes in an object, at the line of its rule."""
    schemas: dict[GroupVersionKind, CRDSchema] = {}
    if desired.override_policies:
        for template in desired.templates:
            if is_definition(template.key):
                schemas |= schemas_of_crd(template.manifest)
    folders = frozenset(cluster.name for cluster in desired.clusters if cluster.directory)
    for run in runs:
        yield from _of_run(run, schemas, folders)


def _of_run(run: OverrideRun, schemas: _Schemas, folders: Collection[ClusterName]) -> Iterator[Issue]:
    final = _violations(run.overriders[-1].after, schemas) if run.overriders else []
    known = _violations(run.template.manifest, schemas) if final else []
    rest = [violation for violation in final if violation not in known]
    for step in run.overriders if rest else ():
        made = _violations(step.after, schemas) if step.changed else []
        for violation in [violation for violation in rest if violation in made]:
            rest.remove(violation)
            takers = [name for name in run.clusters if name in folders]
            what = f"rule {step.rule.position} of {step.rule.policy} {_outcome(violation, takers)}: {violation.message}"
            subject = str(run.template.key)
            origin = step.rule.rule.origin
            yield Issue(origin, violation.severity, violation.reason, f"{subject}: {what}", violation.remedy, subject)


def _outcome(violation: Violation, takers: Sequence[ClusterName]) -> str:
    """What becomes of the object. takers: the directory members that get it; nothing there refuses an object."""
    if violation.severity is not Severity.ERROR:
        return "makes an object with a mistake"
    told = "makes an object that an API server refuses"
    return f"{told} (sync writes it to {first_few(takers, 3)} as it is, because a folder refuses nothing)" if takers else told


def _violations(manifest: Manifest, schemas: _Schemas) -> list[Violation]:
    gvk = gvk_of(manifest)
    return crd.validate(manifest, schemas[gvk]) if gvk in schemas else kubernetes_kinds.validate(manifest, gvk)
