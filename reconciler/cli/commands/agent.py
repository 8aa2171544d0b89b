"""`agent`: keep one member at what the leader decides for it, from inside or beside that member."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from reconciler.agent.controller import AgentController
from reconciler.agent.follower import FollowerConfig
from reconciler.answers.arguments import duration
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.daemon_options import AllowPrune, AsJson, Interval, Listen
from reconciler.cli.git_options import records_git
from reconciler.cli.options import DEFAULT_CACHE, Cache
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, stop_on_signals
from reconciler.cli.sops_options import decrypts
from reconciler.cli.tracing import Tracing, tracing
from reconciler.cluster.access import Access
from reconciler.cluster.host_check import check_host
from reconciler.daemon.http_server import serving
from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.daemon.revision_trace import RevisionTraces
from reconciler.decrypt.decryptor import Decryptor
from reconciler.expanding.programs import Programs
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES
from reconciler.model.tracing import member
from reconciler.passes.options import Options
from reconciler.pipeline.process.allocator import return_large_blocks
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions
from reconciler.repo.remote_url import is_url
from reconciler.repo.replaced_branch import ReplacedBranches

Member = Annotated[str, typer.Argument(help="The member, as its Cluster file names it.", metavar="CLUSTER")]
Remote = Annotated[str, typer.Option("--repo", envvar="RECONCILER_REPO", help="The config repository.", metavar="URL")]
StatusBranch = Annotated[
    str,
    typer.Option(
        "--status-branch",
        envvar="RECONCILER_STATUS_BRANCH",
        help="Where the leader records its decisions: spec.statusBranch of the Configuration.",
        metavar="BRANCH",
    ),
]
Heartbeat = Annotated[
    str,
    typer.Option(
        "--heartbeat",
        envvar="RECONCILER_HEARTBEAT",
        help="How often to report at least, even if nothing changed: 1s to 1h.",
        metavar="DURATION",
    ),
]


@reaches_members
@expands
@records_git
@decrypts
def run(
    access: Access,
    git: GitOptions,
    decryptor: Decryptor | None,
    programs: Programs,
    cluster: Member,
    repo: Remote,
    status_branch: StatusBranch = "reconciler/status",
    heartbeat: Heartbeat = "5m",
    interval: Interval = "",
    listen: Listen = "127.0.0.1:8080",
    allow_prune: AllowPrune = [],  # noqa: B006 -- typer reads it as "none given"
    log_json: AsJson = False,
    cache: Cache = DEFAULT_CACHE,
    trace: Tracing = None,
) -> None:
    """For a Cluster with syncMode: Pull. Reads the repository at an interval, applies what the leader decided for this member,
    corrects drift, and reports on the branch reconciler/members/CLUSTER. It pushes nothing else, and never schedules. While the
    repository does not answer, it goes on with what it fetched last, and removes nothing that was wanted then. SIGTERM stops it.

    Example: reconciler agent edge-1 --repo https://git.example.com/config.git --in-cluster
    """
    beat = duration(heartbeat)
    if not timedelta(seconds=1) <= beat <= timedelta(hours=1):
        raise typer.BadParameter(f"{heartbeat} is not within 1s and 1h", param_hint="--heartbeat DURATION")
    if not is_url(repo.strip()):
        raise RepositoryError(f"{repo}: an agent needs a remote repository", remedy="Name it by its URL: --repo URL.")
    name = ClusterName(cluster)
    options = Options(wait=False, allow_prune=frozenset(allow_prune), decryptor=decryptor)
    seconds = duration(interval).total_seconds() if interval else None
    access = replace(access, host_member=name)
    run_async(_run(repo, cache, git, programs, name, access, status_branch, beat, options, listen, seconds, log_json, trace))
    raise typer.Exit(exitcodes.DONE)


async def _run(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    cluster: ClusterName,
    access: Access,
    status_branch: str,
    heartbeat: timedelta,
    options: Options,
    listen: str,
    interval: float | None,
    log_json: bool,
    trace: bool | None,
) -> None:
    return_large_blocks()
    await check_host(access)
    metrics, probes, log = Metrics(), Probes(), logger(as_json=log_json)
    async with (
        tracing(trace, log) as tracer,
        await Repository.open(repo, cache=cache, options=git, offline=True) as repository,
        ReplacedBranches(repo.strip(), BRANCHES, cache, git) as reports,
        AgentController(
            FollowerConfig(
                repository, reports, access, now, status_branch, replace(options, tracer=tracer), heartbeat, programs, cache
            ),
            cluster,
        ) as controller,
        serving(listen, probes, metrics) as port,
    ):
        traces = RevisionTraces(tracer, {"vcs.repository.url.full": repository.place, **member(cluster)})
        loop = Loop(controller, log, metrics, probes, interval=interval, traces=traces)
        stop_on_signals(loop.stop)
        probes.turn()
        log.info("started", repository=repository.place, cluster=cluster, branch=status_branch, port=port)
        await loop.run()
        if loop.refusal is not None:
            raise loop.refusal
