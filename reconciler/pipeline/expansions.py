"""What the programs are asked for one copy of an object that is expanded, and what its output comes to.

What it builds may be to be expanded itself. That goes where the first one goes, and is taken out of the output for what it comes
to in its turn. Where its files are is known by what it says about their place (`load/nested.py`). No policy selects such an
object: what changes it on a cluster is what changes the one that a file declares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.expand.finish import NOTHING_TO_FINISH, finish_of, finished_output
from reconciler.expand.output import Enclosing, Output, Produced, Reading, read_output, with_seals
from reconciler.expand.rendered import order_inside, order_of_parent
from reconciler.expand.requests import Capabilities, Refused, release_name, request_of, sealed_request_of, values_from
from reconciler.load import flux
from reconciler.load.expanded_from import (
    ExpandedFrom,
    Facts,
    entry_name,
    facts_in,
    forms_of,
    place_of,
    said_by,
    value_entries,
    with_dependencies,
    with_value_digests,
)
from reconciler.load.expanded_templates import content_of
from reconciler.load.translate import REFERRING, refused_in
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.expansion import (
    CHART,
    DEEPEST,
    Expansion,
    ExpansionRequest,
    Expansions,
    Source,
    is_expanded_kind,
    is_listed,
)
from reconciler.model.helm_release import HelmRelease
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, gvk_of, key_of, mapping, text, with_value
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.sealed_expansion import SealedText
from reconciler.model.source_lock import LOCK_FILE
from reconciler.model.wording import COPIES_STAY
from reconciler.pipeline.sealed_families import refusal, sealed_expansion, sealed_in


@dataclass(frozen=True, slots=True)
class Known:
    """What all copies of one compilation are expanded with."""

    sources: Mapping[str, Source]
    texts: Mapping[str, str]
    """By digest: values from ConfigMaps and Secrets, with seals."""
    sealed: Mapping[str, SealedText]
    """By digest: those of them that have seals."""
    expansions: Expansions
    desired: DesiredState

    @property
    def listed(self) -> tuple[str, ...]:
        """Kinds of Flux and Argo CD that are expanded."""
        return self.desired.settings.expand


@dataclass(frozen=True, slots=True)
class Asked:
    """One copy of a parent: what programs are asked for it, and what they say."""

    requests: tuple[ExpansionRequest, ...]
    output: Output | Issue
    """An issue where there is no usable output."""
    notices: tuple[Issue, ...] = ()
    namespace: str = ""
    """Of objects that state none."""


def unexpanded(template: ResourceTemplate, reason: str, what: str, remedy: str, origin: Origin = NOWHERE) -> Issue:
    """Why it is not expanded. origin: the place in the source; by default that of the object."""
    where, named = (origin, f" (it is named in {template.origin})") if origin.file else (template.origin, "")
    remedy = f"{remedy} {COPIES_STAY}".lstrip()
    return error(reason, f"{template.key}: {what}{named}", remedy, origin=where, subject=template.key)


def ask(template: ResourceTemplate, manifest: Manifest, capabilities: Capabilities, known: Known, memo: Memo) -> Asked:
    """manifest: as rendered for the cluster."""
    facts = memo(facts_in, manifest)
    forms = memo(forms_of, manifest, facts.parts) if template.translated else (manifest,)
    walk = _Walk(template, capabilities, known, facts, memo)
    pieces = walk.expanded(forms, None, memo(order_of_parent, template.manifest), ())
    namespace = text(forms[0], "metadata", "namespace")
    output = pieces if isinstance(pieces, Issue) else _joined(pieces, namespace, known.listed, memo)
    walk.notices += _repeated(template, pieces)
    return Asked(tuple(walk.requests), output, tuple(dict.fromkeys(walk.notices)), namespace)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One output, and what it is inside of."""

    output: Output
    inside: Enclosing | None


@dataclass(slots=True)
class _Walk:
    """Through one copy, and what it builds."""

    template: ResourceTemplate
    capabilities: Capabilities
    known: Known
    facts: ExpandedFrom
    memo: Memo
    requests: list[ExpansionRequest] = field(default_factory=list)
    notices: list[Issue] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """By digest: values from objects of the outputs."""

    def because(self, reason: str, what: str, remedy: str, origin: Origin = NOWHERE, at: ResourceKey | None = None) -> Issue:
        """at: an object that the template builds."""
        return unexpanded(self.template, reason, f"{at}, which it builds: {what}" if at else what, remedy, origin)

    def expanded(
        self,
        forms: Sequence[Manifest],
        inside: Enclosing | None,
        order: tuple[tuple[str, str], ...],
        around: tuple[tuple[Produced, str], ...],
    ) -> list[_Piece] | Issue:
        """One object, by its forms. order: its own. around: what it is built with, each with the namespace where it states
        none."""
        at = inside.keys[-1] if inside else None
        pieces, issue = list[_Piece](), None
        for form in forms:
            output = self._output(form, at)
            if isinstance(output, Output):
                pieces.append(_Piece(output, inside))
            issue = issue or (output if isinstance(output, Issue) else None)
        if issue is not None:
            return issue
        namespace = text(forms[0], "metadata", "namespace")
        nested = [one for piece in pieces for one in self.memo(_nested_in, piece.output, self.known.listed)]
        if nested:
            around = (*around, *((one, namespace) for piece in pieces for one in piece.output.objects))
        for produced in nested:
            found = self._nested(produced, namespace, inside, order, around)
            if isinstance(found, Issue):
                issue = issue or found
            else:
                pieces += found
        return issue or pieces

    def _output(self, form: Manifest, at: ResourceKey | None) -> Output | Issue:
        texts = {**self.known.texts, **self.texts} if self.texts else self.known.texts
        source, values = self.known.sources.get(text(form, "spec", "sourceDigest")), values_from(form, texts)
        if source is None or not source.files:
            return self.because("SourceMissing", "what it is expanded from is not there", _NO_DIGESTS, at=at)
        if isinstance(values, Refused):
            return self.because("ValuesMissing", values.message, values.remedy, at=at)
        taken = sealed_in(form, self.known.sealed)
        request = self.memo(sealed_request_of if taken else request_of, form, self.capabilities, source, *values)
        beside = {f"${one.path}" for one in source.beside}
        if absent := [one for one in request.values_files if one.startswith("$") and one not in beside]:
            return self.because("SourceMissing", f"an override names the file {absent[0]}", _NO_OTHER_FILE, at=at)
        self.requests.append(request)
        expansion = self.known.expansions.get(request.key)
        if expansion is None:
            return self.because("NotExpanded", f"{request.tool} was not asked yet", "Try again.", at=at)
        self.notices += self.memo(_notices, expansion, self.template)
        if refused := refusal(self.template, expansion.sealed, self.known.desired):
            return self.because("EncryptedSource", refused.message, refused.remedy, at=at)
        is_sealed = bool(taken or expansion.sealed)
        output = self._finished(form, expansion, texts, Reading.SEALED if is_sealed else Reading.PLAIN)
        if found := output.failure:
            what = f"with stand-ins for its encrypted values: {found.message}" if is_sealed else found.message
            return self.because(found.reason, what, found.remedy, found.origin, at)
        if not is_sealed:
            return output
        values_of = self.memo.tuple(taken.values())
        made = self.memo(sealed_expansion, request, form, expansion, values_of, aside=(texts, tuple(taken)))
        return self.memo(with_seals, output, made)

    def _finished(self, form: Manifest, expansion: Expansion, texts: Mapping[str, str], how: Reading) -> Output:
        """What the program printed, as Flux finishes it where that is asked for."""
        finish = finish_of(form, texts)
        if isinstance(finish, Issue):
            return Output((), finish)
        if finish == NOTHING_TO_FINISH:
            return self.memo(_read_as, expansion, how.name)
        return self.memo(_finished_as, expansion, finish, how.name)

    def _nested(
        self,
        produced: Produced,
        namespace: str,
        inside: Enclosing | None,
        order: tuple[tuple[str, str], ...],
        around: tuple[tuple[Produced, str], ...],
    ) -> list[_Piece] | Issue:
        """namespace: where the object is if it states none. inside, order: of what builds it."""
        manifest = self.memo(_placed_in, produced, namespace)
        key, outer = key_of(manifest), inside.keys if inside else ()
        if produced.sealed is not None:
            what = "what builds it takes encrypted values, and nobody can tell which of them it has"
            return self.because("EncryptedSource", what, "Declare it in a file of its own.", at=key)
        if len(outer) + 1 >= DEEPEST:
            what = f"it is inside of more than {DEEPEST - 1} objects that are expanded"
            return self.because("ExpansionTooDeep", what, "Declare it in a file of its own.", at=key)
        if wrong := refused_in(manifest) if is_listed(produced.gvk, self.known.listed) else []:
            return self.because("NotTranslatable", wrong[0].message, wrong[0].remedy, at=key)
        parts = self._parts(manifest, around)
        if isinstance(parts, str):
            return self.because("ExpansionFailed", parts, _STATE_IT, at=key)
        if not parts:
            return self.because("SourceNotLocked", f"{LOCK_FILE} does not pin its source", _LOCK_IT, at=key)
        forms, there = self.memo(_opened, manifest, parts, inside, order)
        forms = tuple(self._with_values(form, key.namespace, around) for form in forms)
        return self.expanded(forms, there, there.order, around)

    def _parts(self, manifest: Manifest, around: Sequence[tuple[Produced, str]]) -> tuple[Facts, ...] | str:
        """Where its files are; or why that is not known, as a clause."""
        found = self.facts.of_place(place_of(manifest))
        if not found:
            return "where its files are is not written in its file"
        source = _source_among(manifest, around)
        if source is not None:
            found = tuple(one for one in found if one.repository == said_by(source))
        if len(found) != 1:
            named = f"{text(source, 'kind')} {text(source, 'metadata', 'name')}" if source else "the source that it names"
            return f"{named} says something else than its file does" if source else f"{named} is declared several times"
        return found[0].parts

    def _with_values(self, form: Manifest, namespace: str, around: Sequence[tuple[Produced, str]]) -> Manifest:
        """With the digests of what it takes from ConfigMaps and Secrets: of those that it is built with, else of the files."""
        digests = {}
        for entry in value_entries(form):
            name = ResourceKey("", text(entry, "kind"), namespace, text(entry, "name"))
            built = next((one for one, there in around if _key(one, there) == name), None)
            content = None if built is None else content_of(built.manifest, entry, form)
            if built is not None and built.sealed is not None:
                digests[entry_name(entry)] = ""  # It would get stand-ins.
            elif content is not None:
                digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
                self.texts[digest] = content
                digests[entry_name(entry)] = digest
            else:
                digests[entry_name(entry)] = self.facts.values.get(f"{namespace}/{entry_name(entry)}", "")
        return with_value_digests(form, digests) if digests else form


def _read_as(expansion: Expansion, how: str) -> Output:
    return read_output(expansion, Reading[how])


def _finished_as(expansion: Expansion, finish: str, how: str) -> Output:
    return finished_output(expansion, finish, Reading[how])


def _placed_in(produced: Produced, namespace: str) -> Manifest:
    """With its namespace, and with what it depends on as our annotation."""
    manifest: Manifest = produced.manifest
    if not text(manifest, "metadata", "namespace"):
        manifest = with_value(manifest, ("metadata", "namespace"), namespace)
    return with_dependencies(manifest)


def _opened(
    manifest: Manifest, parts: tuple[Facts, ...], inside: Enclosing | None, order: tuple[tuple[str, str], ...]
) -> tuple[tuple[Manifest, ...], Enclosing]:
    """A nested object as Charts and Kustomizes, and as what their objects are inside of."""
    key, outer = key_of(manifest), inside.keys if inside else ()
    ours = is_expanded_kind(gvk_of(manifest))
    forms = (with_value(manifest, ("spec", "sourceDigest"), parts[0].source),) if ours else forms_of(manifest, parts)
    namespace, adopts = text(forms[0], "metadata", "namespace"), inside.adopts if inside is not None else None
    if text(forms[0], "kind") == CHART and (adopts is not None or get(manifest, "spec", "adopt") is True):
        adopts = HelmRelease(release_name(forms[0]), namespace)
    return forms, Enclosing((*outer, key), namespace, order_inside(manifest, order), adopts)


def _key(produced: Produced, namespace: str) -> ResourceKey:
    key = key_of(produced.manifest)
    return key if key.namespace else key._replace(namespace=namespace)


def _source_among(manifest: Manifest, around: Sequence[tuple[Produced, str]]) -> Manifest | None:
    """The source of Flux that it names, among what it is built with."""
    paths = (("chartRef",), ("chart", "spec", "sourceRef"), ("sourceRef",))
    named = next((found for path in paths if (found := mapping(manifest, "spec", *path))), {})
    if not named:
        return None
    namespace = text(named, "namespace") or text(manifest, "metadata", "namespace")
    wanted = ResourceKey(flux.SOURCES_GROUP, text(named, "kind"), namespace, text(named, "name"))
    return next((one.manifest for one, there in around if _key(one, there) == wanted), None)


def _nested_in(output: Output, listed: tuple[str, ...]) -> tuple[Produced, ...]:
    return tuple(one for one in output.objects if is_expanded_kind(one.gvk) or is_listed(one.gvk, listed))


def _joined(pieces: Sequence[_Piece], namespace: str, listed: tuple[str, ...], memo: Memo) -> Output:
    """All that is written of these outputs; the same one where it is one, and all of it is. namespace: of objects of the first
    object that state none."""
    outputs, inside = memo.tuple(one.output for one in pieces), memo.tuple(one.inside for one in pieces)
    return memo(_join, outputs, inside, namespace, listed)


def _join(outputs: tuple[Output, ...], inside: tuple[Enclosing | None, ...], namespace: str, listed: tuple[str, ...]) -> Output:
    """Of what several sources of one Application have, the last one counts."""
    found: dict[tuple[Enclosing | None, ResourceKey], Produced] = {}
    for output, enclosing in zip(outputs, inside, strict=True):
        for one in output.objects:
            if not (is_expanded_kind(one.gvk) or is_listed(one.gvk, listed) or _is_source(one, listed)):
                key = _key(one, enclosing.namespace if enclosing else namespace)
                found[enclosing, key] = one if enclosing is None else replace(one, inside=enclosing)
    objects = tuple(found.values())
    same = len(outputs) == 1 and inside == (None,) and len(objects) == len(outputs[0].objects)
    return outputs[0] if same else Output(objects)


def _is_source(one: Produced, listed: Sequence[str]) -> bool:
    """Sources of Flux are placed nowhere, as where a file declares them."""
    return one.gvk.group == flux.SOURCES_GROUP and one.gvk.kind in flux.SOURCE_KINDS and bool(REFERRING & set(listed))


def _repeated(template: ResourceTemplate, pieces: list[_Piece] | Issue) -> Iterator[Issue]:
    """Objects that several sources of an Application have, as Argo CD warns of them (RepeatedResourceWarning)."""
    seen: dict[tuple[Enclosing | None, ResourceKey], Output] = {}
    for piece in pieces if isinstance(pieces, list) and len(pieces) > 1 else ():
        for one in piece.output.objects:
            place = piece.inside, key_of(one.manifest)
            if seen.setdefault(place, piece.output) is not piece.output:
                what = f"{template.key}: several of its sources have {place[1]}; the last one counts"
                yield warning("RepeatedResource", what, "Keep one of them.", origin=template.origin, subject=template.key)


def _notices(expansion: Expansion, template: ResourceTemplate) -> tuple[Issue, ...]:
    """What is wrong with a source besides its first error, told of the object that names it. Where the program is not there,
    one issue tells it for all objects."""
    if expansion.unavailable:
        return ()
    first = expansion.failure
    others = (one for one in expansion.issues if one is not first)
    return tuple(replace(one, message=f"{template.key}: {one.message}", subject=str(template.key)) for one in others)


_NO_DIGESTS = "Overrides may change what is below /spec/values, and not the chart; name another chart in another object."
_NO_OTHER_FILE = "Name it in the object itself: files with values that are not in the chart are known from there."
_LOCK_IT = f"Run `reconciler update`, and commit {LOCK_FILE}."
_STATE_IT = (
    "Write its chart, version, path and source in its file, or in a patch of the kustomization, and not by a variable, a "
    "template or an override. Or declare it in a file of its own."
)
