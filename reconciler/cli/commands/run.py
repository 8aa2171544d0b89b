"""`run`: keep all members at a branch, until the process is stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.answers.session import member_root_of
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.daemon_options import AllowPrune, AsJson, Interval, Listen
from reconciler.cli.dashboard_server import DashboardOptions, serves_dashboard, serving_beside
from reconciler.cli.forge_options import (
    Notify,
    StatusOptions,
    WebhookOptions,
    news_recipients,
    receives_webhooks,
    shows_statuses,
)
from reconciler.cli.git_options import records_git
from reconciler.cli.leader import LeaderElect, Leadership, LeaseDuration, LeaseKind, LeaseName, leadership_of
from reconciler.cli.options import DEFAULT_CACHE, Cache, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, stop_on_signals
from reconciler.cli.shadow import ShadowOptions, may_shadow
from reconciler.cli.sharding import Sharding, ShardingOption, StatusBranch, sharding_of
from reconciler.cli.sops_options import decrypts
from reconciler.cli.tracing import Tracing, tracing
from reconciler.cluster.access import Access
from reconciler.cluster.host_check import check_host
from reconciler.daemon.autoscaling import Autoscaler
from reconciler.daemon.endpoints import EndpointExchange
from reconciler.daemon.failover_proposals import FailoverProposals
from reconciler.daemon.http_server import serving
from reconciler.daemon.hydration import Hydration
from reconciler.daemon.inventoried import Inventoried
from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.newer_images import NewerImages
from reconciler.daemon.newer_sources import NewerSources
from reconciler.daemon.notified import listener
from reconciler.daemon.object_events import EventWriter
from reconciler.daemon.probes import BothProbes, Probes
from reconciler.daemon.revision_trace import RevisionTraces
from reconciler.daemon.rollout_approvals import Approvals
from reconciler.daemon.rollout_reverts import RolloutReverts
from reconciler.daemon.scheduled_updates import ScheduledUpdates
from reconciler.daemon.shadow import Shadow
from reconciler.daemon.webhook import Followed, Outcome, Receiver, receiving
from reconciler.decrypt.decryptor import Decryptor
from reconciler.edit.hydration import Hydrator
from reconciler.errors import TemporaryError
from reconciler.expanding.decrypted_expansions import DecryptedExpansions
from reconciler.expanding.expanding_compiler import with_expansions
from reconciler.expanding.programs import Programs
from reconciler.model.source_lock import SourceKind
from reconciler.notify.forge_api import address_of
from reconciler.notify.notifier import NewsRecipient, StatusRecipient, notifying
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.pipeline.process.allocator import return_large_blocks
from reconciler.pipeline.process.process_compiler import ProcessCompiler
from reconciler.repo.client import Repository
from reconciler.repo.command import REMOTE
from reconciler.repo.commit_branch import Signature
from reconciler.repo.options import GitOptions
from reconciler.sources.client import Sources
from reconciler.sources.image_registries import ImageRegistries
from reconciler.sources.options import SourceOptions

Branch = Annotated[
    str, typer.Argument(help="What to follow: a branch, a tag, or the newest tag of semver:RANGE.", metavar="BRANCH")
]
Push = Annotated[bool, typer.Option("--push/--no-push", help="Push the status branch if the repository has a remote.")]
ObjectEvents = Annotated[
    bool,
    typer.Option(
        "--object-events/--no-object-events",
        envvar="RECONCILER_OBJECT_EVENTS",
        help="Write an Event into the member for each object that was corrected, refused, created again or pruned.",
    ),
]
PushReverts = Annotated[
    bool,
    typer.Option(
        "--push-reverts",
        envvar="RECONCILER_PUSH_REVERTS",
        help="Commit the revert of a rollout that failed to the branch that is followed (onFailure: revert). Without it, the "
        "revert is proposed on the branch reconciler/revert.",
    ),
]

_OPTIONS = Options(wait=False, straggler_timeout=timedelta(seconds=10), sweeps_later=True)
"""Those that nobody chooses."""


@reaches_members
@receives_webhooks
@shows_statuses
@expands
@records_git
@decrypts
@serves_dashboard
@may_shadow
def run(
    access: Access,
    git: GitOptions,
    webhooks: WebhookOptions,
    statuses: StatusOptions | None,
    decryptor: Decryptor | None,
    programs: Programs,
    dashboard: DashboardOptions,
    shadow: ShadowOptions,
    branch: Branch = "HEAD",
    repo: Repo = ".",
    interval: Interval = "",
    listen: Listen = "127.0.0.1:8080",
    allow_prune: AllowPrune = [],  # noqa: B006 -- typer reads it as "none given"
    push: Push = True,
    log_json: AsJson = False,
    leader_elect: LeaderElect = LeaseKind.OFF,
    lease_name: LeaseName = "",
    lease_duration: LeaseDuration = "",
    cache: Cache = DEFAULT_CACHE,
    notify: Notify = [],  # noqa: B006 -- typer reads it as "none given"
    object_events: ObjectEvents = True,
    push_reverts: PushReverts = False,
    trace: Tracing = None,
    sharding: ShardingOption = False,
    status_branch: StatusBranch = "reconciler/status",
) -> None:
    """Reads the repository at an interval and after a webhook, applies each new revision, watches the members and corrects drift
    between revisions. Status is committed in batches. SIGTERM stops the process cleanly; after a kill the next process continues.
    The exit code is 3 if the process lacks an option or a credential file to reach a member of its first revision, or if that is
    a HEAD which is older than what is applied. With spec.mode: Observe in the Configuration, members are compared and not written
    to. With --shadow, nothing at all is written: no member, no branch, no commit status, no message, no lease; dry runs are made.

    Example: reconciler run --repo https://git.example.com/config.git --in-cluster --listen 0.0.0.0:8080
    """
    shadow.check(git, elects=leader_elect is not LeaseKind.OFF, shards=sharding, reverts=push_reverts)
    options = replace(_OPTIONS, allow_prune=frozenset(allow_prune), decryptor=decryptor, shadow=shadow.is_on)
    seconds = duration(interval).total_seconds() if interval else None
    leadership = leadership_of(leader_elect, lease_name, lease_duration, access, repo, cache, git)
    doors = _Doors(listen, webhooks, statuses, news_recipients(notify), object_events, push_reverts, trace, dashboard, shadow)
    push = push and not shadow.is_on
    work = partial(
        _run, repo, cache, git, programs, branch, access, options, doors.in_use, push=push, interval=seconds, log_json=log_json
    )
    shards = sharding_of(leader_elect, repo, cache, git, lease_name, status_branch, programs, push=push) if sharding else None
    return_large_blocks()
    run_async(work(leadership=leadership, sharding=shards))
    raise typer.Exit(exitcodes.DONE)


@dataclass(frozen=True, slots=True)
class _Doors:
    """How the process is reached, and whom it tells what happened."""

    listen: str
    webhooks: WebhookOptions
    statuses: StatusOptions | None
    """None: the forge shows no commit statuses."""
    recipients: tuple[NewsRecipient, ...]
    """Who gets notifications."""
    object_events: bool
    """Whether members get Events about their objects."""
    push_reverts: bool
    """Whether reverts of rollouts go to the branch that is followed."""
    tracing: bool | None
    """Whether traces are sent to a collector; None: as its own variables say."""
    dashboard: DashboardOptions
    shadow: ShadowOptions

    @property
    def in_use(self) -> _Doors:
        """A shadow tells nobody."""
        return replace(self, statuses=None, recipients=(), object_events=False) if self.shadow.is_on else self


async def _places(repository: Repository) -> tuple[tuple[str, ...], str]:
    """Where the repository and its remotes are, and where the forge has it."""
    remotes = await repository.remotes()
    return (repository.place, *remotes.values()), remotes.get(REMOTE, repository.place)


async def _refuse_without_branch(repository: Repository, branch: str) -> None:
    """Raises RepositoryError where there is no such branch: waiting for it would look like working. A branch that is deleted
    later stops nothing: the last good revision stays in force."""
    try:
        await repository.resolve(branch)
    except TemporaryError:
        return


async def _run(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    branch: str,
    access: Access,
    options: Options,
    doors: _Doors,
    *,
    leadership: Leadership | None,
    sharding: Sharding | None,
    push: bool,
    interval: float | None,
    log_json: bool,
) -> None:
    await check_host(access)
    metrics, probes, log = Metrics(), Probes(), logger(as_json=log_json)
    shadow = Shadow(metrics.registry, log, doors.shadow.window, now) if doors.shadow.is_on else None
    async with (
        tracing(doors.tracing, log) as tracer,
        await Repository.open(repo, cache=cache, options=git) as repository,
        ProcessCompiler() as compiler,
    ):
        expanding = with_expansions(compiler, repository, programs, cache)
        options = replace(options, tracer=tracer, decrypted=DecryptedExpansions(expanding.expand))
        await _refuse_without_branch(repository, branch)
        access = replace(access, member_root=access.member_root or member_root_of(repository))
        places, forge_url = await _places(repository)
        recipient, sources = _status_recipient(forge_url, doors.statuses, access), SourceOptions.of(repository.outside, cache)
        async with (
            Controller(repository, expanding, access, now, branch, options, push=push, sharded=bool(sharding)) as controller,
            notifying(forge_url, recipient, doors.recipients, listener(log, metrics)) as notifier,
            EventWriter(lambda: controller.clients) as events,
            ImageRegistries(sources) as registries,
            serving(doors.listen, BothProbes(probes, sharding.probes) if sharding else probes, metrics, shadow) as port,
            serving_beside(doors.dashboard, repo, cache, git, programs, branch) as pages,
        ):
            controller.ask_statuses = None if recipient is None else Approvals(recipient.address, recipient.token, log).ask
            traces = RevisionTraces(tracer, {"vcs.repository.url.full": forge_url})
            loop = Loop(controller, log, metrics, probes, notifier, events if doors.object_events else None, interval, traces)
            look_elsewhere = _let_write(loop, repository, registries, doors, sources, access, branch, shadow, push=push)
            stop_on_signals(loop.stop)
            probes.turn()
            await _warm_up(compiler, leadership)
            async with receiving(doors.webhooks.listen, _receiver(places, loop, leadership, doors, look_elsewhere)) as webhooks:
                log.info("started", repository=repository.place, branch=branch, **_ports(port, webhooks, pages))
                await _work(loop, leadership, sharding, access, options)
            if loop.refusal is not None:
                raise loop.refusal


async def _warm_up(compiler: ProcessCompiler, leadership: Leadership | None) -> None:
    """The compiler's process of a candidate starts now, so that a takeover need not wait for it."""
    if leadership is not None:
        await compiler.missing({})


def _ports(port: int, webhooks: int, pages: int) -> dict[str, int]:
    """Those on which this process listens, as the log names them. webhooks, pages: 0 where there are none."""
    others = {"webhook_port": webhooks, "dashboard_port": pages}
    return {"port": port, **{name: one for name, one in others.items() if one}}


def _let_write(
    loop: Loop,
    repository: Repository,
    registries: ImageRegistries,
    doors: _Doors,
    sources: SourceOptions,
    access: Access,
    base: str,
    shadow: Shadow | None,
    *,
    push: bool,
) -> Callable[[], None]:
    """Sets what the loop writes to other branches than that of the status; returns what to call after a push to a source. base:
    the branch, as the command line names it. shadow: it writes nothing, and takes the passes; None elsewhere."""
    if shadow is not None:
        loop.controller.on_pass = shadow.passed
        return loop.fetch_soon
    controller, propose = loop.controller, loop.notifier.propose

    def hydrator() -> Hydrator:
        read = frozenset({controller.branch, controller.settings.status_branch})
        return Hydrator(repository, sources, Signature.of_program(now()), push, read)

    directly_to = (lambda: controller.branch) if doors.push_reverts else None
    loop.branch_writers = (
        FailoverProposals(repository, now, push=push, propose=propose, base=base),
        RolloutReverts(repository, now, push=push, directly_to=directly_to, propose=propose, base=base),
        Hydration(hydrator),
    )
    finders = (
        Inventoried(repository, access),
        NewerImages(repository, registries),
        NewerSources(lambda: Sources(sources)),
    )
    updates = [
        ScheduledUpdates(
            finder,
            repository,
            now,
            push=push,
            controller=controller,
            propose=propose,
            committed=loop.fetch_soon,
            base=base,
        )
        for finder in finders
    ]
    endpoints = EndpointExchange(controller, now, loop.metrics.dispatched)
    loop.beside = (endpoints.run, Autoscaler(controller).run, *(one.run for one in updates))
    return updates[-1].soon


async def _work(loop: Loop, leadership: Leadership | None, sharding: Sharding | None, access: Access, options: Options) -> None:
    """Alone, as one of several of which one leads, or as one of several that share the members."""
    loop.keeps_members = sharding is None
    if leadership is None:
        await loop.run()
    elif sharding is None:
        await leadership.run(loop)
    else:
        await sharding.run(leadership, loop, access, options)


def _status_recipient(repository: str, options: StatusOptions | None, access: Access) -> StatusRecipient | None:
    """repository: its URL, or that of its remote. Raises ForgeAddressError."""
    if options is None:
        return None
    address = address_of(options.kind, repository, options.api, allow_insecure=access.allow_insecure)
    return StatusRecipient(address, options.token, options.context)


def _receiver(
    places: Sequence[str], loop: Loop, leadership: Leadership | None, doors: _Doors, look_elsewhere: Callable[[], None]
) -> Receiver | None:
    if doors.webhooks.secrets is None:
        return None
    controller = loop.controller

    def followed() -> Followed:
        wanted = controller.desired.wanted_sources if controller.desired is not None else ()
        elsewhere = tuple(sorted({one.url for one in wanted if one.kind is SourceKind.GIT}))
        return Followed(tuple(places), controller.branch, controller.settings.status_branch, elsewhere)

    async def fetch() -> Outcome:
        if leadership is None or not loop.probes.standing_by:
            loop.fetch_soon()
            return Outcome.ACCEPTED
        return Outcome.RELAYED if await leadership.lease.request_fetch() else Outcome.STANDING_BY

    return Receiver(doors.webhooks.secrets, followed, fetch, loop.log, loop.metrics, look_elsewhere, doors.webhooks.proxies)
