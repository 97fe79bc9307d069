"""From tokens to the tree: precedence climbing over the grammar of XPath 1.0."""

from survey.instrument.expressions.errors import ExpressionError, FunctionError
from survey.instrument.expressions.functions import FUNCTIONS, why_not
from survey.instrument.expressions.tokens import Token, TokenKind, tokenize
from survey.instrument.expressions.tree import (
    Call,
    Chain,
    Expression,
    Filter,
    Literal,
    Negation,
    Number,
    Path,
    Reference,
)

# Counted in nested operands; keeps parser and evaluator far from Python's recursion limit.
MAX_DEPTH = 64

_RANKS = (
    ("or",),
    ("and",),
    ("=", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "div", "mod"),
    ("|",),
)
_RANK = {operator: rank for rank, operators in enumerate(_RANKS) for operator in operators}
_UNION = _RANK["|"]
_NODE_FUNCTIONS = frozenset({"randomize", "current", "if", "indexed-repeat"})


def parse(text: str) -> Expression:
    """Read an expression.

    Raises
    ------
    ExpressionError
        With the position and what was expected there.
    """
    return _Parser(tokenize(text)).whole()


class _Parser:
    """One pass over the tokens; ``_next`` is the first one not yet used."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0
        self._in_predicate = False

    def whole(self) -> Expression:
        if len(self._tokens) == 1:
            raise ExpressionError(0, "表达式是空的", "an expression was expected, found nothing")
        expression = self._chain(0)
        if self._next.kind is not TokenKind.END:
            raise self._unexpected("运算符或结尾", "an operator or the end")
        return expression

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _is(self, symbol: str) -> bool:
        return self._next.kind is TokenKind.SYMBOL and self._next.text == symbol

    def _expect(self, symbol: str) -> None:
        if not self._is(symbol):
            raise self._unexpected(symbol, f"'{symbol}'")
        self._take()

    def _unexpected(self, zh: str, en: str) -> ExpressionError:
        token = self._next
        found = token.text or "''"
        at_end = token.kind is TokenKind.END
        return ExpressionError(
            token.position,
            f"应为{zh},却是{'结尾' if at_end else found}",
            f"{en} was expected, found {'the end' if at_end else found}",
        )

    def _chain(self, least: int) -> Expression:
        """Operands joined by operators of rank ``least`` or tighter."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(
                self._next.position,
                f"嵌套超过 {MAX_DEPTH} 层",
                f"nested more than {MAX_DEPTH} levels deep",
            )
        left = self._signed(least)
        while self._next.kind is TokenKind.OPERATOR:
            rank = _RANK[self._next.text]
            if rank < least:
                break
            left = self._same_rank(left, rank)
        self._depth -= 1
        return left

    def _same_rank(self, first: Expression, rank: int) -> Expression:
        position = self._next.position
        rest: list[tuple[str, Expression]] = []
        while self._next.kind is TokenKind.OPERATOR and _RANK[self._next.text] == rank:
            operator = self._take()
            operand = self._chain(rank + 1)
            if rank == _UNION:
                self._require_nodes(first, operator.position)
                self._require_nodes(operand, operator.position)
            rest.append((operator.text, operand))
        return Chain(first, tuple(rest), position)

    def _signed(self, least: int) -> Expression:
        """An operand with any number of minus signs; they bind tighter than all but ``|``."""
        position = self._next.position
        signs = 0
        while self._next.kind is TokenKind.OPERATOR and self._next.text == "-" and least <= _UNION:
            self._take()
            signs += 1
        if not signs:
            return self._operand()
        operand = self._chain(_UNION)
        negated = Negation(operand, position)
        return negated if signs % 2 else Negation(negated, position)

    def _operand(self) -> Expression:
        token = self._next
        match token.kind:
            case TokenKind.NUMBER:
                self._take()
                return Number(float(token.text), token.position)
            case TokenKind.LITERAL:
                self._take()
                return Literal(token.text, token.position)
            case TokenKind.REFERENCE:
                self._take()
                return self._filtered(Reference(token.text, token.position))
            case TokenKind.NAME if self._tokens[self._index + 1].text == "(" and (
                self._tokens[self._index + 1].kind is TokenKind.SYMBOL
            ):
                return self._filtered(self._call())
            case TokenKind.NAME:
                return self._filtered(self._path())
            case TokenKind.SYMBOL if token.text == "(":
                self._take()
                inner = self._chain(0)
                self._expect(")")
                return self._filtered(inner)
            case TokenKind.SYMBOL if token.text in {"/", "//", ".", "..", "*", "@"}:
                return self._filtered(self._path())
            case _:
                raise self._unexpected(
                    "数值、文字、路径、${题目名}或函数",
                    "a number, text, path, ${name} or function",
                )

    def _path(self) -> Path:
        position = self._next.position
        absolute = self._is("/")
        if absolute:
            self._take()
        steps = [self._step()]
        while self._is("/"):
            self._take()
            steps.append(self._step())
        if self._is("//"):
            raise self._unsupported("//")
        if not absolute and self._in_predicate and steps != ["."]:
            raise ExpressionError(
                position,
                "方括号里只能用 .、绝对路径和 ${题目名}",
                "inside [ ] only ., absolute paths and ${name} are supported",
            )
        return Path(absolute, tuple(steps), position)

    def _step(self) -> str:
        token = self._next
        if token.kind is TokenKind.NAME:
            following = self._tokens[self._index + 1]
            if following.kind is TokenKind.SYMBOL and following.text in {"::", "("}:
                raise self._unsupported(token.text + following.text)
            self._take()
            return token.text
        if token.kind is TokenKind.SYMBOL and token.text in {".", "..", "*"}:
            self._take()
            return token.text
        if token.kind is TokenKind.SYMBOL and token.text in {"@", "//"}:
            raise self._unsupported(token.text)
        raise self._unexpected("路径中的名称", "a name in a path")

    def _unsupported(self, what: str) -> ExpressionError:
        return ExpressionError(
            self._next.position, f"不支持 {what}", f"'{what}' is not supported in a path"
        )

    def _filtered(self, base: Expression) -> Expression:
        if not self._is("["):
            return base
        position = self._next.position
        self._require_nodes(base, position)
        if self._in_predicate:
            # One level: each further one would multiply the time by the number of nodes.
            raise ExpressionError(position, "方括号不能嵌套", "[ ] inside [ ] is not supported")
        predicates: list[Expression] = []
        while self._is("["):
            self._take()
            self._in_predicate = True
            predicates.append(self._chain(0))
            self._in_predicate = False
            self._expect("]")
        if self._is("/"):
            raise ExpressionError(
                self._next.position,
                "方括号后面不能再接路径",
                "a path after [ ] is not supported",
            )
        return Filter(base, tuple(predicates), position)

    def _require_nodes(self, part: Expression, position: int) -> None:
        if not _may_be_nodes(part):
            raise ExpressionError(
                position, "| 和 [ ] 只能用于路径", "| and [ ] need paths to work on"
            )

    def _call(self) -> Call:
        name = self._take()
        self._expect("(")
        arguments: list[Expression] = []
        if not self._is(")"):
            arguments.append(self._chain(0))
            while self._is(","):
                self._take()
                arguments.append(self._chain(0))
        if not self._is(")"):
            raise self._unexpected("逗号或右括号", "',' or ')'")
        self._take()
        return _checked(Call(name.text, tuple(arguments), name.position))


def _checked(call: Call) -> Call:
    """Refuse an unknown function, a wrong number of arguments, and literals it cannot take."""
    function = FUNCTIONS.get(call.name)
    if function is None:
        zh, en = why_not(call.name)
        raise ExpressionError(call.position, zh, en)
    given = len(call.arguments)
    if given < function.least or (function.most is not None and given > function.most):
        zh, en = function.arity
        raise ExpressionError(
            call.position,
            f"{call.name}() 要 {zh} 个参数,给了 {given} 个",
            f"{call.name}() takes {en}, found {given}",
        )
    if not all(map(_may_be_nodes, call.arguments[: function.of_nodes])):
        raise ExpressionError(
            call.position, f"{call.name}() 的参数应为路径", f"{call.name}() needs a path"
        )
    if function.check is not None:
        try:
            function.check(
                tuple(part.value if isinstance(part, Literal) else None for part in call.arguments)
            )
        except FunctionError as error:
            raise ExpressionError(call.position, error.zh, error.en) from error
    return call


def _may_be_nodes(part: Expression) -> bool:
    match part:
        case Reference() | Path() | Filter():
            return True
        case Call(name):
            return name in _NODE_FUNCTIONS
        case Chain(_, rest):
            return rest[0][0] == "|"
        case _:
            return False
