"""`code-scanning` sends what GitHub's documentation asks for."""

from __future__ import annotations

import base64
import gzip

from reconciler.notify.code_scanning import send_sarif
from reconciler.notify.forge import connected_forge
from reconciler.notify.forge_api import ForgeAddress, ForgeKind
from tests.unit.notify.recorder import recording

HEAD = "9049f1265b7d61be4a8904a9a27120d2064dab3b"


async def test_the_log_is_packed() -> None:
    async with recording() as recorder:
        async with connected_forge(ForgeAddress(ForgeKind.GITHUB, recorder.url, "org/config"), "hush") as forge:
            await send_sarif(forge, HEAD, "refs/pull/4/head", b'{"version": "2.1.0"}')
        ((path, body),) = recorder.calls
    assert path == "POST /repos/org/config/code-scanning/sarifs"
    assert gzip.decompress(base64.b64decode(body.pop("sarif"))) == b'{"version": "2.1.0"}'
    assert body == {"commit_sha": HEAD, "ref": "refs/pull/4/head"}
