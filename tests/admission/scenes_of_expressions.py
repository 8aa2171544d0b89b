"""One expression each, over one object of a kind without a schema: the language, and Kubernetes' libraries.

Each expression is a policy of its own, which concerns the object that carries its number. The message of a false expression is
the expression; that of an error has the error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from tests.admission.scenes import GROUP, Request, Scene, binding, custom, definition, policy, rule

SPEC = {
    "replicas": 3,
    "zero": 0,
    "ratio": 1.5,
    "whole": 2.0,
    "flag": True,
    "nothing": None,
    "name": "Web-Front",
    "empty": "",
    "unicode": "héllo wörld 🎉",
    "image": "registry.example.org/team/app:1.2.3",
    "list": [1, 2, 3],
    "unsorted": [3, 1, 2],
    "words": ["b", "a", "c", "a"],
    "floats": [1.5, 0.5],
    "mixed": [1, "a", True],
    "none": [],
    "map": {"x": 1, "y": 2},
    "labels": {"app": "web", "tier-1": "gold"},
    "containers": [
        {"name": "a", "image": "x:1", "ports": [{"port": 80}], "cpu": "500m"},
        {"name": "b", "image": "y", "cpu": "1"},
    ],
    "url": "https://example.org:8443/path/to?x=1&y=2&x=3",
    "ip": "192.168.0.17",
    "ip6": "2001:db8::1",
    "cidr": "192.168.0.0/24",
    "cpu": "1500m",
    "memory": "2Gi",
    "version": "1.2.3-rc.1",
    "time": "2026-02-03T04:05:06Z",
    "wait": "1h30m",
    "base64": "aGVsbG8=",
}

LANGUAGE = r"""
object.spec.replicas == 3
object.spec.replicas > 2.5
object.spec.ratio < 2
object.spec.whole == 2
object.spec.replicas in [1, 2, 3]
object.spec.replicas == '3'
dyn(object.spec.replicas) != 'x'
object.spec.missing == 3
has(object.spec.missing)
!has(object.spec.missing)
has(object.spec.missing.deeper)
has(object.spec.map.x)
has(object.spec.nothing)
object.spec.nothing == null
object.spec.replicas + 1 == 4
object.spec.replicas + 1.0 == 4.0
object.spec.name + object.spec.replicas == ''
object.spec.replicas / 0 == 1
object.spec.replicas % 2 == 1
-object.spec.replicas == -3
9223372036854775807 + object.spec.replicas > 0
object.spec.ratio / 0.0 > 100.0
double(object.spec.replicas) / 2.0 == 1.5
int(object.spec.ratio) == 1
int('12') == 12
uint(object.spec.replicas) == 3u
string(object.spec.replicas) == '3'
string(object.spec.ratio) == '1.5'
string(object.spec.whole) == '2'
string(object.spec.flag) == 'true'
bool('true')
double('1.5') == object.spec.ratio
bytes('abc') == b'abc'
string(b'abc') == 'abc'
type(object.spec.replicas) == int
type(object.spec.ratio) == double
type(object.spec.whole) == double
type(object.spec.list) == list
type(object.spec.map) == map
type(object.spec.nothing) == null_type
object.spec.flag && !object.spec.flag
object.spec.flag || object.spec.missing
object.spec.missing || object.spec.flag
object.spec.missing && false
object.spec.flag && object.spec.missing
!object.spec.replicas
object.spec.list[0] == 1
object.spec.list[3] == 1
object.spec.list[-1] == 1
object.spec['replicas'] == 3
object.spec.map['z'] == 1
object.spec.labels['tier-1'] == 'gold'
'tier-1' in object.spec.labels
'x' in object.spec.words
1.0 in object.spec.list
object.spec.list == [1, 2, 3]
object.spec.list == [1.0, 2.0, 3.0]
object.spec.list + [4] == [1, 2, 3, 4]
object.spec.map == {'y': 2, 'x': 1}
object.spec.map == {'x': 1}
size(object.spec.list) == 3
object.spec.words.size() == 4
size(object.spec.map) == 2
size(object.spec.unicode) == 13
size(object.spec.replicas) == 1
object.spec.list.all(x, x > 0)
object.spec.list.all(x, x > 1)
object.spec.none.all(x, x > 1)
object.spec.list.exists(x, x > 2)
object.spec.none.exists(x, x > 2)
object.spec.list.exists_one(x, x > 1)
object.spec.list.exists_one(x, x > 2)
object.spec.list.map(x, x * 2) == [2, 4, 6]
object.spec.list.map(x, x > 1, x * 2) == [4, 6]
object.spec.list.filter(x, x > 1) == [2, 3]
object.spec.map.all(k, object.spec.map[k] > 0)
object.spec.map.exists(k, k == 'y')
object.spec.map.map(k, k).exists(k, k == 'x')
object.spec.map.filter(k, k == 'x') == ['x']
object.spec.containers.all(c, has(c.ports))
object.spec.containers.all(c, c.image.contains(':'))
object.spec.containers.all(c, c.ports[0].port == 80)
object.spec.containers.exists(c, c.ports[0].port == 80)
object.spec.containers.exists(c, c.ports[0].port == 81)
object.spec.containers.map(c, c.name) == ['a', 'b']
object.spec.containers.filter(c, c.name == 'b')[0].image == 'y'
object.spec.containers.all(c, object.spec.containers.exists_one(d, d.name == c.name))
object.spec.mixed.all(x, x == 1)
object.spec.mixed.exists(x, x > 5)
object.spec.name.startsWith('Web') && object.spec.name.endsWith('Front')
object.spec.name.matches('^[A-Z][a-z]+-')
object.spec.name.matches('^\\d+$')
object.spec.name.matches(object.spec.map.z)
object.spec.name < 'X'
object.spec.name < 3
timestamp(object.spec.time).getFullYear() == 2026
timestamp(object.spec.time).getMonth() == 1
timestamp(object.spec.time).getHours('Europe/Berlin') == 5
timestamp(object.spec.time) < timestamp('2027-01-01T00:00:00Z')
timestamp(object.spec.time) + duration('1h') == timestamp('2026-02-03T05:05:06Z')
timestamp(object.spec.time) - timestamp('2026-02-03T03:05:06Z') == duration('1h')
timestamp(object.spec.name) != null
duration(object.spec.wait) == duration('90m')
duration(object.spec.wait).getMinutes() == 90
duration(object.spec.name) == duration('1s')
string(duration(object.spec.wait)) == '5400s'
object.spec.?missing.orValue('x') == 'x'
object.spec.?replicas.orValue(1) == 3
object.?spec.?missing.?deeper.hasValue()
object.spec.?missing.?deeper.orValue('none') == 'none'
object.spec.labels[?'app'].value() == 'web'
object.spec.labels[?'nope'].value() == 'web'
object.spec.list[?1].orValue(0) == 2
object.spec.list[?9].orValue(0) == 0
optional.of(object.spec.replicas).value() == 3
optional.ofNonZeroValue(object.spec.zero).hasValue()
optional.none().or(optional.of(2)).value() == 2
object.spec.?replicas.optMap(r, r * 2).orValue(0) == 6
object.spec.?missing.optFlatMap(r, r.?deeper).hasValue()
[?object.spec.?replicas, ?object.spec.?missing] == [3]
object.apiVersion == 'scenes.example.org/v1' && object.kind == 'Free'
object.metadata.name == request.name && request.namespace == 'default'
request.operation == 'CREATE' && request.kind.kind == 'Free'
request.resource.resource == 'frees' && request.resource.group == 'scenes.example.org'
!has(request.subResource) || request.subResource == ''
request.requestKind == request.kind
oldObject == null
has(oldObject.spec)
has(object.spec.nothing.deeper)
oldObject.?spec.hasValue()
namespaceObject.metadata.name == 'default'
namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'
has(object.metadata.namespace) && object.metadata.namespace == 'default'
has(object.metadata.generateName)
"""

LIBRARIES = r"""
object.spec.list.isSorted()
object.spec.unsorted.isSorted()
object.spec.words.isSorted()
object.spec.mixed.isSorted()
object.spec.none.isSorted()
object.spec.list.sum() == 6
object.spec.floats.sum() == 2.0
object.spec.none.sum() == 0
object.spec.words.sum() == 0
object.spec.list.map(x, duration(string(x) + 's')).sum() == duration('6s')
object.spec.unsorted.min() == 1
object.spec.unsorted.max() == 3
object.spec.words.max() == 'c'
object.spec.none.max() == 1
object.spec.words.indexOf('a') == 1
object.spec.words.lastIndexOf('a') == 3
object.spec.words.indexOf('z') == -1
object.spec.mixed.indexOf(true) == 2
object.spec.list.slice(0, 2) == [1, 2]
object.spec.list.slice(1, 9) == [1, 2]
[[1, 2], [3]].flatten() == [1, 2, 3]
lists.range(3) == [0, 1, 2]
object.spec.words.distinct() == ['b', 'a', 'c']
object.spec.list.reverse() == [3, 2, 1]
object.spec.unsorted.sort() == [1, 2, 3]
object.spec.mixed.sort() == [1]
object.spec.containers.sortBy(c, c.image).map(c, c.name) == ['a', 'b']
object.spec.list.first().value() == 1
object.spec.none.last().hasValue()
'abc 123 def 456'.find('[0-9]+') == '123'
object.spec.image.find('[0-9.]+$') == '1.2.3'
object.spec.name.find('[0-9]+') == ''
'abc 123 def 456'.findAll('[0-9]+') == ['123', '456']
'abc 123 def 456'.findAll('[0-9]+', 1) == ['123']
'abc 123 def 456'.findAll('[0-9]+', 0) == []
object.spec.name.findAll(object.spec.image) == []
isURL(object.spec.url)
isURL(object.spec.name)
isURL('/absolute/path')
url(object.spec.url).getScheme() == 'https'
url(object.spec.url).getHost() == 'example.org:8443'
url(object.spec.url).getHostname() == 'example.org'
url(object.spec.url).getPort() == '8443'
url(object.spec.url).getEscapedPath() == '/path/to'
url(object.spec.url).getQuery() == {'x': ['1', '3'], 'y': ['2']}
url('https://[::1]:80/a b').getEscapedPath() == '/a%20b'
url(object.spec.name).getHost() == ''
url('https://[2001:db8::1]:80/').getHostname() == '2001:db8::1'
url(object.spec.url) == url(object.spec.url)
isIP(object.spec.ip)
isIP(object.spec.name)
isIP('192.168.000.017')
isIP('::ffff:1.2.3.4')
isIP('fe80::1%eth0')
ip(object.spec.ip).family() == 4
ip(object.spec.ip6).family() == 6
ip(object.spec.ip) == ip('192.168.0.17')
ip.isCanonical(object.spec.ip6)
ip.isCanonical('2001:DB8::1')
ip.isCanonical(object.spec.name)
ip(object.spec.ip6).isGlobalUnicast()
ip('127.0.0.1').isLoopback() && ip('::1').isLoopback()
ip('0.0.0.0').isUnspecified()
ip('224.0.0.1').isLinkLocalMulticast()
ip('169.254.1.1').isLinkLocalUnicast()
ip(object.spec.name).family() == 4
string(ip(object.spec.ip)) == '192.168.0.17'
isCIDR(object.spec.cidr)
isCIDR(object.spec.ip)
isCIDR('192.168.0.0/33')
cidr(object.spec.cidr).containsIP(object.spec.ip)
cidr(object.spec.cidr).containsIP(ip('10.0.0.1'))
cidr(object.spec.cidr).containsCIDR('192.168.0.0/25')
cidr(object.spec.cidr).containsCIDR(cidr('192.168.0.0/16'))
cidr('192.168.0.1/24').masked() == cidr(object.spec.cidr)
cidr(object.spec.cidr).prefixLength() == 24
cidr(object.spec.cidr).ip() == ip('192.168.0.0')
string(cidr(object.spec.cidr)) == '192.168.0.0/24'
isQuantity(object.spec.cpu)
isQuantity(object.spec.name)
quantity(object.spec.cpu).isLessThan(quantity('2'))
quantity(object.spec.cpu).isGreaterThan(quantity('2'))
quantity(object.spec.memory).compareTo(quantity('2048Mi')) == 0
quantity(object.spec.memory) == quantity('2048Mi')
quantity(object.spec.cpu).isInteger()
quantity(object.spec.memory).asInteger() == 2147483648
quantity(object.spec.cpu).asInteger() == 1
quantity(object.spec.cpu).asApproximateFloat() == 1.5
quantity(object.spec.cpu).add(quantity('500m')) == quantity('2')
quantity(object.spec.memory).sub(1024).isLessThan(quantity('2Gi'))
quantity(object.spec.name).isInteger()
object.spec.containers.map(c, quantity(c.cpu)).exists(q, q.isGreaterThan(quantity('800m')))
quantity('1').compareTo(quantity('0.5')) > 0
isSemver(object.spec.version)
isSemver('v1.2')
isSemver('v1.2', true)
semver('v1.2', true) == semver('1.2.0')
semver(object.spec.version).isLessThan(semver('1.2.3'))
semver(object.spec.version).major() == 1
semver('1.10.0').isGreaterThan(semver('1.9.9'))
semver(object.spec.version).compareTo(semver('1.2.3-rc.2')) < 0
semver(object.spec.name).minor() == 2
format.dns1123Label().validate(object.spec.name).hasValue()
!format.dns1123Label().validate('web').hasValue()
format.named('dns1123Subdomain').hasValue()
format.named('nonsense').hasValue()
format.uuid().validate(object.spec.name).value() == []
format.uri().validate(object.spec.url).hasValue()
format.qualifiedName().validate('example.org/name').hasValue()
format.labelValue().validate(object.spec.image).hasValue()
format.byte().validate(object.spec.base64).hasValue()
format.date().validate('2026-02-03').hasValue()
format.datetime().validate(object.spec.time).hasValue()
object.spec.name.charAt(0) == 'W'
object.spec.name.charAt(20) == 'W'
object.spec.name.indexOf('-') == 3
object.spec.name.indexOf('e', 3) == -1
object.spec.name.lastIndexOf('o') == 6
object.spec.words.join() == 'baca'
object.spec.words.join(',') == 'b,a,c,a'
object.spec.list.join(',') == '1,2,3'
object.spec.name.lowerAscii() == 'web-front'
object.spec.unicode.upperAscii() == 'HéLLO WöRLD 🎉'
object.spec.name.replace('o', '0') == 'Web-Fr0nt'
object.spec.words.join(',').replace('a', 'x', 1) == 'b,x,c,a'
object.spec.image.split('/').size() == 3
object.spec.image.split('/', 2) == ['registry.example.org', 'team/app:1.2.3']
object.spec.image.split(':')[1] == '1.2.3'
object.spec.name.substring(4) == 'Front'
object.spec.name.substring(0, 3) == 'Web'
object.spec.name.substring(20) == ''
'  padded '.trim() == 'padded'
strings.quote('a"b') == '"a\\"b"'
'%s has %d'.format([object.spec.name, object.spec.replicas]) == 'Web-Front has 3'
'%.2f'.format([object.spec.ratio]) == '1.50'
'%s %s'.format([object.spec.list, object.spec.flag]) == '[1, 2, 3] true'
'%d'.format([object.spec.name]) == ''
'%x'.format([255]) == 'ff'
'%s'.format([object.spec.map]) == '{x: 1, y: 2}'
sets.contains(object.spec.list, [1, 2])
'%s'.format([object.spec.map]) == '{x:1, y:2}'
'%s'.format([[1.0, 2.5, 'a', null]]) == '[1, 2.5, a, null]'
'%s %s'.format([timestamp(object.spec.time), duration(object.spec.wait)]) == '2026-02-03T04:05:06Z 5400s'
'%s'.format([[b'a', 1.25, {'k': [true]}]]) == '[b"a", 1.250000, {"k":[true]}]'
'%.2f'.format([12345.678]) == '12,345.68'
'%.2f'.format([12345.678]) == '12345.68'
'%e'.format([0.5]) == '5.000000 × 10⁻⁰¹'
'%e'.format([0.5]) == '5.000000e-01'
'%b %X %o'.format([5, 255, 8]) == '101 FF 10'
sign(quantity(object.spec.cpu)) == 1
sets.contains(object.spec.list, [4])
sets.equivalent(object.spec.list, [3, 2, 1, 1])
sets.intersects(object.spec.words, ['z', 'c'])
sets.intersects(object.spec.words, [])
object.spec.list.all(i, v, v == i + 1)
object.spec.map.all(k, v, v < 2)
object.spec.map.exists(k, v, k == 'y' && v == 2)
object.spec.list.existsOne(i, v, v > 2)
object.spec.list.exists(i, v, v > 9)
object.spec.map.transformList(k, v, v * 2).sum() == 6
object.spec.list.transformList(i, v, i > 0, v) == [2, 3]
object.spec.list.transformMap(i, v, v * 2) == {0: 2, 1: 4, 2: 6}
object.spec.map.transformMap(k, v, k == 'x', v + 1) == {'x': 2}
object.spec.map.transformMapEntry(k, v, {v: k}) == {1: 'x', 2: 'y'}
authorizer.group('').resource('configmaps').namespace('default').check('create').allowed()
object.spec.list.exists(x, authorizer.path('/healthz').check('get').allowed())
variables.total == 6
"""


def expressions(text: str) -> list[str]:
    return text.strip().splitlines()


@cache
def scenes() -> Sequence[Scene]:
    return tuple(_scenes())


def _scenes() -> Iterator[Scene]:
    for name, text in (("language", LANGUAGE), ("libraries", LIBRARIES)):
        crd = definition("Free", {})
        schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        schema["properties"]["spec"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        match = {"resourceRules": [rule("frees", GROUP)]}
        documents, requests = [crd], []
        for number, expression in enumerate(expressions(text)):
            one = f"{name}-{number:03}"
            spec = (
                {"variables": [{"name": "total", "expression": "object.spec.list.sum()"}]} if "variables." in expression else {}
            )
            only = {"objectSelector": {"matchLabels": {"expression": one}}}
            documents += [policy(one, expression, match=match, **spec), binding(one, matchResources=only)]
            requests.append(Request(custom("Free", one, {"labels": {"expression": one}}, **SPEC)))
        yield Scene(name, documents, requests)
