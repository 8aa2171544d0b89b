"""A folder of manifests as a member."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.cluster.directory_member import DirectoryMember
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError
from reconciler.documents.writer import dump
from reconciler.model.changes import DeletionPropagation
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, key_of, with_value
from tests.support.builders import config, deployment, manifest, namespace, ours

BACKGROUND = DeletionPropagation.BACKGROUND


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "members"


@pytest.fixture
def member(root: Path) -> DirectoryMember:
    return member_at(root)


def member_at(root: Path, directory: str = "m1") -> DirectoryMember:
    return DirectoryMember(ClusterName("m1"), root, directory)


def put(folder: Path, path: str, content: str | bytes | Manifest) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str | bytes) else dump(content)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def files(folder: Path) -> dict[str, bytes]:
    """All files and empty folders below the folder."""
    contents = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return contents | {
        f"{path.relative_to(folder)}/": b"" for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())
    }


async def objects_of(member: DirectoryMember) -> dict[str, Manifest]:
    return {str(key): item for key, item in (await member.look({})).objects.items()}


async def test_a_folder_that_is_not_there_holds_nothing(member: DirectoryMember, root: Path) -> None:
    assert await objects_of(member) == {}
    assert files(root.parent) == {}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (config(), "shop/ConfigMap/config.yaml"),
        (deployment(), "shop/Deployment.apps/web.yaml"),
        (namespace("shop"), "_cluster/Namespace/shop.yaml"),
        (manifest("ClusterRole", "system:foo", "", api="rbac.authorization.k8s.io/v1"),
         "_cluster/ClusterRole.rbac.authorization.k8s.io/system:foo.yaml"),
        (manifest("Widget", "a/b c", api="x.io/v1"), "shop/Widget.x.io/a%2Fb%20c.yaml"),
        (manifest("Widget", "..", api="x.io/v1"), "shop/Widget.x.io/%2E..yaml"),
        (manifest("Widget", "ü", api="x.io/v1"), "shop/Widget.x.io/%C3%BC.yaml"),
    ],
)  # fmt: skip
async def test_an_object_comes_is_rewritten_and_goes(member: DirectoryMember, root: Path, document: Manifest, path: str) -> None:
    written = ours(document)
    await member.apply(written, written, None)
    assert files(root / "m1") == {path: dump(written).encode()}
    assert (await member.look({})).objects == {key_of(document): written}
    changed = with_value(written, ("data",), {"x": "1"})
    await member.apply(changed, changed, written)
    assert (await member.look({})).objects == {key_of(document): changed}
    await member.delete(key_of(document), changed, BACKGROUND)
    assert files(root / "m1") == {}
    assert (root / "m1").is_dir()


async def test_what_the_member_is_to_hold_is_written_not_only_what_we_state(member: DirectoryMember) -> None:
    with_status = {**ours(deployment()), "status": {"readyReplicas": 2}}
    await member.apply(ours(deployment()), with_status, None)
    assert (await objects_of(member))["Deployment.apps shop/web"] == with_status


async def test_only_folders_that_became_empty_go(member: DirectoryMember, root: Path) -> None:
    for name in ("a", "b"):
        await member.apply(ours(config(name)), ours(config(name)), None)
    put(root / "m1", "shop/README.md", "ours to keep")
    await member.delete(key_of(config("a")), ours(config("a")), BACKGROUND)
    assert set(files(root / "m1")) == {"shop/ConfigMap/b.yaml", "shop/README.md"}
    await member.delete(key_of(config("b")), ours(config("b")), BACKGROUND)
    assert set(files(root / "m1")) == {"shop/README.md"}


async def test_deleting_what_is_gone_is_fine(member: DirectoryMember, root: Path) -> None:
    await member.delete(key_of(config()), ours(config()), BACKGROUND)
    await member.apply(ours(config()), ours(config()), None)
    (root / "m1/shop/ConfigMap/config.yaml").unlink()
    await member.delete(key_of(config()), ours(config()), BACKGROUND)


FOREIGN: dict[str, str | bytes] = {
    "README.md": "# not ours",
    "values.txt": b"\xff\x00",
    ".hidden.yaml": "{{ not: yaml",
    ".git/config.yaml": "{{ not: yaml",
    "kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
    "sub/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
    "app.yml": "# theirs, with a comment\nkind:   ConfigMap\napiVersion: v1\nmetadata: {name: theirs, namespace: shop}\n",
    "app.json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "theirs", "namespace": "shop"}}',
    "several.yaml": "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n---\n# empty\n",
    "list.yaml": "kind: List\nitems:\n- {kind: C, metadata: {name: c}}\n- {kind: D, metadata: {name: d}}\n- 7\n",
    "scalar.yaml": "just text\n",
    "empty.yaml": "",
}


async def test_foreign_files_are_seen_and_left_alone_byte_for_byte(member: DirectoryMember, root: Path) -> None:
    for path, content in FOREIGN.items():
        put(root / "m1", path, content)
    before = files(root / "m1")
    assert sorted(await objects_of(member)) == ["A a", "B b", "C c", "ConfigMap shop/theirs", "D d", "Service shop/theirs"]
    await member.apply(ours(config()), ours(config()), None)
    await member.delete(key_of(config()), ours(config()), BACKGROUND)
    assert files(root / "m1") == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "broken/app.yaml: line"),
        ("kind: ConfigMap\nkind: Secret\n", "line 2: the key 'kind' is written twice"),
        (b"kind: \xff\n", "not UTF-8"),
    ],
)
async def test_a_file_that_cannot_be_read_blocks_the_member_and_is_named(
    member: DirectoryMember, root: Path, content: str | bytes, message: str
) -> None:
    put(root / "m1", "broken/app.yaml", content)
    with pytest.raises(MemberUnreachableError) as caught:
        await member.look({})
    assert str(caught.value).startswith(f"m1: {root}/m1/broken/app.yaml")
    assert message in str(caught.value)
    assert "nothing is written to this member" in caught.value.remedy
    put(root / "m1", "broken/app.yaml", config())
    assert list(await objects_of(member)) == ["ConfigMap shop/config"]


async def test_one_object_in_two_files_blocks_the_member(member: DirectoryMember, root: Path) -> None:
    put(root / "m1", "a.yaml", config())
    put(root / "m1", "b/c.json", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config", "namespace": "shop"}}')
    with pytest.raises(MemberUnreachableError, match=r"ConfigMap shop/config is declared in a\.yaml and in b/c\.json"):
        await member.look({})


async def test_a_file_where_the_folder_should_be(member: DirectoryMember, root: Path) -> None:
    put(root, "m1", "I am a file")
    with pytest.raises(MemberUnreachableError, match="Not a directory"):
        await member.look({})
    with pytest.raises(MemberUnreachableError):
        await member.apply(ours(config()), ours(config()), None)


@pytest.mark.parametrize("directory", ["..", "../other", "m1/../../other", "/etc", "link", "link/sub"])
def test_no_endpoint_leads_out_of_the_root(root: Path, tmp_path: Path, directory: str) -> None:
    (tmp_path / "outside").mkdir()
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(MemberError, match="lies outside the member root"):
        member_at(root, directory)


async def test_a_link_within_the_root_is_a_member_like_any_other(root: Path) -> None:
    put(root / "real", "a.yaml", config())
    (root / "alias").symlink_to("real")
    assert list(await objects_of(member_at(root, "alias"))) == ["ConfigMap shop/config"]
    assert list(await objects_of(member_at(root, "real/../alias"))) == ["ConfigMap shop/config"]


async def test_links_inside_the_folder_are_neither_followed_nor_written_through(
    member: DirectoryMember, root: Path, tmp_path: Path
) -> None:
    secret = put(tmp_path, "outside/app.yaml", config("outside"))
    outside = files(tmp_path / "outside")
    (root / "m1/shop/ConfigMap").mkdir(parents=True)
    (root / "m1/linked").symlink_to(tmp_path / "outside")
    (root / "m1/shop/Secret").symlink_to(tmp_path / "outside")
    (root / "m1/app.yaml").symlink_to(secret)
    (root / "m1/shop/ConfigMap/config.yaml").symlink_to(secret)
    (root / "m1/shop/ConfigMap/dangling.yaml").symlink_to(tmp_path / "nowhere")
    assert await objects_of(member) == {}
    for document in (config(), config("dangling"), manifest("Secret", "web")):
        with pytest.raises(MemberError, match="is behind a symbolic link"):
            await member.apply(ours(document), ours(document), None)
        with pytest.raises(MemberError, match="is behind a symbolic link"):
            await member.delete(key_of(document), ours(document), BACKGROUND)
    assert files(tmp_path / "outside") == outside
    assert not (tmp_path / "nowhere").exists()


async def test_a_link_further_up_does_not_make_folders_outside(member: DirectoryMember, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "m1").mkdir(parents=True)
    (root / "m1/shop").symlink_to(tmp_path / "outside")
    with pytest.raises(MemberError, match="is behind a symbolic link"):
        await member.apply(ours(config()), ours(config()), None)
    assert not any((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("same_size", [True, False])
async def test_what_changed_since_the_look_is_not_overwritten(member: DirectoryMember, root: Path, same_size: bool) -> None:
    planned, theirs = ours(config(data={"x": "1"})), config(data={"x": "2" if same_size else "222"})
    file = put(root / "m1", "shop/ConfigMap/config.yaml", planned)
    stamp = file.stat()
    await member.look({})
    if same_size:
        theirs = with_value(planned, ("data", "x"), "2")
    file.write_text(dump(theirs))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    for change in (member.apply(planned, planned, planned), member.delete(key_of(planned), planned, BACKGROUND)):
        with pytest.raises(MemberError, match="changed after this was planned"):
            await change
    assert file.read_text() == dump(theirs)


@pytest.mark.parametrize("content", ["", "# a note\n", "just text\n", "kind: Kustomization\n", dump(config("other"))])
async def test_a_file_that_is_in_the_way_is_not_overwritten(member: DirectoryMember, root: Path, content: str) -> None:
    file = put(root / "m1", "shop/ConfigMap/config.yaml", content)
    await member.look({})
    with pytest.raises(MemberError, match="If the file belongs to something else, move it"):
        await member.apply(ours(config()), ours(config()), None)
    assert file.read_text() == content


@pytest.mark.parametrize("neighbour", ["---\nkind: B\nmetadata: {name: b}\n", "---\nkind: Kustomization\n", "---\njust text\n"])
async def test_a_file_with_other_things_in_it_is_not_rewritten(member: DirectoryMember, root: Path, neighbour: str) -> None:
    document = ours(config())
    file = put(root / "m1", "all.yaml", dump(document) + neighbour)
    assert "ConfigMap shop/config" in await objects_of(member)
    for change in (member.apply(document, document, document), member.delete(key_of(document), document, BACKGROUND)):
        with pytest.raises(MemberError, match=r"shares the file all\.yaml with other objects"):
            await change
    assert file.read_text() == dump(document) + neighbour


async def test_an_object_is_rewritten_where_somebody_moved_it(member: DirectoryMember, root: Path) -> None:
    put(root / "m1", "elsewhere/it.yml", ours(config()))
    await member.look({})
    changed = ours(config(data={"x": "1"}))
    await member.apply(changed, changed, ours(config()))
    assert files(root / "m1") == {"elsewhere/it.yml": dump(changed).encode()}


async def test_leftovers_of_a_killed_write_are_ignored_and_cleared_away(member: DirectoryMember, root: Path) -> None:
    old, young = "shop/ConfigMap/.config.yaml.7.reconciler-tmp", "shop/ConfigMap/.config.yaml.8.reconciler-tmp"
    for leftover in (old, young):
        put(root / "m1", leftover, "half: [")
    os.utime(root / "m1" / old, (0, 0))
    assert await objects_of(member) == {}
    assert set(files(root / "m1")) == {old, young}, "looking changes nothing"
    await member.apply(ours(config()), ours(config()), None)
    assert set(files(root / "m1")) == {"shop/ConfigMap/config.yaml", young}, "a young one may be another process at work"


async def test_what_the_system_refuses_is_told_with_the_place(
    member: DirectoryMember, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests run as root, for whom permissions have no effect; so the error is simulated."""
    put(root / "m1", "app.yaml", config())

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(MemberUnreachableError, match=r"^m1: .*/m1/app\.yaml: Permission denied"):
            await member.look({})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", refuse)
        with pytest.raises(MemberUnreachableError, match=r"^m1: .*/m1/shop/ConfigMap/new\.yaml: Permission denied"):
            await member.apply(ours(config("new")), ours(config("new")), None)


async def test_the_longest_names_have_files_too(member: DirectoryMember, root: Path) -> None:
    one, two = ours(config("x" * 253)), ours(config("x" * 252 + "y"))
    for item in (one, two):
        await member.apply(item, item, None)
    assert list((await objects_of(member)).values()) == [one, two]
    await member.delete(key_of(one), one, BACKGROUND)
    assert list((await objects_of(member)).values()) == [two]
    assert len(files(root / "m1")) == 1


async def test_only_changed_files_are_read_again(member: DirectoryMember, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root / "m1", "a.yaml", config("a"))
    b = put(root / "m1", "b.yaml", config("b"))
    first = await objects_of(member)
    b.write_text(dump(config("b", data={"x": "1"})))
    read, really = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or really(path))
    again = await objects_of(member)
    assert read == ["b.yaml"]
    assert again["ConfigMap shop/a"] is first["ConfigMap shop/a"]
    assert again["ConfigMap shop/b"]["data"] == {"x": "1"}


async def test_a_pipe_with_a_manifests_name_does_not_stop_the_world(member: DirectoryMember, root: Path) -> None:
    (root / "m1").mkdir(parents=True)
    os.mkfifo(root / "m1/pipe.yaml")
    assert await objects_of(member) == {}
