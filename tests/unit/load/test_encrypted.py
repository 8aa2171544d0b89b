"""Files of SOPS become templates without values; what decides must be readable."""

from __future__ import annotations

import pytest

from reconciler.load.encrypted import sealed_file
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, Severity
from reconciler.model.sealed import seal_of
from tests.support.in_memory_fleet import load
from tests.support.shop import config_file
from tests.support.tenants import TENANTS, config_map

VALUE = "ENC[AES256_GCM,data:Tr7o=,iv:1vX=,tag:k3E=,type:str]"
OTHER = "ENC[AES256_GCM,data:Zz7o=,iv:2vX=,tag:l3E=,type:int]"
SECTION = "sops: {mac: 'ENC[AES256_GCM,data:A,iv:A=,tag:A=,type:str]', age: [{recipient: age1b}, {recipient: age1a}]}\n"
SECRET = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: shop}}\nstringData: {{password: '{VALUE}', plain: b}}\n"


def template(text: str, path: str = "a.yaml") -> ResourceTemplate:
    desired = load({path: text})
    assert not desired.issues
    (found,) = desired.templates
    return found


def issue(text: str) -> Issue:
    desired = load({"a.yaml": text})
    assert not desired.templates
    (found,) = desired.issues
    assert (found.severity, found.reason) == (Severity.ERROR, "EncryptedFile")
    return found


def test_a_template_has_the_digest_of_the_encrypted_text_in_place_of_a_value() -> None:
    found = template(SECRET + SECTION)
    assert found.manifest["stringData"] == {"password": seal_of(VALUE), "plain": "b"}
    assert "sops" not in found.manifest
    assert found.sealed is not None
    assert (found.sealed.path, found.sealed.recipients) == ("a.yaml", ("age1a", "age1b"))
    assert seal_of(VALUE) != seal_of(OTHER)


def test_every_document_of_a_file_is_read() -> None:
    desired = load({"a.yaml": f"{SECRET}{SECTION}---\n{SECRET.replace('name: a', 'name: b')}{SECTION}"})
    assert [(one.key.name, one.origin.line) for one in desired.templates] == [("a", 1), ("b", 7)]
    assert len({one.sealed for one in desired.templates}) == 1


def test_what_a_schema_says_of_an_encrypted_value_does_not_count() -> None:
    """It is a digest, not base64 and no number; a field that the kind does not have is still one."""
    template(SECRET.replace("stringData", "data").replace(", plain: b", "") + SECTION)
    service = f"apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{ports: [{{port: '{OTHER}'}}]}}\n"
    template(service + SECTION)
    (unknown,) = load({"a.yaml": service.replace("ports", "prots") + SECTION}).issues
    assert (unknown.reason, unknown.origin.line) == ("UnknownField", 4)


@pytest.mark.parametrize("field", ["apiVersion: v1", "kind: Secret", "name: a", "namespace: shop"])
def test_what_an_object_is_must_be_readable(field: str) -> None:
    name = field.partition(":")[0]
    found = issue(SECRET.replace(field, f"{name}: '{VALUE}'") + SECTION)
    assert "is encrypted here, so nobody can tell what this object is" in found.message
    assert "--encrypted-regex" in found.remedy


def test_a_policy_must_be_readable() -> None:
    policy = (
        f"apiVersion: policy.karmada.io/v1alpha1\nkind: PropagationPolicy\nmetadata: {{name: a}}\nspec: {{priority: '{VALUE}'}}\n"
    )
    assert "a PropagationPolicy cannot be encrypted" in issue(policy + SECTION).message


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        SECRET.replace("stringData", "data"),
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec: {{x: [{{value: '{VALUE}'}}]}}\n",
        f"{SECRET}{SECTION}---\n{config_file('b')}",
    ],
)
def test_nothing_of_a_file_is_sent_that_lacks_the_section(text: str) -> None:
    found = issue(text)
    assert "lacks SOPS's own section" in found.message
    assert "prunes what it declared" in found.remedy


def test_a_text_that_mentions_an_encrypted_value_is_sent() -> None:
    files = {"a.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{note: 'such as {VALUE}'}}\n"}
    assert not load(files).issues


def test_a_file_in_which_nothing_is_encrypted_is_a_plain_one() -> None:
    found = template(config_file("b") + SECTION)
    assert (found.sealed, "sops" in found.manifest) == (None, False)


def test_below_a_tenants_folder_a_mac_must_bind_the_values_to_their_object() -> None:
    """Else a copy of somebody else's file, with another name, would be decrypted for the tenant."""
    own = SECRET.replace("shop", "team-b")
    files = {"tenants.yaml": TENANTS, "teams/a/b.yaml": config_map("b"), "teams/b/a.yaml": own + SECTION}
    assert len(load(files).templates) == 2
    files["teams/b/a.yaml"] = (own + SECTION).replace("sops: {", "sops: {mac_only_encrypted: true, ")
    desired = load(files)
    assert [str(one.key) for one in desired.templates] == ["ConfigMap team-a/b"]
    (found,) = desired.issues
    assert (found.reason, str(found.origin)) == ("GovernedFolder", "teams/b/a.yaml:1")
    assert "mac_only_encrypted" in found.message


def test_any_file_of_sops_is_recognised() -> None:
    values = sealed_file("values.yaml", "blob", f"db: {{password: '{VALUE}'}}\n{SECTION}".encode())
    assert values is not None
    assert (values.recipients, values.unbound) == (("age1a", "age1b"), False)
    assert sealed_file("values.yaml", "blob", b"db: {password: a}\n") is None
