"""What an examination found: who is held, why, and what could not be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.cells import Floats, Ints
from analysis.suspicion.batch import Bools
from analysis.suspicion.signs import Check, Sign


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against a response.

    Attributes
    ----------
    check : Check
    evidence : mapping of str to float
        Numbers for a sentence; their names are in docs/stuffing.md.
    holds : bool
        Whether it is among what holds the response; else it is noted only.
    """

    check: Check
    evidence: Mapping[str, float]
    holds: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that belong together: copies of one vector, or a stream.

    Attributes
    ----------
    rows : int array
        Places in the batch of those held.
    p : float
        Probability of such a group in a batch of people.
    signs : tuple of Sign
        Empty for copies.
    """

    rows: Ints
    p: float
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome for each response of a batch, in its order.

    Attributes
    ----------
    held : bool array, shape (n,)
        Goes to quarantine until an analyst decides.
    probability : float array, shape (n,)
        That a response is false, by the group that claims it most; 0 outside all groups.
    reasons : tuple of tuples of Reason
        Of each response; a response with notes only is not held.
    groups : tuple of Group
    unchecked : tuple of Check
        What could not be looked at without the history of an earlier wave.
    """

    held: Bools
    probability: Floats
    reasons: tuple[tuple[Reason, ...], ...]
    groups: tuple[Group, ...]
    unchecked: tuple[Check, ...]
