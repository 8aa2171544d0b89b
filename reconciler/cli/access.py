"""The options for access to members, combined into one value."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from reconciler.cli.options import AllowExec, AllowInsecure, HostContext, HostKubeconfig, HostMember, InCluster, MemberRoot
from reconciler.cluster.access import Access, Host
from reconciler.model.keys import ClusterName


def access_of(
    member_root: MemberRoot = None,
    host_kubeconfig: HostKubeconfig = None,
    host_context: HostContext = "",
    in_cluster: InCluster = False,
    host_member: HostMember = "",
    allow_exec: AllowExec = False,
    allow_insecure: AllowInsecure = False,
) -> Access:
    host = Host(host_kubeconfig, host_context) if host_kubeconfig is not None else Host() if in_cluster else None
    return Access(
        member_root=member_root,
        host=host,
        host_member=ClusterName(host_member) if host_member else None,
        allow_exec=allow_exec,
        allow_insecure=allow_insecure,
    )


def reaches_members(command: Callable[..., None]) -> Callable[..., None]:
    """Replaces the parameter `access` of a command by the options of `access_of`, so that every command has the same ones."""
    own = [parameter for parameter in signature(command, eval_str=True).parameters.values() if parameter.name != "access"]
    options = list(signature(access_of, eval_str=True).parameters.values())
    names = {option.name for option in options}

    @wraps(command)
    def run(**values: Any) -> None:
        access = access_of(**{name: value for name, value in values.items() if name in names})
        command(**{name: value for name, value in values.items() if name not in names}, access=access)

    parameters = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in (*own, *options)]
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
