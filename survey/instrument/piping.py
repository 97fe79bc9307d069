"""``${name}`` in texts: which answers a text shows, and the text with them."""

import re
from collections.abc import Mapping

from survey.instrument.items import Label, instance_name

_REFERENCE = re.compile(r"\$\{\s*([^\W\d][\w.-]*)\s*\}")
_MARK = "${"


def piped_names(text: str) -> tuple[str, ...] | None:
    """The questions whose answers a text shows; None if a ``${`` begins no name."""
    if _MARK not in text:
        return ()
    names = tuple(_REFERENCE.findall(text))
    return names if len(names) == text.count(_MARK) else None


def label_text(text: str, values: Mapping[str, str], instance: int | None = None) -> str:
    """The text with each ``${name}`` replaced by the stored value, as form engines do.

    The value is the raw one: a code for a choice (``jr:choice-name`` in a calculation
    gives its label). It is plain text, to be escaped like any other.

    Parameters
    ----------
    values : mapping
        ``Judgement.values``. What has no value is replaced by nothing.
    instance : int or None
        The instance of the repeat in which the text stands, counted from 1.
    """
    if _MARK not in text:
        return text

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        if instance is not None:
            own = values.get(instance_name(name, instance))
            if own is not None:
                return own
        return values.get(name, "")

    return _REFERENCE.sub(value_of, text)


def piped_label(label: Label, values: Mapping[str, str], instance: int | None = None) -> Label:
    """The same in every language."""
    if not any(_MARK in text for text in label.values()):
        return label
    return {code: label_text(text, values, instance) for code, text in label.items()}
