"""Charts from a chart repository that Helm made: resolved, pinned, fetched again, and refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml

from reconciler.model.source_lock import LockedSource, SourceKind, WantedSource
from reconciler.sources.client import Sources
from reconciler.sources.failures import ArchiveError, DigestMismatchError, SourceError, SourceUnreachableError
from reconciler.sources.http_get import HttpGet
from reconciler.sources.options import Limits, SourceOptions
from reconciler.sources.store import digest_of
from tests.support import archives, chartrepository
from tests.support.chartrepository import ChartServer, answer
from tests.support.helm import Helm
from tests.support.ociregistry import SECRET, USER, basic


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, helm3: Helm) -> Path:
    """Three versions of `web` and one of `api`, in an index of Helm's."""
    folder = tmp_path_factory.mktemp("charts")
    (folder / "made").mkdir()
    for name, versions in (("web", ("6.5.0", "6.7.1", "7.0.0-rc.1")), ("api", ("1.0.0",))):
        helm3.done("create", str(folder / "made" / name))
        for version in versions:
            helm3.done("package", str(folder / "made" / name), "--version", version, "--destination", str(folder / "packages"))
    helm3.done("repo", "index", str(folder / "packages"))
    return folder / "packages"


@pytest.fixture
def charts(tmp_path: Path, repository: Path) -> Iterator[ChartServer]:
    with chartrepository.serving(Path(shutil.copytree(repository, tmp_path / "charts"))) as server:
        yield server


@pytest.fixture
def local(tmp_path: Path, charts: ChartServer) -> SourceOptions:
    return SourceOptions(tmp_path / "cache", None, frozenset({charts.host}))


def web(server: ChartServer, version: str = "6.x", name: str = "web") -> WantedSource:
    return WantedSource(SourceKind.HELM, server.url, name, version)


async def resolve(options: SourceOptions, wanted: WantedSource) -> LockedSource:
    async with Sources(options) as sources:
        return await sources.resolve(wanted)


def stored(options: SourceOptions) -> list[Path]:
    return list(options.store.iterdir()) if options.store.exists() else []


def edit_index(server: ChartServer, change: Callable[[dict[str, list[dict[str, object]]]], object]) -> None:
    file = server.folder / "index.yaml"
    index = yaml.safe_load(file.read_text())
    change(index["entries"])
    file.write_text(yaml.safe_dump(index))


async def test_the_newest_of_a_range(charts: ChartServer, local: SourceOptions) -> None:
    content = (charts.folder / "web-6.7.1.tgz").read_bytes()
    locked = await resolve(local, web(charts))
    assert locked == LockedSource(
        SourceKind.HELM, charts.url, "web", "6.x", "6.7.1", digest_of(content), len(content), f"{charts.url}/web-6.7.1.tgz"
    )
    async with Sources(local) as sources:
        files = await sources.files(locked)
    assert "web/Chart.yaml" in files
    assert [path for path, _ in charts.requests] == ["/index.yaml", "/web-6.7.1.tgz"]
    assert (await resolve(local, web(charts, ">=7.0.0-0"))).resolved == "7.0.0-rc.1"


async def test_it_is_fetched_again_without_the_index(charts: ChartServer, local: SourceOptions, tmp_path: Path) -> None:
    locked = await resolve(local, web(charts))
    charts.requests.clear()
    (charts.folder / "index.yaml").unlink()
    async with Sources(replace(local, cache=tmp_path / "another")) as sources:
        assert "web/Chart.yaml" in await sources.files(locked)
    assert [path for path, _ in charts.requests] == ["/web-6.7.1.tgz"]


async def test_a_chart_that_was_published_again(charts: ChartServer, local: SourceOptions, tmp_path: Path) -> None:
    locked = await resolve(local, web(charts))
    (charts.folder / "web-6.7.1.tgz").write_bytes(archives.chart("web", "6.7.1", evil="x"))
    another = replace(local, cache=tmp_path / "another")
    async with Sources(another) as sources:
        with pytest.raises(DigestMismatchError, match=r"the archive of web of http.* 6\.7\.1 came from .* as sha256:") as caught:
            await sources.files(locked)
    assert "run `reconciler update`" in caught.value.remedy
    assert stored(another) == []


async def test_an_index_whose_digest_is_wrong(charts: ChartServer, local: SourceOptions) -> None:
    edit_index(charts, lambda entries: entries["web"][1].update(digest="0" * 64))
    with pytest.raises(DigestMismatchError, match=f"and not as sha256:{'0' * 64}"):
        await resolve(local, web(charts))
    assert stored(local) == []


async def test_an_index_without_digests_and_with_other_spellings(charts: ChartServer, local: SourceOptions) -> None:
    edit_index(charts, lambda entries: [one.pop("digest") for one in entries["web"]])
    edit_index(charts, lambda entries: entries["web"][1].update(urls=["./sub/../web-6.7.1.tgz"], version="v6.7.1"))
    edit_index(charts, lambda entries: entries["web"].append({"version": "nightly", "urls": ["nightly.tgz"]}))
    locked = await resolve(local, web(charts))
    assert (locked.resolved, locked.archive) == ("v6.7.1", f"{charts.url}/web-6.7.1.tgz")


@pytest.mark.parametrize(
    ("name", "version", "message", "remedy"),
    [
        ("web", "9.x", "no version of web is in the range 9.x", "The newest versions are 7.0.0-rc.1, 6.7.1, 6.5.0."),
        ("wbe", "6.x", "has no chart wbe", "Did you mean web?"),
    ],
)
async def test_what_is_not_there(
    charts: ChartServer, local: SourceOptions, name: str, version: str, message: str, remedy: str
) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        await resolve(local, web(charts, version, name))
    assert caught.value.remedy.startswith(remedy)


async def test_a_chart_that_is_in_a_registry(charts: ChartServer, local: SourceOptions) -> None:
    edit_index(charts, lambda entries: entries["web"][1].update(urls=["oci://registry.test/charts/web:6.7.1"]))
    with pytest.raises(SourceError, match=r"web 6\.7\.1 is in a registry") as caught:
        await resolve(local, web(charts))
    assert caught.value.remedy == "Name it there: spec.chart.oci: oci://registry.test/charts/web"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<html>", "has no entries"),
        ("entries: [", "the index of http.* cannot be read: line "),
        ("entries: {web: 5}", "has no chart web"),
        ("entries: {web: [5, {version: 5}, {version: 6.1.0}]}", "the index names no archive of web 6.1.0"),
        ("entries: {web: [{version: 6.1.0, urls: [a], digest: x}]}", "the index names no sha256 digest of web 6.1.0"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nentries: {web: *b}", "no version of web is in the range 6.x"),
    ],
)
async def test_an_index_that_is_none(charts: ChartServer, local: SourceOptions, text: str, message: str) -> None:
    (charts.folder / "index.yaml").write_text(text)
    with pytest.raises(SourceError, match=message):
        await resolve(local, web(charts))


async def test_an_index_of_a_gigabyte(charts: ChartServer, local: SourceOptions) -> None:
    """The server says how long it is, or does not."""
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while sent < 1_000_000_000:
            sent += handler.wfile.write(b"# more\n" * 10_000)

    charts.answers["/index.yaml"] = lambda handler: answer(handler, 200, b"x", length=1_000_000_000)
    with pytest.raises(
        SourceError, match=r"the index of http.* is too large: 1,000,000,000 bytes; the limit is 33,554,432 bytes"
    ):
        await resolve(local, web(charts))
    charts.answers["/index.yaml"] = endless
    with pytest.raises(SourceError, match=r"is too large: more; the limit is 33,554,432 bytes"):
        await resolve(local, web(charts))
    assert sent < 100_000_000


async def test_a_login(charts: ChartServer, local: SourceOptions, tmp_path: Path) -> None:
    charts.login = True
    with pytest.raises(SourceError, match=r"wants credentials \(401\), and none are given"):
        await resolve(local, web(charts))
    folder = tmp_path / "credentials" / charts.host.replace(":", "_")
    folder.mkdir(parents=True)
    (folder / "username").write_text(USER)
    (folder / "password").write_text(SECRET)
    known = replace(local, credentials=tmp_path / "credentials")
    assert (await resolve(known, web(charts))).resolved == "6.7.1"
    (folder / "password").write_text("canary")
    with pytest.raises(SourceError, match=r"refuses the credentials of .* \(401\)") as caught:
        await resolve(known, web(charts))
    assert "canary" not in str(caught.value)


async def test_a_credential_does_not_follow_to_another_host(charts: ChartServer, local: SourceOptions, tmp_path: Path) -> None:
    """Neither by a redirect, nor because the index names an archive there; also where that host has a folder of its own."""
    with chartrepository.serving(charts.folder) as elsewhere:
        charts.login = True
        for host in (charts.host, elsewhere.host):
            folder = tmp_path / "credentials" / host.replace(":", "_")
            folder.mkdir(parents=True)
            (folder / "username").write_text(USER)
            (folder / "password").write_text(SECRET)
        known = replace(local, credentials=tmp_path / "credentials", plain_http=frozenset({charts.host, elsewhere.host}))
        charts.redirects["/web-6.7.1.tgz"] = f"{elsewhere.url}/web-6.7.1.tgz?signature=canary"
        elsewhere.answers["/web-6.7.1.tgz?signature=canary"] = lambda handler: answer(
            handler, 200, (charts.folder / "web-6.7.1.tgz").read_bytes()
        )
        await resolve(known, web(charts))
        edit_index(charts, lambda entries: entries["api"][0].update(urls=[f"{elsewhere.url}/api-1.0.0.tgz"]))
        await resolve(known, web(charts, "1.x", "api"))
        assert elsewhere.requests == [("/web-6.7.1.tgz?signature=canary", ""), ("/api-1.0.0.tgz", "")]
        assert {sent for _, sent in charts.requests} == {basic(USER, SECRET)}


async def test_an_archive_that_ends_early(charts: ChartServer, local: SourceOptions) -> None:
    content = (charts.folder / "web-6.7.1.tgz").read_bytes()
    charts.answers["/web-6.7.1.tgz"] = lambda handler: answer(handler, 200, content[:-100], length=len(content))
    with pytest.raises(SourceUnreachableError, match="closed the connection in the middle of the answer"):
        await resolve(local, web(charts))
    charts.answers["/web-6.7.1.tgz"] = lambda handler: answer(handler, 200, content[:-100])
    with pytest.raises(DigestMismatchError):
        await resolve(local, web(charts))
    assert stored(local) == []


async def test_a_server_that_is_busy(charts: ChartServer, local: SourceOptions) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        del charts.answers["/index.yaml"]

    charts.answers["/index.yaml"] = lambda handler: answer(handler, 429, Retry_After="20")
    async with Sources(local, HttpGet(local.plain_http, pause)) as sources:
        assert (await sources.resolve(web(charts))).resolved == "6.7.1"
    assert pauses == [20.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archives.archive_of({"web/values.yaml": "a: b"}), "the archive is no chart: it has no folder with a Chart.yaml"),
        (
            archives.packed([archives.entry("web/Chart.yaml", b"x"), archives.entry("web/../../evil", b"x")]),
            "leads out of its folder",
        ),
        (archives.packed([archives.entry("web/Chart.yaml", kind=b"2", link="/etc/passwd")]), "is a link"),
        (archives.chart("web", values=" " * 200_000), "holds more than 100,000 bytes of files"),
        (b"no archive", "the archive is damaged, or is none"),
    ],
)
async def test_a_hostile_archive(charts: ChartServer, local: SourceOptions, content: bytes, message: str) -> None:
    (charts.folder / "web-6.7.1.tgz").write_bytes(content)
    edit_index(charts, lambda entries: entries["web"][1].pop("digest"))
    small = replace(local, limits=Limits(unpacked=100_000))
    with pytest.raises(ArchiveError, match=message):
        await resolve(small, web(charts))
    assert stored(local) == []


async def test_urls_that_are_none(local: SourceOptions) -> None:
    for url in ("charts.test", "ftp://charts.test", "https://charts.test/?a=b", "https://ada:canary@charts.test", "https://a:b"):
        with pytest.raises(SourceError) as caught:
            await resolve(local, WantedSource(SourceKind.HELM, url, "web", "1.x"))
        assert "canary" not in str(caught.value)
