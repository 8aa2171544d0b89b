"""The whole way: a push to a real forge, its own webhook, `run`, and three real API servers."""

from __future__ import annotations

from pathlib import Path

from tests.controlplane.start import ControlPlane
from tests.forge.following import following
from tests.forge.start import Forge
from tests.support.servers import eventually


def test_a_push_is_applied_on_three_api_servers(tmp_path: Path, forge: Forge, bare_planes: list[ControlPlane]) -> None:
    with following(tmp_path, forge, bare_planes) as followed:
        assert followed.holds("0")
        polls = followed.process.metric('reconciler_polls_total{result="ok"}')
        commit = followed.push("1")
        eventually(lambda: followed.holds("1"), seconds=60)
        assert followed.process.said("new revision")[-1]["revision"] == commit
        assert followed.process.metric('reconciler_webhooks_total{forge="gitea",outcome="accepted"}') == 1
        assert followed.process.metric('reconciler_polls_total{result="ok"}') == polls + 1
        eventually(lambda: len(followed.process.said("recorded")) == 2)
        assert followed.process.end() == 0
