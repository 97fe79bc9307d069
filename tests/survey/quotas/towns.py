"""A study under way whose plan groups people, and quotas on those who scan a place's code."""

import sqlalchemy as sa

from survey.models import Quota
from tests.factories import PLACE, Town


class QuotaTown(Town):
    """A town whose plan has two recodes: age groups, and townships in two parts."""

    def __init__(self, url):
        super().__init__(url)
        recodes = (
            '\n[recode.age2]\nfrom = "s1_age"\n'
            'groups = { "15_59" = ["1", "2", "3", "4"], "60plus" = ["5", "6"] }\n'
            '[recode.part]\nfrom = "s3_town"\n'
            'groups = { centre = ["419099001", "419099002000"], rest = ["419099005000"] }\n'
        )
        self.change("UPDATE studies SET plan = plan || :recodes", recodes=recodes)

    def quota(self, area="", variable="", value="", *, most=10, sample=PLACE, **more):
        """The id of a new quota."""
        with self.session() as session:
            quota = Quota(
                study_id=self.study_id,
                sample_id=self.samples[sample],
                area_code=area,
                variable=variable,
                value=value,
                most=most,
                **more,
            )
            session.add(quota)
            session.flush()  # gives the id
            return quota.id

    def numbers(self, column="taken"):
        """A number of every quota, in the order of their ids."""
        with self.session() as session:
            return list(session.scalars(sa.select(getattr(Quota, column)).order_by(Quota.id)))
