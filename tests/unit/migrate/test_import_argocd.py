"""From objects of Argo CD to files: what becomes of each kind of source, generator and field."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.migrate.argocd.importer import import_argocd
from reconciler.migrate.declared import Declared, RepositoryFiles, declared_in
from reconciler.migrate.gitops import GitOpsImport, GitOpsRequest
from tests.support.fleet import document

OWN = "https://git.example.com/shop/deploy.git"
ARGO = "argoproj.io/v1alpha1"
CHARTS = "https://charts.example.com"


def member(name: str, **labels: str) -> dict[str, Any]:
    secret = {"name": name, "server": f"https://{name}.example.com", "config": '{"bearerToken": "do-not-read"}'}
    labels = {"argocd.argoproj.io/secret-type": "cluster", **labels}
    metadata = {"name": f"cluster-{name}", "namespace": "argocd", "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": secret}


MEMBERS = [member("eu", env="prod"), member("us", env="prod"), member("dev", env="dev")]


def application(name: str, cluster: str, source: dict[str, Any], namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    spec = {"project": "default", "source": source, "destination": {"name": cluster, "namespace": namespace}, **spec}
    return {"apiVersion": ARGO, "kind": "Application", "metadata": {"name": name, "namespace": "argocd"}, "spec": spec}


def application_set(generators: list[Any], name: str, source: dict[str, Any], cluster: str = "{{name}}", **spec: Any) -> Any:
    template = {
        "metadata": {"name": name},
        "spec": {"project": "default", "source": source, "destination": {"name": cluster, "namespace": "shop"}},
    }
    stated = {"generators": generators, "template": template, **spec}
    metadata = {"name": "web", "namespace": "argocd"}
    return {"apiVersion": ARGO, "kind": "ApplicationSet", "metadata": metadata, "spec": stated}


def chart(values: Any = None, **helm: Any) -> dict[str, Any]:
    helm = {**({"valuesObject": values} if values else {}), **helm}
    return {"repoURL": CHARTS, "chart": "web", "targetRevision": "1.2.3", **({"helm": helm} if helm else {})}


AUTOMATED = {"automated": {"prune": True, "selfHeal": True}}
FILES = {
    "kustomized/base/kustomization.yaml": "resources: [config.yaml]\n",
    "kustomized/base/config.yaml": document("ConfigMap", "color", data={"a": "b"}),
    "plain/config.yaml": document("ConfigMap", "plain", data={"a": "b"}),
    "plain/role.yaml": document("ClusterRole", "plain", "", api="rbac.authorization.k8s.io/v1"),
    "placed/config.yaml": dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nowhere"}}),
    "charts/own/Chart.yaml": "name: own\nversion: 1.0.0\n",
    "teams/red/app.yaml": document("ConfigMap", "red"),
    "teams/blue/app.yaml": document("ConfigMap", "blue"),
    "envs/eu.yaml": "cluster: eu\nsize: {replicas: 3}\n",
    "envs/us.yaml": "cluster: us\nsize: {replicas: 2}\n",
}


def imported(*objects: dict[str, Any], files: dict[str, str] | None = None, **request: Any) -> GitOpsImport:
    contents = {path: text.encode() for path, text in {**FILES, **(files or {})}.items()}
    found = [Declared(one) for one in (*MEMBERS, *objects)]
    return import_argocd(found, GitOpsRequest(RepositoryFiles(frozenset(contents), contents), repositories=(OWN,), **request))


def documents(result: GitOpsImport, path: str) -> dict[str, Any]:
    """By kind."""
    text = {one.path: one.text for one in result.imported.files}[path]
    return {one.value["kind"]: one.value for one in read_stream(text)[0]}


def paths_of(result: GitOpsImport) -> list[str]:
    return [one.path for one in result.imported.files]


def said(result: GitOpsImport) -> set[tuple[str, str]]:
    return {(one.subject, one.what) for one in result.imported.remarks if "address" not in one.what}


def test_clusters_have_names_and_labels_and_nothing_of_their_secrets() -> None:
    result = imported()
    paths = [one.path for one in result.imported.files]
    assert paths == ["clusters/dev.yaml", "clusters/eu.yaml", "clusters/us.yaml"]
    assert documents(result, "clusters/eu.yaml")["Cluster"] == {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "eu", "labels": {"env": "prod"}},
        "spec": {"syncMode": "Push"},
    }
    everything = "".join(one.text for one in result.imported.files) + repr(result.imported.remarks)
    assert "do-not-read" not in everything
    assert "example.com" not in everything


def test_the_same_chart_on_two_clusters_is_one_chart_with_an_override() -> None:
    result = imported(
        application("web-eu", "eu", chart({"replicas": 3, "ui": {"color": "red"}}, releaseName="web"), syncPolicy=AUTOMATED),
        application("web-us", "us", chart({"replicas": 3, "ui": {"color": "blue"}}, releaseName="web"), syncPolicy=AUTOMATED),
    )
    found = documents(result, "imported/shop/web.yaml")
    assert found["Chart"]["spec"] == {
        "chart": {"repository": CHARTS, "name": "web", "version": "1.2.3"},
        "values": {"replicas": 3, "ui": {"color": "blue"}},
    }
    assert found["PropagationPolicy"]["spec"] == {
        "resourceSelectors": [{"apiVersion": "reconciler.dev/v1alpha1", "kind": "Chart", "name": "web"}],
        "placement": {"clusterAffinity": {"clusterNames": ["eu", "us"]}},
    }
    color = {"path": "/spec/values/ui/color", "operator": "replace", "value": "red"}
    rules = [{"targetCluster": {"clusterNames": ["eu"]}, "overriders": {"plaintext": [color]}}]
    assert found["OverridePolicy"]["spec"]["overrideRules"] == rules
    assert said(result) == set()


def test_release_names_that_differ_stay_as_they_are() -> None:
    result = imported(*(application(f"web-{name}", name, chart(), syncPolicy=AUTOMATED) for name in ("eu", "us")))
    found = documents(result, "imported/shop/web.yaml")
    assert found["Chart"]["spec"]["releaseName"] == "web-eu"
    operations = [{"path": "/spec/releaseName", "operator": "replace", "value": "web-us"}]
    assert found["OverridePolicy"]["spec"]["overrideRules"][0]["overriders"]["plaintext"] == operations


def test_a_release_is_never_moved_to_a_chart_of_another_one() -> None:
    """Two Applications of one chart on one cluster are two releases."""
    result = imported(application("red", "eu", chart()), application("blue", "eu", chart()))
    paths = [one.path for one in result.imported.files if one.path.startswith("imported")]
    assert paths == ["imported/shop/blue.yaml", "imported/shop/red.yaml"]


@pytest.mark.parametrize("templated", [{}, {"goTemplate": True, "goTemplateOptions": ["missingkey=error"]}])
def test_clusters_that_were_chosen_by_labels_still_are(templated: dict[str, Any]) -> None:
    name = "web-{{ .name }}" if templated else "web-{{name}}"
    cluster = "{{ .name }}" if templated else "{{name}}"
    env = "{{ .metadata.labels.env | upper | lower }}" if templated else "{{metadata.labels.env}}"
    generator = {"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}
    source = chart({"env": env}, releaseName="web")
    result = imported(application_set([generator], name, source, cluster, **templated))
    found = documents(result, "imported/shop/web.yaml")
    assert found["PropagationPolicy"]["spec"]["placement"] == {
        "clusterAffinity": {"labelSelector": {"matchLabels": {"env": "prod"}}}
    }
    assert found["Chart"]["spec"]["values"] == {"env": "prod"}
    assert "OverridePolicy" not in found


@pytest.mark.parametrize("declared", [{"eu": {}}, {"eu": {"env": "prod"}, "other": {"env": "prod"}}])
def test_labels_that_come_to_other_clusters_here_are_no_placement(declared: Any) -> None:
    """A Cluster that is declared already may lack the label, or another one may have it."""
    generator = {"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}
    objects = application_set([generator], "web-{{name}}", chart(releaseName="web"))
    result = imported(objects, declared_clusters=declared)
    policy = documents(result, "imported/shop/web.yaml")["PropagationPolicy"]["spec"]
    assert policy["placement"] == {"clusterAffinity": {"clusterNames": ["eu", "us"]}}
    assert ("ApplicationSet argocd/web", "it chooses clusters with env=prod, which are others in this repository") in said(result)


def test_git_list_and_matrix_generators() -> None:
    files = {"git": {"repoURL": OWN, "files": [{"path": "envs/*.yaml"}]}}
    source = chart({"size": "{{size.replicas}}", "where": "{{path.filename}}"}, releaseName="web")
    result = imported(application_set([files], "web-{{cluster}}", source, "{{cluster}}"))
    chart_of_files = documents(result, "imported/shop/web.yaml")
    assert chart_of_files["PropagationPolicy"]["spec"]["placement"]["clusterAffinity"] == {"clusterNames": ["eu", "us"]}
    assert chart_of_files["Chart"]["spec"]["values"] == {"size": "2", "where": "eu.yaml"}
    operations = [rule["overriders"]["plaintext"] for rule in chart_of_files["OverridePolicy"]["spec"]["overrideRules"]]
    assert operations == [
        [{"path": "/spec/values/size", "operator": "replace", "value": "3"}],
        [{"path": "/spec/values/where", "operator": "replace", "value": "us.yaml"}],
    ]
    folders = {"git": {"repoURL": OWN, "directories": [{"path": "teams/*"}, {"path": "teams/blue", "exclude": True}]}}
    clusters = {"list": {"elements": [{"cluster": "eu"}, {"cluster": "us"}]}}
    matrix = {"matrix": {"generators": [folders, clusters]}}
    source = {"repoURL": OWN, "path": "{{path}}"}
    result = imported(application_set([matrix], "{{path.basename}}-{{cluster}}", source, "{{cluster}}"))
    policy = documents(result, "imported/shop/red.yaml")["PropagationPolicy"]["spec"]
    assert policy["resourceSelectors"] == [{"apiVersion": "v1", "kind": "ConfigMap", "name": "red"}]
    assert policy["placement"]["clusterAffinity"] == {"clusterNames": ["eu", "us"]}
    assert policy["preserveResourcesOnDeletion"] is True


@pytest.mark.parametrize(
    ("generators", "more", "what"),
    [
        ([{"merge": {}}], {}, "has a generator that is not read here: merge"),
        ([{"scmProvider": {}}], {}, "has a generator that is not read here: scmProvider"),
        ([{"list": {"elements": [{"name": "eu"}]}}], {"templatePatch": "a"}, "has a templatePatch"),
        ([{"git": {"repoURL": "https://other.example.com/a.git", "files": [{"path": "*"}]}}], {}, "which is not this repository"),
    ],
)
def test_a_set_that_is_not_read_is_reported_and_its_objects_stay(generators: list[Any], more: Any, what: str) -> None:
    result = imported(application_set(generators, "web", chart(), **more))
    assert not [one for one in result.imported.files if one.path.startswith("imported")]
    (remark,) = [one for one in result.imported.remarks if what in one.what]
    assert "stays as it is" in remark.consequence


def test_what_runs_counts_where_a_set_made_it_already() -> None:
    owner = {"ownerReferences": [{"kind": "ApplicationSet", "name": "web"}]}
    running = application("anything", "eu", chart())
    running["metadata"] |= owner
    result = imported(application_set([{"merge": {}}], "web", chart()), running)
    assert documents(result, "imported/shop/anything.yaml")["Chart"]["metadata"] == {"name": "anything", "namespace": "shop"}


def test_what_runs_keeps_the_labels_that_chose_its_clusters() -> None:
    generator = {"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}
    running = [application(f"any-{name}", name, chart(releaseName="web")) for name in ("eu", "us")]
    for one in running:
        one["metadata"]["ownerReferences"] = [{"kind": "ApplicationSet", "name": "web"}]
    made = application_set([generator], "web-{{name}}", chart())
    policy = documents(imported(made, *running), "imported/shop/any.yaml")["PropagationPolicy"]["spec"]
    assert policy["placement"] == {"clusterAffinity": {"labelSelector": {"matchLabels": {"env": "prod"}}}}
    policy = documents(imported(made, running[0]), "imported/shop/any-eu.yaml")["PropagationPolicy"]["spec"]
    assert policy["placement"] == {"clusterAffinity": {"clusterNames": ["eu"]}}


def test_each_source_becomes_what_says_it() -> None:
    result = imported(
        application("kustomized", "eu", {"repoURL": OWN, "path": "kustomized/base", "kustomize": {"namePrefix": "a-"}}),
        application("plain", "eu", {"repoURL": OWN, "path": "plain"}),
        application("owned", "eu", {"repoURL": OWN, "path": "charts/own", "helm": {"valueFiles": ["prod.yaml"]}}),
        application("oci", "eu", {"repoURL": "registry.example.com/charts", "chart": "web", "targetRevision": "1.0.0"}),
    )
    assert documents(result, "imported/shop/kustomized.yaml")["Kustomize"]["spec"] == {
        "path": "kustomized/base",
        "namePrefix": "a-",
    }
    plain = documents(result, "imported/shop/plain.yaml")
    assert {kind: one["spec"]["resourceSelectors"][0]["name"] for kind, one in plain.items()} == {
        "PropagationPolicy": "plain",
        "ClusterPropagationPolicy": "plain",
    }
    owned = documents(result, "imported/shop/owned.yaml")["Chart"]["spec"]
    assert owned == {"chart": {"path": "charts/own"}, "valuesFiles": ["prod.yaml"]}
    oci = documents(result, "imported/shop/oci.yaml")["Chart"]["spec"]["chart"]
    assert oci == {"oci": "oci://registry.example.com/charts/web", "version": "1.0.0"}
    assert result.needs.expand == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"repoURL": "https://other.example.com/a.git", "path": "a", "targetRevision": "main"}, "files of another repository"),
        ({"repoURL": OWN, "path": "placed"}, "the namespace of objects that state none"),
        ({"repoURL": OWN, "path": "kustomized/base", "kustomize": {"namespace": "x"}}, "a namespace for all objects"),
        ({"repoURL": OWN, "path": "plain", "directory": {"exclude": "a*"}}, "which files of the folder count"),
    ],
)
def test_what_a_chart_or_kustomize_cannot_say_stays_an_application(source: dict[str, Any], reason: str) -> None:
    result = imported(application("one-eu", "eu", source), application("one-us", "us", source))
    (remark,) = {one.what for one in result.imported.remarks if "cannot say" in one.what}
    assert reason in remark
    kept = documents(result, "imported/argocd/one.yaml")["Application"]
    assert kept["spec"]["destination"] == {"namespace": "shop"}
    assert "syncPolicy" not in kept["spec"]
    assert result.needs.expand == ("Application",)
    assert result.needs.repository == (OWN if source["repoURL"] == OWN else "")


def test_what_the_tool_does_and_this_program_does_not_is_said() -> None:
    policy = {"automated": {}, "syncOptions": ["CreateNamespace=true", "Replace=true", "ServerSideApply=true"]}
    rules = [
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]},
        {"kind": "A", "jqPathExpressions": [".x"]},
    ]
    one = application("web", "eu", chart({"name": "$ARGOCD_APP_NAME"}), syncPolicy=policy, ignoreDifferences=rules)
    one["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io"]
    project = {"apiVersion": ARGO, "kind": "AppProject", "metadata": {"name": "default", "namespace": "argocd"}}
    project["spec"] = {"sourceRepos": [OWN], "syncWindows": [{"kind": "deny"}]}
    result = imported(one, project, application("manual", "us", chart(), "other"), application("lost", "nowhere", chart()))
    assert said(result) == {
        ("Application argocd/web", "its ignoreDifferences name kinds, and no objects"),
        ("Application argocd/web", "selfHeal is off"),
        ("Application argocd/web", "the sync option Replace=true"),
        ("Application argocd/web", "it uses variables of Argo CD ($ARGOCD_…)"),
        ("Application argocd/web", "it has the finalizer of Argo CD"),
        ("Application argocd/manual", "it is synced by hand"),
        ("Application argocd/lost", "its destination is nowhere, which no cluster Secret declares"),
        ("AppProject argocd/default", "it has syncWindows"),
        ("AppProject argocd/default", "it restricts its Applications"),
    }
    assert result.needs.ignored == (
        {"group": "", "kind": "A", "namespace": "shop", "jq": [".x"]},
        {"group": "apps", "kind": "Deployment", "namespace": "shop", "jsonPointers": ["/spec/replicas"]},
    )
    assert set(documents(result, "imported/namespaces.yaml")) == {"Namespace", "ClusterPropagationPolicy"}


def test_files_of_this_repository_are_left_out_afterwards() -> None:
    path = "argocd/web.yaml"
    text = dump(application("web", "eu", chart()))
    mixed = text + "---\n" + document("ConfigMap", "other")
    found = [*map(Declared, MEMBERS), *declared_in(path, text.encode()), *declared_in("mixed.yaml", mixed.encode())]
    contents = {path: text.encode(), "mixed.yaml": mixed.encode()}
    result = import_argocd(found, GitOpsRequest(RepositoryFiles(frozenset(contents), contents)))
    assert result.needs.exclude == (path,)
    assert ("Application argocd/web", "its file declares other objects, too") in said(result)


def test_two_clusters_never_become_one() -> None:
    """Names of EKS differ at their end, and others in what a Cluster cannot be called."""
    arn = "arn:aws:eks:ap-southeast-1:123456789012:cluster/production-"
    names = [f"{arn}a", f"{arn}b", "west_1", "west-1"]
    found = [member(str(number)) for number in range(4)]
    for name, one in zip(names, found, strict=True):
        one["stringData"]["name"] = name
    result = imported(*found, *(application(f"a{number}", name, chart()) for number, name in enumerate(names)))
    (policy,) = [documents(result, path)["PropagationPolicy"] for path in paths_of(result) if path.startswith("imported/")]
    assert len(set(policy["spec"]["placement"]["clusterAffinity"]["clusterNames"])) == 4
    assert len(set(paths_of(result))) == len(paths_of(result))


def test_of_two_objects_with_one_name_one_is_imported_and_the_other_told() -> None:
    one, other = application("web", "eu", chart()), application("web", "us", chart())
    result = imported(one, one, other)
    assert [path for path in paths_of(result) if path.startswith("imported/")] == ["imported/shop/web.yaml"]
    assert ("Application argocd/web", "the API server declares another one with this name") in said(result)
    twice = application_set([{"list": {"elements": [{"c": "eu"}, {"c": "us"}]}}], "web", chart(), cluster="{{c}}")
    result = imported(twice)
    assert [path for path in paths_of(result) if path.startswith("imported/")] == []
    assert any("two Applications with the name web" in what for _, what in said(result))


def test_a_path_that_is_no_pattern_is_told() -> None:
    result = imported(application_set([{"git": {"repoURL": OWN, "directories": [{"path": "[z-a]"}]}}], "web", chart()))
    assert ("ApplicationSet argocd/web", "has the path [z-a], which is no pattern") in said(result)


def test_a_folder_with_applications_places_them_on_no_cluster() -> None:
    """They are imported themselves; as templates they would be expanded on the cluster of the one that declares them."""
    files = {"mixed/config.yaml": document("ConfigMap", "c"), "mixed/app.yaml": dump(application("child", "us", chart()))}
    source = {"repoURL": OWN, "path": "mixed", "targetRevision": "HEAD"}
    policy = documents(imported(application("root", "eu", source), files=files), "imported/shop/root.yaml")["PropagationPolicy"]
    assert [one["kind"] for one in policy["spec"]["resourceSelectors"]] == ["ConfigMap"]
    included = application("root", "eu", {**source, "path": "some", "directory": {"include": "*.yaml"}})
    parents = [application("root", "eu", chart()), application("root", "eu", source), included]
    files |= {path.replace("mixed", "some"): text for path, text in files.items()}
    parents[0]["status"] = {"resources": [{"group": ARGO.partition("/")[0], "kind": "Application", "name": "child"}]}
    for parent in parents:
        result = imported(parent, files={**files, "mixed/kustomization.yaml": "resources: [app.yaml]"})
        assert ("Application argocd/root", "what it deploys are Applications, and perhaps other objects") in said(result)
        assert [path for path in paths_of(result) if path.startswith("imported/")] == []


def test_what_two_policies_name_is_told() -> None:
    """The same folder on two clusters, of which one prunes."""
    source = {"repoURL": OWN, "path": "plain", "targetRevision": "HEAD"}
    result = imported(application("a", "eu", source, syncPolicy=AUTOMATED), application("b", "us", source))
    assert {what for subject, what in said(result) if "is named by" in what and subject == "Application argocd/b"} == {
        "ConfigMap plain of its folder is named by the policy a, too",
        "ClusterRole plain of its folder is named by the policy a, too",
    }
    agreed = imported(application("a", "eu", source), application("b", "us", source))
    assert not [what for _, what in said(agreed) if "is named by" in what]


def test_a_project_without_a_list_of_kinds_for_clusters_restricts() -> None:
    spec: dict[str, Any] = {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}]}
    project = {"apiVersion": ARGO, "kind": "AppProject", "metadata": {"name": "p", "namespace": "argocd"}, "spec": spec}
    told = ("AppProject argocd/p", "it restricts its Applications")
    assert told in said(imported(project))
    spec["clusterResourceWhitelist"] = [{"group": "*", "kind": "*"}]
    assert told not in said(imported(project))
    spec["signatureKeys"] = [{"keyID": "4AEE18F83AFDEB23"}]
    assert told in said(imported(project))


def test_a_template_that_differs_by_cluster_and_is_placed_by_labels_is_told() -> None:
    clusters = [{"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}]
    told = ("ApplicationSet argocd/web", "web differs by cluster")
    assert told in said(
        imported(application_set(clusters, "web-{{name}}", chart({"host": "{{name}}.example.com"}, releaseName="web")))
    )
    assert told not in said(imported(application_set(clusters, "web-{{name}}", chart(releaseName="web"))))


def test_what_is_being_deleted_is_not_imported() -> None:
    one = application("web", "eu", chart())
    one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    result = imported(one)
    assert ("Application argocd/web", "it is being deleted") in said(result)
    assert [path for path in paths_of(result) if path.startswith("imported/")] == []
