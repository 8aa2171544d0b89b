"""A Containerfile, parsed, and carried out as far as a machine without a container runtime can.

Each stage gets a folder in place of its file system, and paths of the image become paths in it. `python` and `pip` are those of
this machine, in an environment of their own. pip finds the locked packages in the cache, where they are fetched once. Steps that
need root and Debian's packages cannot be carried out; `Machine.skipped` has them.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.parts import build
from tests.support.program import PROJECT

CONTAINERFILE = PROJECT / "Containerfile"
PATHS = ("/opt/reconciler", "/wheels", "/src")
"""Of the image, as they stand in RUN steps."""


@dataclass(frozen=True)
class Step:
    """One instruction, with its continuation lines joined."""

    word: str
    text: str

    @property
    def arguments(self) -> list[str]:
        return [word for word in shlex.split(self.text) if not word.startswith("--")]

    def option(self, name: str) -> str:
        return next((word.partition("=")[2] for word in self.text.split() if word.startswith(f"--{name}=")), "")


def stages(text: str) -> dict[str, list[Step]]:
    """Stage → its instructions; what stands before the first FROM has the name `` (empty), a stage without a name `default`."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found: dict[str, list[Step]] = {"": []}
    current = found[""]
    for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            _, _, name = rest.partition(" AS ")
            current = found.setdefault(name or "default", [])
        current.append(Step(word, rest.strip()))
    return found


def value_of(steps: list[Step], word: str) -> str:
    """The text of the last instruction of this word."""
    return [step.text for step in steps if step.word == word][-1]


def labels_of(steps: list[Step]) -> Mapping[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(value_of(steps, "LABEL")))


@dataclass
class Machine:
    """Carries stages out below a folder."""

    folder: Path
    skipped: list[str] = field(default_factory=list)
    """The RUN steps that were not carried out."""

    def carry_out(self, stage: str, steps: list[Step], contexts: Mapping[str, Path] = {}) -> Path:
        """The folder that stands for the file system of the stage. contexts: what `COPY --from` may name besides a stage."""
        root = self.folder / stage
        root.mkdir()
        place = Path("/")
        for step in steps:
            if step.word == "WORKDIR":
                place = Path(step.text)
                _below(root, place).mkdir(parents=True, exist_ok=True)
            elif step.word == "COPY":
                source = step.option("from")
                self._copy(step.arguments, root, place, contexts.get(source) or (self.folder / source if source else None))
            elif step.word == "RUN":
                self._run(step.text, root, place)
        return root

    def _copy(self, arguments: list[str], root: Path, place: Path, origin: Path | None) -> None:
        """origin: None for the build context, without what .containerignore leaves out."""
        *sources, last = arguments
        target = _below(root, place / last)
        for source in sources:
            if origin is not None:
                shutil.copytree(_below(origin, Path(source)), target, symlinks=True, copy_function=os.link, dirs_exist_ok=True)
                continue
            files = list(context_files(source))
            assert files, f"there is nothing to copy: .containerignore leaves {source} out"
            for path in files:
                inside = Path(path).relative_to(source)
                to = target / (inside if inside.name else Path(path).name)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT / path, to)

    def _run(self, command: str, root: Path, place: Path) -> None:
        if "apt-get" in command:
            self.skipped.append(command)
            return
        for path in PATHS:
            command = re.sub(rf"(?<=\s){path}\b", str(_below(root, Path(path))), command)
        environment = {"PATH": f"{self._programs()}:/usr/bin:/bin", "HOME": str(self.folder)}
        environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(locked_packages()), "PIP_NO_COMPILE": "1"}
        done = subprocess.run(["sh", "-ec", command], cwd=_below(root, place), env=environment, capture_output=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr.decode()}"

    def _programs(self) -> Path:
        """`python` and `pip` of the base image: an environment of its own, which the pip of this machine fills."""
        programs = self.folder / "base"
        if not programs.exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(programs)], check=True)
            pip, own = f"{sys.executable} -m pip --disable-pip-version-check", programs / "bin" / "python"
            script = f'#!/bin/sh\ncase " $* " in *" --python "*) exec {pip} "$@";; esac\nexec {pip} --python {own} "$@"\n'
            (programs / "bin" / "pip").write_text(script)
            (programs / "bin" / "pip").chmod(0o755)
        return programs / "bin"


LOCKS = tuple(PROJECT / "requirements" / name for name in ("build.txt", "image.txt"))


@cache
def locked_packages() -> Path:
    """The packages of the locks for this Python, fetched if the cache does not have them: a later run asks no index."""
    built_from = hashlib.sha256(sys.version.encode() + b"".join(lock.read_bytes() for lock in LOCKS))
    folder = build.cache() / "packages" / built_from.hexdigest()[:16]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
        for lock in LOCKS:
            subprocess.run([*pip, "--only-binary", ":all:", "--dest", unfinished, "--requirement", lock], check=True)
        with suppress(OSError):  # Another process was faster.
            unfinished.rename(folder)
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def context_files(place: str) -> Iterator[str]:
    """The files of the build context in a folder, or this one file, as the .containerignore leaves them."""
    top = PROJECT / place
    for path in [top] if top.is_file() else sorted(top.rglob("*")):
        name = path.relative_to(PROJECT).as_posix()
        if path.is_file() and not is_ignored(name):
            yield name


def is_ignored(path: str) -> bool:
    """Whether .containerignore leaves a file out: the last rule that matches it, or a folder above it, decides."""
    ignored = False
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for line in (PROJECT / ".containerignore").read_text().splitlines():
        rule = line.strip().removeprefix("!")
        if rule and not rule.startswith("#") and any(_matches(one, rule) for one in above):
            ignored = not line.startswith("!")
    return ignored


def _matches(path: str, rule: str) -> bool:
    if rule.startswith("**/"):
        return fnmatch.fnmatch(path.rpartition("/")[2], rule.removeprefix("**/"))
    return "/" not in path and fnmatch.fnmatch(path, rule)


def _below(root: Path, path: Path) -> Path:
    return root / str(path).lstrip("/")
