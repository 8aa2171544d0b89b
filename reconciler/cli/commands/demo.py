"""`demo`: the main workflow on a copy of the example repository. Every step is a command that the user can also type."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import exitcodes
from reconciler.cli.example import example_repository
from reconciler.cli.session import now, run_async
from reconciler.cli.terminal import print_lines
from reconciler.documents.edit import set_value
from reconciler.present.style import Line, Style, styled
from reconciler.record.status_branch import AUTHOR
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature

Folder = Annotated[
    Path | None, typer.Option("--folder", help="Where to run the demo; by default a new temporary folder.", metavar="FOLDER")
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option("--kubeconfig", help="Use real clusters: an administrator's kubeconfig with all three.", metavar="FILE"),
]
Contexts = Annotated[
    list[str],
    typer.Option("--context", help="The context of a cluster in it; give it three times.", metavar="NAME"),
]
Kind = Annotated[
    bool,
    typer.Option("--kind", help="The clusters come from kind: use images that they can pull, and the storage class `standard`."),
]
Temporary = Annotated[
    bool, typer.Option("--temporary", help="The clusters end with the demo: name no command that needs them.", hidden=True)
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file."""

    title: str
    """The heading and the commit message."""
    file: str
    path: tuple[str | int, ...]
    """The changed field."""
    value: Any
    document: int = 0
    """The index of the document in the file."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Three real clusters."""

    kubeconfig: Path
    contexts: Sequence[str]
    """In the order of `MEMBERS`."""


MEMBERS = ("member1", "member2", "member3")
_REGISTRIES = "overrides/image-registry.yaml"
_EUROPE: tuple[str | int, ...] = ("spec", "overrideRules", 0, "overriders", "imageOverrider", 0, "value")
EDITS = (
    Edit(
        "Move nginx from member1 to member2: one line of its policy",
        "apps/nginx/policy.yaml",
        ("spec", "placement", "clusterAffinity", "clusterNames", 0),
        "member2",
    ),
    Edit("Scale it: one line of its template", "apps/nginx/deployment.yaml", ("spec", "replicas"), 3),
    Edit("Another image registry for Europe: one line of an override policy", _REGISTRIES, _EUROPE, "mirror.eu.example.com"),
)

# The registries and storage classes of the example do not exist. These do: Docker Hub has two names.
_PULLABLE = "registry-1.docker.io"
_METRICS = ("spec", "template", "spec", "containers", 0, "image")
_CLASS = ("overriders", "plaintext", 0, "value")
FOR_KIND = (
    Edit("", _REGISTRIES, _EUROPE, "docker.io"),
    Edit("", _REGISTRIES, ("spec", "overrideRules", 1, *_EUROPE[3:]), _PULLABLE),
    Edit("", "apps/metrics/deployment.yaml", _METRICS, "docker.io/prom/prometheus:v3.5.0"),
    Edit("", "overrides/storage-class.yaml", ("spec", "overrideRules", 0, *_CLASS), "standard"),
    Edit("", "overrides/storage-class.yaml", ("spec", "overrideRules", 1, *_CLASS), "standard"),
)


def run(
    folder: Folder = None,
    kubeconfig: Kubeconfig = None,
    context: Contexts = [],  # noqa: B006 -- typer reads it as "none given"
    kind: Kind = False,
    temporary: Temporary = False,
) -> None:
    """Copies the example repository into a folder, makes it a Git repository, and reconciles it to three directory members:
    a first sync, a policy edit that moves a workload, a template edit that scales it, an override edit. Each edit is a
    commit, shown as a diff and a sync. With --kubeconfig the members are three of your own clusters, which join first.

    Example: reconciler demo --kind --kubeconfig ~/.kube/config --context kind-a --context kind-b --context kind-c
    """
    stage = _stage(kubeconfig, context)
    base = folder or Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    config = base / "config"
    if config.exists():
        raise typer.BadParameter(f"{config} exists already; name an empty folder")
    shutil.copytree(example_repository(), config)
    _say(f"The config repository: {config}")
    _prepare(config, FOR_KIND if kind else ())
    run_async(_commit(config, [], "Start with the example"))
    if stage is not None:
        _join(stage, config)
    pods = [["get", "pods", "-n", "shop"]] if stage is not None else []
    _play("First sync: every member gets what the repository declares", config, ["validate"], ["sync"], ["status"], *pods)
    for edit in _edits(kind):
        _edit(config, edit)
        run_async(_commit(config, [edit.file], edit.title))
        _play(edit.title, config, ["diff", "HEAD~1", "HEAD"], ["sync"])
    _play("The second sync in a row finds nothing to do", config, ["sync"], *pods)
    _say("The history is in Git, too: git log reconciler/status")
    print_lines(run_async(_log(config)))
    print_lines(next_steps(config, stage, temporary=temporary))
    raise typer.Exit(exitcodes.DONE)


def _stage(kubeconfig: Path | None, contexts: Sequence[str]) -> Stage | None:
    if kubeconfig is None and not contexts:
        return None
    if kubeconfig is None or len(set(contexts)) != len(MEMBERS):
        raise typer.BadParameter("real clusters need --kubeconfig and three --context options, one for each member")
    return Stage(kubeconfig, contexts)


def _prepare(config: Path, edits: Iterable[Edit]) -> None:
    for edit in edits:
        _edit(config, edit)


def _edits(kind: bool) -> Iterable[Edit]:
    *others, registry = EDITS
    return [*others, replace(registry, value=_PULLABLE)] if kind else EDITS


def _join(stage: Stage, config: Path) -> None:
    commands = [
        ["join", member, "--kubeconfig", str(stage.kubeconfig), "--context", context]
        for member, context in zip(MEMBERS, stage.contexts, strict=True)
    ]
    with _author():
        _play("Three clusters join: an account in each, a line in its Cluster file", config, *commands)


@contextmanager
def _author() -> Iterator[None]:
    """Sets an author for commits: the user may not have configured one."""
    name, address = AUTHOR
    before = dict(os.environ)
    for role in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def next_steps(config: Path, stage: Stage | None, *, temporary: bool) -> Iterator[Line | str]:
    """What the user can run now. temporary: whether the clusters end with the demo."""
    program = this_program()
    yield styled("\n== Next steps", Style.HEADING)
    yield f"  cd {shlex.quote(str(config))}"
    if stage is None:
        yield "  ls ../config.members/*/                what each member holds"
    yield "  git show reconciler/status:README.md   an overview of the fleet"
    yield f"  {program} explain deploy/nginx --cluster member2"
    if stage is not None and not temporary:
        yield "As long as the clusters exist:"
        kubeconfig = shlex.quote(str(stage.kubeconfig.absolute()))
        yield f"  kubectl --kubeconfig {kubeconfig} --context {shlex.quote(stage.contexts[1])} get pods -n shop"
        yield "  # remove a cluster; its objects stay until you delete them:"
        yield f"  {program} unjoin member1 --force"


def this_program() -> str:
    """The command that runs this program in any folder of this shell: its name where it is on the PATH, else its path."""
    script = Path(sys.executable).with_name("reconciler")  # Where pip puts it, next to the interpreter.
    found = shutil.which("reconciler")
    if found is not None and (not script.exists() or Path(found).absolute() == script):
        return "reconciler"
    return shlex.quote(str(script)) if script.exists() else f"{shlex.quote(sys.executable)} -m reconciler"


def _play(title: str, config: Path, *commands: Sequence[str]) -> None:
    from reconciler.cli.main import app

    _say(title)
    for command in commands:
        print_lines([styled(f"$ reconciler {' '.join(command)}", Style.HEADING)])
        app([*command, "--repo", str(config)], standalone_mode=False)
        typer.echo()


def _edit(config: Path, edit: Edit) -> None:
    file = config / edit.file
    file.write_text(set_value(file.read_text(), edit.path, edit.value, edit.document))


def _say(title: str) -> None:
    print_lines([styled(f"\n== {title}", Style.HEADING)])


async def _commit(config: Path, files: list[str], message: str) -> None:
    async with await Repository.init(config) as repository:
        await repository.commit_work_tree(files or ["."], message, Signature(*AUTHOR, now()))


async def _log(config: Path) -> list[str]:
    async with await Repository.open(str(config)) as repository:
        return [f"{commit.sha[:9]} {commit.subject}" for commit in await repository.history("reconciler/status", 20)]
