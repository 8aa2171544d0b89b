from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping

import pytest

from reconciler.expand import check_chart as check_chart_module
from reconciler.expand.archive import ArchiveLimits
from reconciler.expand.check_chart import calls_lookup, check_chart
from reconciler.expand.source_files import FILE_LIMIT, VALUES_LIMIT, SourceFiles
from reconciler.model.origin import Origin

CHART = b"apiVersion: v2\nname: web\nversion: 0.1.0\n"
NEEDS = CHART + b"dependencies:\n- name: redis\n  version: 1.0.0\n  repository: https://charts.example.com\n"
STATED = Origin("apps/web.yaml", 3)


def packed(files: Mapping[str, bytes], **attributes: object) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def told(files: Mapping[str, bytes], folder: str = "", values: tuple[str, ...] = (), **more: object) -> list[str]:
    source = SourceFiles(files, "charts/web", **more)  # type: ignore[arg-type]
    return [f"{one.origin} {one.severity} {one.reason}" for one in check_chart(source, folder, values=values, stated=STATED)]


def test_a_chart_without_fault() -> None:
    files = {"Chart.yaml": CHART, "templates/a.yaml": b"{{ .Values.lookup }} getHostByName", "values.yaml": b"lookup: 1\n"}
    assert told(files) == []
    assert told({f"x/{path}": content for path, content in files.items()}, "x") == []


def test_a_folder_without_a_chart() -> None:
    assert told({"a": b""}, "x") == ["charts/web/x error NoChart"]
    assert told({"a": b""}) == ["charts/web error NoChart"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "a/../../b", "a\\..\\b", "C:/x", "\\a"])
def test_names_that_lead_out(path: str) -> None:
    assert [one.split()[-1] for one in told({"Chart.yaml": CHART, path: b""})] == ["OutsideSource"]


def test_values_that_sops_encrypted() -> None:
    assert told({"Chart.yaml": CHART}, values=(f"ENC[sha256:{'0' * 32}]",))[0].endswith("error EncryptedSource")


def test_links() -> None:
    assert told({"Chart.yaml": CHART}, links={"templates"}) == ["charts/web/templates error SymbolicLink"]


def test_dependencies_that_are_not_there() -> None:
    assert told({"Chart.yaml": NEEDS}) == ["charts/web/Chart.yaml:5 error NotVendored"]
    assert told({"Chart.yaml": CHART, "requirements.yaml": b"dependencies:\n- {name: redis}\n"}) == [
        "charts/web/requirements.yaml:2 error NotVendored"
    ]


REDIS = b"apiVersion: v2\nname: redis\nversion: 1.0.0\n"


@pytest.mark.parametrize(
    "vendored",
    [
        {"charts/redis/Chart.yaml": REDIS},
        {"charts/other/Chart.yaml": REDIS},
        {"charts/redis-1.0.0.tgz": packed({"redis/Chart.yaml": REDIS, "redis/values.yaml": b""})},
    ],
)
def test_dependencies_that_are_there(vendored: dict[str, bytes]) -> None:
    assert told({"Chart.yaml": NEEDS, **vendored}) == []


@pytest.mark.parametrize("name", ["_redis/Chart.yaml", ".redis/Chart.yaml"])
def test_charts_that_helm_ignores(name: str) -> None:
    assert told({"Chart.yaml": NEEDS, f"charts/{name}": REDIS}) == ["charts/web/Chart.yaml:5 error NotVendored"]


def test_dependencies_of_dependencies() -> None:
    inner = REDIS + b"dependencies: [{name: common}]\n"
    assert told({"Chart.yaml": CHART, "charts/redis/Chart.yaml": inner}) == [
        "charts/web/charts/redis/Chart.yaml:4 error NotVendored"
    ]
    archive = packed({"redis/Chart.yaml": inner})
    assert told({"Chart.yaml": CHART, "charts/r.tgz": archive}) == ["charts/web/charts/r.tgz error NotVendored"]


def test_charts_inside_charts_have_an_end() -> None:
    path, files = "", {"Chart.yaml": CHART}
    for _ in range(300):
        path += "charts/x/"
        files[f"{path}Chart.yaml"] = CHART
    assert [one.split()[-1] for one in told(files)] == ["ChartTooDeep"]


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (packed({"../evil": b""}), "leads out of its folder"),
        (packed({"/etc/cron.d/evil": b""}), "leads out of its folder"),
        (packed({"web/a\\..\\b": b""}), "leads out of its folder"),
        (packed({"web/link": b""}, type=tarfile.SYMTYPE, linkname="/etc/passwd"), "is a link"),
        (packed({"web/link": b""}, type=tarfile.LNKTYPE, linkname="/etc/passwd"), "is a link"),
        (packed({"web/fifo": b""}, type=tarfile.FIFOTYPE), "is a device or pipe"),
        (b"PK\x03\x04 no tar", "is damaged"),
        (gzip.compress(b"no tar, but a text that is long enough to be one block" * 20), "is damaged"),
        (packed({"web/a": b"x" * 5000})[:-30], "is damaged"),
    ],
    ids=["above", "absolute", "backslash", "symbolic-link", "hard-link", "fifo", "zip", "no-tar", "cut-off"],
)
def test_archives_that_are_refused(archive: bytes, why: str) -> None:
    issues = check_chart(SourceFiles({"Chart.yaml": CHART, "charts/a.tgz": archive}))
    assert [(str(one.origin), one.reason) for one in issues] == [("charts/a.tgz", "UnsafeArchive")]
    assert why in issues[0].message


def test_an_archive_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_chart_module, "PACKED_LIMITS", ArchiveLimits(unpacked=100_000, files=20))
    archive = packed({"web/a": bytes(200_000)})
    assert len(archive) < 1000
    issues = check_chart(SourceFiles({"Chart.yaml": CHART, "charts/a.tgz": archive}))
    assert "holds more than 100,000 bytes" in issues[0].message


def test_calls_in_archives_are_found() -> None:
    archive = packed({"redis/Chart.yaml": REDIS, "redis/templates/a.yaml": b"\n{{ getHostByName .x }}\n"})
    issues = check_chart(SourceFiles({"Chart.yaml": CHART, "charts/a.tgz": archive}, "x"))
    assert [(str(one.origin), one.reason) for one in issues] == [("x/charts/a.tgz", "NetworkFunction")]
    assert issues[0].message.startswith("line 2 of redis/templates/a.yaml in charts/a.tgz calls")


def test_too_many_values() -> None:
    assert told({"Chart.yaml": CHART}, values=("a" * VALUES_LIMIT, "b")) == [f"{STATED} error TooLarge"]
    assert told({"Chart.yaml": CHART}, values=("a" * VALUES_LIMIT,)) == []
    assert told({"Chart.yaml": CHART, "values-x.yaml": b"a" * (VALUES_LIMIT + 1)}) == ["charts/web/values-x.yaml error TooLarge"]
    assert told({"Chart.yaml": CHART, "big": bytes(FILE_LIMIT + 1)}) == ["charts/web/big error TooLarge"]


def test_values_that_call() -> None:
    assert told({"Chart.yaml": CHART}, values=("a: '{{ getHostByName .x }}'",)) == [f"{STATED} error NetworkFunction"]


def test_lookup_is_a_warning() -> None:
    files = {"Chart.yaml": CHART, "templates/a.yaml": b"a\n{{ lookup }}"}
    assert told(files) == ["charts/web/templates/a.yaml:2 warning LookupIsEmpty"]
    assert calls_lookup(SourceFiles(files))
    assert not calls_lookup(SourceFiles({"Chart.yaml": CHART}))
