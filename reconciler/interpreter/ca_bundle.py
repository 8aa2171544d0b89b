"""The CA bundle of a webhook or an extension API, which an injector in the member often fills in.

Injectors (cert-manager, controllers of their own) watch for objects with a placeholder. Applying the placeholder again would
remove the bundle, and no API server could call the webhook until it is injected anew.
"""

from __future__ import annotations

import base64
import binascii

from reconciler.model.manifest import Manifest, Path, get, sequence, without

_BEGIN = b"-----BEGIN "


def without_placeholder(manifest: Manifest, path: Path) -> Manifest:
    """A copy without the bundle at `path` if it is a placeholder: text that contains no certificate (RFC 7468), such as `Cg==`.

    No server can be verified with such a bundle, so nobody means it. Text that is not base64 stays; a server refuses it.
    """
    bundle = get(manifest, *path)
    return without(manifest, path) if isinstance(bundle, str) and _is_placeholder(bundle) else manifest


def without_placeholders(manifest: Manifest) -> Manifest:
    """`without_placeholder` for each webhook of a MutatingWebhookConfiguration or a ValidatingWebhookConfiguration."""
    for place in range(len(sequence(manifest, "webhooks"))):
        manifest = without_placeholder(manifest, ("webhooks", place, "clientConfig", "caBundle"))
    return manifest


def _is_placeholder(bundle: str) -> bool:
    try:
        return _BEGIN not in base64.b64decode("".join(bundle.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
