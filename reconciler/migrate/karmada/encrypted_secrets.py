"""Secrets of Karmada as files that SOPS encrypted. Their plain text is in memory only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.cluster.concurrency import at_most
from reconciler.decrypt.encrypt import encrypt
from reconciler.decrypt.keys import Keys
from reconciler.documents.writer import dump
from reconciler.migrate.karmada.cleaned import cleaned_template
from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.plan_import import SecretFiles, paths_of
from reconciler.migrate.karmada.templates import templates_of
from reconciler.model.manifest import is_secret, key_of

_AT_ONCE = 4
"""Processes of sops."""


async def encrypted_secrets(control: ControlPlane, present: Mapping[str, str], top: Path, keys: Keys) -> SecretFiles:
    """present: the text of each file of the repository that a Secret would have. Such a file stays: no two encryptions of one
    text are equal. top: of the repository. Raises EncryptError, DecryptError."""
    secrets = {key_of(one): one for one in templates_of(control).objects if is_secret(key_of(one))}
    paths = paths_of(secrets)
    new = [key for key in secrets if paths[key] not in present]
    texts = await at_most([encrypt(dump(cleaned_template(secrets[key])), paths[key], top, keys) for key in new], _AT_ONCE)
    kept = {key: present[paths[key]] for key in secrets if paths[key] in present}
    return SecretFiles({**kept, **dict(zip(new, texts, strict=True))})


def secret_paths(control: ControlPlane) -> tuple[str, ...]:
    """The files of all Secrets that Karmada propagates, sorted."""
    return tuple(sorted(paths_of(key for key in map(key_of, templates_of(control).objects) if is_secret(key)).values()))
