"""Values take the place of seals where the file of the template has them, and nowhere else."""

from __future__ import annotations

from typing import Any

from reconciler.model.changes import ChangeSet, Configure, Create, Skip
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import ENCRYPTED_ANNOTATION, hidden_fields
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.sealed import Sealed
from reconciler.model.work import RenderedManifest, Work
from reconciler.plan.mask_secrets import mask, mask_one
from reconciler.plan.mask_text import masked_refusal, secret_values, without_values
from reconciler.plan.unseal import IN_A_FOLDER, Unsealing, sealed_files, unsealed, with_plain_values

SEAL, OTHER = "ENC[sha256:" + "0" * 32 + "]", "ENC[sha256:" + "1" * 32 + "]"
FILE, SECOND = Sealed("blob", "a.yaml", b""), Sealed("second", "b.yaml", b"")
VALUES = {SEAL: "hunter2"}


def rendered(kind: str = "Secret", field: str = "stringData", sealed: Sealed | None = FILE, **more: Any) -> RenderedManifest:
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, field: {"k": SEAL, "plain": "p", **more}}
    return RenderedManifest(ResourceKey("", kind, "shop", "a"), manifest, "sha256:0", Origin("a.yaml", 1), sealed=sealed)


def result(known: Unsealing, *manifests: RenderedManifest) -> Work:
    return unsealed(Work(ClusterName("m1"), manifests), known, memo=Memo())


def why(work: Work) -> str:
    assert not work.manifests
    (issue,) = work.failed.values()
    return issue.message


def test_a_secret_gets_its_values() -> None:
    (found,) = result(Unsealing({"blob": VALUES}), rendered()).manifests
    assert found.manifest["stringData"] == {"k": "hunter2", "plain": "p"}
    assert found.manifest["metadata"] == {"name": "a"}
    assert found.digest == "sha256:0"
    assert "hunter2" not in repr(found)


def test_another_object_says_what_must_be_hidden() -> None:
    (found,) = result(Unsealing({"blob": VALUES}), rendered("ConfigMap", "data")).manifests
    assert found.manifest["metadata"]["annotations"] == {ENCRYPTED_ANNOTATION: "data"}
    assert hidden_fields(found.manifest) == ("data",)
    masked = mask_one(found.manifest)
    assert masked["data"] == {"k": "********", "plain": "********"}
    assert secret_values([found.manifest]).mask("it said hunter2") == "it said ********"


def test_both_sides_of_a_comparison_are_hidden() -> None:
    """A live object from before its file was encrypted does not say so."""
    old = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "before", "n": [1, {"x": "y"}]}}
    new = with_plain_values({**old, "data": {"k": SEAL, "n": [1, {"x": "z"}]}}, VALUES)
    shown = mask(old, new)
    assert [one["data"]["k"] for one in shown if one] == ["********", "******** (2)"]
    assert "before" not in repr(shown)
    assert "hunter2" not in repr(shown)


def test_a_value_of_another_file_is_not_given_away() -> None:
    """Who may write a file of his own could name the seal of somebody else's value in it."""
    known = Unsealing({"blob": VALUES, "second": {OTHER: "theirs"}})
    assert "not from this file" in why(result(known, rendered(more=OTHER)))
    (plain,) = result(known, rendered(sealed=None)).manifests
    assert plain.manifest["stringData"]["k"] == SEAL


def test_no_value_gets_into_the_metadata() -> None:
    one = rendered()
    labelled = {**one.manifest, "metadata": {"name": "a", "labels": {"x": SEAL}}}
    assert with_plain_values(labelled, VALUES) is None


def test_an_object_without_values_is_not_written() -> None:
    assert "was given no key" in why(result(Unsealing(), rendered()))
    assert "no way" in why(result(Unsealing({"blob": "no way"}), rendered()))
    assert IN_A_FOLDER in why(result(Unsealing({"blob": VALUES}, refusal=IN_A_FOLDER), rendered()))


def test_no_change_shows_a_value_in_a_traceback() -> None:
    work = result(Unsealing({"blob": VALUES}), rendered())
    (one,) = work.manifests
    changes = (Create(one, one.manifest), Configure(one, one.manifest, one.manifest), Skip(one.key, "why", one, one.manifest))
    assert "hunter2" not in repr((work, changes, Unsealing({"blob": VALUES})))


def test_a_refusal_of_a_member_quotes_no_value() -> None:
    (one,) = result(Unsealing({"blob": VALUES}), rendered("ConfigMap", "data")).manifests
    change = Configure(one, one.manifest, {"kind": "ConfigMap"}, reason="data.hunter2 (by kubectl)", removed=("data.hunter2",))
    assert masked_refusal(change, 'Invalid value: "hunter2"') == 'Invalid value: "********"'
    (quiet,) = without_values(ChangeSet(ClusterName("m1"), ((change,),))).changes
    assert isinstance(quiet, Configure)
    assert (quiet.reason, quiet.removed) == ("data.******** (by kubectl)", ("data.********",))


def test_each_file_counts_once() -> None:
    work = Work(ClusterName("m1"), (rendered(), rendered("ConfigMap", "data"), rendered(sealed=SECOND), rendered(sealed=None)))
    assert sealed_files(work) == (FILE, SECOND)
