"""Why a response is under suspicion, in plain words of both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

Words = Mapping[str, str]  # language to text


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """A reason in a table of counts, and as a sentence with the numbers of its ``detail``."""

    short: Words
    sentence: Words


def _words(short_zh: str, short_en: str, zh: str, en: str) -> ReasonWords:
    return ReasonWords({"zh": short_zh, "en": short_en}, {"zh": zh, "en": en})


REASONS: Mapping[str, ReasonWords] = {}


class _Numbers(dict[str, str]):
    """The numbers of a sentence; one that was not recorded is left open, not an error."""

    def __missing__(self, key: str) -> str:
        return "…"


def reason_name(code: str, language: str) -> str:
    """A reason in two or three words; its code where a newer version found it."""
    known = REASONS.get(code)
    return known.short[language] if known else code


def reason_sentence(code: str, detail: Mapping[str, str], language: str) -> str:
    """A reason as a sentence."""
    known = REASONS.get(code)
    if known is None:
        numbers = ", ".join(f"{name} {text}" for name, text in sorted(detail.items()))
        return f"{code}: {numbers}" if numbers else code
    return known.sentence[language].format_map(_Numbers(detail))
