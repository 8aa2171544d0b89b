"""The table of all commands from which the command line is completed (`reconciler/cli/completion/table.json`)."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from reconciler.cli.completion import words
from reconciler.cli.get_output import FILES, PLAIN, Shape
from reconciler.cli.main import COMMANDS, app

TABLE = Path(words.__file__).with_name("table.json")
TEXT = "text"
"""The value of an option that nobody can guess."""
FILE = "file"
"""Shells complete it by themselves."""

_BY_METAVAR = {
    **dict.fromkeys(("FILE", "FOLDER", "PATH", "PATH|URL", "FORM=FILE", "NAME|URL"), FILE),
    **dict.fromkeys(("REVISION", "REVISION|DATE", "BASE", "HEAD", "COMMIT"), "revision"),
    **dict.fromkeys(("CLUSTER:KEY=VALUE", "CLUSTER:KEY[=VALUE]:EFFECT", "CLUSTER:RESOURCE=QUANTITY[,…]"), "cluster:"),
    **dict.fromkeys(("CLUSTER LABEL...", "CLUSTER TAINT..."), "first cluster"),
    **dict.fromkeys(("KIND/NAME", "[KIND/NAME]...", "POD|KIND/NAME", "KIND[/NAME]"), "object"),
    **dict.fromkeys(("[POD|KIND/NAME] -- COMMAND…", "[POD|KIND/NAME] [[LOCAL]:]REMOTE…"), "object"),
    "nodes|pods": "one of nodes|pods",
    "BRANCH": "branch",
    "[NAMESPACE/]NAME|BRANCH": "branch",
    "CLUSTER": "cluster",
    "KIND[,KIND…] [NAME…] | KIND/NAME…": "kinds and names",
}
_BY_NAME = {"cluster": "cluster", "namespace": "namespace", "to": "cluster", "lose": "cluster", "status_branch": "branch"}
"""Parameters whose metavar is only NAME."""
_TARGETS = ("suspend", "resume")
_OF_CLUSTERS = ("join", "unjoin")


def table() -> str:
    """The text of the file."""
    group: Any = typer.main.get_command(app)
    root = {
        "help": "",
        "options": [_option("", one) for one in group.params if one.param_type_name == "option"] + [_HELP],
        "verbs": {name: _command(name, group.get_command(None, name), COMMANDS[name]) for name in COMMANDS},
    }
    return json.dumps(root, indent=1, ensure_ascii=False) + "\n"


def _command(path: str, command: Any, text: str) -> dict[str, Any]:
    if hasattr(command, "commands"):
        verbs = {name: _command(f"{path} {name}", one, one.help.partition("\n")[0]) for name, one in command.commands.items()}
        return {"help": text, "options": [_HELP], "verbs": verbs}
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    options = [_option(path, one) for one in shown if one.param_type_name == "option" and one.name != "help"]
    arguments = [{"value": value_of(path, one), "many": one.nargs == -1} for one in shown if one.param_type_name == "argument"]
    return {"help": text, "options": [*options, _HELP], "arguments": arguments}


def _option(path: str, parameter: Any) -> dict[str, Any]:
    value = "" if parameter.is_flag else value_of(path, parameter)
    text = " ".join((parameter.help or "").split())
    return {"names": [*parameter.opts, *parameter.secondary_opts], "value": value, "help": text.partition(". ")[0].rstrip(".")}


def value_of(path: str, parameter: Any) -> str:
    """Which kind of value an option or argument has (`values.py`)."""
    metavar, verb = parameter.metavar or "", path.partition(" ")[0]
    if path == "get" and parameter.name == "output":
        templates = (Shape.JSONPATH, Shape.JSONPATH_AS_JSON, Shape.CUSTOM_COLUMNS, *FILES)
        return f"one of {'|'.join([*PLAIN, *(f'{one}=' for one in templates)])}"
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {'|'.join(one.value for one in kind)}"
    if metavar == "KIND/NAME" and verb in _TARGETS:
        return "target"
    if metavar in _BY_METAVAR:
        return _BY_METAVAR[metavar]
    if verb in _OF_CLUSTERS and parameter.param_type_name == "argument":
        return "cluster"
    if verb == "rollout" and parameter.param_type_name == "argument" and metavar == "NAME":
        return "rollout"
    if kind is Path:
        return FILE
    return _BY_NAME.get(parameter.name, TEXT)


_HELP = {"names": ["--help"], "value": "", "help": "Show the help and exit"}
