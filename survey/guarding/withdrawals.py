"""How often a withdrawal code may be tried: guessing one must not delete a stranger's answers."""

import hmac
from datetime import datetime

from sqlalchemy.orm import Session

from survey.guarding.limits import Count, count, window_end
from survey.guarding.marks import Visitor
from survey.guarding.policy import POLICY, Policy, Scope


def may_try(
    session: Session, wave_id: int, visitor: Visitor, now: datetime, policy: Policy = POLICY
) -> bool:
    """Count a try, whatever comes of it, and say whether the code may be looked at.

    The session must be one of its own (``db.separate_session``), opened before
    the request's session writes: a wrong code ends in an error status, and the
    count must stay. A frozen wave counts too, so the marks need no salt.
    """
    ends = window_end(Scope.WITHDRAWAL_NETWORK, now)
    what = f"{wave_id} {ends.isoformat()}"
    mark = hmac.digest(visitor.network.encode(), what.encode(), "sha256").hex()
    own = count(session, [Count(Scope.WITHDRAWAL_NETWORK, mark)], now)
    if own[Scope.WITHDRAWAL_NETWORK] > policy.withdrawals_network:
        return False  # and counts for nobody else, so that one network cannot shut out the others
    whole = count(session, [Count(Scope.WITHDRAWAL_WAVE, str(wave_id))], now)
    n = whole[Scope.WITHDRAWAL_WAVE]
    if n > policy.withdrawals_wave:
        return False
    return n <= policy.withdrawals_alarm or own[Scope.WITHDRAWAL_NETWORK] == 1
