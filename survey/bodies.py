"""What a request may bring: how many bytes and fields, and nothing that no page of ours sends."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from survey.errors import SurveyError, Unreadable

LARGEST_BODY: Final = 256 * 1024  # bytes; the longest questionnaire stays far below
MOST_FIELDS: Final = 1000

View = TypeVar("View", bound=Callable[..., Any])


class BodyTooLarge(SurveyError):
    code = "too_large"
    status = 413
    zh = "文件太大,最多 {megabytes} MB。没有保存任何内容。"
    en = "The file is too large: at most {megabytes} MB. Nothing was saved."


def takes_file(most: int) -> Callable[[View], View]:
    """Declare that a view takes a file of up to ``most`` bytes.

    Its body is not read before the right to send it was checked.
    """

    def declare(view: View) -> View:
        view.largest_file = most  # type: ignore[attr-defined]
        return view

    return declare


def init_app(app: Flask) -> None:
    """Limit every body; to be called before anything that reads one."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_FIELDS,
    )
    app.before_request(_refuse_malformed)


def admit_file() -> None:
    """Let the body of a view that takes a file in; a smaller limit stays for all others.

    Raises
    ------
    BodyTooLarge
        It says itself that it is larger. One that says nothing is cut while it is read.
    """
    most = _largest_file()
    if most is None:
        return
    if (request.content_length or 0) > most + LARGEST_BODY:
        raise BodyTooLarge(megabytes=most // 1_000_000)
    request.max_content_length = most + LARGEST_BODY
    _refuse_fields()


def _refuse_malformed() -> None:
    """Refuse what no page of ours sends, before anything reads it."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType  # a small body could unpack to a large one
    if _largest_file() is None:
        _refuse_fields()


def _refuse_fields() -> None:
    fields = list(request.form.items(multi=True))
    if len(fields) > MOST_FIELDS:
        raise RequestEntityTooLarge
    given = [text for pair in fields for text in pair]
    given += [text for pair in request.args.items(multi=True) for text in pair]
    given += [str(part) for part in (request.view_args or {}).values()]
    if "\0" in "".join(given):  # PostgreSQL cannot store it
        raise Unreadable


def _largest_file() -> int | None:
    """How large a file the view takes that answers this request; None where it takes none.

    Only a method with a body has one: a page that is read is held to the small limit.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    most: int | None = getattr(view, "largest_file", None)
    return most
