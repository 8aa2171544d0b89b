import pytest

from reconciler.repo.credentials import clean_url, read_url, scrub

CANARY = "c4n4ry-pa55"


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://example.org/a.git", "https://example.org/a.git"),
        (f"https://user:{CANARY}@example.org:8443/a.git", "https://example.org:8443/a.git"),
        (f"https://{CANARY}@example.org/a.git", "https://example.org/a.git"),
        (f"HTTPS://user:{CANARY}@example.org", "https://example.org"),
        (f"https://user:x@{CANARY}@example.org/a@v1", "https://example.org/a@v1"),
        (f"https://user:{CANARY}@[::1]:80/a", "https://[::1]:80/a"),
        (f"ssh://git:{CANARY}@example.org:22/a.git", "ssh://git@example.org:22/a.git"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("git@example.org:team/a.git", "git@example.org:team/a.git"),
        (f"file://u:{CANARY}@/srv/a.git", "file:///srv/a.git"),
        ("/srv/a.git", "/srv/a.git"),
        (f"https://user:half/{CANARY}@example.org/a", "https://***@example.org/a"),
        (f"https://user:half?{CANARY}@example.org/a", "https://***@example.org/a"),
        (f"https://user:half {CANARY}@example.org/a", "https://***@example.org/a"),
    ],
)
def test_a_clean_url_has_no_secret(url: str, clean: str) -> None:
    assert clean_url(url) == clean


def test_git_is_told_the_secret_through_its_environment_alone() -> None:
    access = read_url(f"https://user%40x:{CANARY}%2F@example.org/a.git")
    assert CANARY not in "".join((access.url, *access.options)) + repr(access)
    assert set(access.environment.values()) == {"user@x", f"{CANARY}/"}
    assert set(access.secrets) == {f"{CANARY}/", f"{CANARY}%2F"}
    assert "credential.https://example.org.username=" in "".join(access.options)


@pytest.mark.parametrize("url", [f"https://u:a/{CANARY}@h/x", f"https://u:{CANARY}%0a@h/x", f"https://u:a#{CANARY}@h/x"])
def test_what_cannot_be_taken_apart_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="the URL's user or password") as caught:
        read_url(url)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"fatal: unable to access 'https://u:{CANARY}@h/x': no", "fatal: unable to access 'https://***@h/x': no"),
        (f"'https://{CANARY}@h/'", "'https://***@h/'"),
        (f"https://u:a@{CANARY}@h/x", "https://***@h/x"),
        (f"'https://u:a'?#{CANARY}@h/x'", "'https://***@h/x'"),
        ("ssh://git@h/x and git@h:x", "ssh://git@h/x and git@h:x"),
        (f"ssh://git:{CANARY}@h/x", "ssh://***@h/x"),
        (f"Authorization: Basic {CANARY}", "Authorization: Basic ***"),
        (f"http.extraheader=AUTHORIZATION: bearer {CANARY}", "http.extraheader=AUTHORIZATION: bearer ***"),
        ("user@example.org wrote https://h/x@v1", "user@example.org wrote https://h/x@v1"),
        (f"said {CANARY}", "said ***"),
    ],
)
def test_scrub(text: str, scrubbed: str) -> None:
    assert scrub(text, (CANARY,) if "said" in text else ()) == scrubbed
