"""A town whose study knows its people by area, age and sex, and who sets its quotas."""

import pytest

from survey.models import Indicator, IndicatorKind, Margin, Population
from tests.factories import OTHER_TOWN, OTHER_VILLAGE, ROOT, TOWN, VILLAGE
from tests.survey.allocation.setters import Setter
from tests.survey.quotas.towns import QuotaTown

PEOPLE = {ROOT: 1000, TOWN: 600, OTHER_TOWN: 400, VILLAGE: 600, OTHER_VILLAGE: 400}
MARGINS = {
    "township*age2": {
        f"{TOWN}*15_59": 450, f"{TOWN}*60plus": 150,
        f"{OTHER_TOWN}*15_59": 320, f"{OTHER_TOWN}*60plus": 80,
    },
    "d1_sex": {"1": 600, "2": 400},
}  # fmt: skip
MEASURED = {"SA": "q5_overall", "PA": "q12_any"}


@pytest.fixture
def town(migrated_url):
    town = QuotaTown(migrated_url)
    with town.session() as session:
        for area, number in PEOPLE.items():
            session.add(
                Population(study_id="live", area_code=area, name="adults", value=str(number))
            )
        for margin, totals in MARGINS.items():
            for place, (category, total) in enumerate(totals.items()):
                session.add(
                    Margin(
                        study_id="live", margin=margin, category=category, position=place,
                        total=str(total),
                    )
                )  # fmt: skip
        for place, (code, question) in enumerate(MEASURED.items()):
            session.add(
                Indicator(
                    study_id="live", code=code, version=1, position=place, name_zh=code,
                    name_en=code, kind=IndicatorKind.RATE, question=question, numerator="1",
                    denominator="1|2", scores="", weights="", target="", note="", direction="",
                )
            )  # fmt: skip
    yield town
    town.close()


@pytest.fixture
def analyst(town):
    return Setter(town)
