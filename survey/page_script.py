"""The page's script: our own file behind as much of the expression engine as a form uses."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from survey.headers import STATIC
from survey.instrument.expressions.tree import Expression
from survey.instrument.items import Kind
from survey.instrument.page_rules import PARTS, lean_script, parts_of
from survey.instrument.questions import Form

_NAMES = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NONE = "core"
# What only some forms have: marked in resident.js like the parts of the engine.
_PAGE_PARTS = frozenset({"repeats", "filters", "ranks", "positions"})


def script_address(form: Form) -> str:
    """The address of a form's script, which changes with its text."""
    needed = {*parts_of(_expressions(form)), *_page_parts(form)}
    parts = "-".join(sorted(needed)) or _NONE
    return f"/q/script/{parts}/{_version(parts)}.js"


def script_text(parts: str, version: str) -> str | None:
    """The script at an address; None where there is none."""
    if not _NAMES.fullmatch(parts) or set(parts.split("-")) - PARTS.keys() - _PAGE_PARTS - {_NONE}:
        return None
    return _text(parts) if version == _version(parts) else None


def _page_parts(form: Form) -> Iterator[str]:
    kinds = {question.kind for question in form.questions()}
    if form.rules.repeated:
        yield "repeats"
    if any(rule.choice_filter is not None for rule in form.rules.in_order):
        yield "filters"
    if Kind.RANK in kinds:
        yield "ranks"
    if Kind.GEOPOINT in kinds:
        yield "positions"


def _expressions(form: Form) -> Iterator[Expression]:
    for rule in form.rules.in_order:
        filtered = rule.choice_filter.expression if rule.choice_filter is not None else None
        everything = (
            rule.relevant,
            rule.calculation,
            rule.required,
            rule.constraint,
            rule.count,
            filtered,
        )
        yield from (one for one in everything if one is not None)


@lru_cache(maxsize=64)
def _version(parts: str) -> str:
    return hashlib.sha256(_text(parts).encode()).hexdigest()[:12]


@lru_cache(maxsize=64)
def _text(parts: str) -> str:
    source = _source("engine.js") + _source("resident.js")
    return lean_script(source, frozenset(parts.split("-")))


@cache
def _source(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
