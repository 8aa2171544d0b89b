"""Secrets of Karmada as files that SOPS encrypted. Their plain text is in memory only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.cluster.concurrency import at_most
from reconciler.decrypt.encrypt import RULES, EncryptError, encrypt
from reconciler.decrypt.keys import Keys
from reconciler.documents.reader import read_one
from reconciler.documents.writer import dump
from reconciler.migrate.karmada.cleaned import cleaned_template
from reconciler.migrate.karmada.control_plane import ControlPlane
from reconciler.migrate.karmada.plan_import import SecretFiles, paths_of
from reconciler.migrate.karmada.templates import templates_of
from reconciler.model.manifest import Manifest, is_secret, key_of, mapping
from reconciler.model.sealed import BEGINNING

_AT_ONCE = 4
"""Processes of sops."""


async def encrypted_secrets(control: ControlPlane, present: Mapping[str, str], top: Path, keys: Keys) -> SecretFiles:
    """present: the text of each file of the repository that a Secret would have. Such a file stays: no two encryptions of one
    text are equal. top: of the repository. Raises EncryptError, also where a value would stay readable; DecryptError."""
    secrets = {key_of(one): one for one in templates_of(control).objects if is_secret(key_of(one))}
    paths = paths_of(secrets)
    new = [key for key in secrets if paths[key] not in present]
    texts = await at_most([encrypt(dump(cleaned_template(secrets[key])), paths[key], top, keys) for key in new], _AT_ONCE)
    for key, encrypted in zip(new, texts, strict=True):
        if not _hides(encrypted, secrets[key]):
            raise EncryptError(
                f"{paths[key]}: the rule of {RULES} for this path leaves values of the Secret readable", remedy=_RULE
            )
    kept = {key: present[paths[key]] for key in secrets if paths[key] in present}
    return SecretFiles({**kept, **dict(zip(new, texts, strict=True))})


def _hides(encrypted: str, secret: Manifest) -> bool:
    """Whether no value of the Secret is readable in its file: rules choose what is encrypted, and annotations of other tools may
    repeat a value."""
    document = read_one(encrypted)
    values = [value for part in _PARTS for value in mapping(document, part).values()]
    stated = [value for part in _PARTS for value in mapping(secret, part).values()]
    elsewhere = str({name: value for name, value in mapping(document).items() if name not in (*_PARTS, "sops")})
    sealed = BEGINNING.decode()
    return all(not value or str(value).startswith(sealed) for value in values) and not any(
        len(value) >= _TELLING and value in elsewhere for value in map(str, stated)
    )


_PARTS = ("data", "stringData")
_TELLING = 8
"""Characters of a value that is not somewhere else by chance."""
_RULE = (
    "Write encrypted_regex: ^(data|stringData)$ into that rule; where an annotation repeats a value, remove the annotation. "
    "Nothing was written."
)


def secret_paths(control: ControlPlane) -> tuple[str, ...]:
    """The files of all Secrets that Karmada propagates, sorted."""
    return tuple(sorted(paths_of(key for key in map(key_of, templates_of(control).objects) if is_secret(key)).values()))
