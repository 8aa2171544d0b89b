"""No message has a value of a Secret, whatever a policy says."""

from __future__ import annotations

from reconciler.cel.admit import admit
from reconciler.cel.contents import cluster_of
from reconciler.cel.verdicts import Verdict
from tests.admission.scenes import Document, binding, bound, config_map, policy, rule

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s", "namespace": "default"},
    "data": {"key": "aHVudGVyMg=="},
}
TELLS = {"expression": "false", "messageExpression": "'the key is ' + object.data.key", "message": "no"}
FAILS = "isIP(object.data.key) || ip(object.data.key).family() == 4"
SECRETS = {"resourceRules": [rule("secrets")]}


def judged(documents: list[Document], manifest: Document) -> list[Verdict]:
    return admit(manifest, None, cluster_of(documents, is_complete=True))


def test_messages_about_secrets_have_no_values() -> None:
    assert [one.message for one in judged(bound("p", TELLS, match=SECRETS), SECRET)] == ["no"]
    (failed,) = judged(bound("p", FAILS, match=SECRETS), SECRET)
    assert failed.message == f"expression '{FAILS}' resulted in error"
    assert "aHVudGVyMg" not in failed.message


def test_nor_do_messages_with_a_secret_as_the_parameter() -> None:
    tells = {"expression": "false", "messageExpression": "params.data.key", "message": "no"}
    documents = [
        policy("p", tells, paramKind={"apiVersion": "v1", "kind": "Secret"}),
        binding("p", paramRef={"name": "s", "parameterNotFoundAction": "Deny"}),
        SECRET,
    ]
    assert [one.message for one in judged(documents, config_map())] == ["no"]


def test_other_objects_are_quoted() -> None:
    (verdict,) = judged(bound("p", {"expression": "false", "messageExpression": "object.data.key"}), config_map(key="value"))
    assert verdict.message == "value"
