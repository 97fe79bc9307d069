"""Pages that are the same for many but for a few words: rendered and compressed once."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, request
from markupsafe import escape

from survey.compression import Pieces

MOST_KEPT = 512  # pages of one process, of some 25 kB each

# What is a respondent's own stands in a kept page as marks that nobody else can write.
_SECRET = secrets.token_hex(8)
_MARK = re.compile(rf"{_SECRET}([a-z]+){_SECRET}")
_kept: "OrderedDict[tuple[object, ...], _Kept]" = OrderedDict()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page that was rendered: its pieces, and what stands between them."""

    pieces: Pieces
    names: tuple[str, ...]


def kept_page(
    key: tuple[object, ...],
    own: Mapping[str, str],
    make: Callable[[Mapping[str, str]], str],
) -> Response:
    """The page of a key with one's own words, which are escaped.

    Parameters
    ----------
    key
        All that the page depends on beside ``own``.
    own
        By names of small letters.
    make
        Renders the page, given a mark for each name of ``own``. It must not look at the
        marks: they are exchanged for one's own words later.
    """
    kept = _kept.get(key)
    if kept is None:
        parts = _MARK.split(make({name: f"{_SECRET}{name}{_SECRET}" for name in own}))
        kept = _kept[key] = _Kept(Pieces(tuple(parts[::2])), tuple(parts[1::2]))
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    filled = tuple(str(escape(own[name])) for name in kept.names)
    packs = bool(request.accept_encodings.quality("gzip"))
    content = kept.pieces.packed(filled) if packs else kept.pieces.plain(filled)
    response = Response(content, mimetype="text/html", headers={"Vary": "Accept-Encoding"})
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response
