"""ResourceInterpreterCustomization → `Customization`, and the issues of its scripts.

Karmada's webhook refuses a script that does not load, and a second customization with a rule for the same kind and operation
(pkg/webhook/resourceinterpretercustomization). No webhook sees the files in Git, so both are reported here, with file and line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from reconciler.interpreter import lua
from reconciler.model.customization import Customization, DeclaredScript, Operation
from reconciler.model.issues import Issue, error
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, text
from reconciler.model.origin import NOWHERE, Origin


def parse_customization(
    document: Manifest, origin: Origin = NOWHERE, line_of: Callable[..., int] = lambda *path: 0
) -> Customization:
    """The customization with its scripts; empty scripts are left out. `line_of(*path)`: the line of a part of the document, 0 if
    unknown."""
    scripts = {}
    for operation in Operation:
        path = ("spec", "customizations", operation, "luaScript")
        if source := text(document, *path):
            scripts[operation] = DeclaredScript(source, Origin(origin.file, line_of(*path) or origin.line))
    target = GroupVersionKind.parse(text(document, "spec", "target", "apiVersion"), text(document, "spec", "target", "kind"))
    return Customization(text(document, "metadata", "name"), target, scripts, origin)


def script_issues(customization: Customization) -> Iterator[Issue]:
    """An error for each script that cannot be loaded."""
    for operation, script in customization.scripts.items():
        problem = lua.syntax_problem(script.text)
        if problem is not None:
            # A script of several lines is a block that begins on the line below its key.
            offset = problem.line if "\n" in script.text.rstrip("\n") or script.text.endswith("\n") else 0
            yield error(
                "InvalidScript",
                f"{customization}: {operation} is not valid Lua: {problem.message}",
                "Correct the script. The language is Lua 5.1, with goto.",
                origin=Origin(script.origin.file, script.origin.line + offset),
                subject=customization,
            )


def duplicate_issues(customizations: Iterable[Customization]) -> Iterator[tuple[Customization, Issue]]:
    """An error for each rule of a kind and operation that another customization, earlier by name, already has.

    Several customizations may have scripts for dependencies: all of them run.
    """
    declared: dict[tuple[GroupVersionKind, Operation], list[Customization]] = defaultdict(list)
    for customization in sorted(customizations, key=lambda each: each.name):
        for operation in customization.scripts:
            declared[customization.target, operation].append(customization)
    for (target, operation), (first, *others) in declared.items():
        for other in others if operation is not Operation.DEPENDENCIES else ():
            yield (
                other,
                error(
                    "DeclaredTwice",
                    f"{other}: {first.name} already has a {operation} for {target}",
                    "Keep one of them.",
                    origin=other.scripts[operation].origin,
                    subject=other,
                ),
            )
