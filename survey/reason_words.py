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
    # found by the checks over a batch; shares are in percent
    "copies": _words(
        "近似复制",
        "copies",
        "有 {found} 份答卷的选项几乎相同(最多 {differ} 处不同),居民作答大约只会有 {expected} 份。",
        "{found} answers are nearly the same (at most {differ} differences); residents would give"
        " about {expected}.",
    ),
    "independent_answers": _words(
        "各题互不相关",
        "unrelated answers",
        "属于一批 {answers} 份的答卷:各题答案互不相关,像逐题随机填的,居民的答案不是这样。",
        "One of a batch of {answers}: its answers do not depend on each other, as if filled at"
        " random one by one; those of residents do.",
    ),
    "even_pauses": _words(
        "间隔过匀",
        "even pauses",
        "属于一批 {answers} 份的答卷:提交间隔过于均匀(指数 {found},随机到来为 1)。",
        "One of a batch of {answers}: the pauses between them are too even (index {found}, 1 for"
        " arrivals at random).",
    ),
    "steady_shares": _words(
        "比例过稳",
        "steady shares",
        "属于一批 {answers} 份的答卷:各选项的比例过于稳定(指数 {found},随机抽取为 1)。",
        "One of a batch of {answers}: the shares of its answers are too steady (index {found}, 1"
        " for a random draw).",
    ),
    "like_durations": _words(
        "用时过齐",
        "like durations",
        "属于一批 {answers} 份的答卷:用时过于一致(差异为平时的 {found} 倍)。",
        "One of a batch of {answers}: they took too much the same time ({found} times the usual"
        " variance).",
    ),
    "far_homes": _words(
        "住址多在外",
        "homes elsewhere",
        "属于一批 {answers} 份的答卷:{found}% 自称住在别的区域,这些点位平时为 {expected}%。",
        "One of a batch of {answers}: {found}% claim to live in another area; usual at these"
        " points is {expected}%.",
    ),
    "round_the_clock": _words(
        "昼夜不停",
        "round the clock",
        "属于一批 {answers} 份的答卷:{found}% 在平时少有人作答的时段,平时为 {expected}%。",
        "One of a batch of {answers}: {found}% came in the hours in which few answer; usual is"
        " {expected}%.",
    ),
    "far_home": _words(
        "住址在外",
        "home elsewhere",
        "自称住在别的区域;在这个点位这样的人平时占 {expected}%。",
        "Claims to live in another area, as {expected}% usually do at this point.",
    ),
    "rare_hour": _words(
        "少见时段",
        "rare hour",
        "提交的钟点在这个点位平时只占 {expected}%。",
        "Sent at an hour that usually has {expected}% of the answers at this point.",
    ),
    "straight_lining": _words(
        "一选到底",
        "straight line",
        "一组同样选项的题目选了同一项;这一波次中 {expected}% 的答卷如此。",
        "One answer to a whole block of questions, as in {expected}% of this wave.",
    ),
    "burst": _words(
        "时段突增",
        "busy hour",
        "这个点位这一小时有 {found} 份,平时约 {expected} 份。",
        "{found} answers at this point within this hour; about {expected} are usual.",
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
