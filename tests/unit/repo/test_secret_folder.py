"""The folder of `--git-credentials`: what its files mean, and what is refused."""

import subprocess
from pathlib import Path

import asyncssh
import pytest

from reconciler.repo.failures import RepositoryError
from reconciler.repo.secret_folder import SPELLINGS, read_credentials, secret_data
from tests.support.certificates import Authority

CANARY = "c4n4ry-pa55"
CERTIFICATE, KEY = Authority().issue("a")
SSH = asyncssh.generate_private_key("ssh-ed25519")
PRIVATE = SSH.export_private_key()
APP = {"githubAppID": "7", "githubAppInstallationID": "99", "githubAppPrivateKey": KEY}


def folder_of(place: Path, values: dict[str, str | bytes]) -> Path:
    for name, value in values.items():
        (place / name).write_bytes(value.encode() if isinstance(value, str) else value)
    return place


@pytest.mark.parametrize("spelling", range(3))
def test_the_spellings_of_flux_argo_and_kubernetes(tmp_path: Path, spelling: int) -> None:
    values = {
        "ca.crt": CERTIFICATE, "tls.crt": CERTIFICATE, "tls.key": KEY, "identity": PRIVATE, "known_hosts": "h ssh-ed25519 A",
        **APP, "githubAppBaseURL": "https://ghe.example.org/api/v3/", "proxy": "http://u:p@proxy:3128", "noProxy": "a,b",
    }  # fmt: skip
    named = {SPELLINGS[key][min(spelling, len(SPELLINGS[key]) - 1)]: value for key, value in values.items()}
    found = read_credentials(folder_of(tmp_path, {**named, "url": "https://x", "README": "hello", "identity.pub": "x"}))
    assert (found.authorities, found.certificate, found.certificate_key) == (CERTIFICATE, CERTIFICATE, KEY)
    assert (found.identity, found.known_hosts, found.proxy, found.no_proxy) == (
        PRIVATE, b"h ssh-ed25519 A", "http://u:p@proxy:3128", "a,b",
    )  # fmt: skip
    assert found.app is not None
    assert (found.app.app, found.app.installation, found.app.api) == ("7", "99", "https://ghe.example.org/api/v3")


def test_a_login(tmp_path: Path) -> None:
    found = read_credentials(folder_of(tmp_path, {"username": "git\n", "password": f"{CANARY}\r\n", "bearerToken": "\n"}))
    assert (found.username, found.password, found.bearer_token) == ("git", CANARY, "")
    assert CANARY not in repr(found)


def test_a_secret_gets_the_checked_credentials_and_no_other_file(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, {"ssh-privatekey": PRIVATE, "known_hosts": "h ssh-ed25519 A\n", "url": "https://x", "notes": CANARY}
    )
    assert secret_data(folder) == {"ssh-privatekey": PRIVATE, "known_hosts": b"h ssh-ed25519 A\n"}
    (folder / "known_hosts").unlink()
    with pytest.raises(RepositoryError, match="needs known_hosts"):
        secret_data(folder)


def test_a_key_gets_unix_line_breaks_and_one_at_its_end(tmp_path: Path) -> None:
    mangled = PRIVATE.rstrip().replace(b"\n", b"\r\n")
    assert read_credentials(folder_of(tmp_path, {"identity": mangled, "known_hosts": "h"})).identity == PRIVATE


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "the folder holds no credentials"),
        ({"README": "x"}, "the folder holds no credentials"),
        ({"pasword": CANARY}, "pasword is not a key of credentials"),
        ({"username": "u"}, "username needs password"),
        ({"password": CANARY}, "password needs username"),
        ({"identity": PRIVATE}, "identity needs known_hosts"),
        ({"known_hosts": "h"}, "known_hosts needs identity"),
        ({"tls.crt": CERTIFICATE}, "tls.crt needs tls.key"),
        ({"githubAppID": "7"}, "githubAppID needs githubAppInstallationID and githubAppPrivateKey"),
        ({"githubAppBaseURL": "https://h"}, "githubAppBaseURL needs githubAppID"),
        ({"noProxy": "h"}, "noProxy needs proxy"),
        ({"bearerToken": CANARY, "username": "u", "password": CANARY}, "password and bearerToken contradict each other"),
        ({**APP, "bearerToken": CANARY}, "bearerToken and githubAppID contradict each other"),
        (
            {"identity": PRIVATE, "ssh-privatekey": KEY, "known_hosts": "h"},
            "identity and ssh-privatekey mean the same and differ",
        ),
        ({"ca.crt": CANARY}, "ca.crt holds no certificate"),
        ({"identity": CANARY, "known_hosts": "h"}, "identity holds no private key"),
        (
            {"identity": KEY.replace(b"BEGIN ", b"BEGIN ENCRYPTED "), "known_hosts": "h"},
            "identity is protected with a passphrase",
        ),
        ({"bearerToken": f"{CANARY}\nx"}, "bearerToken holds a line break"),
        ({"bearerToken": b"\xff\xfe"}, "bearerToken is not text"),
        ({"bearerToken": "x" * 1_048_577}, "bearerToken is too large"),
        ({**APP, "githubAppID": f"7/{CANARY}"}, "githubAppID is not an id"),
        ({**APP, "githubAppBaseURL": f"http://{CANARY}"}, "githubAppBaseURL is not an https URL"),
        ({"proxy": CANARY}, "proxy is not the URL of a proxy"),
    ],
)
def test_what_is_missing_or_contradicts_itself(tmp_path: Path, values: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(RepositoryError, match=message) as caught:
        read_credentials(folder_of(tmp_path, values))
    assert caught.value.remedy
    assert CANARY not in str(caught.value)


def test_a_key_with_a_passphrase(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", CANARY, "-f", str(tmp_path / "identity")], check=True)
    with pytest.raises(RepositoryError, match="identity is protected with a passphrase") as caught:
        read_credentials(folder_of(tmp_path, {"known_hosts": "h"}))
    assert "ssh-keygen -p" in caught.value.remedy


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="nowhere: the credentials cannot be read: No such file") as caught:
        read_credentials(tmp_path / "nowhere")
    assert "--git-credentials" in caught.value.remedy
