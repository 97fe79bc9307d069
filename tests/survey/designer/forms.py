"""The example's form with changes, made without a workbook: reading one takes a second."""

from dataclasses import replace

from survey.instrument.items import Choice, Group, Question
from tests.survey.instrument.known_forms import HEAN

FIRST = HEAN.form


class Edited:
    """A form to be changed by name; each step gives a new one."""

    def __init__(self, form=FIRST):
        self.form = form

    def _each(self, change):
        """Every item through ``change``, which gives the items that stand in its place."""

        def through(items):
            for item in items:
                inner = item
                if isinstance(item, Group):
                    inner = replace(item, children=tuple(through(item.children)))
                yield from change(inner)

        return Edited(replace(self.form, children=tuple(through(self.form.children))))

    def question(self, name, /, **fields):
        assert self.form.question(name), name
        return self._each(lambda one: [replace(one, **fields) if one.name == name else one])

    def group(self, name, /, **fields):
        return self._each(
            lambda one: (
                [replace(one, **fields)] if isinstance(one, Group) and one.name == name else [one]
            )
        )

    def drop(self, name):
        return self._each(lambda one: [] if one.name == name else [one])

    def add(self, before, name, kind, /, **fields):
        label = {"zh": f"新题 {name}", "en": f"New {name}"}
        new = Question(name=name, kind=kind, label=label, **fields)
        return self._each(lambda one: [new, one] if one.name == before else [one])

    def choices(self, list_of, change):
        """The choices of every question whose list is that of the question ``list_of``."""
        wanted = self.form.question(list_of).choices
        return self._each(
            lambda one: (
                [replace(one, choices=tuple(change(one.choices)))]
                if isinstance(one, Question) and one.choices == wanted
                else [one]
            )
        )

    def drop_choice(self, list_of, code):
        return self.choices(list_of, lambda all_: [one for one in all_ if one.code != code])

    def add_choice(self, list_of, code, zh="新选项", en="New"):
        return self.choices(list_of, lambda all_: [*all_, Choice(code, {"zh": zh, "en": en})])

    def relabel(self, list_of, **texts):
        """``relabel("q1_know", c1="听说过")``: the Chinese words of code 1."""

        def change(all_):
            for one in all_:
                text = texts.get(f"c{one.code}")
                yield replace(one, label={**one.label, "zh": text}) if text else one

        return self.choices(list_of, change)
