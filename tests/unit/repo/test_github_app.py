"""A GitHub App against an API on loopback, and its token against a Git server."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError, UnreachableError
from reconciler.repo.options import GitOptions
from tests.support.certificates import Authority
from tests.support.githttp import basic, serve_with
from tests.support.githubapi import GitHubApi, serve_github
from tests.support.mountedsecret import Secret

AUTHORITY = Authority()
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with serve_github(PUBLIC, AUTHORITY.server()) as api:
        yield api


@pytest.fixture
def folder(api: GitHubApi, secret: Secret) -> Path:
    return written(api, secret, PRIVATE)


def written(api: GitHubApi, secret: Secret, private_key: bytes, path: str = "api/v3/") -> Path:
    # The key of the authority has a dot, the others have none.
    return secret(
        githubAppID="Iv1.7", githubAppInstallationID="99\n", githubAppPrivateKey=private_key,
        githubAppBaseURL=f"https://127.0.0.1:{api.port}/{path}", ca_crt=AUTHORITY.pem,
    )  # fmt: skip


async def test_its_token_is_used_and_renewed_before_it_ends(remote: Path, tmp_path: Path, api: GitHubApi, folder: Path) -> None:
    with serve_with(tmp_path, basic("x-access-token", "ghs_1"), tls=AUTHORITY.server()) as (address, server):
        url = f"https://{address}/{remote.name}"
        async with await Repository.open(url, cache=tmp_path / "cache", options=GitOptions(folder)) as repository:
            await repository.fetch()
            (claims,) = api.claims  # one token for the clone and the fetch
            assert 0 < claims["exp"] - claims["iat"] <= 600
            api.lifetime = timedelta(minutes=9)
            server.expected = (basic("x-access-token", "ghs_2"), basic("x-access-token", "ghs_3"))
            with pytest.raises(RepositoryError, match="the remote refused the credentials") as caught:
                await repository.fetch()  # ghs_1 was revoked
            assert "ghs_1" not in str(caught.value)
            await repository.fetch()
            # A fetch is two requests of git; a token with nine minutes to live is replaced for each of them.
            assert api.token == "ghs_3"
        assert all("ghs_" not in path.read_text(errors="replace") for path in (tmp_path / "cache").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (403, RepositoryError, r"GitHub gave no token of the App: 403 Refused for Bearer \*\*\*"),
        (502, UnreachableError, "GitHub gave no token of the App: 502"),
    ],
)
async def test_a_refusal(
    tmp_path: Path, api: GitHubApi, folder: Path, status: int, error: type[RepositoryError], message: str
) -> None:
    api.status = status
    with pytest.raises(error, match=message) as caught:
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))
    assert caught.value.remedy


async def test_a_key_of_another_app(tmp_path: Path, api: GitHubApi, secret: Secret) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    folder = written(api, secret, other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(RepositoryError, match="401 A JSON web token could not be decoded"):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))


async def test_what_is_not_the_api(tmp_path: Path, api: GitHubApi, secret: Secret) -> None:
    options = GitOptions(written(api, secret, PRIVATE, "elsewhere"))
    with pytest.raises(RepositoryError, match="404 Not Found"):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=options)
    _, wrong = AUTHORITY.issue("no RSA key")
    options = GitOptions(written(api, secret, wrong))
    with pytest.raises(RepositoryError, match="githubAppPrivateKey is not an RSA key"):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=options)


async def test_an_api_that_nobody_can_trust_or_reach(tmp_path: Path, api: GitHubApi, folder: Path) -> None:
    (folder / "..data/ca.crt").write_bytes(Authority("Another").pem)
    with pytest.raises(UnreachableError, match=r"no token of the GitHub App: .*certificate verify failed"):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))


async def test_a_bundle_may_have_comments_in_any_language(tmp_path: Path, api: GitHubApi, folder: Path) -> None:
    bundle = folder / "..data/ca.crt"
    bundle.write_bytes("# Autorité racine: Főtanúsítvány\n".encode() + bundle.read_bytes())
    with pytest.raises(UnreachableError):  # of the repository; the App's token was had
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))
    assert api.token == "ghs_1"


async def test_no_proxy_counts_for_the_api_too(tmp_path: Path, api: GitHubApi, folder: Path) -> None:
    (folder / "..data/proxy").write_text("http://127.0.0.1:1")
    (folder / "proxy").symlink_to("..data/proxy")
    with pytest.raises(UnreachableError, match="no token of the GitHub App"):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))
    (folder / "..data/noProxy").write_text("127.0.0.1")
    (folder / "noProxy").symlink_to("..data/noProxy")
    with pytest.raises(UnreachableError):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))
    assert api.token == "ghs_1"
    (folder / "..data/proxy").write_text("socks5h://127.0.0.1:1")
    with pytest.raises(RepositoryError, match="SOCKS proxy"):
        await Repository.open("https://127.0.0.1:1/a", cache=tmp_path / "cache", options=GitOptions(folder))
