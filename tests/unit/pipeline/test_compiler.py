"""The pipeline with its memory."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from reconciler.model.issues import Severity
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized, TreeEntry
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import SHOP, config_file, workload


def compiled(compiler: Compiler, files: Files, recorded: RecordedState | None = None) -> Compiled:
    result = compiler.compile(load(files, compiler), recorded or RecordedState(), NOW, settled=True)
    compiler.next_pass()
    return result


def manifests(result: Compiled, member: str = "m1") -> dict[str, RenderedManifest]:
    return {str(item.key): item for item in make_works(result)[ClusterName(member)].manifests}


def blob(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324


def tree(files: Files) -> dict[str, TreeEntry]:
    return {path: TreeEntry(blob(text), 0o100644) for path, text in files.items()}


def test_the_same_files_give_the_same_objects() -> None:
    compiler = Compiler()
    first, second = compiled(compiler, SHOP), compiled(compiler, SHOP)
    assert first.desired.templates is second.desired.templates
    assert all(second.templates[key].decided.scheduling is item.decided.scheduling for key, item in first.templates.items())
    for member in first.cluster_names:
        assert all(manifests(second, member)[key] is item for key, item in manifests(first, member).items())


def test_passes_that_load_nothing_forget_no_file() -> None:
    """The next revision is read from few files, and the places of what is in force are known."""
    compiler = Compiler()
    desired = load(SHOP, compiler)
    policy = next(one for one in desired.policies if one.origin.file == "web/policy.yaml")
    place = compiler.place(policy.origin, ("spec", "placement"))
    assert place.line > policy.origin.line
    for _ in range(3):
        compiler.compile(desired, RecordedState(), NOW)
        compiler.next_pass()
    assert compiler.missing(tree(SHOP)) == set()
    assert compiler.place(policy.origin, ("spec", "placement")) == place


def test_a_later_moment_gives_them_as_well() -> None:
    compiler = Compiler()
    desired = load(SHOP, compiler)
    first = compiler.compile(desired, RecordedState(), NOW)
    second = compiler.compile(desired, RecordedState(), NOW + timedelta(hours=1))
    assert manifests(first) == manifests(second)
    assert all(manifests(second)[key] is item for key, item in manifests(first).items())


def test_passes_over_one_revision_forget_none_of_its_files() -> None:
    """A rollout makes many passes, and the next commit must not cost a parse of everything."""
    compiler = Compiler()
    desired = load(SHOP, compiler)
    for _ in range(3):
        compiler.compile(desired, RecordedState(), NOW)
        compiler.next_pass()
    edited = SHOP | {"web/deployment.yaml": workload("web", 6)}
    assert compiler.missing(tree(edited)) == {blob(edited["web/deployment.yaml"])}
    before = {template.key: template for template in desired.templates}
    after = {template.key: template for template in load(edited, compiler).templates}
    assert [str(key) for key in after if after[key] is not before.get(key)] == ["Deployment.apps shop/web"]


def test_one_changed_file_changes_its_own_objects_only() -> None:
    compiler = Compiler()
    first = manifests(compiled(compiler, SHOP))
    second = manifests(compiled(compiler, SHOP | {"web/deployment.yaml": workload("web", 6)}))
    assert [key for key, item in second.items() if item is not first[key]] == ["Deployment.apps shop/web"]


def test_members_that_agree_share_one_manifest() -> None:
    result = compiled(Compiler(), SHOP | {"web/deployment.yaml": workload("web", 4)})
    assert manifests(result, "m1")["Deployment.apps shop/web"] is manifests(result, "m2")["Deployment.apps shop/web"]
    assert manifests(result, "m1")["ConfigMap shop/settings"] is not manifests(result, "m2")["ConfigMap shop/settings"]


def test_only_unknown_blobs_are_asked_for() -> None:
    compiler = Compiler()
    assert compiler.missing(tree(SHOP)) == {blob(text) for text in SHOP.values()}
    load(SHOP, compiler)
    assert compiler.missing(tree(SHOP)) == set()
    changed = SHOP | {"web/deployment.yaml": workload("web", 6), "README.md": "# not read"}
    assert compiler.missing(tree(changed)) == {blob(workload("web", 6))}


def test_files_that_the_last_pass_did_not_read_are_forgotten() -> None:
    compiler = Compiler()
    changed = SHOP | {"web/deployment.yaml": workload("web", 6)}
    compiled(compiler, SHOP)
    compiled(compiler, changed)
    assert compiler.missing(tree(SHOP)) == {blob(SHOP["web/deployment.yaml"])}
    assert compiler.missing(tree(changed)) == set()


def test_a_confirmed_placement_is_not_rendered_again() -> None:
    compiler = Compiler()
    first = compiled(compiler, SHOP)
    second = compiled(compiler, SHOP, assume_applied(first))
    assert all(second.templates[key].rendering is item.rendering for key, item in first.templates.items())


def test_what_is_no_file_is_told_and_not_followed() -> None:
    entries = {
        "link.yaml": TreeEntry("a" * 40, 0o120000),
        "link": TreeEntry("a" * 40, 0o120000),
        "vendor": TreeEntry("b" * 40, 0o160000),
        "run.yaml": TreeEntry(blob(config_file("x")), 0o100755),
    }
    desired = Compiler().load(entries, {blob(config_file("x")): config_file("x").encode()})
    assert [(issue.reason, issue.origin.file) for issue in desired.issues] == [
        ("SymbolicLink", "link.yaml"),
        ("Submodule", "vendor"),
    ]
    assert [template.key.name for template in desired.templates] == ["x"]
    assert desired.broken_files == {"link.yaml"}
    assert desired.hidden == {"link.yaml", "link", "vendor"}


def test_a_path_that_no_checkout_has_is_not_read() -> None:
    odd = ["../x.yaml", "a/../../x.yaml", "./x.yaml", ".git/x.yaml", "a/.GIT/x.json", "a//x.yaml"]
    plain = ["..a/x.yaml", ".github/x..yaml", ".gitignore.yaml"]
    desired = Compiler().load({path: TreeEntry(blob(""), 0o100644) for path in [*odd, *plain, "../notes"]}, {blob(""): b""})
    assert [(issue.reason, issue.origin.file) for issue in desired.issues] == [("PathAstray", path) for path in sorted(odd)]
    assert desired.hidden == frozenset(odd)


def test_what_is_excluded_is_not_complained_about_whatever_it_is() -> None:
    entries = {
        "broken/link.yaml": TreeEntry("a" * 40, 0o120000),
        "broken/big.yaml": TreeEntry("c" * 40, 0o100644),
        "broken/vendor": TreeEntry("b" * 40, 0o160000),
        "web": TreeEntry("b" * 40, 0o160000),
    }
    files = {"settings.yaml": CONFIGURATION}
    blobs = {blob(CONFIGURATION): CONFIGURATION.encode(), "c" * 40: Oversized(20_000_000, 10_000_000)}
    desired = Compiler().load({**entries, **tree(files)}, blobs)
    assert (desired.issues, desired.hidden) == ((), frozenset())


def test_a_file_beyond_all_bounds_is_broken_and_read_once_it_shrinks() -> None:
    compiler = Compiler()
    entries = {"big.yaml": TreeEntry("a" * 40, 0o100644)}
    desired = compiler.load(entries, {"a" * 40: Oversized(20_000_000, 10_000_000)})
    assert [(issue.reason, issue.message) for issue in desired.issues] == [
        ("TooLarge", "the file has 20,000,000 bytes; the limit is 10,000,000")
    ]
    assert desired.broken_files == {"big.yaml"}
    assert load({"big.yaml": config_file("x")}, compiler).broken_files == frozenset()


@pytest.mark.parametrize("path", ["web.yaml", "web.json"])
def test_what_git_lfs_keeps_elsewhere_is_named_and_may_be_anything(path: str) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
    desired = load({path: pointer})
    assert [(issue.reason, str(issue.origin), ".gitattributes" in issue.remedy) for issue in desired.issues] == [
        ("LfsPointer", f"{path}:1", True)
    ]
    assert desired.broken_files == desired.hidden == {path}


CONFIGURATION = """
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
metadata: {name: settings}
spec: {exclude: [web/**, broken]}
"""


def test_excluded_files_say_nothing_not_even_nonsense() -> None:
    files = SHOP | {"any/where.yaml": CONFIGURATION, "broken/a.yaml": "{{ .Values }}"}
    desired = load(files)
    assert desired.issues == ()
    assert "web" not in {template.key.name for template in desired.templates}


@pytest.mark.parametrize("globs", ['"include": ["apps/**"]', '"exclude": ["*.yaml"]'])
def test_a_configuration_acts_although_its_own_globs_leave_it_out(globs: str) -> None:
    """But nothing else in its file does."""
    text = '{"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "metadata": {"name": "c"}, "spec": {%s}}'
    settings = text % f'{globs}, "instance": "ours"'
    desired = load(
        {"c.yaml": f"{settings}\n---\n{config_file('other')}---\nkind: [\n", "apps/a.yaml": config_file("a")}, Compiler()
    )
    assert (desired.settings.instance, desired.issues) == ("ours", ())
    assert [template.key.name for template in desired.templates] == ["a"]


@pytest.mark.parametrize("check", [None, [], ["other.yaml"], ["bad.yaml"]])
def test_schemas_are_asked_for_the_files_that_are_named(check: list[str] | None) -> None:
    text = workload("bad", 1).replace("replicas: 1", "replicas: one")
    desired = Compiler().load(tree({"bad.yaml": text}), {blob(text): text.encode()}, check=check)
    assert bool(desired.issues) is (check is None or "bad.yaml" in check)


def test_unknown_fields_are_errors_where_the_configuration_asks_for_it_and_only_as_long() -> None:
    compiler = Compiler()
    misspelt = {path: text.replace("placement:", "placment:") for path, text in SHOP.items()}
    for value, broken in (("Strict", True), ("Lenient", False), ("Strict", True)):
        settings = f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {{validation: {value}}}\n"
        desired = load({**misspelt, "reconciler.yaml": settings}, compiler)
        unknown = [issue for issue in desired.issues if issue.reason == "UnknownField"]
        assert {issue.severity for issue in unknown} == {Severity.ERROR if broken else Severity.WARNING}
        assert bool(desired.policies) is not broken
        assert desired.broken_files == ({issue.origin.file for issue in unknown} if broken else frozenset())
