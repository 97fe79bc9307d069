"""The places in quotas of answers that are decided: given back with a rejection, taken again."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey.areas import Line, line_of
from survey.errors import SurveyError
from survey.models import Answer, Response, Study
from survey.quotas.rules import Rules, belonging, current_rules, steady_revision
from survey.quotas.taking import QuotaFull, hold, release, take
from survey.reviewing.chosen import in_parts
from survey.versions import newest_form, plan_of_text


class NoPlaceLeft(SurveyError):
    code = "no_place_left"
    status = 409
    zh = "有的答卷所在的配额已经收满,不能再采用。没有作任何决定。"
    en = "The quota of an answer has filled up: it cannot be accepted. Nothing was decided."


class Places:
    """The quotas of a study while answers are decided.

    Made first in a transaction: no quota is set anew before it ends.
    """

    def __init__(self, session: Session, study: Study) -> None:
        self.session, self.study = session, study
        self.revision = steady_revision(session, study.id)
        self._rules: dict[int, Rules] = {}
        self._lines: dict[str, Line] = {}

    def give_back(self, numbers: Sequence[int]) -> None:
        """What is rejected takes no place."""
        for quotas in self._held(numbers):
            release(self.session, quotas)

    def take_again(self, numbers: Sequence[int]) -> None:
        """What had been rejected and is accepted takes its places again.

        Raises
        ------
        NoPlaceLeft
            One of them is full; the transaction must be rolled back.
        """
        try:
            for quotas in self._held(numbers):
                take(self.session, quotas)
        except QuotaFull as full:
            raise NoPlaceLeft from full

    def _held(self, numbers: Sequence[int]) -> list[tuple[int, ...]]:
        """The quotas of each response, all of them locked before the first one changes.

        People answer meanwhile: they lock theirs in the order of the ids, which
        is not the order of the responses.
        """
        found = list(self._quotas(numbers))
        hold(self.session, sorted(set().union(*found)))
        return found

    def _quotas(self, numbers: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """The quotas of each response; nothing more is read where its sample has none."""
        query = sa.select(Response.id, Response.sample_id, Response.area_code)
        for some in in_parts(numbers):
            rows = self.session.execute(query.where(Response.id.in_(some))).all()
            ruled = [
                (number, area, rules) for number, one, area in rows if (rules := self._of(one))
            ]
            values = self._values([number for number, _, _ in ruled])
            for number, area, rules in ruled:
                yield belonging(rules, self._line(area), values.get(number, {}))

    def _of(self, sample_id: int) -> Rules:
        if sample_id not in self._rules:
            plan = plan_of_text(self.study.plan)
            form = newest_form(self.session, self.study.id).form
            self._rules[sample_id] = current_rules(
                self.session, sample_id, self.revision, plan, form
            )
        return self._rules[sample_id]

    def _line(self, area: str) -> Line:
        if area not in self._lines:
            self._lines[area] = line_of(self.session, self.study.id, area)
        return self._lines[area]

    def _values(self, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        query = sa.select(Answer.response_id, Answer.name, Answer.value)
        rows = self.session.execute(query.where(Answer.response_id.in_(numbers))) if numbers else ()
        for number, name, text in rows:
            found.setdefault(number, {})[name] = text
        return found
