"""Streams of answers that came beside those of people, found by a mixture of two.

A response is either one of the people who are usual, or of a stream that has its own shares of
answers, posters, days and hours. Members are found by EM (Dempster, Laird and Rubin 1977).
"""

from dataclasses import dataclass, replace
from math import log

import numpy as np
from scipy import special

from analysis.cells import Floats, Ints
from analysis.suspicion.batch import Bools
from analysis.suspicion.seen import OWN_MARGINS, Seen, people, place_and_time

SETTLED = 5e-3  # change of a membership
PRUNED_EVERY = 6
OWN_SHARES = 2.0  # answers of the whole batch that a stream has before its own
FEW = 20.0  # people that a stream is one answer of, before anything is seen
MOST_ALIKE = 3.0  # log of the largest weight of a person of the history
ELSEWHERE = -30.0  # log density where a stream does not go
EACH_POINT, EACH_DAY, EACH_HOUR, EACH_HOME = 0.02, 0.1, 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Way:
    """What a stream is supposed to be like.

    Attributes
    ----------
    steady : bool
        It comes alike at every point, on every day and in every hour.
    dependent : bool
        Its answers depend on each other as people's do; else not at all.
    homes : bool
        Whether the homes it claims tell its members.
    """

    steady: bool = False
    dependent: bool = False
    homes: bool = True


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream and who is in it.

    Attributes
    ----------
    way : Way
    member : float array, shape (n,)
        Probability that a response is of the stream.
    log_each : float array, shape (n,)
        Log density of each response in the mixture.
    log_odds : float array, shape (n,)
        Log density in the stream over that among people, share of the stream included.
    shares : float array, shape (categories,)
        Of the stream's answers.
    goes : bool array, shape (n,)
        Whether the stream comes to the response's point on its day.
    """

    way: Way
    member: Floats
    log_each: Floats
    log_odds: Floats
    shares: Floats
    goes: Bools


def grow(
    seen: Seen, log_people: Floats, weight: Floats, member: Floats, way: Way, rounds: int
) -> Stream:
    """Follow a stream from first guesses of its members.

    Parameters
    ----------
    log_people : float array, shape (n,)
        Log density of each vector of answers among people.
    weight : float array, shape (n,)
        How much each response counts: near 0 where another stream has it.
    member : float array, shape (n,)
    rounds : int
        At most so many.

    Notes
    -----
    A response is no evidence for itself: shares of points, days and hours leave it out.
    A point or day that improves the log-likelihood by less than log(n)/2, the price of a
    parameter by Schwarz (1978), is none of the stream's.
    """
    stream = Stream(way, member, member, member, seen.margins, np.ones(len(seen), bool))
    log_answers = None
    for number in range(rounds):
        before = stream.member
        if not way.dependent or log_answers is None or number % 4 == 0:
            log_answers, shares = _answers(seen, weight * before, way)
        stream = _expected(seen, log_people, weight, replace(stream, shares=shares), log_answers)
        if not way.steady and number % PRUNED_EVERY == PRUNED_EVERY - 1:
            goes = _where_it_gains(seen, weight, stream)
            if goes.any() and (goes != stream.goes).any():
                stream = replace(stream, goes=goes)
                continue
        if np.abs(stream.member - before).max() < SETTLED:
            break
    return stream


def step(seen: Seen, log_people: Floats, weight: Floats, stream: Stream, way: Way) -> Stream:
    """The same members, but supposed to be of another way."""
    log_answers, shares = _answers(seen, weight * stream.member, way)
    other = replace(stream, way=way, shares=shares)
    return _expected(seen, log_people, weight, other, log_answers)


def in_history(seen: Seen, weight: Floats, stream: Stream) -> tuple[Floats, Floats]:
    """Members that a steady stream would have among an earlier wave's people, and their weight.

    People are weighted by the ratio of densities of their answers in this wave, without
    the stream, and in theirs: as if they had answered with this wave's shares. What is
    usual for one half of them is learnt from the other.
    """
    own = weight * stream.member
    now = seen.shares(weight - own, seen.margins, OWN_MARGINS)
    share = (own.sum() + 1) / (weight.sum() + FEW)
    members, weights = [], []
    for half in seen.usual.halves:
        before = Seen.of(half.others, half.usual)
        classes = half.usual.classes
        ratio = classes.raked(now).log_density(before.categories)
        likeness = np.exp(np.minimum(ratio - classes.log_density(before.categories), MOST_ALIKE))
        _, log_people = people(before, likeness)
        home = _log_home(seen, own, stream.way, before)
        size = before.points * before.days * 24
        in_stream = before.log_independent(stream.shares) + home - log(size) + log(share)
        among = log_people + place_and_time(before, likeness) + log(1 - share)
        members.append(special.expit(in_stream - among))
        weights.append(likeness)
    return np.concatenate(members), np.concatenate(weights)


def _answers(seen: Seen, own: Floats, way: Way) -> tuple[Floats, Floats]:
    """Log density of each vector, with the response itself taken out of the shares."""
    shares = seen.shares(own, seen.margins, OWN_SHARES)
    counts = own @ seen.one_hot + OWN_SHARES * seen.margins
    others = counts[seen.categories] - own[:, None]
    whole = own.sum() - own + OWN_SHARES
    without_itself = np.log(others / whole[:, None]).sum(axis=1)
    if way.dependent:
        dependence = seen.usual.classes.raked(shares).log_density(seen.categories)
        return dependence + without_itself - seen.log_independent(shares), shares
    return without_itself, shares


def _expected(
    seen: Seen, log_people: Floats, weight: Floats, stream: Stream, log_answers: Floats
) -> Stream:
    """Memberships from the shares of members and people so far."""
    own = weight * stream.member
    share = (own.sum() + 1) / (weight.sum() + FEW)
    among_people = log_people + place_and_time(seen, weight - own) + log(1 - share)
    in_stream = log_answers + _log_place(seen, own, stream) + log(share)
    odds = in_stream - among_people
    each = np.logaddexp(in_stream, among_people)
    return replace(stream, member=np.exp(in_stream - each), log_each=each, log_odds=odds)


def _log_place(seen: Seen, own: Floats, stream: Stream) -> Floats:
    """Log density of point, day, hour and home in a stream."""
    home = _log_home(seen, own, stream.way, seen)
    if stream.way.steady:
        return np.asarray(home - log(seen.points * seen.days * 24))
    found = (
        home
        + _without_itself(seen.point, seen.points, own, EACH_POINT)
        + _without_itself(seen.day, seen.days, own, EACH_DAY)
        + _without_itself(seen.hour, 24, own, EACH_HOUR)
    )
    return np.where(stream.goes, found, found + ELSEWHERE)


def _log_home(seen: Seen, own: Floats, way: Way, rows: Seen) -> Floats:
    """Log probability that these rows claim their homes: by the stream, or as people do."""
    if not way.homes:
        return rows.log_far
    far = float((own @ seen.far + EACH_HOME) / (own.sum() + 2 * EACH_HOME))
    return np.where(rows.far, log(far), log(1 - far))


def _without_itself(value: Ints, values: int, own: Floats, each: float) -> Floats:
    """Log share of each row's value among the other rows, ``each`` more of every value."""
    counts = np.bincount(value, own, minlength=values)[value] - own
    whole = own.sum() - own + each * values
    return np.asarray(np.log((np.maximum(counts, 0.0) + each) / whole))


def _where_it_gains(seen: Seen, weight: Floats, stream: Stream) -> Bools:
    """Rows at points and on days where the mixture beats people alone by log(n)/2."""
    share = (weight @ stream.member + 1) / (weight.sum() + FEW)
    gain = weight * (np.logaddexp(0.0, stream.log_odds) + log(1 - share))
    price = log(len(seen)) / 2
    point = np.bincount(seen.point, gain, minlength=seen.points) > price
    day = np.bincount(seen.day, gain, minlength=seen.days) > price
    return np.asarray(stream.goes & point[seen.point] & day[seen.day])
