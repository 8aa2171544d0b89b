"""`doctor`: why a Service is not reached from other clusters."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.answers.doctor import facts_about
from reconciler.cli.fleet_query import FleetQuery, Namespace, asks_members, ended
from reconciler.cli.options import Output
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_lines
from reconciler.present.diagnosis import diagnosis_document, diagnosis_lines
from reconciler.present.document import Format
from reconciler.review.doctor.diagnose import diagnose
from reconciler.review.doctor.facts import ServiceFacts

Subject = Annotated[str, typer.Argument(help="The Service, as svc/NAME.", metavar="KIND/NAME")]


@asks_members
def run(
    query: FleetQuery,
    name: Subject,
    namespace: Namespace = "default",
    output: Output = Format.TABLE,
) -> None:
    """Says which of the usual causes it is when a Service is not reached from other clusters: it is not offered, not placed,
    a member does not take part, the Service is missing, no Pod is ready, ports do not agree, consumers lack the endpoints, the
    name is not resolved, ranges of Pod addresses overlap. Each check has its evidence, from the revision, the last sync and the
    members now. Whether packets arrive cannot be seen from here; it says what to try. The exit code is 1 if a check fails, and 3
    if a member did not answer. It changes nothing.

    Example: reconciler doctor svc/web -n shop
    """
    facts = run_async(_facts(query, namespace, name), "asking the members")
    diagnoses = diagnose(facts)
    unanswered = {name: one.problem for name, one in facts.members.items() if one.problem}
    if output is Format.TABLE:
        print_lines(diagnosis_lines(facts, diagnoses))
    else:
        print_document(diagnosis_document(facts, diagnoses, unanswered), output)
    raise ended(unanswered, is_no=any(one.causes for one in diagnoses))


async def _facts(query: FleetQuery, namespace: str, name: str) -> ServiceFacts:
    async with session(query.repo, query.cache, query.git) as opened:
        return await facts_about(
            opened, query.access, name, now(), namespace=namespace, revision=query.revision, clusters=query.clusters
        )
