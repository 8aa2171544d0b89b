"""Charts and artifacts from a real registry: resolved, pinned, fetched again, and refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from reconciler.model.source_lock import LockedSource, SourceKind, WantedSource
from reconciler.sources.client import Sources
from reconciler.sources.failures import DigestMismatchError, SourceError
from reconciler.sources.options import Limits, SourceOptions
from reconciler.sources.store import digest_of
from tests.support import ociregistry
from tests.support.archives import archive_of, entry, packed
from tests.support.certificates import Authority
from tests.support.helm import Helm
from tests.support.ociregistry import PASSWORD, SECRET, USER, Registry, basic

CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
FLUX = "application/vnd.cncf.flux.content.v1.tar+gzip"
FILES = archive_of({"deploy.yaml": "kind: Deployment\n"})


def wants(registry: Registry, repository: str, version: str) -> WantedSource:
    return WantedSource(SourceKind.OCI, f"oci://{registry.host}/{repository}", "", version)


async def resolve(options: SourceOptions, wanted: WantedSource) -> LockedSource:
    async with Sources(options) as sources:
        return await sources.resolve(wanted)


def stored(options: SourceOptions) -> list[Path]:
    return list(options.store.iterdir()) if options.store.exists() else []


@pytest.fixture
def name() -> str:
    """A repository that no other test has."""
    return f"tests/{uuid4().hex}"


async def test_a_chart_that_helm_pushed(
    registry: Registry, helm3: Helm, packaged: Callable[[str, str], Path], options: SourceOptions
) -> None:
    chart = f"web-{uuid4().hex[:8]}"
    archives = {version: packaged(chart, version) for version in ("6.5.0", "6.7.1", "7.0.0-rc.1", "6.6.0+build.5")}
    for archive in archives.values():
        registry.push_chart(helm3, archive)
    locked = await resolve(options, wants(registry, f"charts/{chart}", "6.x"))
    content = archives["6.7.1"].read_bytes()
    assert (locked.resolved, locked.digest, locked.size) == ("6.7.1", digest_of(content), len(content))
    pulled = helm3.run(
        "pull", f"oci://{registry.host}/charts/{chart}", "--version", "6.7.1", "--plain-http", "-d", str(options.cache)
    )
    assert f"Digest: {locked.manifest}" in pulled.stderr + pulled.stdout
    async with Sources(options) as sources:
        files = await sources.files(locked)
    assert f"{chart}/Chart.yaml" in files
    assert files[f"{chart}/values.yaml"] == (archives["6.7.1"].parents[1] / "made" / chart / "values.yaml").read_bytes()
    for version, resolved in (("<6.7", "6.6.0+build.5"), (">=7.0.0-0", "7.0.0-rc.1"), ("6.5.0", "6.5.0")):
        assert (await resolve(options, wants(registry, f"charts/{chart}", version))).resolved == resolved


async def test_what_is_pinned_is_fetched_whatever_the_tag_says_now(
    registry: Registry, name: str, options: SourceOptions, tmp_path: Path
) -> None:
    registry.push(name, "1.0.0", {FLUX: FILES})
    locked = await resolve(options, wants(registry, name, "1.x"))
    registry.push(name, "1.0.0", {FLUX: archive_of({"deploy.yaml": "kind: Evil\n"})})
    elsewhere = replace(options, cache=tmp_path / "another")
    async with Sources(elsewhere) as sources:
        assert await sources.files(locked) == {"deploy.yaml": b"kind: Deployment\n"}
    assert [path.name for path in stored(elsewhere)] == [locked.digest.removeprefix("sha256:")]


async def test_without_a_registry_the_store_is_enough(registry: Registry, name: str, options: SourceOptions) -> None:
    registry.push(name, "1.0.0", {FLUX: FILES})
    locked = await resolve(options, wants(registry, name, "1.x"))
    nowhere = replace(locked, url="oci://127.0.0.1:9/nowhere")
    async with Sources(options) as sources:
        assert await sources.files(nowhere) == {"deploy.yaml": b"kind: Deployment\n"}


async def test_tags_and_digests(registry: Registry, name: str, options: SourceOptions) -> None:
    manifest = registry.push(name, "stable", {FLUX: FILES})
    by_tag = await resolve(options, wants(registry, name, "tag:stable"))
    by_digest = await resolve(options, wants(registry, name, manifest))
    assert (by_tag.resolved, by_tag.manifest, by_tag.digest) == ("stable", manifest, digest_of(FILES))
    assert (by_digest.resolved, by_digest.digest) == (manifest, by_tag.digest)
    assert by_tag.satisfies("tag:stable")
    assert by_digest.satisfies(manifest)


async def test_many_pages_of_tags(registry: Registry, name: str, options: SourceOptions) -> None:
    """The registry gives a hundred tags at once, as its own limit is."""
    manifest = registry.push(name, "1.0.0", {FLUX: FILES})
    assert manifest
    for number in range(130):
        registry.push(name, f"1.0.{number}", {FLUX: FILES})
    locked = await resolve(options, wants(registry, name, "1.x"))
    assert locked.resolved == "1.0.129"


@pytest.mark.parametrize(
    ("version", "message", "remedy"),
    [
        (
            "9.x",
            "no version is in the range 9.x",
            "The newest versions are 2.0.0-rc.1, 1.0.0. Prereleases are in a range that names one",
        ),
        ("tag:none", "there is no none", "Check the name and the version"),
        (f"sha256:{'0' * 64}", f"there is no sha256:{'0' * 64}", "Check the name and the version"),
        ("latest", "'latest' is no version", "Correct it"),
    ],
)
async def test_a_version_that_is_not_there(
    registry: Registry, name: str, options: SourceOptions, version: str, message: str, remedy: str
) -> None:
    for tag in ("1.0.0", "2.0.0-rc.1", "latest"):
        registry.push(name, tag, {FLUX: FILES})
    with pytest.raises(SourceError) as caught:
        await resolve(options, wants(registry, name, version))
    assert caught.value.message.startswith(f"oci://{registry.host}/{name}: {message}")
    assert caught.value.remedy.startswith(remedy)


async def test_a_repository_that_is_not_there(registry: Registry, name: str, options: SourceOptions) -> None:
    with pytest.raises(SourceError, match="the registry has no such repository"):
        await resolve(options, wants(registry, name, "1.x"))
    for url in ("oci://", f"oci://{registry.host}", f"oci://{registry.host}/a:1.0", f"oci://{registry.host}/A", "oci://a b/c"):
        with pytest.raises(SourceError, match=r"is no place in a registry|is no URL of a registry|has a space"):
            await resolve(options, WantedSource(SourceKind.OCI, url, "", "1.x"))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"text/plain": b"x"}, "the artifact has no archive"),
        ({}, "the artifact has no archive"),
        ({FLUX: b"no archive"}, "the archive is damaged, or is none"),
        ({FLUX: packed([entry("../evil", b"x")])}, "'../evil' in the archive leads out of its folder"),
    ],
)
async def test_what_is_refused_is_not_kept(
    registry: Registry, name: str, options: SourceOptions, layers: dict[str, bytes], message: str
) -> None:
    registry.push(name, "1.0.0", layers)
    with pytest.raises(SourceError, match=message):
        await resolve(options, wants(registry, name, "1.x"))
    assert stored(options) == []


async def test_the_archive_of_a_chart_comes_before_other_layers(registry: Registry, name: str, options: SourceOptions) -> None:
    registry.push(name, "1.0.0", {"application/vnd.cncf.helm.chart.provenance.v1.prov": b"signature", FLUX: b"x", CHART: FILES})
    assert (await resolve(options, wants(registry, name, "1.x"))).digest == digest_of(FILES)


async def test_an_archive_that_is_too_large_is_not_even_asked_for(registry: Registry, name: str, options: SourceOptions) -> None:
    registry.push(name, "1.0.0", {FLUX: FILES})
    small = replace(options, limits=Limits(archive=len(FILES) - 1))
    with pytest.raises(SourceError, match=f"is too large: {len(FILES)} bytes; the limit is {len(FILES) - 1} bytes"):
        await resolve(small, wants(registry, name, "1.x"))
    assert stored(small) == []


async def test_a_registry_whose_disk_was_changed(registry: Registry, name: str, options: SourceOptions, tmp_path: Path) -> None:
    content = archive_of({"own.yaml": name})
    evil = archive_of({"own.yaml": name[::-1]})
    registry.push(name, "1.0.0", {FLUX: content})
    registry.damage(digest_of(content), evil[: len(content)].ljust(len(content), b"\0"))
    with pytest.raises(DigestMismatchError, match=f"the archive {digest_of(content)[:19]}… of oci://.* came as sha256:"):
        await resolve(options, wants(registry, name, "1.x"))
    assert stored(options) == []


async def test_a_manifest_that_was_changed(registry: Registry, name: str, options: SourceOptions) -> None:
    manifest = registry.push(name, "1.0.0", {FLUX: archive_of({"other.yaml": name})})
    registry.damage(manifest, b"{}")
    with pytest.raises(SourceError):
        await resolve(options, wants(registry, name, manifest))
    assert stored(options) == []


def credentials(folder: Path, host: str, **files: str) -> Path:
    place = folder / "credentials" / host.replace(":", "_")
    place.mkdir(parents=True)
    for file, text in files.items():
        (place / file.replace("_", ".")).write_text(text)
    return folder / "credentials"


async def test_a_registry_with_a_password(tmp_path: Path, helm3: Helm, packaged: Callable[[str, str], Path]) -> None:
    with ociregistry.running(tmp_path / "registry", auth=PASSWORD) as registry:
        registry.push_chart(helm3, packaged("web", "1.2.3"))
        wanted = wants(registry, "charts/web", "1.x")
        options = SourceOptions(tmp_path / "cache", None, frozenset({registry.host}))
        with pytest.raises(SourceError, match=r"wants credentials \(401\), and none are given") as caught:
            await resolve(options, wanted)
        assert f"Add the folder {registry.host.replace(':', '_')} with username and password" in caught.value.remedy
        options = replace(options, credentials=credentials(tmp_path, registry.host, username=USER, password=SECRET))
        assert (await resolve(options, wanted)).resolved == "1.2.3"
        (tmp_path / "credentials" / registry.host.replace(":", "_") / "password").write_text("canary")
        with pytest.raises(SourceError, match=r"refuses the credentials of .* \(401\)") as caught:
            await resolve(options, wanted)
        assert "canary" not in str(caught.value)


async def test_a_registry_with_a_token_server(tmp_path: Path) -> None:
    with (
        ociregistry.token_server(tmp_path / "tokens", "team/web") as tokens,
        ociregistry.running(tmp_path / "registry", auth=tokens.auth) as registry,
    ):
        replace(registry, login=f"Bearer {tokens.push}").push("team/web", "1.0.0", {FLUX: FILES})
        wanted = wants(registry, "team/web", "1.x")
        folder = credentials(tmp_path, registry.host, username=USER, password=SECRET)
        options = SourceOptions(tmp_path / "cache", folder, frozenset({registry.host}))
        with pytest.raises(SourceError, match="the token for team/web is at plain http"):
            await resolve(options, wanted)
        assert tokens.requests == []
        options = replace(options, plain_http=frozenset({registry.host, tokens.host}))
        assert (await resolve(options, wanted)).resolved == "1.0.0"
        assert tokens.requests == [("scope=repository%3Ateam%2Fweb%3Apull&service=registry", basic(USER, SECRET))]
        with pytest.raises(SourceError, match="wants credentials"):
            await resolve(replace(options, credentials=None), wanted)


async def test_a_registry_with_a_certificate_of_its_own_authority(tmp_path: Path) -> None:
    authority = Authority()
    with ociregistry.running(tmp_path / "registry", authority=authority) as registry:
        registry.push("web", "1.0.0", {FLUX: FILES})
        options = SourceOptions(tmp_path / "cache")
        with pytest.raises(SourceError, match="has a certificate that is not trusted") as caught:
            await resolve(options, wants(registry, "web", "1.x"))
        assert "as ca.crt" in caught.value.remedy
        folder = credentials(tmp_path, registry.host, ca_crt=authority.pem.decode())
        assert (await resolve(replace(options, credentials=folder), wants(registry, "web", "1.x"))).resolved == "1.0.0"
