"""The resident's stylesheet, held to the phones of the preview."""

import re

# Selectors of what a phone has one of and a preview several: each stands for the phone itself.
_WHOLE = re.compile(r"(?<![\w.#-])(?::root|html|body)(?![\w-])")
# A class of the page's root, which the preview gives to the phone.
_OF_ROOT = re.compile(r"(?<![\w&.#:)\]-])\.elder(?![\w-])")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Sizes relative to the reader's own: the root of the preview's page is not the phone's.
_ROOT_SIZE = re.compile(r"(-?\d*\.?\d+)rem\b")
_BLOCK = re.compile(r"([^{}]*)([{}])")


def scoped(css: str, phone: str) -> str:
    """The same rules for what lies in ``phone``, a selector, by nesting.

    ``phone`` must have the custom property ``--rem``: the size of a phone's root.
    """
    # Rules of the page around a phone end at its edge, but for what the preview adds to it.
    page_ends = "& :where(:not(.beside, .beside *, mark)) { all: revert; }"
    nested = _BLOCK.sub(_translated, _COMMENT.sub("", css))
    return f"{phone} {{{page_ends}{nested}}}\n"


def _translated(found: re.Match[str]) -> str:
    """Text up to a brace: before an opening one the last part is a selector."""
    text, brace = found.groups()
    declarations, semicolon, selector = text.rpartition(";")
    if brace == "}":
        return _sized(text) + brace
    if not selector.lstrip().startswith("@"):
        selector = _OF_ROOT.sub("&.elder", _WHOLE.sub("&", selector))
    return _sized(declarations) + semicolon + selector + brace


def _sized(declarations: str) -> str:
    return _ROOT_SIZE.sub(r"calc(\1 * var(--rem))", declarations)
