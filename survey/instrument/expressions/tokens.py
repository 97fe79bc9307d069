"""From the text of an expression to its tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum

from survey.instrument.expressions.errors import ExpressionError

# Longer expressions do not occur in questionnaires; together with the depth that the parser
# allows this bounds the time that a hostile workbook can take.
MAX_LENGTH = 4_000


class TokenKind(StrEnum):
    NUMBER = "number"
    LITERAL = "literal"
    NAME = "name"
    OPERATOR = "operator"
    REFERENCE = "reference"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` is the content of a literal and the name of a reference."""

    kind: TokenKind
    text: str
    position: int


# A name as in XML, shortened to what matters here: any letter of any script, digits, ``-``, ``.``.
_NAME = r"[^\W\d][\w.-]*"
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n\xa0]+)
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<literal>"[^"]*"|'[^']*')
  | \$\{{\s*(?P<reference>{_NAME})\s*\}}
  | (?P<name>{_NAME}(?::{_NAME})?)
  | (?P<symbol>!=|<=|>=|//|::|\.\.|[()\[\],/|+\-=<>*.@])
    """,
    re.VERBOSE,
)
_OPERATOR_NAMES = frozenset({"and", "or", "div", "mod"})
# After these an operand must follow, so ``*`` and ``and`` are names there (XPath 1.0, 3.7).
_OPENERS = frozenset({"(", "[", ",", "@", "::", "/", "//"})
_OPERATOR_SYMBOLS = frozenset({"|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "*"})


def tokenize(text: str) -> list[Token]:
    """Return the tokens, the last one of kind ``END``.

    Raises
    ------
    ExpressionError
        The text is too long, or a character begins no token.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            MAX_LENGTH,
            f"表达式超过 {MAX_LENGTH} 个字符",
            f"the expression is longer than {MAX_LENGTH} characters",
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup
        if kind != "space":
            tokens.append(_token(str(kind), match, _operand_before(tokens)))
        position = match.end()
    tokens.append(Token(TokenKind.END, "", len(text)))
    return tokens


def _operand_before(tokens: list[Token]) -> bool:
    """Whether the token before the next one ends an operand."""
    if not tokens:
        return False
    last = tokens[-1]
    return not (
        last.kind is TokenKind.OPERATOR or (last.kind is TokenKind.SYMBOL and last.text in _OPENERS)
    )


def _token(kind: str, match: re.Match[str], after_operand: bool) -> Token:
    text = match[kind]
    if kind == "literal":
        return Token(TokenKind.LITERAL, text[1:-1], match.start())
    if kind == "symbol" and text in _OPERATOR_SYMBOLS and (after_operand or text != "*"):
        return Token(TokenKind.OPERATOR, text, match.start())
    if kind == "name" and after_operand and text in _OPERATOR_NAMES:
        return Token(TokenKind.OPERATOR, text, match.start())
    return Token(TokenKind(kind), text, match.start())


def _unreadable(text: str, position: int) -> ExpressionError:
    character = text[position]
    if character in "\"'":
        return ExpressionError(position, "引号没有成对", "a closing quotation mark was expected")
    if character in "“”‘’":
        return ExpressionError(
            position,
            "请用半角引号 ' 或 \"",
            "straight quotation marks ' or \" were expected",
        )
    if character == "$":
        return ExpressionError(position, "应为 ${题目名}", "${name of a question} was expected")
    return ExpressionError(
        position,
        f"不认识的字符 {character!r}",
        f"the character {character!r} begins nothing that an expression may contain",
    )
