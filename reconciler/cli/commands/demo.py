"""`demo`: the main job, played on a copy of the example repository; every step is a command that you can type yourself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import exitcodes
from reconciler.cli.example import example_repository
from reconciler.cli.output.style import styled
from reconciler.cli.session import now, run_async
from reconciler.documents.edit import set_value
from reconciler.record.commit import AUTHOR
from reconciler.repo.client import Repository
from reconciler.repo.push import Signature

Folder = Annotated[
    Path | None, typer.Option("--folder", help="Where to play; by default a new temporary folder.", metavar="FOLDER")
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file, and what to say about it."""

    title: str
    file: str
    path: tuple[str | int, ...]
    value: Any
    document: int = 0


EDITS = (
    Edit(
        "Move nginx from member1 to member2: one line of its policy",
        "apps/nginx/policy.yaml",
        ("spec", "placement", "clusterAffinity", "clusterNames", 0),
        "member2",
    ),
    Edit("Scale it: one line of its template", "apps/nginx/deployment.yaml", ("spec", "replicas"), 3),
    Edit(
        "Another image registry for Europe: one line of an override policy",
        "overrides/image-registry.yaml",
        ("spec", "overrideRules", 0, "overriders", "imageOverrider", 0, "value"),
        "mirror.eu.example.com",
    ),
)


def run(folder: Folder = None) -> None:
    """Copies the example repository into a folder, makes it a Git repository, and reconciles it to three directory members:
    a first sync, a policy edit that moves a workload, a template edit that scales it, an override edit. Each is a commit,
    shown as a diff and a sync.

    Example: reconciler demo
    """
    base = folder or Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    config = base / "config"
    if config.exists():
        raise typer.BadParameter(f"{config} exists already; name an empty folder")
    shutil.copytree(example_repository(), config)
    _say(f"The config repository: {config}")
    run_async(_commit(config, [], "Start with the example"))
    _play("First sync: what the repository says comes to be on every member", config, ["validate"], ["sync"], ["status"])
    for edit in EDITS:
        _edit(config, edit)
        run_async(_commit(config, [edit.file], edit.title))
        _play(edit.title, config, ["diff", "HEAD~1", "HEAD"], ["sync"])
    _play("The second sync in a row finds nothing to do", config, ["sync"])
    _say("What happened is in Git, too: git log reconciler/status")
    for line in run_async(_log(config)):
        typer.echo(line)
    _say("Look on")
    typer.echo(f"  cd {config}\n  ls ../config.members/*/            what each member holds")
    typer.echo("  git show reconciler/status:README.md   the fleet at a glance")
    typer.echo("  reconciler explain deploy/nginx --cluster member2")
    raise typer.Exit(exitcodes.DONE)


def _play(title: str, config: Path, *commands: Sequence[str]) -> None:
    from reconciler.cli.main import app

    _say(title)
    for command in commands:
        typer.echo(styled(f"$ reconciler {' '.join(command)}", bold=True))
        app([*command, "--repo", str(config)], standalone_mode=False)
        typer.echo()


def _edit(config: Path, edit: Edit) -> None:
    file = config / edit.file
    file.write_text(set_value(file.read_text(), edit.path, edit.value, edit.document))


def _say(title: str) -> None:
    typer.echo(styled(f"\n== {title}", bold=True))


async def _commit(config: Path, files: list[str], message: str) -> None:
    async with await Repository.init(config) as repository:
        await repository.commit_work_tree(files or ["."], message, Signature(*AUTHOR, now()))


async def _log(config: Path) -> list[str]:
    async with await Repository.open(str(config)) as repository:
        return [f"{commit.sha[:9]} {commit.subject}" for commit in await repository.history("reconciler/status", 20)]
