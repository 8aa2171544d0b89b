"""Judges one request by the policies of a cluster (k8s.io/apiserver pkg/admission/plugin/policy/validating)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cel_expr_python.cel import Activation

from reconciler.cel.errors import ConfigurationError, EvaluationError, NoPlainValueError, NotJudgedError
from reconciler.cel.expression import Expression, activate, compile_expression, shortened
from reconciler.cel.matching import matched_version
from reconciler.cel.parameters import params_of
from reconciler.cel.policies import Action, Binding, Policy, Validation
from reconciler.cel.requests import Request
from reconciler.cel.verdicts import Outcome, Verdict
from reconciler.model.manifest import is_secret

_LONGEST_MESSAGE = 5 * 1024
"""Bytes of a messageExpression (pkg/apis/cel, MaxEvaluatedMessageExpressionSizeBytes)."""


def judge(request: Request, given_up: Mapping[str, str], started: Callable[[str], None]) -> list[Verdict]:
    """Sorted; empty if all policies of the cluster accept the object. given_up, started: as for `admit`."""
    found: list[Verdict] = []
    for policy in request.cluster.policies:
        bindings = request.cluster.bindings.get(policy.name, ())
        if not bindings:
            continue
        try:
            version = matched_version(policy.match, request)
        except NotJudgedError as error:
            found.append(Verdict(Outcome.NOT_JUDGED, policy.name, "", str(error)))
            continue
        if version and policy.name in given_up:
            found.append(Verdict(Outcome.NOT_JUDGED, policy.name, "", given_up[policy.name]))
        elif version:
            started(policy.name)
            for binding in bindings:
                found += _judge_binding(policy, binding, request, version)
    return sorted(set(found))


def _judge_binding(policy: Policy, binding: Binding, request: Request, version: str) -> Iterator[Verdict]:
    try:
        if not matched_version(binding.match, request):
            return
        params = params_of(policy, binding, request)
    except NotJudgedError as error:
        yield Verdict(Outcome.NOT_JUDGED, policy.name, binding.name, str(error))
        return
    except ConfigurationError as error:
        if not policy.ignores_failures:
            message = f"failed to configure binding: {error}"
            yield Verdict(Outcome.DENIED, policy.name, binding.name, message)
        return
    for param in params:
        yield from _Evaluation(policy, binding, request, version, param).verdicts()


class _Evaluation:
    """One policy with one binding and one parameter."""

    def __init__(self, policy: Policy, binding: Binding, request: Request, version: str, param: Any) -> None:
        self._policy = policy
        self._binding = binding
        self._request = request
        self._version = version
        self._param = param
        self._is_secret = is_secret(request.object) or is_secret(param)
        """Whether messages must not have values: they are printed where anyone may read them."""
        self._broken: dict[str, str] = {}
        """Variable → why it has no value."""
        self._unjudged: dict[str, str] = {}
        self._inlined: dict[str, str] = {}
        """Variables whose values the library would not get back as they were, such as times; with their expressions."""

    def verdicts(self) -> Iterator[Verdict]:
        try:
            if not self._matches_conditions():
                return
        except EvaluationError as error:
            yield from self._failure(str(error))
            return
        except NotJudgedError as error:
            yield self._not_judged(str(error))
            return
        activation: Activation | None = None
        for validation in self._policy.validations:
            try:
                activation = activation or self._activation()
                expression = self._compiled(validation.expression)
                self._check_variables(expression)
                if expression.evaluate(activation) is True:
                    continue
                yield from self._refusal(self._message(validation, activation))
            except EvaluationError as error:
                yield from self._failure(self._error_text(validation.expression, error))
            except NotJudgedError as error:
                yield self._not_judged(str(error))
        yield from self._audit_annotations()

    @cached_property
    def _values(self) -> dict[str, Any]:
        """The variables of expressions, without those that the policy declares."""
        values = self._request.variables(self._version)
        return {**values, "params": self._param} if self._policy.param_kind else values

    def _compiled(self, source: str) -> Expression:
        """Raises NotJudgedError, also where the expression reads what is not known."""
        expression = compile_expression(source, inlined=self._inlined)
        if unknown := self._request.unknown(expression):
            raise NotJudgedError(f"{shortened(source)} reads {unknown}, which only the server knows")
        return expression

    def _matches_conditions(self) -> bool:
        """A false condition decides, whatever the others give. Raises EvaluationError and NotJudgedError."""
        if not self._policy.conditions:
            return True
        if any("namespaceObject" in source for source in self._policy.conditions):  # Conditions do not get it.
            activation = activate({**self._values, "namespaceObject": None})
        else:
            activation = self._shared_activation()
        errors: list[str] = []
        unjudged: list[NotJudgedError] = []
        for source in self._policy.conditions:
            try:
                if self._compiled(source).evaluate(activation) is False:
                    return False
            except EvaluationError as error:
                errors.append(self._error_text(source, error))
            except NotJudgedError as error:
                unjudged.append(error)
        if unjudged:
            raise unjudged[0]
        if errors and not self._policy.ignores_failures:
            raise EvaluationError(errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]")
        return not errors

    def _activation(self) -> Activation:
        """With the values of all variables that have one. Each may use those before it."""
        if not self._policy.variables:
            return self._shared_activation()
        variables: dict[str, Any] = {}
        for name, source in self._policy.variables.items():
            try:
                expression = self._compiled(source)
                self._check_variables(expression)
                uses_others = expression.touches(("variables",))
                known = activate({**self._values, "variables": variables}) if uses_others else self._shared_activation()
                value = expression.evaluate(known)
                if expression.is_unsigned or _holds_times(value):
                    self._inlined[name] = source
                else:
                    variables[name] = value
            except NoPlainValueError:
                self._inlined[name] = source
            except EvaluationError as error:
                self._broken[name] = str(error)
            except NotJudgedError as error:
                self._unjudged[name] = str(error)
        return activate({**self._values, "variables": variables})

    def _shared_activation(self) -> Activation:
        """Without variables. It is that of all policies that see the object in the same version, with the same parameter."""
        key = (self._version, id(self._param), self._policy.param_kind is None)
        known = self._request.activations
        if key not in known:
            known[key] = activate(self._values)
        return known[key]

    def _check_variables(self, expression: Expression) -> None:
        """Raises NotJudgedError where it uses a variable that could not be judged."""
        for name, reason in self._unjudged.items():
            if expression.touches(("variables", name)):
                raise NotJudgedError(reason)

    def _error_text(self, source: str, error: EvaluationError) -> str:
        missing = str(error).removeprefix("no such key: ")
        cause = (
            f'composited variable "{missing}" fails to evaluate: {self._broken[missing]}' if missing in self._broken else error
        )
        return f"expression '{source}' resulted in error{'' if self._is_secret else f': {cause}'}"

    def _message(self, validation: Validation, activation: Activation) -> str:
        """That of messageExpression where it gives one line of text, else the message, else the expression."""
        if validation.message_expression and not self._is_secret:
            try:
                expression = self._compiled(validation.message_expression)
                value = expression.evaluate(activation)
            except (EvaluationError, NotJudgedError):
                value = None
            one = value.strip() if isinstance(value, str) else ""
            if one and "\n" not in one and len(one.encode()) <= _LONGEST_MESSAGE:
                return one
        return validation.message.strip() or f"failed expression: {validation.expression.strip()}"

    def _audit_annotations(self) -> Iterator[Verdict]:
        """Their values have no effect; an error in one is a failure."""
        if not self._policy.audit_annotations or self._policy.ignores_failures:
            return
        for source in self._policy.audit_annotations:
            try:
                self._compiled(source).evaluate(self._activation())
            except EvaluationError as error:
                yield Verdict(Outcome.DENIED, self._policy.name, self._binding.name, self._error_text(source, error))
            except NotJudgedError as error:
                yield self._not_judged(str(error))

    def _failure(self, message: str) -> Iterable[Verdict]:
        return [] if self._policy.ignores_failures else self._refusal(message)

    def _refusal(self, message: str) -> Iterator[Verdict]:
        outcomes = {Action.DENY: Outcome.DENIED, Action.WARN: Outcome.WARNED}
        for action in sorted(self._binding.actions):
            yield Verdict(outcomes[action], self._policy.name, self._binding.name, message)

    def _not_judged(self, reason: str) -> Verdict:
        return Verdict(Outcome.NOT_JUDGED, self._policy.name, self._binding.name, reason)


def _holds_times(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_times, value.values()))
    return any(map(_holds_times, value)) if isinstance(value, list) else isinstance(value, datetime | timedelta)
