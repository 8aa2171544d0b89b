"""Gzipped tar archives, sound and hostile."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping

Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, link: str = "") -> Entry:
    header = tarfile.TarInfo(name)
    header.size, header.type, header.linkname, header.mtime = len(content), kind, link, 0
    return header, content


def packed(entries: Iterable[Entry], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Of entries in this order; equal entries give equal bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=form) as archive:
        for header, content in entries:
            archive.addfile(header, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def archive_of(files: Mapping[str, bytes | str]) -> bytes:
    return packed(entry(name, text.encode() if isinstance(text, str) else text) for name, text in files.items())


def chart(name: str = "web", version: str = "1.0.0", **files: str) -> bytes:
    """The archive of a chart with one ConfigMap."""
    own = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    }
    return archive_of({f"{name}/{path}": text for path, text in {**own, **files}.items()})
