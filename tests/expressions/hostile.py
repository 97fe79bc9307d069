"""Expressions that somebody writes to break, stall or leave the engine, by family."""

from collections.abc import Iterator
from enum import Enum

from tests.expressions.engines import Surroundings


class Fate(Enum):
    """What must become of an expression."""

    REFUSED = "the parser refuses it"
    STOPPED = "it is read, and its evaluation ends with an error"
    VALUE = "it has a value, within the limits"
    HARMLESS = "one of the three"


# Texts as long as answers may be, and more nodes than any form has.
AROUND = Surroundings(
    nodes={
        "/data/q": ["a" * 2_000],
        "/data/long": ["洗" * 9_999],
        "/data/ab": ["ab" * 4_999 + "c"],
        "/data/pattern": ["(a*)*" * 60 + "b"],
        "/data/codes": [" ".join(str(code) for code in range(2_000))],
        "/data/point": [";".join(["30 120"] * 1_000)],
        "/data/many": [str(number) for number in range(3_000)],
        "/data/few": [str(number) for number in range(40)],
        "/data/child": [""] * 40,
        "/data/child/age": [str(number) for number in range(40)],
        "/data/date": ["2026-03-05"],
    },
    this="/data/q",
    references={"q": "/data/q", "many": "/data/many", "child": "/data/child"},
)


def corpus() -> Iterator[tuple[str, Fate, str]]:
    """Family, fate and text of 1,000 different expressions."""
    for family, fate, texts in _FAMILIES:
        for text in texts:
            yield family, fate, text


def _steps(first: int, count: int, factor: float) -> list[int]:
    return [int(first * factor**place) + place for place in range(count)]


def _nested(opening: str, closing: str, core: str, depths: list[int]) -> list[str]:
    return [opening * depth + core + closing * depth for depth in depths]


_CODE = """
__import__('os').system('id')
os.system('id')
eval('1+1')
exec('import os')
open('/etc/passwd')
compile('1', 'x', 'eval')
globals()
locals()['x']
getattr('a', '__class__')
''.__class__.__mro__
().__class__.__bases__[0].__subclasses__()
{}.__class__
[].append(1)
lambda: 0
(lambda x: x)(1)
x := 1
f'{1}'
'%s' % 1
'{0.__class__}'.format(1)
1 if 1 else 2
[x for x in y]
import os
print('x')
input()
breakpoint()
help()
subprocess.run('id')
sys.exit()
pickle.loads('x')
socket.socket()
constructor('alert(1)')
constructor.constructor('return this')()
toString()
alert(1)
fetch('//x')
document.write('x')
XMLHttpRequest()
setTimeout('x', 1)
Function('x')
new Date()
a => a
function() {}
`${a}`
{{7*7}}
{% raw %}
<%= 7 %>
#{7*7}
$(id)
`id`
| id
; DROP TABLE responses
' OR 1=1 --
1; SELECT 1
1 UNION SELECT password FROM users
UNION(SELECT 1)
load_file('/etc/passwd')
pg_sleep(10)
document('file:///etc/passwd')
doc('http://127.0.0.1/')
unparsed-text('/etc/passwd')
system-property('xsl:vendor')
fn:doc('x')
php:function('system', 'id')
xs:integer('1')
id('x')
key('a', 'b')
name()
local-name()
namespace-uri()
lang('en')
generate-id()
instance('x')/top/item
pulldata('x', 'a', 'b', 'c')
pull-data('x')
property('deviceid')
jr:itext('x')
jr:preload('x')
extract-signed('a', 'b')
intersects('0 0;1 1')
//password
//*
//@*
@id
/data/@id
ancestor::*
child::a
self::node()
parent::node()
following-sibling::a
descendant-or-self::node()/a
text()
node()
comment()
processing-instruction('x')
/data/q/text()
a/b()
/data[1]/q
/data/q[1]/../many
$q
$1
${}
${a b}
${a.}}
${${q}}
${q
#{q}
#q
%q
&amp;
&#39;
1 &lt; 2
1 < > 2
1 =< 2
1 => 2
1 == 2
1 === 2
1 && 2
1 || 2
!true()
1 ^ 2
1 ** 2
1 // 2
1 % 2
1 / 2
~1
1 ? 2 : 3
1 <=> 2
a; b
a\\b
a\\nb
"a' + 'b
'a" + "b
'
"
'''
"a"b"
'it's'
“a”
‘a’
1 ＝ 2
1 ＜ 2
（1）
1，2
concat('a'，'b')
not（1）
１+１ ＋
× 2
2 ÷ 1
≠ 1
1 ≤ 2
\u202e1
1\u200b+\u200b1
\ufeff1
1\u2028+ 1
\x001
1\x00
\ud800
😀
1 + 😀
٣ + 1 +
a\u0301 +
\u0301a
)
())
(]
[
]
a[
a]
a[]
a[1
[1]
1[1]
'a'[1]
not(1)[1]
a[b]
a[../b]
a[1][a[1]]
/data/many[/data/many[1]]
,
concat(,)
concat(1,)
concat(,1)
concat(1 2)
concat 1
concat(
if()
if(1)
if(1, 2)
if(1, 2, 3, 4)
not()
not(1, 2)
round()
pow(1)
count('a')
count(1 + 1)
sum('a')
position('a')
randomize('a')
indexed-repeat('a', 'b', 1)
indexed-repeat(/data/many, /data/q)
jr:choice-name('a', /data/q)
substr('a')
selected('a')
digest('a', 'crc32')
digest('a', 'md5', 'octal')
format-date('2026-03-05', '%Q')
regex('a', '(')
regex('a', '(?=a)')
regex('a', '(?<n>a)')
regex('a', '(a)\\1')
regex('a', '\\p{L}')
regex('a', '[b-a]')
regex('a', 'a{2,1}')
regex('a', '**')
regex('a', '[')
1 | 2
/data/q | 'a'
+ 1
+1
* 2
div 2
1 and
or 1
1 +
1 + + 2
1 2
1 'a'
'a' 'b'
a b
.. .
. .
/
//
///
/data/
/data//q
a/
a/b/
...
.q
-
--
1 -
=
=1
1=
""".strip().split("\n")

_LIKE_CODE = """
window.location = 'x'
document.cookie
and
or
__class__
__class__ = 1
../__class__
/data/__class__
/data/../__class__
/__proto__
/constructor
constructor
prototype = 1
toString = ''
hasOwnProperty
./__class__
/data/q/__class__
../../../../../../etc/passwd
/../../etc/passwd
/etc/passwd
os.system
self
this
None
null = 0
NaN
undefined
import
__import__ or 1
True = 1
eval
/data/*/*/*/*/*
*/*/*/*
/*/*/*
../*/*
concat('__class__', '.', '__mro__')
'; DROP TABLE responses; --'
"<script>alert(1)</script>"
'{{7*7}}'
"%s%s%s%n"
'../../../etc/passwd'
string('\\u0000')
'\x00'
'\ud800'
'\u202e'
concat('\ud800', '-', '\udc00')
string-length('\ud83d')
translate('abc', 'abc', '\x00\ud800')
digest('\ud800', 'SHA-256')
base64-decode('gICA')
base64-decode('/////w==')
jr:choice-name('__class__', '__dict__')
selected('__class__', '__class__')
regex('__class__', '__class__')
""".strip("\n").split("\n")

_ODD_NUMBERS = ["1e999", "-1e999", "0 div 0", "1 div 0", "-0", "1e308 * 10", "9" * 400, "''"]
_OF_NUMBERS = [
    *("round({0}, {1})", "pow({0}, {1})", "substr('abc', {0}, {1})", "substring('abc', {0}, {1})"),
    *("selected-at('a b', {0} + {1})", "string(date({0} * {1}))", "format-date({0} + {1}, '%Y')"),
    *(
        "checklist({0}, {1}, 1)",
        "{0} mod {1}",
        "int({0}) + floor({1}) + ceiling({0})",
        "atan2({0}, {1})",
    ),
    *("/data/few[{0}] = {1}", "indexed-repeat(/data/child/age, /data/child, {0} + {1})"),
]

_FAMILIES = [
    ("code", Fate.REFUSED, _CODE),
    ("like code", Fate.VALUE, _LIKE_CODE),
    ("parentheses", Fate.REFUSED, _nested("(", ")", "1", [64, *_steps(65, 15, 1.25)])),
    ("calls", Fate.REFUSED, _nested("not(", ")", "1", [64, *_steps(65, 15, 1.15)])),
    ("branches", Fate.REFUSED, _nested("if(1, ", ", 0)", "1", [64, *_steps(65, 10, 1.15)])),
    ("openings", Fate.REFUSED, _nested("(", "", "", _steps(1, 20, 1.5))),
    ("closings", Fate.REFUSED, _nested("", ")", "1", _steps(1, 20, 1.5))),
    ("long texts", Fate.REFUSED, ["'" + "a" * n + "'" for n in _steps(4_000, 15, 1.6)]),
    ("long numbers", Fate.REFUSED, ["9" * n for n in _steps(4_001, 15, 1.6)]),
    ("long names", Fate.REFUSED, ["a" * n for n in _steps(4_001, 15, 1.6)]),
    ("unclosed", Fate.REFUSED, ["concat(" * n + "'" + "a" * n for n in range(1, 21)]),
    ("too many groups", Fate.REFUSED, [f"regex(., '{'(' * n}a{')' * n}')" for n in range(26, 46)]),
    ("long patterns", Fate.REFUSED, [f"regex(., '{'a' * n}')" for n in range(401, 421)]),
    ("large counts", Fate.REFUSED, [f"regex(., '(a{{{n}}}){{{n}}}')" for n in range(30, 50)]),
    ("minus signs", Fate.VALUE, ["-" * n + "1" for n in _steps(2, 20, 1.4)]),
    ("stars", Fate.VALUE, [" ".join("*" * (2 * n + 1)) for n in range(4, 14)]),
    ("steps", Fate.VALUE, ["/a" * n for n in _steps(5, 10, 1.8)]),
    ("back steps", Fate.VALUE, ["/".join([".."] * n) for n in _steps(5, 10, 1.8)]),
    ("terms", Fate.VALUE, [" or ".join(["0"] * n) for n in _steps(20, 10, 1.5)]),
    ("signs", Fate.VALUE, ["1" + "+1-1" * n for n in _steps(20, 10, 1.5)]),
    ("deep but allowed", Fate.VALUE, _nested("-(", ")", "1", list(range(12, 32)))),
    (
        "odd numbers",
        Fate.VALUE,
        [f.format(a, b) for f in _OF_NUMBERS for a in _ODD_NUMBERS for b in _ODD_NUMBERS[::3]],
    ),
    ("towers", Fate.VALUE, [f"{'pow(9, ' * n}9{')' * n}" for n in range(2, 22)]),
    ("backtracking", Fate.VALUE, [f"regex(., '{'(a*)*' * n}b')" for n in range(1, 21)]),
    ("more backtracking", Fate.VALUE, [f"regex(., '^(a|a|a?){{{n}}}$')" for n in range(1, 21)]),
    ("counted", Fate.HARMLESS, [f"regex(., '((a{{1,{n}}}){{1,{n}}})b')" for n in range(4, 24)]),
    (
        "pattern from an answer",
        Fate.HARMLESS,
        [f"regex(/data/ab, substr(/data/pattern, 0, {n}))" for n in range(5, 300, 15)],
    ),
    (
        "pattern too large from an answer",
        Fate.STOPPED,
        [f"regex(., substr(/data/long, 0, {n}))" for n in range(401, 421)],
    ),
    (
        "bad pattern from an answer",
        Fate.STOPPED,
        [f"regex(., concat('{p}', ''))" for p in ("(", "a**", "[", "(?=a)", "\\", "a{2,1}", ")")],
    ),
    ("copies", Fate.STOPPED, [f"concat({','.join(['/data/q'] * n)})" for n in range(6, 26)]),
    ("joined", Fate.STOPPED, [f"join(/data/long, {','.join('1' * n)})" for n in range(3, 23)]),
    ("doubled", Fate.STOPPED, [_nested("concat(., ", ")", ".", [n])[0] for n in range(5, 25)]),
    (
        "digits",
        Fate.STOPPED,
        [f"uuid({n})" for n in (-1, 10_001, "1e9", "1e999", "0 div 0", "'x'")],
    ),
    ("digests", Fate.STOPPED, [" = ".join(["digest(., 'SHA-512')"] * n) for n in range(3, 23)]),
    (
        "translations",
        Fate.STOPPED,
        ["=".join(["translate(/data/long,/data/ab,.)"] * n) for n in range(20, 40)],
    ),
    (
        "searches",
        Fate.STOPPED,
        [
            f"not(contains(/data/ab, /data/ab)) or contains(/data/ab, substr(/data/ab, {n}))"
            for n in range(20)
        ],
    ),
    ("points", Fate.STOPPED, ["+".join(["distance(/data/point)"] * n) for n in range(5, 25)]),
    (
        "pairs",
        Fate.STOPPED,
        [f"/data/many {s} /data/many" for s in ("=", "!=", "<", "<=", ">", ">=")],
    ),
    ("predicates", Fate.STOPPED, [f"/data/many[. > {n}]" for n in range(20)]),
    ("rows of predicates", Fate.STOPPED, ["/data/few" + "[. > 1]" * n for n in range(48, 68)]),
    ("unions", Fate.STOPPED, [" | ".join(["/data/many"] * n) for n in range(9, 29)]),
    ("sums", Fate.STOPPED, ["+".join(["sum(/data/many)"] * n) for n in range(17, 37)]),
    (
        "shuffles",
        Fate.HARMLESS,
        ["count(" + "randomize(" * n + "/data/many" + ", 3)" * n + ")" for n in range(1, 21)],
    ),
    (
        "bad seeds",
        Fate.STOPPED,
        [f"randomize(/data/few, {seed})" for seed in ("0.5", "'a'", "''", "1e999", "0 div 0")],
    ),
    ("wild cards", Fate.HARMLESS, [" | ".join(["/data/*"] * n) for n in range(1, 21)]),
    (
        "unknown names",
        Fate.STOPPED,
        [
            "${" + name + "}"
            for name in ("nobody", "__class__", "constructor", "toString", "self", "a.b")
        ],
    ),
    (
        "values where nodes belong",
        Fate.STOPPED,
        ["count(if(1, 1, .))", "if(1, 1, .) | .", "if(1, 1, .)[1]"],
    ),
]
