"""The environment in which expressions are compiled and evaluated: the library with Kubernetes' functions.

The library is `cel-expr-python`, Google's implementation in C++ (the only module that imports it). It was chosen by the number of
recorded answers of an API server that it gives; the table is in docs/how-to/admission-policies.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import product
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from reconciler.cel.functions import addresses, collections, formats, quantities, regular_expressions, text, urls, versions
from reconciler.cel.functions.signature import ANY, KINDS, Signature

VARIABLES = ("object", "oldObject", "request", "params", "namespaceObject", "variables", "self", "oldSelf")
_STRINGS_VERSION = 2
"""The version of the strings library in Kubernetes (pkg/cel/environment/base.go)."""

SIGNATURES: tuple[Signature, ...] = (
    *collections.SIGNATURES,
    *text.SIGNATURES,
    *regular_expressions.SIGNATURES,
    *urls.SIGNATURES,
    *addresses.SIGNATURES,
    *quantities.SIGNATURES,
    *versions.SIGNATURES,
    *formats.SIGNATURES,
)

_OPERATORS = "!_ -_ _!=_ _%_ _&&_ _*_ _+_ _-_ _/_ _<=_ _<_ _==_ _>=_ _>_ _?_:_ _[_] _||_ @in _[?_] _?._ @not_strictly_false"
_STANDARD = (
    "bool bytes contains double duration dyn endsWith getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours"
    " getMilliseconds getMinutes getMonth getSeconds int matches size startsWith string timestamp type uint"
)
_STRINGS = "charAt join lowerAscii replace split strings.quote substring trim upperAscii"
_OPTIONALS = "optional.of optional.none optional.ofNonZeroValue hasValue value or orValue"
FUNCTIONS = frozenset(f"{_OPERATORS} {_STANDARD} {_STRINGS} {_OPTIONALS}".split() + [one.name for one in SIGNATURES])
"""Every function that can be evaluated. With a namespace where Kubernetes gives it one."""


@cache
def environment() -> cel.Env:
    variables = dict.fromkeys(VARIABLES, cel.Type.DYN)
    extensions = [ext_optional.ExtOptional(), ext_strings.ExtStrings(_STRINGS_VERSION)]
    return cel.NewEnv(variables=variables, extensions=extensions, functions=list(_declarations(SIGNATURES)))


def _declarations(signatures: Iterable[Signature]) -> Iterable[cel.FunctionDecl]:
    """The library matches no argument to the type `dyn`, so a parameter of any kind is declared once for each."""
    by_name: dict[str, dict[str, cel.Overload]] = {}
    for signature in signatures:
        overloads = by_name.setdefault(signature.name, {})
        choices = [KINDS if kind == ANY else (kind,) for kind in signature.parameters]
        for kinds in product(*choices):
            name = f"{signature.name}({','.join(kinds)}){'.' * signature.is_method}"
            if name not in overloads:
                overloads[name] = cel.Overload(
                    name,
                    return_type=cel.Type.DYN,
                    parameters=[_TYPES[kind] for kind in kinds],
                    is_member=signature.is_method,
                    impl=signature.implementation,
                )
    return (cel.FunctionDecl(name, list(overloads.values())) for name, overloads in by_name.items())


_TYPES: dict[str, Any] = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "uint": cel.Type.UINT,
    "double": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "bytes": cel.Type.BYTES,
    "null": cel.Type.NULL,
    "list": cel.Type.List(cel.Type.DYN),
    "map": cel.Type.Map(cel.Type.DYN, cel.Type.DYN),
    "timestamp": cel.Type.TIMESTAMP,
    "duration": cel.Type.DURATION,
}
