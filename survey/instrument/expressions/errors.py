"""What is wrong with an expression, and where."""


class ExpressionError(Exception):
    """An expression that cannot be read or computed.

    Attributes
    ----------
    position : int
        Offset of the character at fault, counted from 0; the length of the text at its end.
    zh, en : str
        The sentence in both languages, without the position.
    """

    def __init__(self, position: int, zh: str, en: str) -> None:
        super().__init__(f"character {position + 1}: {en}")
        self.position = position
        self.zh = zh
        self.en = en

    @property
    def sentence_zh(self) -> str:
        return f"第 {self.position + 1} 个字符:{self.zh}"

    @property
    def sentence_en(self) -> str:
        return f"character {self.position + 1}: {self.en}"


class FunctionError(Exception):
    """A function that cannot take its arguments; the caller knows the position."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
