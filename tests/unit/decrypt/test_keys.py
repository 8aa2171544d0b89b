"""What sops gets: where its keys are, and nothing else of this process."""

from __future__ import annotations

from pathlib import Path

from reconciler.decrypt.keys import Keys

PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"}
ALWAYS = {"PATH", "HOME", "SOPS_DECRYPTION_ORDER"}


def test_sops_gets_nothing_but_its_keys() -> None:
    given = Keys(age_key_file=Path("/keys/age.txt"), gnupg_home=Path("/keys/gpg")).for_sops()
    assert given.keys() == ALWAYS | PROXIES | {"SOPS_AGE_KEY_FILE", "GNUPGHOME"}
    assert (given["SOPS_AGE_KEY_FILE"], given["HOME"]) == ("/keys/age.txt", "/nonexistent")


def test_a_file_cannot_send_sops_to_a_service_unless_one_was_asked_for() -> None:
    assert Keys(age_key_file=Path("a")).for_sops()["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert PROXIES.isdisjoint(Keys(environment={"AWS_PROFILE": "x"}).for_sops())


def test_a_process_without_keys_has_none() -> None:
    assert [bool(one) for one in (Keys(), Keys(age_key_file=Path("a")), Keys(environment={"A": "b"}))] == [False, True, True]
    assert "hidden" not in repr(Keys(environment={"A": "hidden"}))
