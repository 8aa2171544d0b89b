"""Charts with encrypted values: what is decided and recorded has seals, and what is written has the values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest

from reconciler.decrypt.decryptor import Decryptor
from reconciler.decrypt.keys import Keys
from reconciler.decrypt.run_sops import DecryptError
from reconciler.decrypt.values import Plain, plain_of
from reconciler.expanding.decrypted_expansions import DecryptedExpansions
from reconciler.expanding.expanding_compiler import ExpandingCompiler
from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.model.issues import errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import ENCRYPTED_ANNOTATION, get
from reconciler.model.sealed import Sealed, seal_of, stand_in
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass
from tests.support.expanding import WordRenderer, chart_object, expanding
from tests.support.in_memory_fleet import Files, Playground
from tests.support.shop import cluster_file, on, policy_file

PATTERN = re.compile(r'"?ENC\[AES256_GCM,data:([^,]*),iv:A=,tag:B=,type:(\w+)\]"?')
SECTION = "sops: {mac: 'x', age: [{recipient: age1a}]}\n"


def sealed(value: str, kind: str = "str") -> str:
    return f"ENC[AES256_GCM,data:{value},iv:A=,tag:B=,type:{kind}]"


class Opens(Decryptor):
    """In place of sops: what is encrypted says what it means."""

    def __init__(self, *, knows: bool = True) -> None:
        super().__init__(Keys(environment={"A": "B"}))
        self.knows = knows

    async def decrypted(self, files: Iterable[Sealed]) -> Mapping[str, Plain | DecryptError]:
        if not self.knows:
            return {one.blob: DecryptError("no key of this process decrypts it") for one in files}
        opened = {one: PATTERN.sub(_plain, one.data.decode()).encode() for one in files}
        return {one.blob: plain_of(one, text) for one, text in opened.items()}


def _plain(match: re.Match[str]) -> str:
    return f'"{match[1]}"' if match[2] == "str" else match[1]


OURS = "reconciler.dev/v1alpha1"
CHART = "charts/app/templates"
FILE = "charts/app/secret.yaml"
BASE: dict[str, str] = {
    "clusters/m1.yaml": cluster_file("m1").replace("file:m1", "https://m1.test"),
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    f"{CHART}/url.yaml": 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: url}\ndata: {url: "pg://u:<password>@db:<port>"}\n',
    f"{CHART}/plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\ndata: {color: red}\n",
    FILE: f"password: {sealed('hunter2')}\nport: {sealed('5432', 'int')}\n{SECTION}",
    "app/chart.yaml": chart_object("app", more="  valuesFiles: [secret.yaml]\n"),
    "app/policy.yaml": policy_file("app", "Chart", on("m1"), api=OURS),
}
HOLDS = ["ConfigMap shop/plain", "ConfigMap shop/url"]
URL, PLAIN = ResourceKey("", "ConfigMap", "shop", "url"), ResourceKey("", "ConfigMap", "shop", "plain")


class Shop:
    """One member, a process with a key, and one without."""

    def __init__(self, store: ExpansionStore | None = None) -> None:
        self.renderer = WordRenderer()
        self.compiler: ExpandingCompiler = expanding(self.renderer, store=store)
        self.fleet = Playground("m1", compiler=self.compiler)
        self.decrypted = DecryptedExpansions(self.compiler.expand)

    async def sync(self, files: Files = BASE, *, knows: bool | None = True) -> Pass:
        decryptor = None if knows is None else Opens(knows=knows)
        return await self.fleet.sync(files, options=Options(decryptor=decryptor, decrypted=self.decrypted))

    def live(self, name: str = "url") -> object:
        return self.fleet.members["m1"].holds().get(f"ConfigMap shop/{name}")


def said(done: Pass, reason: str = "NotDecrypted") -> list[str]:
    works = [issue for work in done.works.values() for issue in work.failed.values()]
    return sorted({issue.message for issue in (*done.compiled.issues, *works) if issue.reason == reason})


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_a_member_gets_the_values_and_a_record_has_seals(shop: Shop) -> None:
    done = await shop.sync()
    assert errors_in(done.compiled.issues) == []
    assert get(shop.live(), "data", "url") == "pg://u:hunter2@db:5432"
    rendered = done.compiled.templates[URL].rendering.manifests
    shown = next(iter(rendered.values())).manifest["data"]["url"]
    assert shown == f"pg://u:{seal_of(sealed('hunter2'))}@db:{stand_in(sealed('5432', 'int'))}"
    assert "hunter2" not in repr(done.compiled)
    assert "hunter2" not in repr(shop.fleet.recorded)


async def test_what_may_hold_a_value_says_so_and_the_rest_does_not(shop: Shop) -> None:
    await shop.sync()
    assert get(shop.live(), "metadata", "annotations", ENCRYPTED_ANNOTATION) == "data"
    assert get(shop.live("plain"), "metadata", "annotations", ENCRYPTED_ANNOTATION) is None


async def test_a_second_sync_is_silent_and_a_new_value_is_written(shop: Shop) -> None:
    await shop.sync()
    recorded, runs = shop.fleet.recorded, len(shop.renderer.runs)
    await shop.sync()
    assert shop.fleet.requests() == {}
    assert (shop.fleet.recorded is recorded, len(shop.renderer.runs)) == (True, runs)
    await shop.sync({**BASE, FILE: BASE[FILE].replace("hunter2", "other")})
    assert shop.fleet.requests() == {"m1": ["apply ConfigMap shop/url"]}
    assert get(shop.live(), "data", "url") == "pg://u:other@db:5432"


@pytest.mark.parametrize("knows", [None, False], ids=["no key", "another key"])
async def test_without_the_key_nothing_of_the_chart_is_written_or_pruned(shop: Shop, knows: bool | None) -> None:
    await shop.sync()
    before = shop.fleet.members["m1"].holds()
    changed = {**BASE, FILE: BASE[FILE].replace("hunter2", "other"), f"{CHART}/plain.yaml": BASE[f"{CHART}/plain.yaml"] + "# x\n"}
    done = await shop.sync(changed, knows=knows)
    assert shop.fleet.members["m1"].holds() == before
    (first, _) = said(done)
    assert first.startswith("ConfigMap shop/plain: it is expanded from values that are encrypted in charts/app/secret.yaml, and ")


async def test_it_runs_in_memory_and_only_seals_are_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kept")
    shop = Shop(ExpansionStore(folder))
    await shop.sync()
    first, second = shop.renderer.runs
    assert [one.private for one in (first, second)] == [False, True]
    assert "hunter2" not in repr(first.files) + repr(second.arguments) + repr(second)
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"ENC[sha256:" in kept
    assert b"hunter2" not in kept


async def test_a_switch_cannot_be_encrypted(shop: Shop) -> None:
    done = await shop.sync({**BASE, FILE: f"ingress:\n  enabled: {sealed('true', 'bool')}\n{BASE[FILE]}"})
    (issue,) = [one for one in done.compiled.issues if one.reason == "EncryptedSwitch"]
    assert (str(issue.origin), "ingress.enabled is encrypted" in issue.message) == (f"{FILE}:2", True)
    assert shop.fleet.holds() == {"m1": []}


async def test_values_do_not_decide_which_objects_there_are(shop: Shop) -> None:
    files = {**BASE, f"{CHART}/<password>.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: of-<password>}\n"}
    done = await shop.sync(files)
    assert "hunter2" not in repr(said(done))
    assert all("decide which objects there are" in one for one in said(done))
    assert shop.fleet.holds() == {"m1": []}


async def test_no_value_gets_into_the_metadata(shop: Shop) -> None:
    labelled = BASE[f"{CHART}/url.yaml"].replace("{name: url}", '{name: url, labels: {of: "<password>"}}')
    done = await shop.sync({**BASE, f"{CHART}/url.yaml": labelled})
    (one,) = said(done)
    assert one.startswith("ConfigMap shop/url: ")
    assert one.endswith("its metadata depends on an encrypted value, and is readable for everyone")
    assert shop.fleet.holds() == {"m1": ["ConfigMap shop/plain"]}


SECRET = f"""apiVersion: v1
kind: Secret
metadata: {{name: values, namespace: shop}}
data:
  inBase64: {sealed("aHVudGVyMg==")}
stringData:
  single: {sealed("hunter2")}
  values.yaml: "{sealed("password: hunter2")}"
  readable: p
{SECTION}"""


async def synced(shop: Shop, entry: str, secret: str = SECRET) -> Pass:
    more = f"  valuesFrom: [{{kind: Secret, name: values, {entry}}}]\n"
    chart = chart_object("app", values={"port": 1}, more=more)
    return await shop.sync({**BASE, "app/chart.yaml": chart, "app/values.yaml": secret})


@pytest.mark.parametrize("key", ["single", "inBase64"])
async def test_single_values_come_from_an_encrypted_secret(shop: Shop, key: str) -> None:
    done = await synced(shop, f"key: {key}, targetPath: password")
    assert errors_in(done.compiled.issues) == []
    assert get(shop.live(), "data", "url") == "pg://u:hunter2@db:1"
    assert get(shop.live("plain"), "metadata", "annotations", ENCRYPTED_ANNOTATION) is None


async def test_a_readable_entry_of_an_encrypted_secret_is_a_plain_value(shop: Shop) -> None:
    done = await synced(shop, "key: readable, targetPath: password")
    assert errors_in(done.compiled.issues) == []
    assert get(shop.live(), "data", "url") == "pg://u:p@db:1"
    assert get(shop.live(), "metadata", "annotations", ENCRYPTED_ANNOTATION) is None


async def test_of_a_document_that_is_encrypted_as_a_whole_everything_is_hidden(shop: Shop) -> None:
    files = {f"{CHART}/url.yaml": BASE[f"{CHART}/url.yaml"].replace("<password>", "x")}
    more = "  valuesFrom: [{kind: Secret, name: values}]\n"
    chart = chart_object("app", values={"port": 1}, more=more)
    await shop.sync({**BASE, **files, "app/chart.yaml": chart, "app/values.yaml": SECRET})
    assert get(shop.live("plain"), "metadata", "annotations", ENCRYPTED_ANNOTATION) == "data"


async def test_a_template_that_needs_more_than_is_readable_is_not_expanded(shop: Shop) -> None:
    done = await synced(shop, "key: values.yaml")
    (failure,) = {one.message for one in errors_in(done.compiled.issues)}
    assert "with stand-ins for its encrypted values: " in failure
    assert "password is required" in failure
    assert shop.fleet.holds() == {"m1": []}


async def test_what_a_chart_builds_with_encrypted_values_is_not_expanded_itself(shop: Shop) -> None:
    nested = chart_object("inner", path="charts/inner").replace(", namespace: shop", "")
    inner = {"charts/inner/Chart.yaml": BASE["charts/app/Chart.yaml"], f"{CHART}/nested.yaml": nested}
    done = await shop.sync({**BASE, **inner})
    (one,) = said(done, "EncryptedSource")
    assert "Chart.reconciler.dev shop/inner, which it builds: what builds it takes encrypted values" in one
    assert shop.fleet.holds() == {"m1": []}


TENANT = f"""apiVersion: {OURS}
kind: Tenant
metadata: {{name: team}}
spec:
  folders: [FOLDER]
  kinds: [{{apiGroups: ["*"], kinds: ["*"]}}]
  namespaces: [shop]
  clusters: {{}}
"""


@pytest.mark.parametrize("folder", ["app", "charts"])
async def test_a_copy_of_a_file_of_values_is_decrypted_for_no_tenant(shop: Shop, folder: str) -> None:
    done = await shop.sync({**BASE, "tenant.yaml": TENANT.replace("FOLDER", folder)})
    (one,) = said(done, "EncryptedSource")
    assert "it may be a copy of somebody else's file" in one
    assert shop.fleet.holds() == {"m1": []}


async def test_recipients_of_files_of_values_are_checked(shop: Shop) -> None:
    stated = "annotations: {reconciler.dev/sops-recipients: age1b}, labels:"
    cluster = BASE["clusters/m1.yaml"].replace("labels:", stated)
    done = await shop.sync({**BASE, "clusters/m1.yaml": cluster})
    (one,) = said(done, "RecipientMissing")
    assert one == f"Chart.reconciler.dev shop/app is placed on m1, and {FILE} is not encrypted for age1b"
