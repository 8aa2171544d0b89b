"""The mistakes that a new user makes in the first hour: each is answered with what is wrong, where, and what to do next.

`NUMBERS` are the mistakes that were tried first: each has a row here, or a test in `ELSEWHERE` with real servers or a remote.

One row per mistake. A row says how its repository differs from a small valid one, what the user then runs, and the words that
count in the answer: the reason, the place (file and line of the item), the remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.fleet import World
from tests.support.program import PROJECT


@dataclass(frozen=True, kw_only=True)
class Mistake:
    row: int = 0
    """Its number in the list of the mistakes that were tried; 0 for those that came later."""
    name: str
    says: tuple[str, ...]
    """Words of the answer, on stdout or stderr."""
    before: Mapping[str, str] = field(default_factory=dict)
    """Files that the valid repository has, too."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Written over those of the valid repository, in a commit of their own."""
    gone: tuple[str, ...] = ()
    """Files that this commit removes."""
    uncommitted: Mapping[str, str] = field(default_factory=dict)
    """Written into the work tree afterwards."""
    members: Mapping[str, str] = field(default_factory=dict)
    """Files below the member root."""
    git: tuple[str, ...] = ()
    """What git is told before the command."""
    command: tuple[str, ...] = ("validate",)
    """`{repo}` in it is the folder of the repository."""
    code: int = 1
    synced: bool = False
    """Whether the valid repository was synced before."""
    once: str = ""
    """Words that the answer has exactly once."""
    never: tuple[str, ...] = ()
    """Words that are not in the answer."""


def member(name: str) -> str:
    return f"""\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: {name}
spec:
  syncMode: Push
  apiEndpoint: file:{name}
"""


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: default
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: main
          image: nginx:1.27
"""
POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: web
  namespace: default
spec:
  resourceSelectors:
    - apiVersion: apps/v1
      kind: Deployment
      name: web
  placement:
    clusterAffinity:
      clusterNames:
        - member1
"""
LABELLED = member("member1").replace("  name: member1", "  name: member1\n  labels: {environment: dev}")
BY_LABEL = POLICY[: POLICY.index("      clusterNames")] + "      labelSelector: {matchLabels: {LABEL: dev}}\n"
OVERRIDE = """\
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata:
  name: web
  namespace: default
spec:
  resourceSelectors:
    - apiVersion: apps/v1
      kind: Deployment
      name: web
  overrideRules:
    - overriders:
        argsOverrider:
          - containerName: main
            operator: add
            value: [--verbose]
          - containerName: main
            operator: add
            value: [--color]
"""
BOTH = """\
{apiVersion: v1, kind: ConfigMap, metadata: {name: first, namespace: default}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: second, namespace: default}, data: {more: done}}
"""
CONFIGURATION = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
spec:
  validation: Strict
"""
VALID = {f"clusters/{name}.yaml": member(name) for name in ("member1", "member2", "member3")} | {
    "web.yaml": DEPLOYMENT,
    "policy.yaml": POLICY,
}

KUBECONFIG = """\
apiVersion: v1
kind: Config
contexts:
  - {name: kind-one, context: {cluster: one, user: one}}
  - {name: kind-two, context: {cluster: two, user: two}}
"""

ON_THE_COMMAND_LINE = [
    *[
        Mistake(
            name=f"a member root that does not exist: {' '.join(command)}",
            synced=True,
            command=(*command, "--member-root", "{repo}/../elsewhere"),
            code=3,
            says=("elsewhere does not exist, and according to the status branch there are objects", "with --member-root"),
            never=("No resources found",),
        )
        for command in (("get", "deploy", "-A"), ("sync",), ("diff", "HEAD", "--live"))
    ],
    Mistake(
        row=41,
        name="a kind that does not exist",
        command=("get", "podz"),
        says=('none of the members serves a kind "podz"', "Did you mean pod?"),
        never=("No resources found",),
    ),
    *[
        Mistake(
            name=f"a kind that nothing defines: {word}",
            command=("get", word),
            says=(f'none of the members serves a kind "{word}"',),
            never=("No resources found",),
        )
        for word in ("deploys", "foo", "foo.bar.com")
    ],
    *[
        Mistake(
            name=f"a kind of Karmada's control plane: {word}",
            command=("get", word),
            code=code,
            says=(hint,),
            never=("Did you mean",),
        )
        for word, code, hint in (
            ("propagationpolicies", 0, "Policies are files of the repository"),
            ("pp", 1, "Policies are files of the repository"),
            ("fhpa", 1, "`reconciler status` shows the numbers that they found"),
            ("rb", 1, "Decisions are on the status branch"),
            ("work", 1, "`reconciler render` shows what each member must hold"),
        )
    ],
    Mistake(
        row=41,
        name="a member that does not exist",
        command=("get", "deploy", "--cluster", "memberX"),
        code=2,
        says=("no such cluster: memberX. Did you mean member1, member2 or member3? The members are member1, member2, member3.",),
    ),
    Mistake(
        name="an object that does not exist",
        command=("explain", "deploy/wbe"),
        says=("No template deploy/wbe in any namespace of HEAD. Did you mean deployment/web?",),
    ),
    Mistake(
        name="an unjoin of a member that never was",
        command=("unjoin", "membr1"),
        code=2,
        says=("no member is called membr1. Did you mean member1?",),
        never=("is not a member any more",),
    ),
    Mistake(
        name="the beginning of a kind",
        command=("explain", "dep/web"),
        says=("No template dep/web in any namespace of HEAD. Did you mean deployment/web?",),
    ),
    Mistake(
        name="a kind of the record that does not exist",
        synced=True,
        command=("status", "deploymnt/web"),
        says=("No recorded object matches: deploymnt/web. Did you mean deployment/web?",),
    ),
    Mistake(
        name="an object in another namespace",
        synced=True,
        command=("get", "deploy", "web", "-n", "other"),
        says=("The last sync recorded Deployment.apps default/web: write -n default, or -A without a name.",),
    ),
    Mistake(
        name="a kind without namespaces that is on no member",
        command=("get", "ns"),
        code=0,
        says=("No resources found",),
        never=("namespace",),
    ),
    Mistake(
        name="a command that does not exist",
        command=("stauts",),
        code=2,
        says=("No such command 'stauts'. Did you mean status?",),
    ),
    Mistake(
        name="an option that does not exist",
        command=("status", "--outptu", "json"),
        code=2,
        says=("No such option: --outptu. Did you mean --output?",),
    ),
    Mistake(
        name="a value for an option that takes none",
        command=("sync", "--wait=false"),
        code=2,
        says=("Option '--wait' does not take a value.",),
    ),
    Mistake(
        row=42,
        name="an output format that does not exist",
        command=("validate", "-o", "jsno"),
        code=2,
        says=("Invalid value for '--output' / '-o': 'jsno' is not one of table, json, yaml, sarif, github. Did you mean json?",),
        never=("Value error", "env var"),
    ),
    Mistake(
        row=37,
        name="a branch that does not exist",
        command=("diff", "mian"),
        code=3,
        says=("no commit mian", "Did you mean main?"),
    ),
    Mistake(
        row=41,
        name="a command of kubectl",
        command=("scale", "deployment/web"),
        code=2,
        says=("No such command 'scale'. Edit the replicas in the file and commit.",),
    ),
    Mistake(
        name="a command of karmadactl",
        command=("deinit",),
        code=2,
        says=("No such command 'deinit'. See `reconciler uninstall`",),
        never=("Did you mean",),
    ),
    Mistake(
        name="an object in two words",
        command=("explain", "deployment", "web"),
        code=2,
        says=("Got unexpected extra argument(s) (web). Write deployment/web.",),
    ),
    Mistake(
        name="an option that only other commands have",
        command=("explain", "deployment/web", "--worktree"),
        code=2,
        says=("No such option: --worktree. This command reads commits, so commit first.",),
    ),
    Mistake(
        name="all namespaces, where a command covers them anyway",
        command=("history", "-A"),
        code=2,
        says=("No such option: -A. This command covers all namespaces.",),
    ),
    Mistake(
        row=37,
        name="a file in place of a revision",
        command=("validate", "policy.yaml"),
        code=3,
        says=("policy.yaml is a path, not a revision", "Leave it out: all files", "reconciler validate --worktree"),
        never=("forced push",),
    ),
    Mistake(
        row=41,
        name="a file in place of an object",
        command=("explain", "apps/web/deployment.yaml"),
        code=2,
        says=("apps/web/deployment.yaml is not KIND/NAME; write for example deployment/nginx",),
    ),
    Mistake(
        row=37,
        name="a commit before the first one",
        command=("diff", "HEAD~1"),
        code=3,
        says=("no commit HEAD~1: HEAD has only 1 commit", "Name a later one; the first is "),
    ),
    Mistake(
        row=30,
        name="a join without a context, where the kubeconfig has no current one",
        files={"kubeconfig": KUBECONFIG},
        command=("join", "member4", "--kubeconfig", "{repo}/kubeconfig"),
        code=3,
        says=("kubeconfig has no current context", "Name one of its contexts: kind-one, kind-two."),
    ),
    Mistake(
        row=30,
        name="a join with a typo in the context",
        files={"kubeconfig": KUBECONFIG},
        command=("join", "member4", "--kubeconfig", "{repo}/kubeconfig", "--context", "kind-tow"),
        code=3,
        says=("kubeconfig has no context 'kind-tow'", "Did you mean kind-two? Name one of its contexts: kind-one, kind-two."),
    ),
]
MANY = {f"many/{number}.yaml": DEPLOYMENT.replace("name: web", f"name: web{number}") for number in range(8)} | {
    "policy.yaml": POLICY.replace("      name: web\n", ""),
}
HELD = (
    "Deployment.apps default/web0, Deployment.apps default/web1, Deployment.apps default/web2 and 5 more on member1: ",
    "pruning 8 of 9 objects on member1 needs consent (spec.pruneGuard.maxShare is 50%)",
    "If they may go, run `reconciler sync --allow-prune member1` (safe while `reconciler run` is running).",
)
IN_OPERATION = [
    Mistake(
        name="a glob that leaves the members out",
        synced=True,
        files={"reconciler.yaml": CONFIGURATION.replace("  validation: Strict", "  include: ['*.yaml']")},
        command=("validate",),
        code=1,
        says=("is not read: spec.include or spec.exclude of the Configuration leaves clusters/member1.yaml out",),
        never=("declare it again",),
    ),
    Mistake(
        name="a broken file of a folder",
        synced=True,
        members={"member1/default/Deployment.apps/web.yaml": "kind: [\n"},
        command=("sync",),
        code=3,
        says=("{folder}", ".members/member1/default/Deployment.apps/web.yaml: line "),
    ),
    Mistake(
        name="a misspelt member in a policy, synced",
        synced=True,
        files={"policy.yaml": POLICY.replace("- member1", "- member1\n        - membr2")},
        command=("sync",),
        code=0,
        says=("policy.yaml:15: warning:", "Did you mean member2?"),
    ),
    Mistake(
        name="a warning that is not new",
        before={"policy.yaml": POLICY.replace("- member1", "- member1\n        - membr2")},
        synced=True,
        files={"web.yaml": DEPLOYMENT.replace("replicas: 2", "replicas: 3")},
        command=("sync",),
        code=0,
        says=("1 more warning: `reconciler validate`",),
        never=("membr2",),
    ),
    Mistake(
        name="a repository that is another one",
        gone=tuple(VALID),
        files={"README.md": "# Something else\n"},
        command=("sync",),
        code=3,
        says=("nothing is declared here: is this the config repository?", "Name it with --repo."),
    ),
    Mistake(
        name="the status branch, checked out",
        synced=True,
        git=("checkout", "--quiet", "reconciler/status"),
        code=3,
        says=("HEAD is the status branch, reconciler/status",),
        never=("UnknownKind",),
    ),
    Mistake(
        name="a commit that nobody synced",
        synced=True,
        files={"web.yaml": DEPLOYMENT.replace("replicas: 2", "replicas: 3")},
        command=("status",),
        code=0,
        says=(", not applied yet", "HEAD is "),
    ),
    *[
        Mistake(
            name=f"a file that is not committed: {command[0]}",
            uncommitted={"web.yaml": DEPLOYMENT.replace("replicas: 2", "replicas: 3")},
            command=command,
            code=code,
            says=("1 file is not committed and was not looked at: web.yaml",),
        )
        for command, code in ((("explain", "deploy/web"), 0), (("simulate", "--label", "member2:a=b"), 0))
    ],
    Mistake(
        name="two members for blame",
        synced=True,
        command=("blame", "deploy/web", "--cluster", "member1", "--cluster", "member2"),
        code=2,
        says=("one member at a time, not member1 and member2",),
    ),
    Mistake(
        name="another namespace for explain",
        command=("explain", "deploy/web", "-n", "shop"),
        says=("It is in default: write -n default.",),
    ),
    Mistake(
        name="a simulated taint that evicts nothing",
        command=("simulate", "--taint", "member1:a=b:NoExecute"),
        code=0,
        says=("member1: a=b:NoExecute keeps new objects away; --for DURATION shows what it evicts",),
    ),
    Mistake(
        name="a lost member among others",
        files={"policy.yaml": POLICY.replace("- member1", "- member1\n        - member2")},
        command=("simulate", "--lose", "member1"),
        code=0,
        says=("1 object loses its copy on member1\nNothing else changes.",),
    ),
    *[
        Mistake(
            row=43,
            name=f"most files deleted at once: {' '.join(command)}",
            before=MANY,
            gone=tuple(name for name in MANY if name.startswith("many/")),
            synced=True,
            command=command,
            says=HELD,
            once="needs consent",
            code=0 if command[0] == "diff" else 1,
        )
        for command in (("sync",), ("sync", "--dry-run"), ("diff", "HEAD~1"), ("diff", "HEAD~1", "--live"))
    ],
    Mistake(
        row=46,
        name="a policy deleted",
        gone=("policy.yaml",),
        synced=True,
        code=0,
        says=(
            "web.yaml:1: warning:",
            "PropagationPolicy default/web owned it and no longer exists",
            "its copies on member1 stay as they are (spec.unclaimed of the Configuration: Keep)",
            "To delete the copies, write spec.unclaimed: Prune, or remove the file, and sync.",
        ),
    ),
    Mistake(
        name="a template without a policy, beside a document with an error",
        before={"both.yaml": BOTH},
        files={"both.yaml": BOTH.replace("more: done", "more: 3")},
        synced=True,
        says=("both.yaml:1: warning: ConfigMap default/first: no policy matches", "Add a policy that selects it"),
        never=("Correct that file",),
    ),
    Mistake(
        name="templates of a chart, which state no namespace, and a policy in their namespace that selects a kind",
        files={
            "web.yaml": DEPLOYMENT.replace("  namespace: default\n", ""),
            "policy.yaml": POLICY.replace("namespace: default", "namespace: shop").replace("      name: web\n", ""),
            "broken.yaml": "kind: [\n",
        },
        says=(
            "web.yaml:1: warning: Deployment.apps default/web: no namespace is stated, which means default;",
            "Write its namespace,",
        ),
    ),
    Mistake(
        name="the file of a policy with an error, explained",
        files={"policy.yaml": POLICY.replace("placement", "placment"), "reconciler.yaml": CONFIGURATION},
        synced=True,
        command=("explain", "deployment/web"),
        code=0,
        says=(
            "PropagationPolicy default/web owned it and cannot be read: policy.yaml has an error; no other policy matches",
            "nothing moves while policy.yaml has an error",
        ),
    ),
    Mistake(
        row=44,
        name="a run of a branch that does not exist",
        command=("run", "mian", "--listen", ""),
        code=3,
        says=("no commit mian", "Did you mean main?"),
    ),
]
PATCHED = (
    OVERRIDE.partition("        argsOverrider:")[0]
    + """\
        plaintext:
          - {path: PATH, operator: add, value: {}}
"""
)
PATHS = [
    Mistake(
        row=18,
        name="an override path without a slash",
        files={"override.yaml": PATCHED.replace("PATH", "spec/paused")},
        says=("override.yaml:14: warning:", "does not begin with /", "Write /spec/paused if that is meant."),
    ),
    Mistake(
        row=19,
        name="an override path below a missing parent",
        files={"override.yaml": PATCHED.replace("PATH", "/spec/template/spec/affinity/nodeAffinity/x")},
        says=(
            "override.yaml:12: error:",
            "there is no value at this path, and none at /spec/template/spec/affinity",
            "Add /spec/template/spec/affinity first.",
        ),
    ),
    Mistake(
        name="an override path of another kind of object",
        files={"override.yaml": PATCHED.replace("PATH", "/data/REGION").replace("operator: add", "operator: replace")},
        says=("and none at /data", "Correct the path. If the rule is not meant for this object, change spec.resourceSelectors"),
        never=("Add /data",),
    ),
    Mistake(
        row=19,
        name="a typo in an override path",
        files={"override.yaml": PATCHED.replace("PATH", "/spec/tempalte/metadata/labels")},
        says=("override.yaml:12: error:", "none at /spec/tempalte", "Did you mean template?"),
    ),
    Mistake(
        name="a typo in the name of a required override policy",
        files={
            "override.yaml": OVERRIDE,
            "policy.yaml": POLICY.replace("  placement", "  dependentOverrides: [wbe]\n  placement"),
        },
        says=("PropagationPolicy default/web waits for wbe", "Did you mean web?"),
    ),
]


def replaced(old: str, new: str, text: str = DEPLOYMENT) -> str:
    assert old in text
    return text.replace(old, new, 1)


UNREADABLE = [
    Mistake(
        row=8,
        name="YAML that cannot be read",
        files={"web.yaml": replaced("replicas: 2", "replicas: [2")},
        says=("web.yaml:8: error: the text is not YAML", "that begins on line 7", "Check quotes, brackets and indentation"),
        never=("Unclaimed",),
    ),
    Mistake(
        row=9,
        name="a tab",
        files={"web.yaml": replaced("  replicas: 2", "\treplicas: 2")},
        says=("web.yaml:7: error: a tab stands where YAML allows only spaces", "Replace the tab with spaces"),
    ),
    Mistake(
        row=15,
        name="a key that is written twice",
        files={"web.yaml": replaced("  replicas: 2", "  replicas: 2\n  replicas: 3")},
        says=("web.yaml:8: error:", "the key 'replicas' is written twice", "Remove one."),
    ),
    *[
        Mistake(
            row=24,
            name=f"a template of Helm: {name}",
            files={"web.yaml": text},
            says=(f"web.yaml:{line}: error: {words} is the text of a template, not YAML", "Render it and commit the result"),
            once="error:",
            never=("63 bits",),
        )
        for name, text, line, words in (
            ("a placeholder", replaced("replicas: 2", "replicas: {{ .Values.replicas }}"), 7, "a value with {{ }}"),
            ("several", DEPLOYMENT.replace("web", "{{ .Release.Name }}"), 4, "a value with {{ }}"),
            ("a condition", f"{{{{- if .Values.on }}}}\n{DEPLOYMENT}{{{{- end }}}}\n", 1, "a line with {{ }} or {% %}"),
        )
    ],
    Mistake(
        row=24,
        name="a Helm chart",
        files={
            "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "chart/values.yaml": "replicas: 1\n",
            "chart/templates/web.yaml": replaced("replicas: 2", "replicas: {{ .Values.replicas }}"),
        },
        code=0,
        says=(
            "chart/Chart.yaml:1: warning: chart is a Helm chart",
            "kind: Chart and spec: {chart: {path: chart}}",
            "  exclude:\n  - chart\n",
        ),
        once="warning:",
    ),
    Mistake(
        row=24,
        name="a kustomization",
        files={"k/kustomization.yaml": "resources: [web.yaml]\n", "k/web.yaml": DEPLOYMENT},
        code=0,
        says=(
            "k/kustomization.yaml:1: warning: k is a folder for Kustomize",
            "kind: Kustomize and spec: {path: k}",
            "  exclude:\n  - k\n",
        ),
        once="warning:",
    ),
    Mistake(
        row=24,
        name="a lone values.yaml",
        files={"values.yaml": "replicas: 1\n"},
        says=("values.yaml:1: error:", "apiVersion or kind is missing", "  exclude:\n  - values.yaml\n"),
    ),
]
SCHEMAS = [
    *[
        Mistake(
            name=f"a right name in the wrong place: {what}",
            files={"policy.yaml": POLICY[: POLICY.index("  placement:")] + placement},
            code=code,
            says=(remedy,),
            never=("Correct its name, or remove it.",),
        )
        for what, code, placement, remedy in (
            (
                "clusterAffinity",
                0,
                "  placement: {}\n  clusterAffinity: {clusterNames: [member1]}\n",
                "It belongs below spec.placement: check the indentation.",
            ),
            (
                "labels",
                0,
                "  placement:\n    clusterAffinity:\n      labelSelector: {environment: dev}\n",
                "It belongs below spec.placement.clusterAffinity.labelSelector.matchLabels: check the indentation.",
            ),
            (
                "conflictResolution",
                0,
                "  placement:\n    clusterAffinity: {clusterNames: [member1]}\n    conflictResolution: Overwrite\n",
                "It belongs to spec: check the indentation.",
            ),
        )
    ],
    Mistake(
        row=5,
        name="a version that Karmada's policies do not have",
        files={"policy.yaml": replaced("v1alpha1", "v1beta1", POLICY)},
        says=(
            "policy.yaml:1: error:",
            "has no version policy.karmada.io/v1beta1",
            "Write apiVersion: policy.karmada.io/v1alpha1.",
        ),
        never=("Unclaimed",),
    ),
    Mistake(
        row=6,
        name="a version that Kubernetes removed",
        files={"web.yaml": replaced("apps/v1", "apps/v1beta1")},
        code=0,
        says=("web.yaml:1: warning:", "no Kubernetes since 1.16 serves Deployment in apps/v1beta1", "Write apps/v1"),
        once="warning:",
    ),
    Mistake(
        row=6,
        name="a version that Kubernetes never had",
        files={"web.yaml": replaced("apps/v1", "apps/v7")},
        says=("web.yaml:1: error:", "serves Deployment in apps/v7", "Write apps/v1"),
        once="error:",
    ),
    Mistake(
        row=14,
        name="an unknown field of a template",
        files={"web.yaml": replaced("replicas: 2", "replica: 2")},
        says=("web.yaml:7: error:", "spec.replica is not a known field", "Did you mean replicas?"),
    ),
    Mistake(
        row=15,
        name="text where a number belongs",
        files={"web.yaml": replaced("replicas: 2", "replicas: '2'")},
        says=("web.yaml:7: error:", "spec.replicas must be a whole number, but is text", "Write it without quotes."),
    ),
    Mistake(
        row=15,
        name="a choice that does not exist",
        files={"policy.yaml": replaced("  placement", "  conflictResolution: overwrite\n  placement", POLICY)},
        says=("policy.yaml:11: error:", "must be one of Abort, Overwrite", "Did you mean Overwrite?"),
        never=("Unclaimed",),
    ),
    Mistake(
        name="a label with a space",
        files={"web.yaml": replaced("labels: {app: web}", "labels: {app: web, tier: 'we b'}")},
        says=("web.yaml:12: error:", "labels.tier must be a label value", "belongs into an annotation"),
    ),
    Mistake(
        name="a choice of Kubernetes in lower case",
        files={"web.yaml": f"{DEPLOYMENT}          imagePullPolicy: always\n"},
        says=("web.yaml:17: error:", "imagePullPolicy must be one of Always, IfNotPresent, Never", "Did you mean Always?"),
    ),
    Mistake(
        row=15,
        name="an upper-case name",
        files={"web.yaml": replaced("name: web", "name: Web")},
        says=("web.yaml:1: error:", "metadata.name is not a name that an API server accepts", "lower-case letters"),
    ),
    Mistake(
        row=15,
        name="generateName",
        files={"web.yaml": replaced("name: web", "generateName: web")},
        says=("web.yaml:1: error:", "this Deployment has no name", "Write metadata.name; generateName has no meaning"),
    ),
    Mistake(
        row=17,
        name="an override path beyond the end of a list",
        files={"override.yaml": PATCHED.replace("PATH", "/spec/template/spec/containers/3/image")},
        says=("override.yaml:12: error:", "no position 3", "Count from 0"),
    ),
    Mistake(
        row=20,
        name="an override that makes an invalid object",
        files={
            "override.yaml": PATCHED.replace("PATH", "/spec/replicas").replace(
                "operator: add, value: {}", "operator: replace, value: '3'"
            )
        },
        says=(
            "override.yaml:14: error:",
            "rule 0 of OverridePolicy default/web makes an object that an API server refuses",
            "spec.replicas must be a whole number, but is text",
            "Write it without quotes.",
        ),
    ),
    Mistake(
        row=22,
        name="an object whose definition is missing",
        files={"widget.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a, namespace: default}\n"},
        says=(
            "widget.yaml:1: error: example.com/v1 Widget is neither",
            "add its CustomResourceDefinition to the repository",
            "spec.kinds of the Configuration: {apiVersion: example.com/v1, kind: Widget, scope: Namespaced}",
        ),
    ),
    Mistake(
        row=25,
        name="a misspelt field of the Configuration",
        files={"reconciler.yaml": replaced("validation", "validaton", CONFIGURATION)},
        says=(
            "reconciler.yaml:4: error: Configuration.reconciler.dev: spec.validaton is not a known",
            "Did you mean validation?",
        ),
    ),
    Mistake(
        row=25,
        name="a misspelt kind of the Configuration",
        files={"reconciler.yaml": replaced("Configuration", "Configuraton", CONFIGURATION)},
        says=(
            "reconciler.yaml:1: error:",
            "Did you mean Configuration?",
            "The kinds of this group are Chart, Configuration, ImagePolicy, Kustomize, Source, Tenant.",
        ),
        never=("CustomResourceDefinition", "spec.kinds"),
    ),
]
ELSEWHERE_IN_A_NAMESPACE = {
    file: replaced("namespace: default", "namespace: shpo", text)
    for file, text in (("web.yaml", DEPLOYMENT), ("policy.yaml", POLICY))
}
NAMESPACES = [
    Mistake(
        row=7,
        name="a namespace that no file declares",
        files=ELSEWHERE_IN_A_NAMESPACE,
        command=("diff", "HEAD~1"),
        code=0,
        says=(
            "create Deployment.apps shpo/web on member1, 2 replicas (web.yaml:1): ",
            "no file declares the namespace shpo, so it is created where a member lacks it",
        ),
    ),
    Mistake(
        row=7,
        name="a namespace that a file declares",
        files={**ELSEWHERE_IN_A_NAMESPACE, "shpo.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shpo}\n"},
        command=("diff", "HEAD~1"),
        code=0,
        says=("create Deployment.apps shpo/web on member1, 2 replicas (web.yaml:1)",),
        never=("no file declares",),
    ),
    *[
        Mistake(
            name=f"a template that loses its namespace: {command[0]}",
            before=ELSEWHERE_IN_A_NAMESPACE,
            files={"web.yaml": DEPLOYMENT.replace("  namespace: default\n", "")},
            synced=True,
            command=command,
            code=code,
            says=(
                "web.yaml:1: error: Deployment.apps default/web states no namespace, so it counts as default",
                "PropagationPolicy shpo/web (policy.yaml:1) selects it in shpo",
                "Write namespace: shpo below metadata.",
                "[MissingNamespace]",
            ),
            never=("MatchesNothing", "Unclaimed", "NotPruned", "remove Deployment", "another namespace"),
        )
        for command, code in ((("validate",), 1), (("diff", "HEAD~1"), 3), (("sync",), 1))
    ],
]
TWICE = [
    Mistake(
        name="a second policy for the same object",
        files={"second.yaml": POLICY.replace("  name: web\n  namespace", "  name: web2\n  namespace")},
        code=0,
        says=(
            "second.yaml:7: warning: PropagationPolicy default/web2 claims nothing: Deployment.apps default/web is claimed by "
            "PropagationPolicy default/web [ClaimsNothing]",
        ),
    ),
    Mistake(
        name="a missing line between two documents",
        files={"web.yaml": DEPLOYMENT + DEPLOYMENT.replace("name: web", "name: api")},
        says=("the key 'apiVersion' is written twice", "or is `---` missing before this line?"),
    ),
    Mistake(
        row=11,
        name="two policies for one template",
        files={
            "other.yaml": replaced("  name: web\n  namespace", "  name: other\n  namespace", POLICY).replace("member1", "member2")
        },
        command=("explain", "deployment/web"),
        code=0,
        says=(
            "claimed by   PropagationPolicy default/other (other.yaml:1)",
            "its name comes before that of PropagationPolicy default/web",
            "2. PropagationPolicy default/web (policy.yaml:1)",
        ),
    ),
    Mistake(
        row=12,
        name="one policy twice",
        files={"copy.yaml": POLICY},
        says=(
            "copy.yaml:1: error: PropagationPolicy default/web is declared here and in policy.yaml:1",
            "policy.yaml:1: error: PropagationPolicy default/web is declared here and in copy.yaml:1",
            "Keep one of them.",
            "2 errors, 0 warnings",
        ),
    ),
    Mistake(
        row=31,
        name="one cluster twice",
        files={"clusters/copy.yaml": member("member1")},
        says=(
            "clusters/copy.yaml:1: error: member1 is declared here and in clusters/member1.yaml:1",
            "Keep one of them.",
            "2 errors, 0 warnings",
        ),
        never=("which no file declares", "NoClusterFit"),
    ),
]
FROM_FILE = {
    "clusters/member1.yaml": replaced(
        "metadata:\n", "metadata:\n  annotations: {reconciler.dev/kubeconfig: m1}\n", member("member1")
    ).replace("  apiEndpoint: file:member1\n", "")
}


def kubeconfig(server: str) -> str:
    return f"""\
apiVersion: v1
kind: Config
current-context: only
contexts:
  - {{name: only, context: {{cluster: only, user: only}}}}
clusters:
  - {{name: only, cluster: {{server: "{server}"}}}}
users:
  - {{name: only, user: {{token: t}}}}
"""


LIBRARY_WORDS = ("ssl:", "Connect call failed", "Cannot connect", "Errno")
MEMBERS = [
    *[
        Mistake(
            row=26,
            name=f"a member {name}",
            files=FROM_FILE,
            members={"m1": kubeconfig(server)},
            command=("sync",),
            code=3,
            says=(says, "The next pass tries again. If it is up, check this address in its credential."),
            once="member1 does not answer",
            never=LIBRARY_WORDS,
        )
        for name, server, says in (
            ("that is down", "https://127.0.0.1:1", "member1 does not answer at 127.0.0.1:1: connection refused"),
            ("without an address", "https://nowhere.invalid", "member1 does not answer at nowhere.invalid:443: "),
        )
    ],
    Mistake(
        row=28,
        name="a kubeconfig that is none",
        files=FROM_FILE,
        members={"m1": "garbage"},
        command=("sync",),
        code=3,
        says=("member1: {folder}/config.members/m1 is not a kubeconfig", "Name a file that kubectl can use."),
    ),
    Mistake(
        row=28,
        name="a kubeconfig that is missing",
        files=FROM_FILE,
        command=("sync",),
        code=3,
        says=("the kubeconfig {folder}/config.members/m1 does not exist", "Put it there, or name the folder", "--member-root"),
    ),
    Mistake(
        row=29,
        name="a join with a kubeconfig that does not exist",
        command=("join", "member4", "--kubeconfig", "/nonexistent/kubeconfig"),
        code=3,
        says=("the kubeconfig /nonexistent/kubeconfig cannot be read: No such file or directory", "Name another file"),
        never=("member root",),
    ),
    Mistake(
        row=29,
        name="a join of a cluster that is down",
        files={"kubeconfig": kubeconfig("https://127.0.0.1:1")},
        command=("join", "member4", "--kubeconfig", "{repo}/kubeconfig"),
        code=3,
        says=(
            "member4 does not answer at 127.0.0.1:1: connection refused",
            "Check that it is up, and the server of the current context in {folder}/config/kubeconfig.",
        ),
        never=("next pass", *LIBRARY_WORDS),
    ),
    Mistake(
        row=33,
        name="an object that somebody else made",
        members={"member1/default/Deployment.apps/web.yaml": DEPLOYMENT},
        command=("sync",),
        says=("Deployment.apps default/web on member1: it already exists there and is not ours", "conflictResolution: Overwrite"),
    ),
]
REPOSITORY = [
    Mistake(
        row=10,
        name="a file that is not committed",
        uncommitted={"web.yaml": replaced("replicas: 2", "replicas: [2")},
        code=0,
        says=("1 file is not committed and was not looked at: web.yaml", "Commit it, or", "--worktree"),
    ),
    Mistake(
        row=36,
        name="a branch without a commit",
        git=("checkout", "--quiet", "--orphan", "new"),
        code=3,
        says=("HEAD is the branch new, which does not exist", "Use one of its branches: main"),
    ),
    Mistake(
        row=38,
        name="a join on no branch",
        files={"kubeconfig": kubeconfig("https://127.0.0.1:1")},
        git=("checkout", "--quiet", "--detach"),
        command=("join", "member4", "--kubeconfig", "{repo}/kubeconfig"),
        code=3,
        says=("HEAD is on no branch, so a commit here would be lost", "git switch main", "--no-commit"),
    ),
    Mistake(
        row=39,
        name="a status before the first sync",
        command=("status",),
        code=3,
        says=("there is no branch reconciler/status", "Run `reconciler sync` first."),
    ),
    *[
        Mistake(
            row=45,
            name=f"a remote {name}",
            git=("remote", "add", "origin", url),
            command=("sync",),
            code=3,
            says=says,
            never=("correct access rights", "proxy"),
        )
        for name, url, says in (
            ("that does not exist", "/nonexistent/config.git", ("there is no repository at the URL", "`git remote -v`")),
            ("that is down", "http://127.0.0.1:1/config.git", ("nothing answers at the address", "Check host and port")),
            ("without an address", "http://nowhere.invalid/config.git", ("the host of the remote has no address", "and DNS")),
        )
    ],
]
MISTAKES = [
    *PATHS,
    *IN_OPERATION,
    *ON_THE_COMMAND_LINE,
    *UNREADABLE,
    *SCHEMAS,
    *NAMESPACES,
    *TWICE,
    *MEMBERS,
    *REPOSITORY,
    Mistake(
        row=13,
        name="an unknown field of a policy, in a repository that says nothing",
        files={"policy.yaml": POLICY.replace("placement", "placment")},
        code=0,
        says=("policy.yaml:11: warning:", "spec.placment is not a known field; it has no effect", "Did you mean placement?"),
    ),
    Mistake(
        row=13,
        name="an unknown field of a policy, in a strict repository",
        files={"policy.yaml": POLICY.replace("placement", "placment"), "reconciler.yaml": CONFIGURATION},
        says=("policy.yaml:11: error:", "spec.placment is not a known field; it has no effect", "Did you mean placement?"),
    ),
    Mistake(
        row=13,
        name="an unknown field of a policy that was synced before, in a strict repository",
        files={"policy.yaml": POLICY.replace("placement", "placment"), "reconciler.yaml": CONFIGURATION},
        synced=True,
        command=("sync", "-o", "json"),
        says=("policy.yaml:11: error:", '"verdict": "no"'),
        never=('"action": "create"', '"action": "prune"'),
    ),
    Mistake(
        row=25,
        name="a typo in the Configuration",
        files={"reconciler.yaml": CONFIGURATION.replace("Strict", "strict")},
        says=("reconciler.yaml:4: error:", "spec.validation must be one of Strict, Lenient", "Did you mean Strict?"),
    ),
    Mistake(
        row=1,
        name="a typo in the name of a cluster",
        files={"policy.yaml": POLICY.replace("- member1", "- member2\n        - memberl")},
        code=0,
        says=("policy.yaml:15: warning:", "names the cluster memberl", "Did you mean member1, member2 or member3?"),
    ),
    Mistake(
        row=1,
        name="a placement on no cluster at all",
        files={"policy.yaml": POLICY.replace("member1", "memberl")},
        says=(
            "policy.yaml:14: warning:",
            "NoClusterFit",
            "Correct the placement of PropagationPolicy default/web (policy.yaml:1).",
        ),
    ),
    Mistake(
        row=1,
        name="a placement on no cluster at all, which nobody validated",
        files={"policy.yaml": POLICY.replace("member1", "memberl")},
        command=("sync",),
        says=("NoClusterFit", "It names the cluster memberl, which no file declares. Did you mean member1, member2 or member3?"),
    ),
    Mistake(
        row=2,
        name="a typo in the kind of a template",
        files={"web.yaml": DEPLOYMENT.replace("kind: Deployment", "kind: Deploymnet")},
        says=(
            "web.yaml:1: error:",
            "apps/v1 Deploymnet is neither",
            "Did you mean Deployment? Correct apiVersion and kind, or add its CustomResource",
        ),
    ),
    Mistake(
        row=2,
        name="the right kind in the wrong group",
        files={"web.yaml": DEPLOYMENT.replace("apps/v1", "app/v1")},
        says=("web.yaml:1: error:", "app/v1 Deployment is neither", "Did you mean apps/v1 Deployment?"),
    ),
    Mistake(
        row=4,
        name="a typo in the kind of a policy",
        files={"policy.yaml": POLICY.replace("PropagationPolicy", "PropogationPolicy")},
        says=(
            "policy.yaml:1: error:",
            "PropogationPolicy is not a kind that Reconciler reads",
            "Did you mean PropagationPolicy?",
        ),
    ),
    Mistake(
        row=3,
        name="a typo in the kind of a selector",
        files={"policy.yaml": POLICY.replace("kind: Deployment", "kind: Deploymnet")},
        code=0,
        says=("policy.yaml:8: warning:", "the selector apps/v1 Deploymnet web matches no template", "Did you mean Deployment?"),
    ),
    Mistake(
        row=3,
        name="a typo in the name of a selector",
        files={"policy.yaml": POLICY.replace("      name: web", "      name: wbe")},
        code=0,
        says=("policy.yaml:8: warning:", "the selector apps/v1 Deployment wbe matches no template", "Did you mean web?"),
    ),
    *[
        Mistake(
            name=f"a typo in the {what} of a selector",
            files={
                "policy.yaml": POLICY.replace("      name: web", f"      labelSelector: {{matchLabels: {{{label}}}}}"),
                "web.yaml": DEPLOYMENT.replace("  name: web", "  name: web\n  labels: {tier: front}", 1),
            },
            code=0,
            says=("policy.yaml:8: warning:", "matches no template", guess),
        )
        for what, label, guess in (
            ("label", "teir: front", "No Deployment has the label teir. Did you mean tier?"),
            ("value of a label", "tier: fornt", "No Deployment has tier=fornt. Did you mean front?"),
            ("label that nothing has", "app: w22", "No Deployment has the label app=w22. Otherwise remove the selector."),
            (
                "label of the Pods",
                "app: web",
                "Only the labels of its Pods (spec.template.metadata.labels) match in Deployment.apps default/web, and selectors "
                "look at metadata.labels of the Deployment. Write the labels there, too. Otherwise remove the selector.",
            ),
        )
    ],
    Mistake(
        name="a typo in the label of a cluster",
        files={
            "policy.yaml": POLICY[: POLICY.index("      clusterNames")]
            + "      labelSelector: {matchLabels: {enviroment: dev}}\n",
            "clusters/member1.yaml": member("member1").replace(
                "  name: member1", "  name: member1\n  labels: {environment: dev}"
            ),
        },
        says=("web.yaml:1: error:", "NoClusterFit", "No Cluster has the label enviroment. Did you mean environment?"),
        once="enviroment",
    ),
    Mistake(
        name="a typo in the label of an override's cluster",
        files={
            "override.yaml": OVERRIDE.replace(
                "    - overriders:",
                "    - targetCluster: {labelSelector: {matchLabels: {environment: dve}}}\n      overriders:",
            ),
            "clusters/member1.yaml": member("member1").replace(
                "  name: member1", "  name: member1\n  labels: {environment: dev}"
            ),
        },
        code=0,
        says=("override.yaml:12: warning:", "matches no declared cluster", "No Cluster has environment=dve. Did you mean dev?"),
    ),
    Mistake(
        row=16,
        name="a selector that selects nothing",
        files={"override.yaml": OVERRIDE.replace("      name: web", "      name: frontend")},
        code=0,
        says=("override.yaml:8: warning:", "matches no template", "Correct the selector, or remove it."),
    ),
    Mistake(
        row=21,
        name="a container that no selected template has",
        files={
            "override.yaml": OVERRIDE.replace(
                "main\n            operator: add\n            value: [--color]",
                "mian\n            operator: add\n            value: [--color]",
            )
        },
        code=0,
        says=("override.yaml:17: warning:", "there is no container mian", "Did you mean main?"),
    ),
    Mistake(
        row=21,
        name="a container that only one of two selected templates has",
        files={
            "override.yaml": OVERRIDE.replace("      name: web\n", "", 1),
            "api.yaml": DEPLOYMENT.replace("name: web", "name: api").replace("name: main", "name: server"),
            "policy.yaml": POLICY.replace("      name: web\n", ""),
        },
        code=0,
        says=("0 errors, 0 warnings",),
    ),
]


NUMBERS = range(1, 47)
ELSEWHERE = {
    23: "tests/e2e/kubernetes/test_refused.py::test_a_kind_that_the_member_does_not_serve",
    27: "tests/e2e/kubernetes/test_refused.py::test_a_token_that_is_not_accepted",
    32: "tests/e2e/kubernetes/test_refused.py::test_a_quota_that_is_used_up",
    34: "tests/e2e/kubernetes/test_refused.py::test_an_immutable_job_is_told_in_a_short_line",
    35: "tests/e2e/test_commands.py::test_a_repository_that_is_none",
    40: "tests/e2e/test_remote.py::test_what_was_applied_is_printed_although_the_push_of_its_status_is_refused",
}
"""Number → the test."""


def test_no_mistake_is_forgotten() -> None:
    here = {mistake.row for mistake in MISTAKES} - {0}
    assert sorted([*here, *ELSEWHERE]) == list(NUMBERS)
    for place in ELSEWHERE.values():
        file, _, name = place.partition("::")
        assert f"def {name}(" in (PROJECT / file).read_text(), place


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.row or 'later'} {mistake.name}")
def test_a_mistake_is_answered_with_reason_place_and_remedy(mistake: Mistake, tmp_path: Path) -> None:
    world = World(tmp_path, {**VALID, **mistake.before})
    if mistake.synced:
        assert world.sync().code == 0
    if mistake.files or mistake.gone:
        world.commit(mistake.files, *mistake.gone)
    world.repo.write(dict(mistake.uncommitted))
    for path, text in mistake.members.items():
        (world.members / path).parent.mkdir(parents=True, exist_ok=True)
        (world.members / path).write_text(text)
    if mistake.git:
        world.repo.git(*mistake.git)
    ran = world.run(*[word.replace("{repo}", str(world.repo.path)) for word in mistake.command])
    answer = f"{ran.out}\n{ran.err}".replace(str(world.folder), "{folder}")
    assert [words for words in mistake.says if words not in answer] == [], answer
    assert [words for words in mistake.never if words in answer] == [], answer
    assert not mistake.once or answer.count(mistake.once) == 1, answer
    assert ran.code == mistake.code, answer
