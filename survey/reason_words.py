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


REASONS: Mapping[str, ReasonWords] = {
    # found at intake
    "device_again": _words(
        "同一设备",
        "same device",
        "同一设备的第 {n} 份,没有按“换一位家人”。",
        "Number {n} of one device, without the button for another person.",
    ),
    "device_family_many": _words(
        "同一设备人数多",
        "many on one device",
        "同一设备上的第 {n} 位(一般不超过 {most} 位)。",
        "Person {n} on one device (usually at most {most}).",
    ),
    "network_many": _words(
        "同一网络份数多",
        "many of one network",
        "同一网络{window}内的第 {n} 份(一般不超过 {most} 份)。",
        "Number {n} of one network within {window} (usually at most {most}).",
    ),
    "point_burst": _words(
        "点位突增",
        "burst at a point",
        "这个点位十分钟内的第 {n} 份(一般不超过 {most} 份)。",
        "Number {n} at this point within ten minutes (usually at most {most}).",
    ),
    "too_fast": _words(
        "作答过快",
        "too fast",
        "{asked} 道题用了 {seconds} 秒(一般不少于 {least} 秒)。",
        "{seconds} seconds for {asked} questions (usually at least {least}).",
    ),
    "honeypot": _words(
        "填了隐藏栏",
        "hidden field filled",
        "填了人看不见的栏目,多半是程序。",
        "A field that no person sees was filled: probably by a program.",
    ),
    "no_proof": _words(
        "未完成验证",
        "no proof of work",
        "异常高峰期间没有完成自动验证。",
        "Sent during a surge without the automatic proof.",
    ),
}
# Numbers of a sentence that are words.
_WORDS: Mapping[str, Words] = {
    "hour": {"zh": "一小时", "en": "an hour"},
    "day": {"zh": "一天", "en": "a day"},
}


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
    said = {
        name: _WORDS[text][language] if text in _WORDS else text for name, text in detail.items()
    }
    return known.sentence[language].format_map(_Numbers(said))
