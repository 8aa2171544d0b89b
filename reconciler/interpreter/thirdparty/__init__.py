"""Rules for kinds of other projects, as Lua scripts: `<group>/<version>/<Kind>.lua`.

Each script contains all rules of one kind, in the same form as the scripts that users declare for their own kinds. Each global
function is one operation. The results are the same as those of Karmada's scripts (pkg/resourceinterpreter/default/thirdparty),
but the code is our own. All files are read when this module is imported; nothing is read later.

| Folder | What it is for |
|---|---|
| `apps.kruise.io/` | OpenKruise: AdvancedCronJob, BroadcastJob, CloneSet, DaemonSet, SidecarSet, StatefulSet, UnitedDeployment |
| `argoproj.io/` | Argo: Workflow |
| `batch.volcano.sh/` | Volcano: Job |
| `flink.apache.org/` | Flink: FlinkDeployment |
| `helm.toolkit.fluxcd.io/`, `kustomize.toolkit.fluxcd.io/` | Flux: HelmRelease, Kustomization |
| `source.toolkit.fluxcd.io/` | Flux: Bucket, GitRepository, HelmChart, HelmRepository, OCIRepository |
| `kubeflow.org/` | Kubeflow: MPIJob, Notebook, PyTorchJob, TFJob |
| `kyverno.io/` | Kyverno: ClusterPolicy, Policy |
| `ray.io/` | Ray: RayCluster, RayJob, RayService |
| `sparkoperator.k8s.io/` | Spark: SparkApplication |
| `parts/` | functions that several scripts share; only the scripts of this folder can `require` them |

The modules in `parts/`:

| File | What it is for |
|---|---|
| `conditions.lua` | conditions of several members |
| `flux.lua`, `kyverno.lua`, `ray.lua`, `training.lua` | what the kinds of one project share |
| `merge.lua` | one value from several |
| `pods.lua` | workloads with several kinds of Pods |
| `references.lua` | references to other objects |
| `rollout.lua` | workloads that replace their Pods step by step |
| `status.lua` | collects and aggregates a status |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reconciler.interpreter.declared_rules import DeclaredRules
from reconciler.interpreter.lua import Script
from reconciler.model.customization import Operation
from reconciler.model.keys import GroupVersionKind

_HERE = Path(__file__).parent
_DEFINED = re.compile(r"^function (\w+)", re.MULTILINE)
_OPERATIONS = {operation.function: operation for operation in Operation}


def _rules() -> Iterator[tuple[tuple[GroupVersionKind, Operation], tuple[Script, ...]]]:
    parts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("parts/*.lua"))}
    for path in sorted(_HERE.glob("*.*/*/*.lua")):
        text = path.read_text(encoding="utf-8")
        gvk = GroupVersionKind(path.parts[-3], path.parts[-2], path.stem)
        script = Script(f"the third-party rule for {gvk}", text, parts, trusted=True)
        for function in _DEFINED.findall(text):
            yield (gvk, _OPERATIONS[function]), (script,)


SHIPPED = DeclaredRules(dict(_rules()))
