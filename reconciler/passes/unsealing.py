"""Puts the values of encrypted files into the works of the members that this process writes to."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from reconciler.decrypt.decryptor import values_of
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.work import Work
from reconciler.passes.options import Options
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.compiled import Compiled
from reconciler.plan.unseal import IN_A_FOLDER, NO_CHARTS, Unsealing, sealed_expansions, sealed_files, unsealed


async def with_values(
    reconciliation: Reconciliation, compiled: Compiled, works: Mapping[ClusterName, Work]
) -> Mapping[ClusterName, Work]:
    """The works, in which nothing is encrypted any more; what cannot be decrypted has failed. Those of members that agents keep
    stay as they are: agents have keys of their own.

    Never raises for a file.
    """
    pulled, options = reconciliation.fleet.pulled, reconciliation.options
    own = {name: reconciliation.cache.of(name).latest(sealed_files, work) for name, work in works.items() if name not in pulled}
    own = {name: files for name, files in own.items() if files}
    opened: dict[ClusterName, Work] = {}
    for name in own:
        cache = reconciliation.cache.of(name)
        known = cache.same(await _known(works[name], compiled, options))
        opened[name] = cache.latest(unsealed, works[name], known, memo=cache.memo)
    if options.decryptor is not None:
        options.decryptor.forget_others(chain.from_iterable(own.values()))
    if options.decrypted is not None:
        options.decrypted.forget_others(one for name in own for one in sealed_expansions(works[name]))
    return {name: opened.get(name, work) for name, work in works.items()} if opened else works


async def trial_with_values(reconciliation: Reconciliation, compiled: Compiled, work: Work) -> Work:
    """The same for a work that is only tried."""
    return unsealed(work, await _known(work, compiled, reconciliation.options), memo=Memo()) if sealed_files(work) else work


async def _known(work: Work, compiled: Compiled, options: Options) -> Unsealing:
    cluster = compiled.desired.cluster(work.cluster)
    if cluster is not None and cluster.directory:
        return Unsealing(refusal=IN_A_FOLDER)
    if options.decryptor is None:
        return Unsealing()
    files, expansions = await options.decryptor.decrypted(sealed_files(work)), sealed_expansions(work)
    if options.decrypted is None:
        return Unsealing(values_of(files), dict.fromkeys((one.request.key for one in expansions), NO_CHARTS))
    return Unsealing(values_of(files), await options.decrypted.open(expansions, files))
