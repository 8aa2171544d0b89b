"""`reconciler`: finds the verb, imports its module, and turns an error into a message and an exit code."""

from __future__ import annotations

import atexit
import gc
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from reconciler import __version__
from reconciler.answers.arguments import ArgumentError
from reconciler.cli import exitcodes
from reconciler.cli.usage_errors import reword, unknown_command
from reconciler.errors import ReconcilerError

COMMANDS: dict[str, str] = {
    "init": "Create a config repository in a folder",
    "demo": "Play a first sync, a move, a scaling and an override, in a temporary folder",
    "validate": "Check every file of a revision and report all issues",
    "format": "Write the files that declare something in one form: indentation and order of keys",
    "render": "Print what each member must hold, or write it to a folder",
    "update": "Pin the newest versions of charts and other sources in reconciler.lock",
    "diff": "Show what a change does to every member, offline",
    "comment": "Keep one comment on a pull request up to date with the output of `diff`",
    "code-scanning": "Show the issues of `validate` in the code scanning of GitHub",
    "sync": "Bring all members to a revision, and record the result",
    "run": "Keep all members at the latest revision of a branch, until stopped",
    "agent": "Keep one member at what the leader decides for it (syncMode: Pull)",
    "token": "Create the Git credential of an agent at the forge",
    "register": "Give a member its agent: credential, account, process, Cluster file (syncMode: Pull)",
    "unregister": "Take a member's agent away; what the member runs stays",
    "install": "Install `run` in a host cluster, without Helm",
    "uninstall": "Remove what `install` created in a host cluster",
    "status": "Show the state of every object, from the status branch",
    "history": "Show which commit did what, where, with what result",
    "drift": "Show what other clients changed in the members: who, what, how often, corrected or not",
    "blame": "Show which commit and which rule wrote each line of a manifest",
    "bisect": "Find the commit that broke a workload, in the recorded states",
    "get": "Show objects of any kind on all members, as they are now",
    "tree": "Show one object down to its Pods on all members, with health and reason",
    "describe": "Describe objects on all members that have them, as kubectl does",
    "logs": "Print the logs of Pods on all members",
    "exec": "Run a command in a container, on the member that has the Pod",
    "port-forward": "Forward ports to a Pod, on the member that has it",
    "top": "Show what nodes or Pods of all members use",
    "events": "Show what happened on all members, folded by cause",
    "doctor": "Say why a Service is not reached from other clusters",
    "api-resources": "Show the kinds that members serve, and which members lack them",
    "clusters": "Show the members and their state, from the status branch",
    "join": "Make a cluster a member: create its account, store the credential, declare the Cluster",
    "inventory": "Show the clusters that host clusters know, and make members of them",
    "unjoin": "Retire a member: remove its Cluster, its account and its credential",
    "cordon": "Keep new objects away from a member",
    "uncordon": "Let new objects onto a member again",
    "drain": "Move what a member runs to other members, after a simulation",
    "rollout": "Show how far a change is on its way to the clusters; pause, approve or promote it",
    "import": "Make a repository of what another tool has",
    "promote": "Make a template and a policy of an object that a member has",
    "rollback": "Restore what an earlier commit declared, by a new commit",
    "suspend": "Leave an object, a policy, a member or everything as it is",
    "resume": "End what `suspend` began",
    "release": "Give back every object that this reconciler wrote: unmarked, and otherwise as it is",
    "hydrate": "Write the manifests of members as files to a branch, for another tool to apply",
    "export": "Write everything for one member to a file, for somebody to carry there",
    "apply": "At the site of a member: bring it to an export that was carried there, and make the report",
    "import-report": "Take the report on a member that somebody carried back",
    "images": "Show which images ImagePolicies choose, and write newer ones into the files",
    "rebalance": "Place workloads afresh, or show what would move then",
    "taint": "Add taints to a Cluster, or remove them",
    "label": "Set labels of a Cluster, or remove them",
    "explain": "Explain the decisions about one object",
    "dashboard": "Serve pages about the fleet, from the status branch",
    "simulate": "Show what would move if a member were lost, tainted, added or changed",
    "mcp": "Answer the questions of assistants (Model Context Protocol)",
    "version": "Print the version of this program",
}
"""Verb → one line of help, in the order in which a new user needs them. Each verb is a module of `commands/`."""

_MODULES = {"import": "import_from"}
"""Verbs whose module has another name: a word of Python cannot name one."""


class _Verbs(TyperGroup):
    """Imports the module of a verb when the verb is called; the list of verbs needs no module."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"reconciler.cli.commands.{_MODULES.get(cmd_name, cmd_name.replace('-', '_'))}")
        if hasattr(module, "SUBCOMMANDS"):
            return self._group(cmd_name, module.SUBCOMMANDS, module.EXAMPLE)
        run = _refusing(module.run)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name=cmd_name, help=f"{COMMANDS[cmd_name]}.\n\n{inspect.cleandoc(module.run.__doc__)}")(run)
        return typer.main.get_command(single)

    def _group(self, name: str, functions: Mapping[str, Callable[..., None]], example: str) -> Any:
        """A verb with verbs of its own."""
        group = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
        for verb, function in functions.items():
            group.command(name=verb, help=inspect.cleandoc(function.__doc__ or ""))(_refusing(function))
        group.callback(help=f"{COMMANDS[name]}.\n\nExample: {example}")(lambda: None)
        return typer.main.get_command(group)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(unknown_command(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            reword(error)
            raise
        except BrokenPipeError as error:  # typer would exit with 1, which means "the answer is no" here.
            _report(error)
            sys.exit(exitcodes.code_of(error))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _refusing(command: Callable[..., None]) -> Callable[..., None]:
    """The command, with an argument that means nothing as wrong usage."""

    @wraps(command)
    def run(**values: Any) -> None:
        try:
            command(**values)
        except ArgumentError as error:
            raise typer.BadParameter(error.message) from error

    return run


_UsageError: Any = typer.BadParameter.__base__
"""typer does not export it."""
_WIDEST_HELP = 120
"""Characters in a line of help, at most: it follows the terminal, or COLUMNS, as long as its lines can be read."""
app = typer.Typer(
    cls=_Verbs,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": _WIDEST_HELP},
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"reconciler {__version__}")
        raise typer.Exit(exitcodes.DONE)


@app.callback()
def _reconciler(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
) -> None:
    """Karmada's propagation and override policies over many Kubernetes clusters, with Git as the control plane.

    Exit codes: 0 done, nothing to report; 1 done, and the answer is no (invalid files, unschedulable, unhealthy; differences,
    with diff --exit-code); 2 wrong usage; 3 could not do it (Git, network, member, permission), or could not judge it.
    """


def collect_garbage_rarely() -> None:
    """Makes Python's garbage collector search for reference cycles less often.

    A compile makes a million objects that stay, and no cycles. With Python's default threshold, the collector walks through them
    again and again, which takes a sixth of the time. Memory does not grow because of this. At exit, no search is needed.
    """
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.freeze)


_ASKED_BY_SHELLS = ("complete_bash", "complete_zsh", "complete_fish")
"""What scripts of typer say that we answer; those for other shells, and the scripts themselves, are typer's."""


def main(arguments: list[str] | None = None, program: str = "reconciler") -> None:
    """program: how the user called it."""
    collect_garbage_rarely()
    if os.environ.get("_RECONCILER_COMPLETE") in _ASKED_BY_SHELLS:
        from reconciler.cli.completion.answer import answer

        text, code = answer()
        sys.stdout.write(text)
        sys.exit(code)
    try:
        app(arguments, prog_name=program)
    except Exception as error:
        _report(error)
        sys.exit(exitcodes.code_of(error))


def kubectl_main() -> None:
    """The program `kubectl-reconciler`: `kubectl reconciler …` is the same as `reconciler …`."""
    main(program="kubectl reconciler")


def _report(error: Exception) -> None:
    from reconciler.cli.terminal import print_error

    if isinstance(error, BrokenPipeError):
        _discard_output()
    elif isinstance(error, ReconcilerError):
        print_error(str(error))
    elif isinstance(error, OSError):  # A file or folder on the command line; members and Git have errors of their own.
        print_error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    else:
        traceback.print_exc()
        print_error("this is a mistake in the program, not in your files. Please report it with the lines above.")


def _discard_output() -> None:
    """Sends stdout nowhere: what waits to be written would raise the error of its missing reader again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
