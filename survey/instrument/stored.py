"""Items as JSON and back; what an older version stored is read with today's defaults."""

from collections.abc import Mapping
from typing import Any

from survey.instrument.items import Choice, Group, Item, Kind, Language, Question, Scale

# Kept as they stand; a key that an older version did not store has the default of its class.
_OF_QUESTION = (
    "name",
    "required",
    "relevant",
    "constraint",
    "calculation",
    "appearance",
    "default",
    "row",
    "default_expression",
    "list_name",
    "choice_filter",
    "randomize",
    "seed",
    "read_only",
)
_LABELS = ("label", "hint", "required_message", "constraint_message")
_OF_GROUP = ("name", "relevant", "row", "repeats", "count", "appearance")


def item_to_json(item: Item) -> dict[str, Any]:
    """Nothing but texts, numbers, lists and objects."""
    if isinstance(item, Group):
        return {
            **{key: getattr(item, key) for key in _OF_GROUP},
            "label": dict(item.label),
            "children": [item_to_json(child) for child in item.children],
        }
    scale = item.scale
    return {
        **{key: getattr(item, key) for key in _OF_QUESTION},
        **{key: dict(getattr(item, key)) for key in _LABELS},
        "kind": item.kind.value,
        "choices": [_choice_to_json(choice) for choice in item.choices],
        "scale": [scale.start, scale.end, scale.step] if scale else None,
    }


def item_from_json(stored: Mapping[str, Any]) -> Item:
    """The item that was stored."""
    if "children" in stored:
        children = tuple(item_from_json(child) for child in stored["children"])
        return Group(**{**stored, "children": children})
    scale = stored.get("scale")
    return Question(
        **{
            **stored,
            "kind": Kind(stored["kind"]),
            "choices": tuple(_choice_from_json(choice) for choice in stored["choices"]),
            "scale": Scale(*scale) if scale else None,
        }
    )


def language_to_json(language: Language) -> dict[str, str]:
    return {"code": language.code, "name": language.name}


def language_from_json(stored: Mapping[str, str]) -> Language:
    return Language(stored["code"], stored["name"])


def _choice_to_json(choice: Choice) -> dict[str, Any]:
    stored: dict[str, Any] = {"code": choice.code, "label": dict(choice.label)}
    return stored | ({"attributes": dict(choice.attributes)} if choice.attributes else {})


def _choice_from_json(stored: Mapping[str, Any]) -> Choice:
    return Choice(stored["code"], stored["label"], stored.get("attributes", {}))
