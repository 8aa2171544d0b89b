"""What follows from a result: actions, messages, reasons, failures, several policies, and what the server fills in first."""

from __future__ import annotations

from collections.abc import Iterator

from tests.admission.scenes import Request, Scene, binding, bound, config_map, deployment, policy, rule

DEPLOYMENTS = {"resourceRules": [rule("deployments", "apps")]}
BAD, GOOD = config_map(bad="yes"), config_map(good="yes")
RULE = "!('bad' in object.data)"


def scenes() -> Iterator[Scene]:
    yield from _actions()
    yield from _messages()
    yield from _failures()
    yield from _several()
    yield from _defaults()
    yield from _transitions()


def _actions() -> Iterator[Scene]:
    for actions in ("Deny", "Warn", "Audit", "Deny Audit", "Warn Audit"):
        name = f"action-{actions.lower().replace(' ', '-')}"
        yield Scene(
            name, bound(name, {"expression": RULE, "message": "bad is bad"}, actions=actions), [Request(BAD), Request(GOOD)]
        )


def _messages() -> Iterator[Scene]:
    validations = {
        "expression": {},
        "message": {"message": "  bad is bad  "},
        "message-expression": {"messageExpression": "'no: ' + object.data.bad"},
        "message-both": {"messageExpression": "object.metadata.name + ' is bad'", "message": "unused"},
        "message-error": {"messageExpression": "'no: ' + object.data.missing", "message": "instead"},
        "message-error-alone": {"messageExpression": "'no: ' + object.data.missing"},
        "message-blank": {"messageExpression": "'   '", "message": "instead"},
        "message-lines": {"messageExpression": "'two\\nlines'", "message": "instead"},
        "reason-forbidden": {"reason": "Forbidden", "message": "forbidden"},
        "reason-large": {"reason": "RequestEntityTooLarge"},
        "reason-invalid": {"reason": "Invalid"},
    }
    for name, validation in validations.items():
        yield Scene(f"says-{name}", bound(f"says-{name}", {"expression": RULE, **validation}), [Request(BAD), Request(GOOD)])


def _failures() -> Iterator[Scene]:
    expressions = {
        "missing-field": "object.data.missing == 'x'",
        "missing-deep": "object.spec.deep.er == 1",
        "type": "object.data.good + 1 == 2",
        "index": "object.metadata.name.split('-')[3] == 'x'",
        "zero": "1 / (size(object.data) - 1) == 1",
        "conversion": "int(object.data.good) == 1",
        "absorbed": "object.data.missing == 'x' || true",
    }
    for failure in ("Fail", "Ignore"):
        for actions in ("Deny", "Warn"):
            for name, text in expressions.items():
                one = f"fails-{name}-{failure.lower()}-{actions.lower()}"
                yield Scene(one, bound(one, text, failurePolicy=failure, actions=actions), [Request(GOOD)])
    for failure in ("Fail", "Ignore"):
        name = f"fails-in-variable-{failure.lower()}"
        spec = {"variables": [{"name": "broken", "expression": "object.data.missing"}], "failurePolicy": failure}
        yield Scene(name, bound(name, "variables.broken == 'x'", **spec), [Request(GOOD)])
        name = f"fails-in-audit-{failure.lower()}"
        spec = {"auditAnnotations": [{"key": "note", "valueExpression": "string(object.data.missing)"}], "failurePolicy": failure}
        yield Scene(name, bound(name, RULE, **spec), [Request(GOOD), Request(BAD)])
    name = "audit-annotations"
    spec = {"auditAnnotations": [{"key": "note", "valueExpression": "'says ' + object.metadata.name"}]}
    yield Scene(name, bound(name, RULE, **spec), [Request(GOOD), Request(BAD)])


def _several() -> Iterator[Scene]:
    yield Scene(
        "several-validations",
        bound(
            "several",
            {"expression": "'a' in object.data", "message": "no a"},
            {"expression": "'b' in object.data", "message": "no b"},
        ),
        [Request(config_map(**data)) for data in ({"a": "1", "b": "1"}, {"a": "1"}, {"b": "1"}, {"c": "1"})],
    )
    yield Scene(
        "several-bindings",
        [
            policy("twice", {"expression": RULE, "message": "bad"}),
            binding("twice", "b-warns", "Warn"),
            binding("twice", "a-denies", "Deny", matchResources={"objectSelector": {"matchLabels": {"strict": "yes"}}}),
        ],
        [Request(BAD), Request(config_map(labels={"strict": "yes"}, bad="x")), Request(GOOD)],
    )
    yield Scene("without-binding", [policy("unbound", "false")], [Request(GOOD)])
    yield Scene("binding-without-policy", [binding("nobody")], [Request(GOOD)])
    for name, (text, expression) in {
        "time": ("timestamp('2026-01-01T00:00:00Z')", "variables.value.getFullYear() == 2025"),
        "duration": ("duration('1h')", "variables.value + duration('1h') == duration('2h')"),
        "optional": ("object.data.?bad", "!variables.value.hasValue()"),
        "unsigned": ("uint(size(object.data))", "variables.value == 1u && type(variables.value) == uint"),
        "quantity": ("quantity('1Gi')", "variables.value.isGreaterThan(quantity('1G')) && !has(object.data.bad)"),
        "unused": ("object.data.missing", "true"),
        "absorbed": ("object.data.missing", "variables.value == 'x' || has(object.data.good)"),
        "request": ("request.operation", "variables.value == 'CREATE'"),
    }.items():
        one = f"variable-{name}"
        yield Scene(one, bound(one, expression, variables=[{"name": "value", "expression": text}]), [Request(BAD), Request(GOOD)])
    variables = [
        {"name": "keys", "expression": "object.data.map(k, k)"},
        {"name": "bad", "expression": "variables.keys.filter(k, k.startsWith('bad'))"},
        {"name": "count", "expression": "size(variables.bad)"},
    ]
    check = {"expression": "variables.count == 0", "messageExpression": "'%d bad: %s'.format([variables.count, variables.bad])"}
    yield Scene("variables", bound("variables", check, variables=variables), [Request(BAD), Request(GOOD)])


def _defaults() -> Iterator[Scene]:
    """Policies see an object with the defaults of its kind, and as Go writes it."""
    expressions = {
        "replicas": "object.spec.replicas == 1",
        "pull-policy": "object.spec.template.spec.containers.all(c, c.imagePullPolicy == 'IfNotPresent')",
        "strategy": "object.spec.strategy.type == 'RollingUpdate' && object.spec.strategy.rollingUpdate.maxSurge == '25%'",
        "restart-policy": "object.spec.template.spec.restartPolicy == 'Always'",
        "has-resources": "object.spec.template.spec.containers.all(c, has(c.resources))",
        "has-limits": "object.spec.template.spec.containers.all(c, has(c.resources.limits))",
        "has-security-context": "has(object.spec.template.spec.securityContext)",
        "run-as-non-root": "has(object.spec.template.spec.securityContext.runAsNonRoot)",
        "has-host-network": "has(object.spec.template.spec.hostNetwork)",
        "has-volumes": "has(object.spec.template.spec.volumes)",
        "has-status": "has(object.status)",
        "has-annotations": "has(object.metadata.annotations)",
        "protocol": "object.spec.template.spec.containers.all(c, !has(c.ports) || c.ports.all(p, p.protocol == 'TCP'))",
        "int-or-string": "type(object.spec.strategy.rollingUpdate.maxSurge) == string",
        "grace": "object.spec.template.spec.terminationGracePeriodSeconds == 30",
        "quantity": "object.spec.template.spec.containers.all(c, !has(c.resources.limits) || c.resources.limits.cpu == '1500m')",
    }
    plain = deployment()
    full = deployment(
        replicas=3,
        strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        pod={
            "hostNetwork": False,
            "securityContext": {"runAsNonRoot": True},
            "volumes": [],
            "containers": [
                {
                    "name": "app",
                    "image": "nginx",
                    "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
                    "resources": {"limits": {"cpu": "1.5"}},
                }
            ],
        },
    )
    for name, text in expressions.items():
        yield Scene(f"default-{name}", bound(f"default-{name}", text, match=DEPLOYMENTS), [Request(plain), Request(full)])


def _transitions() -> Iterator[Scene]:
    texts = {
        "create": "oldObject != null || object.spec.replicas < 5",
        "shrink": "oldObject == null || object.spec.replicas >= oldObject.spec.replicas",
        "keep-label": "request.operation == 'CREATE' || object.metadata.labels.app == oldObject.metadata.labels.app",
        "operation": "request.operation in ['CREATE']",
    }
    requests = [
        Request(deployment(replicas=6)),
        Request(deployment(replicas=2)),
        Request(deployment("shrunk", replicas=2), old=deployment("shrunk", replicas=4)),
        Request(deployment("grown", replicas=6), old=deployment("grown", replicas=4)),
        Request(deployment("labelled", {"app": "x"}), old=deployment("labelled")),
    ]
    for name, text in texts.items():
        yield Scene(f"transition-{name}", bound(f"transition-{name}", text, match=DEPLOYMENTS), requests)
