"""Sends a SARIF log to the code scanning of GitHub, which then shows its results in the files.

`POST /repos/OWNER/NAME/code-scanning/sarifs`; the token needs the permission `security_events: write`.
"""

from __future__ import annotations

import base64
import gzip

from reconciler.notify.forge import Forge

MOST_RESULTS = 5_000
"""Of one log; GitHub leaves out further ones."""


async def send_sarif(forge: Forge, commit: str, ref: str, log: bytes) -> None:
    """commit: its full id. ref: the full name of a branch, or `refs/pull/N/head`. log: the JSON of the log.

    Raises RefusedError, NoAnswerError.
    """
    packed = base64.b64encode(gzip.compress(log, mtime=0)).decode()
    await forge.ask("POST", "/code-scanning/sarifs", {"commit_sha": commit, "ref": ref, "sarif": packed})
