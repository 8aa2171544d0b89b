"""A repository at the forge whose members are folders, and a clone from which tests push."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.forge.start import Forge
from tests.support.fleet import config, fleet, policy, selector
from tests.support.gitrepo import GitRepo

MEMBERS = ("m1", "m2", "m3")


@dataclass
class Pushed:
    """A repository at the forge, and a clone from which tests push."""

    forge: Forge
    folder: Path
    path: str
    clone: GitRepo

    @property
    def members(self) -> Path:
        return self.folder / "members"

    def push(self, value: str, branch: str = "main") -> str:
        commit = self.clone.write({"config.yaml": config("settings", value=value)}).commit()
        self.clone.git("push", "--quiet", "origin", f"HEAD:{branch}")
        return commit

    def branches(self) -> set[str]:
        """Those that the API of the forge knows."""
        return {one["name"] for one in self.forge.request("GET", f"/repos/{self.path}/branches")}

    def values(self) -> list[str | None]:
        """What each member holds."""
        files = [self.members / name / "shop/ConfigMap/settings.yaml" for name in MEMBERS]
        return [value_of(file) for file in files]


def value_of(file: Path) -> str | None:
    try:
        document: Any = yaml.safe_load(file.read_bytes())
    except FileNotFoundError:
        return None
    value: str = document["data"]["value"]
    return value


def pushed_to(forge: Forge, folder: Path, name: str) -> Pushed:
    """A new repository with its first commit, whose value is 0."""
    path = forge.add_repository(name)
    clone = GitRepo(folder / "clone").write({**fleet(*MEMBERS), "policy.yaml": policy("settings", selector("ConfigMap"))})
    clone.git("remote", "add", "origin", forge.remote(path))
    one = Pushed(forge, folder, path, clone)
    one.push("0")
    return one
