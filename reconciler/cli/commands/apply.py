"""`apply`: at the site of a member, bring it to an export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler.agent.carried import site_repository, take_export, write_report
from reconciler.answers.arguments import duration, refuse_unknown_clusters
from reconciler.answers.session import Session
from reconciler.cli import exitcodes
from reconciler.cli.access import reaches_members
from reconciler.cli.commands.sync import AllowPrune, DryRun, Timeout, Wait
from reconciler.cli.git_options import recording_options
from reconciler.cli.options import Author, SigningKey, TableFormat, TableOutput, VerifyKeys
from reconciler.cli.progress import ProgressBar
from reconciler.cli.session import now, run_async
from reconciler.cli.sync_output import print_result
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_issues, print_remarks
from reconciler.cluster.access import Access
from reconciler.model.cluster import KUBECONFIG_ANNOTATION
from reconciler.model.keys import ClusterName
from reconciler.passes.options import Options
from reconciler.passes.result import Result
from reconciler.passes.sync import sync
from reconciler.repo.bundle import BundleRepository
from reconciler.repo.options import GitOptions

Bundle = Annotated[Path, typer.Argument(help="The file that `export` wrote.", metavar="FILE")]
Site = Annotated[
    Path,
    typer.Option(
        "--repo",
        envvar="RECONCILER_SITE",
        help="The folder with the repository of this site; the first export makes it.",
        metavar="FOLDER",
    ),
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write the report for `import-report` to this file.", metavar="FILE")
]


@prints_tables
@reaches_members
def run(
    access: Access,
    bundle: Bundle,
    repo: Site,
    report: Report = None,
    dry_run: DryRun = False,
    wait: Wait = True,
    timeout: Timeout = "5m",
    allow_prune: AllowPrune = [],  # noqa: B006 -- typer reads it as "none given"
    verify_keys: VerifyKeys = None,
    signing_key: SigningKey = None,
    author: Author = "",
    output: TableOutput = TableFormat.TABLE,
) -> None:
    """Checks the export, takes it into the repository of this site, and does what `sync` does, with the same guards and exit
    codes. No network but that to the member is needed. An older export is refused, and so is one of another member. The member is
    reached by --host-kubeconfig or --in-cluster; a directory member is a folder below --member-root. With --verify-keys, one of
    these keys must have signed the export.

    Example: reconciler apply site7.bundle --repo site7 --host-kubeconfig admin.conf --report site7.report
    """
    consent = frozenset(allow_prune)
    options = Options(dry_run, wait, duration(timeout), consent, consent)
    git = recording_options(signing_key=signing_key, author=author)
    place = repo.absolute()
    access = replace(access, member_root=access.member_root or place.with_name(f"{place.name}.members"))
    result = run_async(_apply(bundle, place, report, access, options, verify_keys, git))
    print_issues(sorted(result.issues))
    print_result(result, output, {})
    if report is not None:
        print_remarks(["No report was written: this was a dry run." if dry_run else f"The report is in {report}."])
    raise typer.Exit(exitcodes.OF_VERDICT[result.verdict])


async def _apply(
    bundle: Path,
    folder: Path,
    report: Path | None,
    access: Access,
    options: Options,
    keys: Path | None,
    git: GitOptions,
) -> Result:
    """keys: of which one must have signed the export. What the site records is on its own disk, and needs no signature."""
    keep = not options.dry_run
    async with site_repository(folder, bundle, GitOptions(trusted_keys=keys), keep=keep) as site:
        carried = await take_export(site, bundle, keep=keep)
        async with await BundleRepository.open(site.place, options=git) as repository:
            name, opened = carried.member, Session(repository)
            refuse_unknown_clusters(options.allow_prune - {"*"}, [name])
            access = replace(access, host_member=name)
            await _refuse_unreachable(opened, carried.commit, name, access)
            with ProgressBar() as bar:
                result = await sync(repository, opened.compiler, carried.commit, access, now, options, push=False, progress=bar)
            if report is not None and keep:
                await write_report(repository, carried, result.last, now(), report)
            return result


async def _refuse_unreachable(opened: Session, commit: str, name: ClusterName, access: Access) -> None:
    """Raises BadParameter where nothing says how the member is reached."""
    _, desired = await opened.load(commit, check=())
    member = desired.cluster(name)
    if member is not None and not (member.directory or access.host or KUBECONFIG_ANNOTATION in member.annotations):
        raise typer.BadParameter(
            f"nothing says how {name} is reached: name a kubeconfig of it", param_hint="--host-kubeconfig FILE"
        )
