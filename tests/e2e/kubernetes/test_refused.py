"""On real API servers: what a member refuses is told with the object and a remedy, and everything else goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.fleet import (
    DEPLOYMENT,
    cluster_policy,
    config,
    definition,
    document,
    override,
    placed,
    policy,
    selector,
    widget,
    workload,
)
from tests.support.servers import ServerWorld, eventually

pytestmark = pytest.mark.members("m1")

NEIGHBOUR = {"neighbour.yaml": config("neighbour"), "neighbour-policy.yaml": policy("neighbour", selector("ConfigMap"), "m1")}


def refusal(world: ServerWorld) -> str:
    """What a sync says that fails for one object and writes the others."""
    ran = world.sync("--no-wait")
    assert ran.code == 3, ran.err
    (line,) = [line for line in ran.err.splitlines() if line.startswith("failed: ")]
    assert world.holders("configmaps", "neighbour") == ["m1"]
    return ran.err[ran.err.index(line) :]


def other_selector() -> str:
    item = json.loads(workload("web"))
    item["spec"]["selector"]["matchLabels"]["tier"] = "front"
    item["spec"]["template"]["metadata"]["labels"]["tier"] = "front"
    return json.dumps(item)


def test_an_immutable_field(world: ServerWorld) -> None:
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    before = world.get("m1", "deployments", "web")
    world.commit({"apps/web/workload.yaml": other_selector(), **NEIGHBOUR})
    said = refusal(world)
    assert said.startswith(f"failed: configure Deployment.apps {world.namespace}/web on m1: spec.selector: field is immutable\n")
    assert "set the annotation reconciler.dev/recreate: allowed" in said
    assert "Delete the object in the member; the next pass creates it again" in said
    assert world.get("m1", "deployments", "web")["metadata"]["uid"] == before["metadata"]["uid"]
    world.remove("m1", "deployments", "web")
    assert world.sync().code == 0
    assert world.get("m1", "deployments", "web")["spec"]["selector"]["matchLabels"] == {"app": "web", "tier": "front"}


def test_an_immutable_job_is_told_in_a_short_line(world: ServerWorld) -> None:
    """The server's own answer quotes the whole Pod template."""

    def job(value: str) -> str:
        container = {"name": "a", "image": "docker.io/library/nginx:1.28", "env": [{"name": "A", "value": value}]}
        template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
        return document("Job", "pi", api="batch/v1", spec={"template": template})

    world.commit({"job.yaml": job("1"), "p.yaml": policy("pi", selector("Job", api="batch/v1"), "m1")})
    world.sync("--no-wait")
    world.commit({"job.yaml": job("2"), **NEIGHBOUR})
    said = refusal(world)
    assert said.startswith(f"failed: configure Job.batch {world.namespace}/pi on m1: spec.template: field is immutable\n")
    assert "Or give the Job a new name." in said
    assert max(map(len, said.splitlines())) < 400


def agreeing(text: str) -> str:
    item = json.loads(text)
    item["metadata"]["annotations"] = {"reconciler.dev/recreate": "allowed"}
    return json.dumps(item)


def test_an_immutable_field_of_what_may_be_recreated(world: ServerWorld) -> None:
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    before = world.get("m1", "deployments", "web")["metadata"]["uid"]
    world.commit({"apps/web/workload.yaml": agreeing(other_selector())})
    tried = world.sync("--dry-run")
    assert f"configure Deployment.apps {world.namespace}/web on m1: deleted and created again: spec.selector:" in tried.out
    assert world.get("m1", "deployments", "web")["metadata"]["uid"] == before
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert f"recreated: Deployment.apps {world.namespace}/web on m1: spec.selector: field is immutable" in ran.err
    live = world.get("m1", "deployments", "web")
    assert live["metadata"]["uid"] != before
    assert live["spec"]["selector"]["matchLabels"] == {"app": "web", "tier": "front"}
    before_next = world.audited()
    assert (world.sync().code, world.writes(before_next)) == (0, [])


def frozen(revision: int) -> dict[str, str]:
    """Objects of many kinds; no field that differs between the revisions may change.

    The Pod has a scheduler that does not run, so it comes to no node. kwok, which plays the nodes, deletes a Pod that is to go by
    its name, not by its uid as a kubelet would: a second try, on a busy machine, takes the Pod that was created after it.
    """
    rbac = "rbac.authorization.k8s.io"
    role = {"kind": "ClusterRole", "name": ["view", "edit"][revision], "apiGroup": rbac}
    container = {"name": "a", "image": "docker.io/library/nginx:1.28", "env": [{"name": "A", "value": str(revision)}]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    stateful = json.loads(workload("db", 1, kind="StatefulSet"))
    stateful["spec"]["serviceName"] = f"db-{revision}"
    items = [
        document("RoleBinding", "b", api=f"{rbac}/v1", roleRef=role, subjects=[]),
        document("Service", "s", spec={"ports": [{"port": 80}], **({"clusterIP": "None"} if revision else {})}),
        document("Pod", "p", spec={**template["spec"], "schedulerName": "nobody"}),
        document("Job", "j", api="batch/v1", spec={"template": template}),
        document("Secret", "k", immutable=True, data={"a": ["MQ==", "Mg=="][revision]}),
        json.dumps(stateful),
    ]
    return {f"{number}.yaml": agreeing(item) for number, item in enumerate(items)}


def test_every_kind_that_may_be_recreated_is(world: ServerWorld) -> None:
    kinds = {(item["kind"], item["apiVersion"]) for item in map(json.loads, frozen(0).values())}
    policies = {f"p/{kind}.yaml": policy(kind.lower(), selector(kind, api=api), "m1") for kind, api in kinds}
    world.commit({**frozen(0), **policies})
    ran = world.sync("--no-wait")
    assert "failed" not in ran.err, ran.err
    world.commit(frozen(1))
    ran = world.sync("--no-wait")
    recreated = [line.split()[1] for line in ran.err.splitlines() if line.startswith("recreated: ")]
    assert len(recreated) == len(kinds), ran.err
    assert world.get("m1", "rolebindings", "b")["roleRef"]["name"] == "edit"
    assert world.get("m1", "services", "s")["spec"]["clusterIP"] == "None"
    before = world.audited_in_full()
    ran = world.sync("--no-wait")
    assert ("failed" in ran.err, world.writes(before)) == (False, []), ran.err


def test_what_is_invalid_is_not_deleted(world: ServerWorld) -> None:
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    before = world.get("m1", "deployments", "web")["metadata"]["uid"]
    item = json.loads(agreeing(other_selector()))
    item["spec"]["template"]["spec"]["activeDeadlineSeconds"] = 30  # An API server takes this for Pods and Jobs only.
    world.commit({"apps/web/workload.yaml": json.dumps(item), **NEIGHBOUR})
    assert "a new one would be refused" in refusal(world)
    assert world.get("m1", "deployments", "web")["metadata"]["uid"] == before


def test_a_claim_is_never_recreated(world: ServerWorld) -> None:
    def claim(mode: str) -> str:
        spec = {"accessModes": [mode], "resources": {"requests": {"storage": "1Gi"}}}
        return agreeing(document("PersistentVolumeClaim", "data", spec=spec))

    world.commit({"data.yaml": claim("ReadWriteOnce"), "p.yaml": policy("data", selector("PersistentVolumeClaim"), "m1")})
    world.sync("--no-wait")
    before = world.get("m1", "persistentvolumeclaims", "data")["metadata"]["uid"]
    world.commit({"data.yaml": claim("ReadWriteMany"), **NEIGHBOUR})
    said = refusal(world)
    assert "The annotation reconciler.dev/recreate has no effect here: a PersistentVolumeClaim holds data" in said
    assert said.count("data") < 10
    assert world.get("m1", "persistentvolumeclaims", "data")["metadata"]["uid"] == before
    assert (
        "The annotation reconciler.dev/recreate".lower() in world.run("validate").err.lower() + world.run("validate").out.lower()
    )


FIXED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a Secret's type": ({"kind": "Secret", "type": "Opaque"}, {"type": "example.com/other"}, "type"),
    "what is frozen": ({"kind": "ConfigMap", "immutable": True, "data": {"a": "1"}}, {"data": {"a": "2"}}, "data"),
}


@pytest.mark.parametrize("case", FIXED)
def test_what_changes_only_by_being_made_anew(world: ServerWorld, case: str) -> None:
    fields, change, where = FIXED[case]
    chosen = policy("fixed", selector(fields["kind"], "fixed"), "m1")
    world.commit({"item.yaml": document(name="fixed", **fields), "p.yaml": chosen})
    assert world.sync().code == 0
    world.commit({"item.yaml": document(name="fixed", **{**fields, **change}), **NEIGHBOUR})
    said = refusal(world)
    assert f"{fields['kind']} {world.namespace}/fixed on m1" in said
    assert where in said
    assert "Delete the object in the member; the next pass creates it again" in said


def sticky(seconds: int) -> dict[str, Any]:
    return {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}}}


ONE_GIBIBYTE = {"resources": {"requests": {"storage": "1Gi"}}}
INVALID: dict[str, tuple[str, str]] = {
    "a value out of range": (
        document("Service", "web", spec={"ports": [{"port": 80}], **sticky(99999999)}),
        "timeoutSeconds",
    ),
    "a claim of two modes that exclude each other": (
        document(
            "PersistentVolumeClaim",
            "web",
            spec={"accessModes": ["ReadWriteOnce", "ReadWriteOncePod"], "resources": {"requests": {"storage": "1Gi"}}},
        ),
        "spec.accessModes",
    ),
    "a key that its type needs": (document("Secret", "web", type="kubernetes.io/tls", data={}), "data[tls.crt]"),
}


@pytest.mark.parametrize("case", INVALID)
def test_a_value_that_admission_refuses(world: ServerWorld, case: str) -> None:
    text, field = INVALID[case]
    item = json.loads(text)
    world.commit({"item.yaml": text, "p.yaml": policy("web", selector(item["kind"], api=item["apiVersion"]), "m1"), **NEIGHBOUR})
    said = refusal(world)
    assert f"{item['kind']} {world.namespace}/{item['metadata']['name']} on m1" in said
    assert field in said
    before = world.audited()
    told = world.synced("--no-wait")
    assert [change["error"] != "" for change in told["clusters"]["m1"]["changes"]] == [True]
    assert len(world.writes(before)) == 1, "one attempt a pass: trying again at once would change nothing"


def sized_widgets(world: ServerWorld) -> dict[str, str]:
    """A definition of widgets with a size and nothing else, on m1."""
    group = f"{world.namespace}.example.com"
    crd = json.loads(definition(group, "v1"))
    declared = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = declared
    placed_crd = selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1")
    return {
        "crd.yaml": json.dumps(crd),
        "crd-policy.yaml": cluster_policy(world.namespace, placed_crd, "m1"),
        "widgets.yaml": policy("widgets", selector("Widget", api=f"{group}/v1"), "m1"),
    }


def test_a_field_that_no_schema_declares(world: ServerWorld) -> None:
    """A warning when it is validated; the server calls it an internal error, and it is none."""
    group = f"{world.namespace}.example.com"
    world.commit({**sized_widgets(world), "widget.yaml": widget(group, "w", siez=3), **NEIGHBOUR, **placed("web", "m1")})
    said = refusal(world)
    assert f"Widget.{group} {world.namespace}/w on m1" in said
    assert ".spec.siez" in said
    assert "Correct the name of the field" in said


def test_objects_that_cannot_be_merged(world: ServerWorld) -> None:
    """The server answers 500 for each of them. However many they are, the others are written and pruned."""
    world.commit({**sized_widgets(world), **placed("db", "m1", kind="StatefulSet"), "old.yaml": config("old"), **NEIGHBOUR})
    assert world.sync("--no-wait").code in (0, 1)
    group = f"{world.namespace}.example.com"
    broken = {f"bad{number}.yaml": widget(group, f"bad{number}", siez=3) for number in range(4)}
    world.commit({**broken, **placed("db", "m1", kind="StatefulSet", replicas=3)}, "old.yaml")
    ran = world.sync("--no-wait")
    assert ran.code == 3
    failed = [line for line in ran.err.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 4, ran.err
    assert world.get("m1", "statefulsets", "db")["spec"]["replicas"] == 3
    assert world.get("m1", "configmaps", "old") is None


def test_what_a_rule_spoils_is_not_sent(world: ServerWorld) -> None:
    """The API server would answer 500, and the last good copy stays. The rest of the member goes on, and the member is ready."""
    world.commit({**placed("web", "m1"), **NEIGHBOUR})
    assert world.sync("--no-wait").code in (0, 1)
    rule = override("spoil", selector("Deployment", "web", DEPLOYMENT), plaintext=[REPLICAS])
    world.commit({"spoil.yaml": rule, "neighbour.yaml": config("neighbour", key="new"), **placed("web", "m1", replicas=5)})
    before = world.audited()
    ran = world.sync("--no-wait")
    assert ran.code == 1, ran.err
    said = f"Deployment.apps {world.namespace}/web: rule 0 of OverridePolicy {world.namespace}/spoil makes an object that"
    assert f"error: {said} an API server refuses: spec.replicas must be a whole number" in ran.err
    assert not [request for request in world.writes(before, "m1") if "/deployments/" in request]
    assert world.get("m1", "deployments", "web")["spec"]["replicas"] == 2
    assert world.get("m1", "configmaps", "neighbour")["data"] == {"key": "new"}
    (row,) = [row for row in world.run("clusters", "-o", "json").json if row["name"] == "m1"]
    assert row["ready"] is True


REPLICAS = {"path": "/spec/replicas", "operator": "add", "value": "3"}


@contextmanager
def denying(world: ServerWorld, expression: str) -> Iterator[None]:
    """A policy of the member that refuses ConfigMaps in this world's namespace."""
    root = "/apis/admissionregistration.k8s.io/v1"
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]
    name = f"deny-{world.namespace}"
    spec: Any = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": rules,
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
        },
        "validations": [{"expression": expression, "message": "not on a Friday"}],
    }
    api = "admissionregistration.k8s.io/v1"
    policies, bindings = f"{root}/validatingadmissionpolicies", f"{root}/validatingadmissionpolicybindings"
    world.put("m1", policies, document("ValidatingAdmissionPolicy", name, "", api=api, spec=spec))
    bound = {"policyName": name, "validationActions": ["Deny"]}
    world.put("m1", bindings, document("ValidatingAdmissionPolicyBinding", name, "", api=api, spec=bound))
    try:
        yield
    finally:
        world.remove("m1", bindings, name)
        world.remove("m1", policies, name)


def test_a_policy_of_the_member_that_denies(world: ServerWorld) -> None:
    world.commit(NEIGHBOUR)
    assert world.sync().code == 0
    with denying(world, "object.metadata.name != 'denied'"):
        probe = config("denied")

        def is_denied() -> bool:
            try:
                world.put("m1", "configmaps", probe)
            except OSError as error:
                return getattr(error, "close", lambda: None)() is None
            world.remove("m1", "configmaps", "denied")
            return False

        eventually(is_denied)
        world.commit({"denied.yaml": probe, "other.yaml": config("other")})
        said = refusal(world)
        assert f"ConfigMap {world.namespace}/denied on m1" in said
        assert "not on a Friday" in said
        assert "Change the object as this policy of the member requires" in said
        assert "permission" not in said
        assert world.holders("configmaps", "other") == ["m1"]


def test_a_webhook_that_does_not_answer(world: ServerWorld) -> None:
    """The server says 500; that is no trouble of the server, and other objects are written."""
    world.commit(NEIGHBOUR)
    assert world.sync().code == 0
    hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    hook = {
        "name": "tests.example.com",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
    }
    api = "admissionregistration.k8s.io/v1"
    world.put("m1", hooks, document("ValidatingWebhookConfiguration", world.namespace, "", api=api, webhooks=[hook]))
    try:
        secrets = {
            "secret.yaml": document("Secret", "hooked", stringData={"a": "b"}),
            "p.yaml": policy("s", selector("Secret"), "m1"),
        }
        # The webhook is in force a moment after it was stored.
        eventually(lambda: not _can_write_secrets(world))
        world.commit({**secrets, **placed("web", "m1")})
        said = refusal(world)
        assert f"Secret {world.namespace}/hooked on m1" in said
        assert "webhook" in said
        assert world.holders("deployments", "web") == ["m1"], "workloads come after Secrets, and are written all the same"
    finally:
        world.remove("m1", hooks, world.namespace)
    assert eventually(lambda: world.sync("--no-wait").code == 0)
    assert world.holders("secrets", "hooked") == ["m1"]


def _can_write_secrets(world: ServerWorld) -> bool:
    try:
        world.put("m1", "secrets", document("Secret", "probe"))
    except OSError as error:
        getattr(error, "close", lambda: None)()
        return False
    world.remove("m1", "secrets", "probe")
    return True


def test_a_quota_that_is_used_up(world: ServerWorld) -> None:
    world.put_namespace("m1")
    world.put(
        "m1",
        f"/api/v1/namespaces/{world.namespace}/resourcequotas",
        document("ResourceQuota", "few", spec={"hard": {"count/secrets": "0"}}),
    )
    secrets = {"secret.yaml": document("Secret", "s", stringData={"a": "b"}), "p.yaml": policy("s", selector("Secret"), "m1")}
    eventually(lambda: not _can_write_secrets(world))
    world.commit({**secrets, **NEIGHBOUR}, "namespace.yaml")
    said = refusal(world)
    assert "exceeded quota" in said
    assert "or raise this quota of the namespace in the member" in said
    assert "m1: " not in said.replace("on m1: ", ""), "the member is named once"
    assert "permission" not in said


@pytest.mark.members("m1", "m2")
def test_a_kind_that_the_member_does_not_serve(world: ServerWorld) -> None:
    """Its definition is in Git and placed elsewhere."""
    group = f"{world.namespace}.example.com"
    crd = selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1")
    world.commit(
        {
            "crd.yaml": definition(group, "v1"),
            "crd-policy.yaml": cluster_policy(world.namespace, crd, "m2"),
            "widget.yaml": widget(group, "w"),
            "p.yaml": policy("w", selector("Widget", api=f"{group}/v1"), "m1", "m2"),
            **NEIGHBOUR,
        }
    )
    said = refusal(world)
    assert f"m1 does not serve {group}/v1 Widget" in said
    assert "Place its CustomResourceDefinition there, too." in said
    assert world.holders(f"/apis/{group}/v1/namespaces/{world.namespace}/widgets", "w") == ["m2"]


@pytest.mark.members("m1", "m2")
def test_a_server_whose_certificate_is_not_trusted_gets_no_credential(world: ServerWorld) -> None:
    """The address of m1 with the CA of m2: somebody else may be answering there."""
    file = world.members / "m1.kubeconfig"
    impostor = json.loads(file.read_text())
    other = json.loads((world.members / "m2.kubeconfig").read_text())
    impostor["clusters"][0]["cluster"]["certificate-authority"] = other["clusters"][0]["cluster"]["certificate-authority"]
    file.write_text(json.dumps(impostor))
    world.commit(placed("web", "m1", "m2"))
    before = world.audited()
    ran = world.sync("--no-wait")
    assert ran.code == 3
    assert "m1: the certificate of its server at 127.0.0.1:" in ran.err
    assert " is not trusted: self-signed certificate" in ran.err
    assert world.requests(before, "m1") == []
    assert world.holders("deployments", "web") == ["m2"]


@pytest.mark.members("m1", "m2")
def test_a_token_that_is_not_accepted(world: ServerWorld) -> None:
    file = world.members / "m1.kubeconfig"
    expired = json.loads(file.read_text())
    expired["users"][0]["user"]["token"] = "expired"
    file.write_text(json.dumps(expired))
    world.commit(placed("web", "m1", "m2"))
    ran = world.sync("--no-wait")
    assert ran.code == 3
    assert "m1: the server refuses the credential: Unauthorized" in ran.err
    assert "Renew it: `reconciler join m1 --kubeconfig FILE --rotate`." in ran.err
    assert world.holders("deployments", "web") == ["m2"]


@pytest.mark.members("m1", "m2")
@pytest.mark.parametrize(("wrong", "right"), [("m2", "m1"), ("m1", "m2")])
def test_two_names_for_one_server(world: ServerWorld, wrong: str, right: str) -> None:
    """Whichever of them gets the credential of the other: the one under which the server was recorded stays."""
    world.commit(placed("web", wrong, right))
    world.sync("--no-wait")
    assert world.holders("deployments", "web") == ["m1", "m2"]
    file = world.members / f"{wrong}.kubeconfig"
    file.write_bytes((world.members / f"{right}.kubeconfig").read_bytes())
    world.commit(placed("web", wrong, right, image="docker.io/library/nginx:1.30"))
    before = world.audited_in_full()
    ran = world.sync("--no-wait")
    assert ran.code == 3
    assert f"{wrong}: this cluster is a member already, as {right}" in ran.err
    assert f"Correct its credential: reconciler join {wrong} --kubeconfig FILE --context NAME." in ran.err
    images = [
        world.get(name, "deployments", "web")["spec"]["template"]["spec"]["containers"][0]["image"] for name in ("m1", "m2")
    ]
    assert {name: image[-4:] for name, image in zip(("m1", "m2"), images, strict=True)} == {right: "1.30", wrong: "1.28"}
    assert world.writes(before, wrong) == []
    assert sum("/deployments/web" in one for one in world.writes(before, right)) == 1
    again = world.audited_in_full()
    assert (world.sync("--no-wait").code, world.writes(again)) == (3, [])
    file.write_bytes(world.planes[wrong].kubeconfig.read_bytes())
    world.sync("--no-wait")
    assert world.get(wrong, "deployments", "web")["spec"]["template"]["spec"]["containers"][0]["image"].endswith("1.30")
