from __future__ import annotations

from dataclasses import replace

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.tenant import ServiceAccount, Tenancy, Tenant
from reconciler.tenancy.accounts import accounts_of
from reconciler.tenancy.removals import owner_by, refused_removals, removed

TENANT = Tenant("team-a", ("teams/a",), max_removals=2)
FREE = Tenant("team-b", ("teams/b",))
FILES = {"a": "teams/a/x.yaml", "b": "teams/b/x.yaml", "p": "platform/x.yaml"}
M1, M2 = ClusterName("m1"), ClusterName("m2")


def key(owner: str, number: int = 0) -> ResourceKey:
    return ResourceKey("", "ConfigMap", "shop", f"{owner}{number}")


def owner_in(*tenants: Tenant):  # type: ignore[no-untyped-def]
    return owner_by(Tenancy(tenants), lambda one: FILES.get(one.name[0], ""))


OWNER = owner_in(TENANT, FREE)


def test_copies_of_all_members_count() -> None:
    assert refused_removals([(M1, key("a")), (M2, key("a"))], OWNER, {}) == {}
    refused = refused_removals([(M1, key("a")), (M2, key("a")), (M1, key("a", 1))], OWNER, {})
    assert refused.keys() == {key("a"), key("a", 1)}
    assert "this revision removes 3 copies of Tenant team-a" in refused[key("a")].reason


def test_those_of_earlier_passes_count() -> None:
    assert refused_removals([(M1, key("a"))], OWNER, {"team-a": 2}).keys() == {key("a")}
    assert refused_removals([(M1, key("a"))], OWNER, {"team-b": 2}) == {}


def test_others_are_not_limited() -> None:
    copies = [(M1, key(owner, number)) for owner in ("b", "p", "?") for number in range(9)]
    assert refused_removals(copies, OWNER, {}) == {}
    assert removed(copies, OWNER) == {"team-b": 9}


def test_none_may_be_allowed() -> None:
    assert refused_removals([(M1, key("a"))], owner_in(replace(TENANT, max_removals=0)), {}).keys() == {key("a")}


def test_accounts() -> None:
    account = ServiceAccount("team-a", "deployer")
    tenant = replace(TENANT, service_account=account)
    keys = [key("a"), key("b"), key("p")]
    assert accounts_of(keys, Tenancy((tenant, FREE)), owner_in(tenant, FREE)) == {key("a"): account}
    assert account.user == "system:serviceaccount:team-a:deployer"
