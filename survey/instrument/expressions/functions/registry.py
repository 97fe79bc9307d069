"""How a function is described: its name, how many arguments it takes, what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from survey.instrument.expressions.context import Context
from survey.instrument.expressions.errors import FunctionError
from survey.instrument.expressions.values import NodeSet, Value

Run = Callable[[Context, list[Value]], Value]
Check = Callable[[tuple[str | None, ...]], None]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language.

    Attributes
    ----------
    least, most : int, int or None
        How many arguments it takes; None: any number.
    run : callable
        Takes the context and the values of the arguments.
    check : callable or None
        Refuses literal arguments when the expression is read; None stands for an
        argument that is no literal.
    of_nodes : int
        How many of the first arguments must be paths.
    """

    least: int
    most: int | None
    run: Run
    check: Check | None = None
    of_nodes: int = 0

    @property
    def arity(self) -> tuple[str, str]:
        """The number of arguments in words, Chinese and English."""
        if self.most is None:
            return f"至少 {self.least}", f"at least {self.least} arguments"
        if self.least == self.most:
            return str(self.least), f"{self.least} argument{'' if self.least == 1 else 's'}"
        return f"{self.least} 到 {self.most}", f"{self.least} to {self.most} arguments"


def nodes_of(value: Value, name: str) -> NodeSet:
    """The argument of a function that works on nodes only.

    Raises
    ------
    FunctionError
        It is a single value.
    """
    if not isinstance(value, NodeSet):
        raise FunctionError(f"{name}() 的参数应为路径", f"{name}() needs a path")
    return value
