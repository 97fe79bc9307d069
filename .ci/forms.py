"""HTML pages as someone without JavaScript meets them: their text and their form, filled in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Field:
    """One control or, for radio buttons and check boxes, one group of a name."""

    name: str
    kind: str
    value: str = ""
    required: bool = False
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)

    def answers(self) -> list[str]:
        """What a willing person sends.

        The first option that is not "0": by custom that code is a no (no consent, too young,
        none of these).
        """
        if self.kind in {"radio", "checkbox", "select"}:
            willing = [option for option in self.options if option not in {"", "0"}]
            return self.chosen or willing[:1] or self.options[:1]
        if self.required and not self.value:
            return ["1"]
        return [self.value]


@dataclass(slots=True)
class Form:
    """A form that is sent by POST."""

    action: str
    fields: dict[str, Field] = field(default_factory=dict)
    button: tuple[str, str] | None = None

    def filled(self) -> list[tuple[str, str]]:
        sent = [(f.name, value) for f in self.fields.values() for value in f.answers()]
        return sent + ([self.button] if self.button and self.button[0] else [])


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self) -> None:
        super().__init__()
        self._forms: list[Form] = []
        self._text: list[str] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._silent = False

    @classmethod
    def read(cls, html: str) -> "Page":
        page = cls()
        page.feed(html)
        page.close()
        return page

    def form(self) -> Form | None:
        """The first form of the page that is sent by POST."""
        return self._forms[0] if self._forms else None

    def text(self) -> str:
        """The words of the page, on one line."""
        return " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in {"script", "style"}:
            self._silent = True
        elif tag == "form" and (attributes.get("method") or "").lower() == "post":
            self._form = Form(attributes.get("action") or "")
            self._forms.append(self._form)
        elif self._form is not None and "disabled" not in attributes:
            self._control(self._form, tag, attributes)

    def _control(self, form: Form, tag: str, attributes: dict[str, str | None]) -> None:
        name, value = attributes.get("name") or "", attributes.get("value") or ""
        kind = (attributes.get("type") or "").lower() if tag in {"input", "button"} else tag
        if tag == "option" and self._select is not None:
            self._select.options.append(value)
            if "selected" in attributes and value:
                self._select.chosen.append(value)
        elif tag == "button" or kind in {"submit", "image"}:
            if form.button is None and kind in {"submit", ""}:
                form.button = (name, value)  # the first button is the one that Enter presses
        elif tag in {"input", "select", "textarea"} and name:
            found = form.fields.setdefault(name, Field(name, kind, value))
            found.required |= "required" in attributes
            if kind in {"radio", "checkbox"}:
                found.options.append(value or "on")
                if "checked" in attributes:
                    found.chosen.append(value or "on")
            self._select = found if tag == "select" else None

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent = False
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)
