"""Which keys sops may use. A key stays in its file: its content is in no argument and in no environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_NO_NETWORK = "http://127.0.0.1:9"
"""A proxy that nobody serves."""


@dataclass(frozen=True, slots=True)
class Keys:
    """How sops gets at keys. Without any of the three it has none."""

    program: str = "sops"
    """A path, or a name that is looked up in PATH."""
    age_key_file: Path | None = None
    """Identities of age. A mounted Secret is such a file, and may change."""
    gnupg_home: Path | None = None
    """A folder of GnuPG with private keys without passphrase."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables that sops gets from this process, for keys in a cloud or a Vault. Where it is empty, sops reaches no such
    service."""
    path: str = "/usr/local/bin:/usr/bin:/bin"
    """PATH of this process: where sops finds gpg."""

    @property
    def need_nothing_else(self) -> bool:
        """Whether sops needs neither another program (gpg) nor the network to use them."""
        return self.age_key_file is not None and self.gnupg_home is None and not self.environment

    def __bool__(self) -> bool:
        return self.age_key_file is not None or self.gnupg_home is not None or bool(self.environment)

    def for_sops(self) -> dict[str, str]:
        """The whole environment of sops. Without a home folder it finds no other keys, such as those of SSH."""
        given = {"PATH": self.path, "HOME": "/nonexistent", "SOPS_DECRYPTION_ORDER": "age,pgp"}
        if self.age_key_file is not None:
            given["SOPS_AGE_KEY_FILE"] = str(self.age_key_file.resolve())
        if self.gnupg_home is not None:
            given["GNUPGHOME"] = str(self.gnupg_home.absolute())
        if not self.environment:
            # The file names the services that sops asks, and anyone who writes to the repository can name one.
            given |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NO_NETWORK)
        return given | dict(self.environment)
