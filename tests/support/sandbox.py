"""The core, run where it can reach nothing: clock, network, files, environment, randomness and processes raise.

Run as a program, in a process of its own; prints a digest of everything that came out. The clock and its like are taken away
before anything of ours is imported; files and network by an audit hook, which sees even what C code opens, once the modules and
the program's own schemas are read.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import random
import sys
import time
import zoneinfo
from typing import Any, NoReturn

# What the core stands on is imported beforehand: other people's modules may look at the environment as they load.
import jsonschema
import kubernetes_validate
import orjson
import ruamel.yaml
import yaml.cyaml

assert all([jsonschema, kubernetes_validate, orjson, ruamel.yaml, yaml.cyaml, zoneinfo])


class ImpureError(Exception):
    """The core reached out."""


def refuse(what: str) -> Any:
    def refused(*_: object, **__: object) -> NoReturn:
        raise ImpureError(what)

    return refused


class NoNow(datetime.datetime):
    now = utcnow = today = classmethod(refuse("the clock"))


class NoEnvironment(dict[str, str]):
    __getitem__ = get = __contains__ = __iter__ = items = keys = refuse("the environment")


TAKEN_AWAY = {
    time: "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns localtime gmtime sleep",
    random: "random randint choice shuffle getrandbits Random SystemRandom",
    os: "urandom getenv getcwd getpid",
}


def take_away_what_varies() -> None:
    for module, names in TAKEN_AWAY.items():
        for name in names.split():
            setattr(module, name, refuse(f"{module.__name__}.{name}"))
    setattr(os, "environ", NoEnvironment())  # noqa: B010 (mypy knows that nobody should)
    setattr(datetime, "datetime", NoNow)  # noqa: B010 (likewise)


REFUSED = ("open", "socket.", "subprocess.", "os.", "shutil.", "glob.", "tempfile.", "ctypes.", "urllib.", "pathlib.")


def seal() -> None:
    """For good: an audit hook cannot be removed."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise ImpureError(f"{event} {arguments}")

    sys.addaudithook(hook)


def main() -> None:
    files = {path: text.encode() for path, text in _files().items()}
    take_away_what_varies()
    import pkgutil
    from importlib import import_module

    core = ("model", "documents", "interpreter", "load", "claim", "schedule", "transition", "render", "plan")
    for room in core:
        package = import_module(f"reconciler.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    from reconciler.load.assemble import assemble
    from reconciler.load.check_templates import check_file, collect_defined_kinds
    from reconciler.load.parse_file import parse_file
    from reconciler.model.live import LiveView
    from reconciler.model.memo import Memo
    from reconciler.model.recorded import RecordedState
    from reconciler.pipeline.pipeline import compile_state
    from reconciler.pipeline.works import make_works
    from reconciler.plan.plan_cluster import plan_cluster
    from reconciler.plan.prune import PruneRules
    from tests.support.schemas import read_schemas

    read_schemas()
    seal()
    memo = Memo()
    parsed = tuple(parse_file(path, path, data) for path, data in files.items())
    schemas = collect_defined_kinds(parsed)
    desired = assemble(parsed, [finding for file in parsed for finding in check_file(file, schemas)], memo)
    now = NoNow(2026, 1, 1, tzinfo=datetime.UTC)
    compiled = compile_state(desired, RecordedState(), now, memo)
    plans = [plan_cluster(work, LiveView(name), desired.settings, PruneRules()) for name, work in make_works(compiled).items()]
    told = [
        *map(str, compiled.issues),
        *(
            str((plan.cluster, change.action, change.key, getattr(change, "expected", None)))
            for plan in plans
            for change in plan.changes
        ),
    ]
    sys.stdout.write(f"{len(desired.templates)} {len(told)} {hashlib.sha256(chr(10).join(told).encode()).hexdigest()}\n")


def _files() -> dict[str, str]:
    """The example, a small shop, and some mistakes, so that explaining them is part of it."""
    from pathlib import Path

    from tests.support.shop import BROKEN, SHOP

    example = Path(__file__).parents[2] / "example-repo"
    files = {f"example/{path.relative_to(example)}": path.read_text() for path in sorted(example.rglob("*.yaml"))}
    files = {path: text for path, text in files.items() if "/clusters/" not in path and "/namespaces/" not in path}
    mistakes = {
        "broken.yaml": BROKEN,
        "unknown.yaml": "apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: x}\n",
        "field.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {port: eighty}\n",
    }
    return {**files, **SHOP, **mistakes}


if __name__ == "__main__":
    main()
