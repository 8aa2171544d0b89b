"""A Secret as a kubelet mounts it: links to `..data`, which is itself a link and moves when the Secret changes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Secret(Protocol):
    """Writes the whole Secret, and returns its folder. The first `_` of a name is `.`, except in `known_hosts`."""

    def __call__(self, **values: str | bytes) -> Path: ...


class MountedSecret:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._versions = 0

    def write(self, **values: str | bytes) -> Path:
        """See `Secret`."""
        self._versions += 1
        version = self._folder / f"..{self._versions}"
        version.mkdir(parents=True)
        keys = {name if name == "known_hosts" else name.replace("_", ".", 1): value for name, value in values.items()}
        for key, value in keys.items():
            (version / key).write_bytes(value.encode() if isinstance(value, str) else value)
        (self._folder / "..new").symlink_to(version.name)
        (self._folder / "..new").replace(self._folder / "..data")
        for link in self._folder.iterdir():
            if not link.name.startswith("..") and link.name not in keys:
                link.unlink()
        for key in keys:
            if not (self._folder / key).is_symlink():
                (self._folder / key).symlink_to(f"..data/{key}")
        return self._folder
