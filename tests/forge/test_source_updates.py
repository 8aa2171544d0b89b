"""Files of another repository follow its pushes: the forge's webhook makes `run` move the lock file, and the members get them."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.forge.pushed import Pushed, value_of
from tests.support.daemon import daemon
from tests.support.fleet import config, document
from tests.support.gitrepo import GitRepo
from tests.support.program import run_here
from tests.support.servers import eventually


class Shared:
    """A second repository at the forge, of which the first one takes a branch."""

    def __init__(self, pushed: Pushed, folder: Path) -> None:
        self.pushed = pushed
        self.path = pushed.forge.add_repository(f"shared-{secrets.token_hex(3)}")
        self.url = f"{pushed.forge.url}/{self.path}.git"
        self.clone = GitRepo(folder / "shared")
        self.clone.git("remote", "add", "origin", pushed.forge.remote(self.path))
        self.credentials = folder / "credentials"
        host = self.credentials / pushed.forge.url.partition("://")[2].replace(":", "_")
        host.mkdir(parents=True)
        (host / "username").write_text("ada")
        (host / "password").write_text(pushed.forge.token)

    @property
    def options(self) -> tuple[str, ...]:
        host = self.pushed.forge.url.partition("://")[2]
        return ("--source-credentials", str(self.credentials), "--plain-http", host)

    def push(self, value: str) -> str:
        commit = self.clone.write({"shared.yaml": config("shared", value=value)}).commit()
        self.clone.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def take(self, mode: str) -> None:
        """Declares the Source, pins it, and pushes that."""
        clone = self.pushed.clone
        updates = {"sourceUpdates": {"mode": mode, "interval": "1h"}}
        source = {"git": self.url, "ref": {"branch": "main"}, "into": "shared"}
        clone.write(
            {
                "reconciler.yaml": document("Configuration", "all", "", api="reconciler.dev/v1alpha1", spec=updates),
                "source.yaml": document("Source", "shared", "", api="reconciler.dev/v1alpha1", spec=source),
                "policy.yaml": document(
                    "PropagationPolicy",
                    "all",
                    api="policy.karmada.io/v1alpha1",
                    spec={"resourceSelectors": [{"apiVersion": "v1", "kind": "ConfigMap"}], "placement": {}},
                ),
            }
        ).commit()
        done = run_here("update", "--commit", "--repo", str(clone.path), *self.options)
        assert done.code == 0, done.err
        clone.git("push", "--quiet", "origin", "HEAD:main")

    def held(self) -> str | None:
        return value_of(self.pushed.members / "m1/shop/ConfigMap/shared.yaml")


def test_a_push_to_the_other_repository_moves_the_lock_and_reaches_the_members(pushed: Pushed, tmp_path: Path) -> None:
    shared = Shared(pushed, tmp_path)
    shared.push("1")
    shared.take("commit")
    secret = tmp_path / "webhook-secret"
    secret.write_text(secrets.token_hex(32))
    where = ("--repo", pushed.forge.remote(pushed.path), "--cache", str(tmp_path / "cache"), *shared.options)
    webhooks = ("--webhook-listen", "127.0.0.1:0", "--webhook-secret-file", str(secret))
    with daemon(tmp_path, *where, "--member-root", str(pushed.members), *webhooks, interval="1h") as one:
        one.settle()
        eventually(lambda: shared.held() == "1")
        url = f"http://127.0.0.1:{one.said('started')[0]['webhook_port']}/webhook"
        pushed.forge.add_webhook(shared.path, url, secret.read_text())
        commit = shared.push("2")
        eventually(lambda: shared.held() == "2", seconds=60)
        pushed.clone.git("pull", "--quiet", "--rebase", "origin", "main")
        assert commit in pushed.clone.git("show", "HEAD:reconciler.lock")
        assert pushed.clone.git("log", "-1", "--format=%an %s").startswith(f"reconciler Update {shared.url} main")
        assert [line["what"] for line in one.said("updated")] == ["sources"]
