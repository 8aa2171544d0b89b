"""What it costs to judge every object by policies: `python -m benchmarks.admission [TEMPLATES] [CLUSTERS]`.

The repository of `generate.py` and five policies that every cluster gets: labels, replicas, images, limits with quantities, and
one with a variable and a message expression. Measured is `review/admission.py` alone, on a revision that is compiled: from the
first object to the issues, with the start of the process in which expressions are evaluated. Nothing is kept between two runs.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from benchmarks import generate
from benchmarks.clock import plain_loop, stopwatch
from benchmarks.measure import NOW, in_memory
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.review.admission import refusals

API = "admissionregistration.k8s.io/v1"
CONTAINERS = "object.spec.template.spec.containers"
POLICIES: dict[str, dict[str, Any]] = {
    "labels": {"validations": [{"expression": "has(object.metadata.labels) && object.metadata.labels.exists(k, k.size() > 2)"}]},
    "replicas": {"validations": [{"expression": "object.spec.replicas >= 0 && object.spec.replicas < 100000"}]},
    "images": {"validations": [{"expression": f"{CONTAINERS}.all(c, c.image.matches('^[a-z0-9./:@_-]+$'))"}]},
    "limits": {
        "validations": [
            {
                "expression": f"{CONTAINERS}.all(c, !has(c.resources.limits) || !has(c.resources.limits.memory) || "
                "quantity(c.resources.limits.memory).isLessThan(quantity('1Ti')))"
            }
        ]
    },
    "names": {
        "variables": [{"name": "names", "expression": f"{CONTAINERS}.map(c, c.name)"}],
        "validations": [
            {
                "expression": "variables.names.all(n, size(n) < 63) && object.metadata.name.size() < 63",
                "messageExpression": "'%s are too long'.format([variables.names])",
            }
        ],
    },
}


def main() -> None:
    templates, clusters = (int(word) for word in (*sys.argv[1:], *("1000", "100")[len(sys.argv) - 1 :]))
    files = {**generate.repository(templates, clusters), **guards()}
    tree, blobs = in_memory(files)
    compiler = Compiler()
    compiled = compiler.compile(compiler.load(tree, blobs), RecordedState(), NOW, settled=True)
    loop, count = plain_loop(), distinct(compiled)
    print(f"{templates:,} templates, {clusters:,} clusters, {len(POLICIES)} policies: {count:,} distinct manifests")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with stopwatch() as spent:
            issues = refusals(compiled)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        there = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert not issues, issues[:3]
        print(
            f"{spent['wall']:6.2f} s wall, {spent['cpu']:5.2f} s CPU here, {there:5.2f} s there, "
            f"{(spent['cpu'] + there) / loop:6.1f} loops, {1e6 * (spent['cpu'] + there) / count:5.0f} µs for each manifest"
        )


def distinct(compiled: Compiled) -> int:
    """How many different manifests there are of Deployments."""
    return sum(
        len({id(one) for one in item.rendering.manifests.values()})
        for key, item in compiled.templates.items()
        if key.kind == "Deployment"
    )


def guards() -> dict[str, str]:
    rules = [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]}]
    kinds = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    files: dict[str, Any] = {}
    for name, spec in POLICIES.items():
        constraints = {"matchConstraints": {"resourceRules": rules}, **spec}
        files[f"{name}.json"] = {"apiVersion": API, "kind": kinds[0], "metadata": {"name": name}, "spec": constraints}
        bound = {"policyName": name, "validationActions": ["Deny"]}
        files[f"{name}-b.json"] = {"apiVersion": API, "kind": kinds[1], "metadata": {"name": name}, "spec": bound}
    files["place.json"] = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "ClusterPropagationPolicy",
        "metadata": {"name": "guards"},
        "spec": {"resourceSelectors": [{"apiVersion": API, "kind": kind} for kind in kinds], "placement": {}},
    }
    return {f"guards/{path}": json.dumps(document) for path, document in files.items()}


if __name__ == "__main__":
    main()
