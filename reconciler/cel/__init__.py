"""Whether an API server would accept an object: ValidatingAdmissionPolicies, and the rules of definitions, judged offline. Pure.

Both are expressions in CEL, the Common Expression Language. What cannot be judged here is an outcome of its own, with a reason;
it never counts as accepted. The measure is a real API server: `tests/admission/` has its answers.

Expressions are hostile input. They are evaluated in a process of their own (`review/admission_process.py`); modules that do not
evaluate do not load the library.

| File | What it is for |
|---|---|
| `admit.py` | the entrance: an object, the one before, a cluster → verdicts |
| `verdicts.py`, `errors.py` | refused, warned about, not judged; errors of expressions |
| `contents.py` | what a cluster holds that matters, from the objects that it gets |
| `policies.py` | ValidatingAdmissionPolicies and their bindings as values |
| `requests.py` | the request with which an object is written, and what is unknown about it |
| `matching.py`, `parameters.py` | which policy is about a request; its parameters |
| `judge.py` | one request, judged by the policies of a cluster |
| `definition_rules.py` | the rules of a CustomResourceDefinition, applied to a custom resource |
| `structural.py` | custom resources as their schema makes them: defaults, pruning, types |
| `stored_objects.py` | objects of built-in kinds as policies see them |
| `expression.py` | compiles and evaluates one expression |
| `environment.py` | the library, with its variables and functions |
| `syntax.py`, `macros.py` | the syntax tree; what is rewritten in it because the library lacks it |
| `functions/` | Kubernetes' own functions |

Elsewhere: what a user is told (`review/admission.py`); schemas without rules (`load/schemas/`); the defaults and checks of
Karmada's API (`load/admission/`).
"""
