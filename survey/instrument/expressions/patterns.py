"""Patterns of ``regex()``, matched without backtracking, so that none can run away."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.pattern_syntax import (
    Alternatives,
    Assertion,
    Characters,
    Part,
    Repeat,
    Sequence,
    parse_pattern,
)

MAX_STATES = 600


@dataclass(slots=True)
class _State:
    """A character to read, a condition to meet, or a fork; ``targets`` is where to go then."""

    characters: Characters | None = None
    assertion: Assertion | None = None
    targets: tuple[int, ...] = ()


class Pattern:
    """A compiled pattern: an automaton all of whose states are followed at once."""

    def __init__(self, tree: Part) -> None:
        self._states: list[_State] = [_State()]  # state 0 is the end of the match
        self._copies = 0
        self._start = self._build(tree, 0)
        self._has_words = any(
            state.assertion in (Assertion.BOUNDARY, Assertion.NO_BOUNDARY) for state in self._states
        )

    def found_in(self, text: str, spend: Callable[[int], None]) -> bool:
        """Whether the pattern occurs anywhere in the text.

        ``spend`` is told the work as it is done, states times characters, and may
        end the search by raising.
        """
        closures: dict[tuple[frozenset[int], bool, bool, bool], frozenset[int]] = {}
        steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        reached: frozenset[int] = frozenset()
        for place in range(len(text) + 1):
            key = (reached, place == 0, place == len(text), self._at_boundary(text, place))
            if key not in closures:
                closures[key] = self._closure(*key)
                spend(len(closures[key]))
            closed = closures[key]
            if 0 in closed:
                return True
            if place < len(text):
                step = (closed, text[place])
                if step not in steps:
                    steps[step] = self._step(*step)
                    spend(len(closed))
                reached = steps[step]
                spend(2)
        return False

    def _build(self, part: Part, following: int) -> int:
        """Add the states of a part that leads to ``following``; return its first state."""
        self._copies += 1
        if self._copies > MAX_STATES:
            raise FunctionError("正则太复杂", "the regex is too complex")
        match part:
            case Characters():
                return self._add(_State(characters=part, targets=(following,)))
            case Assertion():
                return self._add(_State(assertion=part, targets=(following,)))
            case Sequence(parts):
                for one in reversed(parts):
                    following = self._build(one, following)
                return following
            case Alternatives(parts):
                firsts = tuple(self._build(one, following) for one in parts)
                return self._add(_State(targets=firsts))
            case Repeat(body, least, most):
                return self._repeat(body, least, most, following)

    def _repeat(self, body: Part, least: int, most: int | None, following: int) -> int:
        if most is None:
            loop = self._add(_State())
            self._states[loop].targets = (self._build(body, loop), following)
            first = loop
        else:
            first = following
            for _ in range(most - least):
                first = self._add(_State(targets=(self._build(body, first), following)))
        for _ in range(least):
            first = self._build(body, first)
        return first

    def _add(self, state: _State) -> int:
        self._states.append(state)
        return len(self._states) - 1

    def _closure(
        self, reached: frozenset[int], at_start: bool, at_end: bool, at_boundary: bool
    ) -> frozenset[int]:
        """All states that can be entered here without reading; a match may begin anywhere."""
        holds = {
            Assertion.START: at_start,
            Assertion.END: at_end,
            Assertion.BOUNDARY: at_boundary,
            Assertion.NO_BOUNDARY: not at_boundary,
        }
        waiting = [*reached, self._start]
        seen: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            state = self._states[number]
            if state.characters is None and (state.assertion is None or holds[state.assertion]):
                waiting += state.targets
        return frozenset(seen)

    def _step(self, closed: frozenset[int], character: str) -> frozenset[int]:
        code = ord(character)
        return frozenset(
            state.targets[0]
            for state in map(self._states.__getitem__, closed)
            if state.characters is not None and state.characters.contains(code)
        )

    def _at_boundary(self, text: str, place: int) -> bool:
        if not self._has_words:
            return False
        before = place > 0 and _is_word(text[place - 1])
        after = place < len(text) and _is_word(text[place])
        return before is not after


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    """Read a pattern as JavaScript has it, which form authors test with.

    Raises
    ------
    FunctionError
        It is no pattern, too large, or uses look-around or back-references.
    """
    return Pattern(parse_pattern(pattern))


def _is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())
