"""The mistakes that a new user makes in the first hour: each is answered with what is wrong, where, and what to do next.

One row per mistake. A row says how its repository differs from a small valid one, what the user then runs, and the words that
count in the answer: the reason, the place (file and line of the item), the remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.fleet import World


@dataclass(frozen=True, kw_only=True)
class Mistake:
    name: str
    says: tuple[str, ...]
    """Words of the answer, on stdout or stderr."""
    before: Mapping[str, str] = field(default_factory=dict)
    """Files that the valid repository has, too."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Written over those of the valid repository, in a commit of their own."""
    gone: tuple[str, ...] = ()
    """Files that this commit removes."""
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
    Mistake(
        name="a kind that does not exist",
        command=("get", "podz"),
        says=('none of the members serves a kind "podz"', "Did you mean pod?"),
        never=("No resources found",),
    ),
    Mistake(
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
        name="an output format that does not exist",
        command=("validate", "-o", "jsno"),
        code=2,
        says=("Invalid value for '--output' / '-o': 'jsno' is not one of table, json, yaml. Did you mean json?",),
        never=("Value error", "env var"),
    ),
    Mistake(
        name="a branch that does not exist",
        command=("diff", "mian"),
        code=3,
        says=("no commit mian", "Did you mean main?"),
    ),
    Mistake(
        name="a commit before the first one",
        command=("diff", "HEAD~1"),
        code=3,
        says=("no commit HEAD~1: HEAD has only 1 commit", "Name a later one; the first is "),
    ),
    Mistake(
        name="a join without a context, where the kubeconfig has no current one",
        files={"kubeconfig": KUBECONFIG},
        command=("join", "member4", "--kubeconfig", "{repo}/kubeconfig"),
        code=3,
        says=("kubeconfig has no current context", "Name one of its contexts: kind-one, kind-two."),
    ),
    Mistake(
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
    *[
        Mistake(
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
        name="an override path without a slash",
        files={"override.yaml": PATCHED.replace("PATH", "spec/paused")},
        says=("override.yaml:14: warning:", "does not begin with /", "Write /spec/paused if that is meant."),
    ),
    Mistake(
        name="an override path below a missing parent",
        files={"override.yaml": PATCHED.replace("PATH", "/spec/template/spec/affinity/nodeAffinity/x")},
        says=(
            "override.yaml:12: error:",
            "there is no value at this path, and none at /spec/template/spec/affinity",
            "Add /spec/template/spec/affinity first.",
        ),
    ),
    Mistake(
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
MISTAKES = [
    *PATHS,
    *IN_OPERATION,
    *ON_THE_COMMAND_LINE,
    Mistake(
        name="an unknown field of a policy, in a repository that says nothing",
        files={"policy.yaml": POLICY.replace("placement", "placment")},
        code=0,
        says=("policy.yaml:11: warning:", "spec.placment is not a known field; it has no effect", "Did you mean placement?"),
    ),
    Mistake(
        name="an unknown field of a policy, in a strict repository",
        files={"policy.yaml": POLICY.replace("placement", "placment"), "reconciler.yaml": CONFIGURATION},
        says=("policy.yaml:11: error:", "spec.placment is not a known field; it has no effect", "Did you mean placement?"),
    ),
    Mistake(
        name="an unknown field of a policy that was synced before, in a strict repository",
        files={"policy.yaml": POLICY.replace("placement", "placment"), "reconciler.yaml": CONFIGURATION},
        synced=True,
        command=("sync", "-o", "json"),
        says=("policy.yaml:11: error:", '"verdict": "no"'),
        never=('"action": "create"', '"action": "prune"'),
    ),
    Mistake(
        name="a typo in the Configuration",
        files={"reconciler.yaml": CONFIGURATION.replace("Strict", "strict")},
        says=("reconciler.yaml:4: error:", "spec.validation must be one of Strict, Lenient", "Did you mean Strict?"),
    ),
    Mistake(
        name="a typo in the name of a cluster",
        files={"policy.yaml": POLICY.replace("- member1", "- member2\n        - memberl")},
        code=0,
        says=("policy.yaml:15: warning:", "names the cluster memberl", "Did you mean member1, member2 or member3?"),
    ),
    Mistake(
        name="a placement on no cluster at all",
        files={"policy.yaml": POLICY.replace("member1", "memberl")},
        says=(
            "policy.yaml:14: warning:",
            "NoClusterFit",
            "Correct the placement of PropagationPolicy default/web (policy.yaml:1).",
        ),
    ),
    Mistake(
        name="a placement on no cluster at all, which nobody validated",
        files={"policy.yaml": POLICY.replace("member1", "memberl")},
        command=("sync",),
        says=("NoClusterFit", "It names the cluster memberl, which no file declares. Did you mean member1, member2 or member3?"),
    ),
    Mistake(
        name="a typo in the kind of a template",
        files={"web.yaml": DEPLOYMENT.replace("kind: Deployment", "kind: Deploymnet")},
        says=(
            "web.yaml:1: error:",
            "apps/v1 Deploymnet is neither",
            "Did you mean Deployment? Correct apiVersion and kind, or add its CustomResource",
        ),
    ),
    Mistake(
        name="the right kind in the wrong group",
        files={"web.yaml": DEPLOYMENT.replace("apps/v1", "app/v1")},
        says=("web.yaml:1: error:", "app/v1 Deployment is neither", "Did you mean apps/v1 Deployment?"),
    ),
    Mistake(
        name="a typo in the kind of a policy",
        files={"policy.yaml": POLICY.replace("PropagationPolicy", "PropogationPolicy")},
        says=("policy.yaml:1: error:", "PropogationPolicy is neither", "Did you mean PropagationPolicy?"),
    ),
    Mistake(
        name="a typo in the kind of a selector",
        files={"policy.yaml": POLICY.replace("kind: Deployment", "kind: Deploymnet")},
        code=0,
        says=("policy.yaml:8: warning:", "the selector apps/v1 Deploymnet web matches no template", "Did you mean Deployment?"),
    ),
    Mistake(
        name="a typo in the name of a selector",
        files={"policy.yaml": POLICY.replace("      name: web", "      name: wbe")},
        code=0,
        says=("policy.yaml:8: warning:", "the selector apps/v1 Deployment wbe matches no template", "Did you mean web?"),
    ),
    Mistake(
        name="a selector that selects nothing",
        files={"override.yaml": OVERRIDE.replace("      name: web", "      name: frontend")},
        code=0,
        says=("override.yaml:8: warning:", "matches no template", "Correct the selector. Otherwise remove"),
    ),
    Mistake(
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


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_answered_with_reason_place_and_remedy(mistake: Mistake, tmp_path: Path) -> None:
    world = World(tmp_path, {**VALID, **mistake.before})
    if mistake.synced:
        assert world.sync().code == 0
    if mistake.files or mistake.gone:
        world.commit(mistake.files, *mistake.gone)
    ran = world.run(*[word.replace("{repo}", str(world.repo.path)) for word in mistake.command])
    answer = f"{ran.out}\n{ran.err}"
    assert [words for words in mistake.says if words not in answer] == [], answer
    assert [words for words in mistake.never if words in answer] == [], answer
    assert not mistake.once or answer.count(mistake.once) == 1, answer
    assert ran.code == mistake.code, answer
