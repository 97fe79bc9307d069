"""Numbers that are parted by size sum to the total and follow the margins of the study."""

from datetime import date

import pytest

from survey.allocation.frame import frame_of
from survey.allocation.proposal import MOST_CELLS, propose, ways
from survey.allocation.sizes import Totals, totals_of
from survey.models import Study
from tests.factories import OTHER_TOWN, OTHER_VILLAGE, ROOT, TOWN, VILLAGE

LEVELS = {"township": "乡级", "community": "村级"}


@pytest.fixture
def frame(town):
    with town.session() as session:
        frame = frame_of(session, session.get_one(Study, "live"), date(2026, 3, 2))
        session.expunge_all()  # it is read when the session is over
        return frame


@pytest.fixture
def totals(town):
    with town.session() as session:
        return totals_of(session, session.get_one(Study, "live"), LEVELS)


def numbers(frame, totals, **sent):
    asked, proposal = propose(sent, frame, totals)
    assert asked.errors == {}
    return dict(proposal.numbers)


def test_a_margin_that_crosses_areas_and_groups_gives_each_its_size(frame, totals):
    found = numbers(frame, totals, level="乡级", variable="age2", way="margin", number="100")
    assert found == {
        (TOWN, "15_59"): 45,
        (TOWN, "60plus"): 15,
        (OTHER_TOWN, "15_59"): 32,
        (OTHER_TOWN, "60plus"): 8,
    }


def test_what_is_left_over_goes_to_the_largest_remainders(frame, totals):
    found = numbers(frame, totals, level="乡级", variable="age2", way="margin", number="10")
    assert sum(found.values()) == 10
    assert list(found.values()) == [5, 1, 3, 1]  # of 4.5, 1.5, 3.2, 0.8


def test_a_least_number_is_kept_and_the_rest_parted(frame, totals):
    asked = {"level": "乡级", "variable": "age2", "way": "margin", "number": "100", "least": "20"}
    found = numbers(frame, totals, **asked)
    assert sum(found.values()) == 100
    assert found[TOWN, "60plus"] == found[OTHER_TOWN, "60plus"] == 20


def test_a_population_is_parted_in_groups_as_the_whole_is(frame, totals):
    way = {"way": "population:adults", "number": "100"}
    found = numbers(frame, totals, level="村级", variable="age2", **way)
    assert found == {
        (VILLAGE, "15_59"): 46,  # 0.6 × 770 / 1000
        (VILLAGE, "60plus"): 14,
        (OTHER_VILLAGE, "15_59"): 31,
        (OTHER_VILLAGE, "60plus"): 9,
    }
    everybody = numbers(frame, totals, level="乡级", variable="", **way)
    assert everybody == {(TOWN, ""): 60, (OTHER_TOWN, ""): 40}
    whole = numbers(frame, totals, level="-", variable="d1_sex", **way)
    assert whole == {("", "1"): 60, ("", "2"): 40}


def test_the_whole_study_by_a_margin_of_its_own(frame, totals):
    found = numbers(frame, totals, level="-", variable="d1_sex", way="margin", number="500")
    assert found == {("", "1"): 300, ("", "2"): 200}


def test_an_area_without_people_gets_no_number(frame, totals):
    found = numbers(frame, totals, level="网格", variable="", way="same", number="5")
    assert len(found) == 1
    asked, proposal = propose(
        {"level": "网格", "variable": "", "way": "population:adults", "number": "5"}, frame, totals
    )
    assert proposal is None
    assert list(asked.errors) == ["way"]


def test_a_study_without_totals_offers_one_way_only():
    assert ways(Totals(ROOT, {}, {}, {})) == ("same",)


def test_more_cells_than_a_page_takes_are_refused(frame, totals, monkeypatch):
    monkeypatch.setattr("survey.allocation.proposal.MOST_CELLS", 3)
    sent = {"level": "乡级", "variable": "age2", "way": "same", "number": "5"}
    asked, proposal = propose(sent, frame, totals)
    assert proposal is None
    assert "4" in asked.errors["level"][0]
    assert MOST_CELLS < 1000  # the fields that a request may have
