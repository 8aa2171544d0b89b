"""`get` on real API servers: their columns, kubectl's spellings, and what is said below."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.controlplane.start import ControlPlane, running
from tests.support.assistant import Assistant, converse
from tests.support.connected import connect, create
from tests.support.fleet import World, cluster, config, document, secret, workload
from tests.support.program import PROGRAM, Ran, clean_environment, popen
from tests.support.real_kubectl import kubectl
from tests.support.servers import member

WIDGETS = document(
    "CustomResourceDefinition", "widgets.example.com", "", api="apiextensions.k8s.io/v1",
    spec={
        "group": "example.com", "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [
            {
                "name": "v1", "served": True, "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                "additionalPrinterColumns": [
                    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                    {"name": "Colour", "type": "string", "jsonPath": ".spec.colour", "priority": 1},
                ],
            }
        ],
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def planes() -> Iterator[list[ControlPlane]]:
    with running(["member1", "member2"]) as planes:
        for plane in planes:
            create(plane, "/api/v1/namespaces", document("Namespace", "shop", ""))
            create(plane, "/apis/apps/v1/namespaces/shop/deployments", workload("web"))
            create(plane, "/api/v1/namespaces/shop/secrets", secret("key", {"password": "hunter2"}, who=plane.name))
        create(planes[0], "/apis/apps/v1/namespaces/default/deployments", workload("api").replace('"shop"', '"default"'))
        create(planes[0], "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", WIDGETS)
        yield planes


@pytest.fixture(scope="module")
def world(planes: list[ControlPlane], tmp_path_factory: pytest.TempPathFactory) -> World:
    files = {f"clusters/{plane.name}.yaml": member(plane.name) for plane in planes}
    world = World(tmp_path_factory.mktemp("get"), {**files, "clusters/folder.yaml": cluster("folder")})
    folder = world.members / "folder"
    folder.mkdir(parents=True)
    (folder / "web.yaml").write_text(workload("web"))
    (folder / "config.yaml").write_text(config("settings"))
    return connect(world, planes)


def lines(ran: Ran) -> list[list[str]]:
    """The cells of what was printed; ages, which time decides, are one word."""
    return [re.sub(r"\b\d+[smh](\d+s)?$", "AGE", line).split() for line in ran.out.splitlines()]


def test_the_columns_are_those_of_the_server_with_the_cluster_in_front(world: World) -> None:
    ran = world.run("get", "deploy", "-n", "shop")
    assert (ran.code, ran.err) == (0, "")
    assert lines(ran) == [
        ["CLUSTER", "NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
        ["folder", "web", "<unknown>", "<unknown>", "<unknown>", "<unknown>"],
        ["member1", "web", "0/2", "0", "0", "AGE"],
        ["member2", "web", "0/2", "0", "0", "AGE"],
    ]


def test_namespaces_come_next_where_all_are_asked(world: World) -> None:
    assert [line[:3] for line in lines(world.run("get", "deployments.apps", "-A"))] == [
        ["CLUSTER", "NAMESPACE", "NAME"],
        ["folder", "shop", "web"],
        ["member1", "default", "api"],
        ["member1", "shop", "web"],
        ["member2", "shop", "web"],
    ]


def test_kinds_without_namespaces_have_no_such_column(world: World) -> None:
    assert lines(world.run("get", "ns", "-A"))[0] == ["CLUSTER", "NAME", "STATUS", "AGE"]


def test_the_default_namespace_is_kubectls(world: World) -> None:
    assert [line[:2] for line in lines(world.run("get", "deploy"))[1:]] == [["member1", "api"]]
    nothing = world.run("get", "statefulset")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "No resources found in default namespace.\n")


def test_wide_tells_more(world: World) -> None:
    header, *_, last = lines(world.run("get", "deploy", "-n", "shop", "-o", "wide"))
    assert header[-3:] == ["CONTAINERS", "IMAGES", "SELECTOR"]
    assert last[-3:] == ["web", "docker.io/library/nginx:1.28", "app=web"]


@pytest.mark.parametrize(
    "kind", ["deploy", "deployment", "Deployments", "deployment.apps", "deployments.v1.apps", "deploy.apps", "deployments.app"]
)
def test_spellings_of_a_kind(world: World, kind: str) -> None:
    assert len(lines(world.run("get", kind, "web", "-n", "shop"))) == 4


def test_several_kinds_are_several_tables_with_the_kind_before_the_name(world: World) -> None:
    ran = world.run("get", "deploy,cm", "-n", "shop", "--cluster", "folder", "--cluster", "member2")
    deployments, configs = ran.out.split("\n\n")
    assert [line.split()[:2] for line in deployments.splitlines()[1:]] == [
        ["folder", "deployment.apps/web"],
        ["member2", "deployment.apps/web"],
    ]
    assert [line.split()[:2] for line in configs.splitlines()[1:]] == [["folder", "configmap/settings"]]


def test_objects_are_selected_by_label(world: World) -> None:
    """The folder's selector is ours, the servers' theirs."""
    assert lines(world.run("get", "ns", "-l", "kubernetes.io/metadata.name in (shop)", "--cluster", "member1"))[1][1] == "shop"
    assert world.run("get", "cm,deploy", "-n", "shop", "-l", "app=other").out == ""


def test_names_for_scripts(world: World) -> None:
    ran = world.run("get", "deploy/web", "-n", "shop", "-o", "name")
    assert ran.out.splitlines() == [f"{name} deployment.apps/web" for name in ("folder", "member1", "member2")]


def test_documents_are_the_objects_with_secrets_masked(world: World) -> None:
    ran = world.run("get", "secret", "key", "-n", "shop", "-o", "yaml")
    assert ran.code == 0
    document = yaml.safe_load(ran.out)
    assert world.run("get", "secret", "key", "-n", "shop", "-o", "json").json == document
    assert [item["cluster"] for item in document["items"]] == ["member1", "member2"]
    assert [item["manifest"]["data"] for item in document["items"]] == [
        {"password": "********", "who": "********"},
        {"password": "********", "who": "******** (2)"},  # The copies are compared, and nothing else is told.
    ]
    assert all(item["manifest"]["kind"] == "Secret" for item in document["items"])
    assert not any("managedFields" in item["manifest"]["metadata"] for item in document["items"])


def test_an_assistant_gets_the_same(world: World) -> None:
    expected = world.run("get", "deploy", "-n", "shop").out.splitlines()

    async def talk(assistant: Assistant) -> None:
        table = await assistant.ask("get", words=["deploy"], namespace="shop")
        assert [line.split()[:4] for line in table.data.splitlines()] == [line.split()[:4] for line in expected]
        whole = await assistant.ask("get", words=["secret/key"], namespace="shop", whole=True)
        assert whole.data.count("password: '********'") == 2
        assert "hunter2" not in whole.text
        nowhere = await assistant.ask("get", words=["deploy/nowhere"], namespace="shop")
        assert "Deployment.apps shop/nowhere is on none of the members" in nowhere.data

    converse(world.repo.path, talk)


def test_what_a_crd_prints_and_which_members_lack_it(world: World, planes: list[ControlPlane]) -> None:
    body = document("Widget", "one", api="example.com/v1", spec={"size": 3, "colour": "red"})
    create(planes[0], "/apis/example.com/v1/namespaces/shop/widgets", body)
    ran = world.run("get", "wd", "-n", "shop")
    assert lines(ran) == [["CLUSTER", "NAME", "SIZE"], ["member1", "one", "3"]]
    assert (ran.code, ran.err) == (0, 'member2: no kind "wd" there\n')
    assert lines(world.run("get", "widgets.example.com", "-n", "shop", "-o", "wide"))[0] == ["CLUSTER", "NAME", "SIZE", "COLOUR"]


def test_a_kind_that_nobody_serves(world: World) -> None:
    ran = world.run("get", "gadgets")
    assert (ran.code, ran.out, ran.err) == (1, "", 'Error: none of the members serves a kind "gadgets"\n')


def test_an_object_that_is_nowhere(world: World) -> None:
    ran = world.run("get", "deploy/web", "deploy/nowhere", "-n", "shop")
    assert (ran.code, ran.err) == (1, "Error: Deployment.apps shop/nowhere is on none of the members\n")
    assert len(lines(ran)) == 4  # the one that there is


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "web", "-A"], ["deploy", "web", "-l", "a=b"], ["deploy/web", "svc"], ["deploy", "-l", "a=b=c"],
        ["deploy", "--cluster", "member9"], ["deploy", "web", "--field-selector", "a=b"], ["deploy", "--field-selector", "a"],
        ["deploy", "-w", "--sort-by", ".a"], ["deploy", "--sort-by", "{"], ["deploy", "-o", "jsonpath="],
        ["deploy", "-o", "jsonpath={.a"], ["deploy", "-o", "custom-columns=NAME"], ["deploy", "-o", "other"],
        ["deploy", "-o", "jsonpath-file=/nowhere"], ["clusters", "-o", "jsonpath={.a}"], ["clusters", "-w"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage(world: World, words: list[str]) -> None:
    assert world.run("get", *words).code == 2


TEMPLATES = (
    "{.items[*].metadata.name}", "{.items[0].metadata.labels}", "{.kind}/{.apiVersion}", "{.items[0].spec.replicas}",
    '{range .items[*]}{.metadata.name}{"\\t"}{.spec.template.spec.containers[*].image}{"\\n"}{end}',
    '{.items[?(@.metadata.name=="web")].spec.replicas}', "{.items[*].spec.template.spec.containers[0]['name','image']}",
    "{.items[*].metadata.managedFields[*].manager}", "{.items[0].spec.strategy}", "{.metadata}", "{.items[0].absent}",
    "{.items[?(@.spec.replicas>1)].metadata.name}", "{range .items[*]}[{.metadata.name}, {.spec.selector.matchLabels}] {end}",
    "{.items[-1:].spec.template.spec.containers[].name}", "{.items[*].spec.progressDeadlineSeconds}", "plain text",
)  # fmt: skip
COLUMNS = (
    "NAME:.metadata.name,IMAGES:.spec.template.spec.containers[*].image,NONE:.spec.absent",
    "A:{.metadata.name},LABELS:metadata.labels,N:.spec.replicas",
    "ARGS:.spec.template.spec.containers,KIND:kind",
)


@pytest.fixture
def theirs(planes: list[ControlPlane], tmp_path: Path) -> Callable[..., str]:
    """What the real kubectl prints for deployments on member1."""

    def ask(*arguments: str) -> str:
        ran = kubectl("get", "deploy", "-A", *arguments, kubeconfig=planes[0].kubeconfig, home=tmp_path)
        assert ran.code == 0, ran.err
        return ran.out

    return ask


def test_templates_print_what_kubectl_prints(world: World, theirs: Callable[..., str], tmp_path: Path) -> None:
    """All of them at once: none of them fails."""
    (tmp_path / "all").write_text("\n---\n".join(TEMPLATES))
    output = f"jsonpath-file={tmp_path / 'all'}"
    ran = world.run("get", "deploy", "-A", "--cluster", "member1", "-o", output)
    assert ran.out.split("\n---\n") == theirs("-o", output).split("\n---\n")
    as_json = "jsonpath-as-json={.items[*].spec.template.spec.containers}"
    assert world.run("get", "deploy", "-A", "--cluster", "member1", "-o", as_json).out == theirs("-o", as_json)


@pytest.mark.parametrize("spec", COLUMNS)
def test_columns_are_what_kubectl_prints(world: World, theirs: Callable[..., str], spec: str) -> None:
    ran = world.run("get", "deploy", "-A", "--cluster", "member1", "-o", f"custom-columns={spec}")
    assert ran.out == theirs("-o", f"custom-columns={spec}")


def test_columns_of_a_file_without_their_titles(world: World, theirs: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "columns").write_text("NAME   REPLICAS\nmetadata.name   {.spec.replicas}\n")
    output = f"custom-columns-file={tmp_path / 'columns'}"
    assert world.run("get", "deploy", "-A", "--cluster", "member1", "-o", output).out == theirs("-o", output)
    only = world.run("get", "deploy", "-A", "-o", "custom-columns=C:.cluster,N:.metadata.name", "--no-headers")
    assert only.out.split() == ["folder", "web", "member1", "api", "member1", "web", "member2", "web"]


def test_one_object_is_a_line_of_each_member(world: World, planes: list[ControlPlane], tmp_path: Path) -> None:
    words = ("get", "deploy", "web", "-n", "shop", "-o", "jsonpath={.spec.replicas}")
    assert world.run(*words).out == "folder: 2\nmember1: 2\nmember2: 2\n"
    assert world.run(*words, "--cluster", "member1").out == "2"
    assert kubectl(*words, kubeconfig=planes[0].kubeconfig, home=tmp_path).out == "2"


def test_templates_see_no_secret(world: World) -> None:
    ran = world.run("get", "secret", "key", "-n", "shop", "--cluster", "member1", "-o", "jsonpath={.data.password}")
    assert ran.out == "********"


def test_the_order_of_a_field_over_all_members(world: World, theirs: Callable[..., str]) -> None:
    sorted_here = world.run("get", "deploy", "-A", "--sort-by", ".metadata.creationTimestamp", "--cluster", "member1")
    names = [line[2] for line in lines(sorted_here)[1:]]
    assert names == [line.split()[1] for line in theirs("--sort-by", ".metadata.creationTimestamp").splitlines()[1:]]
    over_all = world.run("get", "deploy", "-A", "--sort-by", "{.metadata.name}", "-o", "name").out.splitlines()
    assert [line.split("/")[1] for line in over_all] == ["api", "web", "web", "web"]
    nothing = world.run("get", "deploy", "-A", "--sort-by", ".spec.absent")
    assert (nothing.code, nothing.err.splitlines()[0]) == (3, "Error: the template cannot be evaluated: no object has this field")


def test_fields_select(world: World) -> None:
    ran = world.run("get", "deploy", "-A", "--field-selector", "metadata.name=web,metadata.namespace!=default", "-o", "name")
    assert ran.out.splitlines() == [f"{name} deployment.apps/web" for name in ("folder", "member1", "member2")]
    unknown = world.run("get", "deploy", "-A", "--field-selector", "spec.nothing=1", "--cluster", "member1")
    assert unknown.code == 3
    assert "spec.nothing" in unknown.err


def test_labels_have_columns(world: World) -> None:
    ran = world.run("get", "ns", "shop", "-L", "kubernetes.io/metadata.name,x", "--cluster", "member1")
    header, row = [line.split() for line in ran.out.splitlines()]
    assert header == ["CLUSTER", "NAME", "STATUS", "AGE", "METADATA.NAME", "X"]
    assert row[:3] + row[4:] == ["member1", "shop", "Active", "shop"]
    shown = world.run("get", "ns", "shop", "--show-labels", "--no-headers", "--cluster", "member1").out.split()
    assert shown[:3] + shown[4:] == ["member1", "shop", "Active", "kubernetes.io/metadata.name=shop"]


def test_changes_are_printed_as_they_happen(world: World, planes: list[ControlPlane]) -> None:
    words = ("get", "cm", "-n", "shop", "-w", "--output-watch-events", "--repo", str(world.repo.path))
    process = popen([*PROGRAM, *words], stdout=subprocess.PIPE, text=True, env=clean_environment())
    assert process.stdout is not None
    try:
        assert [process.stdout.readline().split()[:3] for _ in range(2)] == [
            ["EVENT", "CLUSTER", "NAME"], ["ADDED", "folder", "settings"],
        ]  # fmt: skip
        path = "/api/v1/namespaces/shop/configmaps"
        create(planes[1], path, config("fresh"))
        assert process.stdout.readline().split()[:4] == ["ADDED", "member2", "fresh", "0"]
        create(planes[0], path, config("other", key="v"))
        assert process.stdout.readline().split()[:4] == ["ADDED", "member1", "other", "1"]
        planes[1].request(f"{path}/fresh", "DELETE")
        assert process.stdout.readline().split()[:3] == ["DELETED", "member2", "fresh"]
        (world.members / "folder" / "more.yaml").write_text(config("more"))
        assert process.stdout.readline().split()[:3] == ["ADDED", "folder", "more"]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        planes[0].request(f"{path}/other", "DELETE")
        (world.members / "folder" / "more.yaml").unlink(missing_ok=True)


def test_members_that_do_not_answer_are_named_below(world: World, planes: list[ControlPlane]) -> None:
    """The last test here: it kills a server."""
    planes[1].kill()
    ran = world.run("get", "deploy", "-n", "shop")
    assert ran.code == 3
    assert [line[0] for line in lines(ran)] == ["CLUSTER", "folder", "member1"]
    assert ran.err.startswith("member2 does not answer at 127.0.0.1:")
    missing = world.run("get", "deploy", "nowhere", "-n", "shop", "-o", "json")
    assert missing.code == 3
    assert list(missing.json["unanswered"]) == ["member2"]
    assert missing.json["missing"] == [{"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "nowhere"}]
    assert "Deployment.apps shop/nowhere is on none of the members that answered" in missing.err
