"""Puts the values of encrypted files into the works of the members that this process writes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from reconciler.decrypt.decryptor import Decryptor, values_of
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.sealed import Sealed
from reconciler.model.work import Work
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.unseal import IN_A_FOLDER, Unsealing, sealed_files, unsealed


async def with_values(
    reconciliation: Reconciliation, compiled: Compiled, works: Mapping[ClusterName, Work]
) -> Mapping[ClusterName, Work]:
    """The works, in which nothing is encrypted any more; what cannot be decrypted has failed. Those of members that agents keep
    stay as they are: agents have keys of their own.

    Never raises for a file.
    """
    pulled, decryptor = reconciliation.fleet.pulled, reconciliation.options.decryptor
    own = {name: reconciliation.cache.of(name).latest(sealed_files, work) for name, work in works.items() if name not in pulled}
    own = {name: files for name, files in own.items() if files}
    opened: dict[ClusterName, Work] = {}
    for name, files in own.items():
        cache = reconciliation.cache.of(name)
        known = cache.same(await _known(files, name, compiled, decryptor))
        opened[name] = cache.latest(unsealed, works[name], known, memo=cache.memo)
    if decryptor is not None:
        decryptor.forget_others(chain.from_iterable(own.values()))
    return {name: opened.get(name, work) for name, work in works.items()} if opened else works


async def trial_with_values(reconciliation: Reconciliation, compiled: Compiled, work: Work) -> Work:
    """The same for a work that is only tried."""
    files = sealed_files(work)
    if not files:
        return work
    return unsealed(work, await _known(files, work.cluster, compiled, reconciliation.options.decryptor), memo=Memo())


async def _known(files: Iterable[Sealed], name: ClusterName, compiled: Compiled, decryptor: Decryptor | None) -> Unsealing:
    cluster = compiled.desired.cluster(name)
    if cluster is not None and cluster.directory:
        return Unsealing(refusal=IN_A_FOLDER)
    return Unsealing(values_of(await decryptor.decrypted(files))) if decryptor is not None else Unsealing()
