import pytest

from reconciler.model.selector import InvalidSelectorError
from reconciler.model.selector_text import parse_selector_text

LABELS = {"app": "web", "n": "3", "in": "out"}


@pytest.mark.parametrize(
    ("text", "canonical", "expected"),
    [
        ("", "", True),
        (" \t", "", True),
        ("app = web , n", "app=web,n", True),
        ("b!=1,a==2", "a==2,b!=1", False),
        ("! team", "!team", True),
        ("app notin (x , web)", "app notin (web,x)", False),
        ("in in (in,notin,out)", "in in (in,notin,out)", True),
        ("app in ()", "app in ()", False),
        ("app in (web,)", "app in (,web)", True),
        ("app in (,web)", "app in (,web)", True),
        ("app in (a,,b)", "app in (,a,b)", False),
        ("app in (,,,)", "app in ()", False),
        ("team=,app", "app,team=", False),
        ("n>2,n<4", "n>2,n<4", True),
        ("n>3", "n>3", False),
        ("app>1", "app>1", False),
        ("example.dev/role!=x", "example.dev/role!=x", True),
    ],
)
def test_what_text_means(text: str, canonical: str, expected: bool) -> None:
    selector = parse_selector_text(text)
    assert selector.canonical == canonical
    assert selector.matches(LABELS) is expected


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "app,",
        "app,,n",
        "=web",
        "app=a b",
        "app web",
        "app In (web)",
        "app in web",
        "app in (web",
        "app in (web x)",
        "app in (a,,)",
        "app in (a=b)",
        "app in",
        "app===web",
        "app!web",
        "!!app",
        "!app=web",
        "n>",
        "n>x",
        "n>=3",
        "n>9223372036854775808",
        "-app",
        "app=-x",
        "a/b/c",
        "(app)",
        "app\x00",
    ],
)
def test_text_that_kubectl_refuses(text: str) -> None:
    with pytest.raises(InvalidSelectorError):
        parse_selector_text(text)
