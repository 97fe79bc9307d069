"""Random expressions with random surroundings, as a form could hold them, by seed.

A rule is a list of templates, one a line. In a template «number» is another rule and «a¦b» a
choice; of what may stand for itself at the end of the recursion see ``_LEAVES``.
"""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.expressions.engines import Surroundings

_SAMPLES = """
0¦1¦-1¦007¦ 12 ¦3.50¦.5¦5.¦1e3¦-1.5E-3¦0x1F¦0b2¦0.1¦1e400¦1e-400¦123456789012345678901
NaN¦Infinity¦-Infinity¦infinity¦true¦false¦yes¦no¦1 2 3¦2  3¦a-b_c.d@e.cn¦13812345678¦abcABC¦aaa
2026-03-05¦2026-3-5¦2026-02-30¦2026-13-01¦1999-12-31¦2026-03-05x¦0001-1-1¦T¦12:30¦09:30:15.25+08:00
2026-03-05T23:59:58.123+08:00¦2026-03-05T01:02:03¦2026-03-05T24:00:00Z¦2026-07-01T12:00:00.5-0700
1986-05-04T00:30¦1940-06-01¦洗手液¦张三¦𠮷野家¦a😀b¦😀¦𠮷 1 2¦1😀¦\u3000全角\u3000¦e\u0301¦\ufeff7
30.5 120.25¦30 120;31 121;31 120¦0 0¦91 0¦1 2 3 -4¦30 120 5 5;30 121¦YWJj¦5rSX5omL¦YQ==¦____
"""
# Texts of nodes and of literals.
TEXTS = [
    *_SAMPLES.strip().replace("\n", "¦").split("¦"),
    *("", " ", "tab\there", "line\nend", "\ud800", "\0", "\x1c1"),
]

_PATHS = ["/data/a", "/data/b", "/data/g/c", "/data/g/date", "/data/list"]
_CHILD = ["/data/child", "/data/child/name", "/data/child/age", "/data/child/s/x"]
REFERENCES = {path.rpartition("/")[2]: path for path in [*_PATHS, *_CHILD]}

_RULES = {
    "expression": """
«number»
«text»
«truth»
«nodes»
«date»
""",
    "any": """
«expression»
«nodes»
""",
    "number": """
(«number») «+¦-¦*¦div¦mod» («any»)
(«number») - («number») + («number») * («any»)
-(«any»)
«int¦floor¦ceiling¦abs¦number¦decimal-date-time¦decimal-time»(«any»)
round(«number»«¦, 2¦, -1¦, 1.7»)
«count¦sum¦count-non-empty¦min¦max»(«nodes»)
«min¦max»(«any», «any»)
«string-length¦count-selected»(«any»)
«string-length¦number¦random»()
position(«..¦../..¦¦nodes»)
if(«truth», «number», «number»)
coalesce(«any», «number»)
""",
    "text": """
concat(«any», «any»)
join(«text», «nodes», «any»)
join(' ', randomize(/data/*«¦, 42»), «any»)
string(«any»)
«string¦normalize-space¦uuid»()
substr(«text», «number»«¦, -1¦, 3»)
substr(«text», «small», «small»)
substring(«text», «number»)
substring(«text», «small», «number»)
substring-«before¦after»(«text», «text»)
translate(«text», «text», «text»)
normalize-space(«text»)
coalesce(«text», «text»)
once(«any»)
selected-at(«text», «number»)
format-date«¦-time»(«any», "«format»")
format-date«¦-time»(«date», "«format»")
digest(«text», '«MD5¦SHA-1¦sha-256¦SHA-384¦SHA-512»'«¦, 'hex'»)
base64-decode(«text»)
jr:choice-name(«text», '«a¦${b}¦../c»')
uuid(«3¦20»)
if(«truth», «text», «text»)
""",
    "truth": """
(«any») «=¦!=¦<¦<=¦>¦>=» («any»)
«nodes» «=¦!=¦<¦<=¦>¦>=» («any»)
«date» «=¦!=¦<¦<=¦>¦>=» («any»)
(«any») «and¦or» («any»)
«truth» «and¦or» boolean(${nobody})
«1 or¦0 and» «truth» and boolean(${nobody})
«not¦boolean¦boolean-from-string»(«any»)
«contains¦starts-with¦ends-with¦selected¦geofence»(«text», «text»)
regex(«text», "«fixed pattern»")
regex(«text», concat("«fixed pattern¦bad pattern»", ''))
checklist(«number», «number», «any», «nodes»)
weighted-checklist(1, «number», «nodes», «nodes», «any», 2)
""",
    "path": """
${«a¦b¦c¦date¦list¦child¦name¦age¦x»}
«/data/a¦/data/g/c¦/data/list¦/data/child¦/data/child/age¦/data/child/s/x»
«/data/*¦/data/child/*¦/data/none¦/data¦current()»
«.¦..¦../name¦../age¦../*¦./../a¦../../g/c¦a»
""",
    "nodes": """
«path»
«path»[«1¦2¦last()¦position() > 1¦. != 1»]
(«path»)[. = «'1'¦/data/a¦${age}¦concat(., '')¦position()¦string()»]
(«path» | «nodes»)
(«path»[last()] | /data/list[last()] | /data/list)
randomize(«path»«¦, 7»)
randomize(«path», «number»)
indexed-repeat(«nodes», /data/child, «0¦1¦2¦3»)
""",
    "date": """
«today¦now»()
date«¦-time»(«any»)
date(«whole» + («number»))
date('«year»-«month»-«day»')
""",
    "format": """
%Y-%m-%d
%e/%n/%y
%H:%M:%S.%3
%h%%%a %b
年%Y月%m
%%%
%Q
%
""",
    "fixed pattern": r"""
^[0-9]+$
[a-c]{2,3}
^1[3-9]\d{9}$
(a|b)+c?
^.{1,3}$
\bb\b
«\s¦\S¦\B¦[^]¦[]¦}¦x*¦^$¦\.¦[-a]¦a{2}»
^[一-龥]{2,4}$
^[𠀀-𪛖]
^(?:a?){3}$
[\w.-]+@[\w.-]+
[\d\-]
\u6d17
(((a*)*)*)*$
""",
    "bad pattern": r"""
«(¦)¦[¦*¦a**¦^*¦\»
[b-a]
a{3,1}
(?=a)
\1
[\d-x]
\ud83d
""",
    # A pattern and a text that it has a chance to fit.
    "matching": """
regex("«letters»", "«pattern»")
""",
    "pattern": """
«atom»«often»
«atom»«often»«pattern»
«atom»«often»«pattern»
«pattern»|«pattern»
(«¦?:»«pattern»)«often»
(«pattern»)«often»«pattern»
""",
    "atom": r"""
«a¦a¦b¦1¦_¦-¦洗¦𠮷¦é¦.¦^¦$»
«\w¦\W¦\d¦\D¦\s¦\S¦\b¦\B¦\.¦\-¦\u6d17¦\x61¦\n»
«[ab]¦[^a]¦[a-c1-3]¦[\w-]¦[^\d\s]¦[é-洗]¦[𠮷a]¦[-a]¦[a-]¦[\]a]»
""",
    "often": """
«¦¦¦*¦+¦?¦{2}¦{1,2}¦{2,}¦*?¦{0}¦{,2}»
""",
    # What becomes of a text in date form, or nearly so.
    "dating": """
string(date("«near date»"))
«number¦decimal-date-time»("«near date»")
format-date-time("«near date»", '%Y-%y|%m-%n-%b|%d-%e-%a|%H-%h|%M:%S.%3')
"«near date»" «=¦<¦!=» date(«whole»)
date("«near date»") + «real»
string(date(«whole».«whole»))
decimal-time('«hour»:«minute»:«minute»«¦Z¦+08:00¦-0730»')
""",
    "near date": """
«year¦any year»-«month»-«day»
«year¦any year»-«month»-«day»T«hour»:«minute»«¦:59.1234567»«¦Z¦+08:00¦-0730¦+5¦ »
«year»-«month»-«day»T«hour»:«minute»:«minute»«¦Z¦+08:00¦-0730»
""",
    # Exact arithmetic, and numbers as texts.
    "counting": """
string((«figure») «+¦-¦*¦div» («figure»))
(«figure») mod («figure»)
«int¦floor¦ceiling¦abs¦round¦sqrt»(«figure»)
round(«figure», «small»)
1 div «int¦floor¦ceiling¦round»(«real»)
round(«whole» div «2¦20», «0¦1»)
number('«figure»') = («figure»)
""",
    "figure": """
«real»
«real»e«small»0
«whole».125
«whole»«whole»
«0¦-0¦1e308¦5e-324¦1e21¦123456789e12»
""",
    # What two mathematical libraries may round differently in the last place.
    "measuring": """
«sin¦cos¦tan¦asin¦acos¦atan¦exp¦log¦log10¦exp10»(«real»)
pow(«real», «small¦real»)
pow(«1¦0¦-1¦2», «1 div 0¦-3¦0 div 0¦0.5»)
atan2(«real», «real»)
«area¦distance»('«point»;«point»;«point»«¦;91 0»')
distance('«point»', "«point»")
""",
}
_LEAVES = {
    "number": "«0¦1¦2¦3¦7¦0.5¦1e3¦-1¦.25¦1e999¦1e-7»",
    "text": '"«sample»"',
    "truth": "«true()¦false()»",
    "nodes": "«path»",
    "date": "today()",
    "expression": "1",
    "any": '"«sample»"',
    "pattern": "«atom»",
}
_TERMS: dict[str, Callable[[random.Random], str]] = {
    "sample": lambda dice: dice.choice(TEXTS),
    "letters": lambda dice: "".join(dice.choices("aab1_- .é洗𠮷\n", k=dice.randrange(9))),
    "small": lambda dice: str(dice.randrange(-6, 7)),
    "whole": lambda dice: str(dice.randrange(60_000)),
    "real": lambda dice: repr(dice.uniform(-9, 9) / dice.choice([1, 9])),
    "point": lambda dice: f"{dice.uniform(-90, 90)} {dice.uniform(-180, 180)}",
    "year": lambda dice: str(dice.randrange(1883, 2100)),
    "any year": lambda dice: f"{dice.randrange(10_000):04}",
    "month": lambda dice: f"{dice.randrange(14):{dice.choice(['', '02'])}}",
    "day": lambda dice: f"{dice.randrange(33):{dice.choice(['', '02'])}}",
    "hour": lambda dice: f"{dice.randrange(25):02}",
    "minute": lambda dice: f"{dice.randrange(61):02}",
}
_SLOT = re.compile("«([^«»]*)»")


class Author:
    """Writes one expression after the other."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._rules = {name: text[1:-1].split("\n") for name, text in _RULES.items()}

    def write(self, rule: str, depth: int = 4) -> str:
        if rule in _TERMS:
            return _TERMS[rule](self._dice)
        at_end = depth <= 0 and rule in _LEAVES
        template = _LEAVES[rule] if at_end else self._dice.choice(self._rules[rule])
        return _SLOT.sub(lambda slot: self._filled(slot[1], depth), template)

    def _filled(self, slot: str, depth: int) -> str:
        chosen = self._dice.choice(slot.split("¦"))
        return self.write(chosen, depth - 1) if chosen in _TERMS | self._rules else chosen

    def surroundings(self) -> Surroundings:
        dice = self._dice
        nodes = {path: [dice.choice(TEXTS)] for path in _PATHS[:-1]}
        nodes["/data/list"] = dice.choices(TEXTS, k=dice.randrange(5))
        children = dice.randrange(5)
        nodes["/data/child"] = [""] * children
        for path in _CHILD[1:]:
            nodes[path] = dice.choices(TEXTS, k=children)
        within = dice.random() < 0.5
        return Surroundings(
            nodes=nodes,
            this=dice.choice(_CHILD[1:] if within else [*_PATHS, None]),
            references=REFERENCES,
            repeat="/data/child" if within else "",
            instance=dice.randrange(children + 1) if within else 0,
            seed=dice.randrange(2**31),
            now=datetime(1975, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(3 * 10**9)),
        )
