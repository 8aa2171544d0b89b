"""What is taken from an archive, and what is refused."""

from __future__ import annotations

import gzip
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sources.archive import top_folder, unpack
from reconciler.sources.failures import ArchiveError
from reconciler.sources.options import Limits
from tests.support.archives import archive_of, chart, entry, packed

LIMITS = Limits(unpacked=100_000, files=20)


def refusal(content: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(ArchiveError) as caught:
        unpack(content, "oci://registry.test/web 1.0.0", limits)
    assert caught.value.remedy
    assert caught.value.message.startswith("oci://registry.test/web 1.0.0: ")
    return caught.value.message.removeprefix("oci://registry.test/web 1.0.0: ")


def test_the_files_of_a_chart() -> None:
    files = unpack(chart("web", "1.0.0"), "web", LIMITS)
    assert list(files) == ["web/Chart.yaml", "web/templates/cm.yaml"]
    assert files["web/Chart.yaml"] == b"apiVersion: v2\nname: web\nversion: 1.0.0\n"
    assert top_folder(files) == "web"


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_folders_long_paths_and_the_dot_at_the_beginning(form: int) -> None:
    long = "a/" + "b" * 120 + "/c.yaml"
    content = packed(
        [entry("./", kind=tarfile.DIRTYPE), entry("./a", kind=tarfile.DIRTYPE), entry(long, b"x"), entry("./ü", b"y")], form
    )
    files = unpack(content, "it", LIMITS)
    assert files == {long: b"x", "ü": b"y"}
    assert top_folder(files) == ""


paths = st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3}){0,2}\.y", fullmatch=True)


@given(st.dictionaries(paths, st.binary(max_size=300), min_size=1, max_size=8))
def test_what_was_packed_comes_out(files: dict[str, bytes]) -> None:
    assert unpack(archive_of(files), "it", LIMITS) == dict(sorted(files.items()))


@pytest.mark.parametrize("path", ["../evil", "a/../../evil", "/etc/passwd", "a\\..\\evil", "C:evil", "./../evil"])
def test_a_path_that_leads_out(path: str) -> None:
    assert refusal(packed([entry("ok", b"x"), entry(path, b"x")])) == f"{path!r} in the archive leads out of its folder"


@pytest.mark.parametrize("path", ["a//b", "a/./b", "a\nb", "a\x1bb"])
def test_a_path_that_is_not_plain(path: str) -> None:
    assert refusal(packed([entry(path, b"x")])) == f"{path!r} in the archive is no plain path"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device or pipe"),
        (tarfile.BLKTYPE, "a device or pipe"),
        (tarfile.FIFOTYPE, "a device or pipe"),
        (tarfile.GNUTYPE_SPARSE, "a file with holes"),
        (b"Z", "of an unknown kind"),
    ],
)
def test_only_files_and_folders(kind: bytes, what: str) -> None:
    content = packed([entry("ok", b"x"), entry("web/values.yaml", kind=kind, link="/etc/passwd")], tarfile.GNU_FORMAT)
    assert refusal(content) == f"'web/values.yaml' in the archive is {what}, and only files and folders are taken"


def test_a_bomb() -> None:
    bomb = packed([entry("zeros", bytes(50_000_000))])
    assert len(bomb) < 60_000
    assert refusal(bomb) == "the archive holds more than 100,000 bytes of files"


def test_a_bomb_of_many_small_files() -> None:
    assert refusal(packed(entry(str(number)) for number in range(21))) == "the archive has more than 20 files"
    folders = packed(entry(f"{number}/", kind=tarfile.DIRTYPE) for number in range(41))
    assert refusal(folders) == "the archive has more than 20 files"


def test_a_bomb_after_the_end_of_the_archive_is_not_read() -> None:
    content = gzip.compress(gzip.decompress(archive_of({"a": "x"})) + bytes(50_000_000))
    assert unpack(content, "it", LIMITS) == {"a": b"x"}


def test_a_header_without_end() -> None:
    header = tarfile.TarInfo("a")
    header.pax_headers = {"comment": "x" * 20_000}
    assert refusal(packed([(header, b"")])) == "the archive has a header of more than 16,384 bytes"


@pytest.mark.parametrize(
    ("size", "message"),
    [("-1", "the archive is damaged, or is none"), ("99999999999", "the archive holds more than 100,000 bytes of files")],
)
def test_a_size_that_an_attribute_states(size: str, message: str) -> None:
    header = tarfile.TarInfo("a")
    header.pax_headers = {"size": size}
    assert refusal(packed([(header, b"")])) == message


@pytest.mark.parametrize("entries", [["a", "a"], ["a", "./a"]])
def test_the_same_path_twice(entries: list[str]) -> None:
    assert refusal(packed(entry(name, b"x") for name in entries)) == "the archive has 'a' twice"


def test_a_file_that_is_a_folder_too() -> None:
    assert refusal(archive_of({"a/b/c": "x", "a/b": "y"})) == "'a/b' in the archive is a file and a folder"


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", b"\x1f\x8b\x08", gzip.compress(b"no tar"), chart()[:-40], chart()[: len(chart()) // 2]],
    ids=["empty", "text", "only-a-head", "no-tar", "end-cut-off", "half"],
)
def test_what_is_no_archive(content: bytes) -> None:
    assert refusal(content) == "the archive is damaged, or is none"


def test_an_empty_archive() -> None:
    assert refusal(packed([])) == "the archive holds no file"
    assert refusal(packed([entry("a", kind=tarfile.DIRTYPE)])) == "the archive holds no file"


@given(st.integers(0, 600), st.integers(0, 255))
def test_a_changed_byte_raises_nothing_else(position: int, value: int) -> None:
    plain = bytearray(gzip.decompress(chart()))
    plain[position] = value
    try:
        files = unpack(gzip.compress(bytes(plain)), "it", LIMITS)
    except ArchiveError:
        return
    assert not any(path.startswith("/") or ".." in path.split("/") for path in files)
