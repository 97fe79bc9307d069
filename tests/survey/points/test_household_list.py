"""Lists of sampled households: read whole, or every fault at once with its line."""

import pytest

from survey.points.household_list import MOST_LISTED, Known, decoded, read_list
from survey.points.service import Drawn

VILLAGE, GRID, TOWN = "419099001001", "419099001001-G03", "419099001000"
KNOWN = Known(
    areas={VILLAGE: "村级", GRID: "网格", TOWN: "乡级"},
    numbers=frozenset({7}),
    addresses=frozenset({(VILLAGE, "幸福路 1 号")}),
)


def good(text):
    drawn, faults = read_list(text, KNOWN)
    assert faults == []
    return drawn


def faults_of(text):
    drawn, faults = read_list(text, KNOWN)
    assert drawn == []
    assert faults
    return [(fault.line, fault.zh) for fault in faults]


@pytest.mark.parametrize(
    "text",
    [
        f"{VILLAGE},幸福路 2 号,3\n{GRID},,\n{VILLAGE}",
        f"\ufeff{VILLAGE},幸福路 2 号,3\r\n\r\n{GRID}\r\n , ,\r\n {VILLAGE} ,,",
        f"{VILLAGE}\t幸福路 2 号\t3\n{GRID}\t\t\n{VILLAGE}\t\t",
        f"area,address,number\n{VILLAGE},幸福路 2 号,3\n{GRID},,\n{VILLAGE},,",
        f"户号,区划代码,地址\n3,{VILLAGE},幸福路 2 号\n,{GRID},\n,{VILLAGE},",
        f'{VILLAGE},"幸福路 2 号",3\n{GRID}\n{VILLAGE}',
    ],
    ids=["plain", "windows", "pasted cells", "names", "Chinese names, other order", "quoted"],
)
def test_lists_of_different_make_are_read(text):
    assert good(text) == [Drawn(VILLAGE, "幸福路 2 号", 3), Drawn(GRID), Drawn(VILLAGE)]


def test_an_address_may_hold_a_comma_in_quotes():
    assert good(f'{VILLAGE},"幸福路 2 号,东门"') == [Drawn(VILLAGE, "幸福路 2 号,东门")]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("419099009999,路", "区划代码“419099009999”不在您的区域内。"),
        (",路", "区划代码“”不在您的区域内。"),
        (f"{TOWN},路", f"“{TOWN}”不是社区(村)或网格。"),
        (f"{VILLAGE},{'长' * 81}", "地址超过 80 个字。"),
        (f"{VILLAGE},东\u202e门", "地址含有看不见的字符或换行。"),
        (f'{VILLAGE},"东\n门"', "地址含有看不见的字符或换行。"),
        (f"{VILLAGE},幸福路 1 号", "“幸福路 1 号”在这个样本中已有码。"),
        (f"{VILLAGE},路,0", "户号“0”应为 1 到 999999 的整数。"),
        (f"{VILLAGE},路,1e3", "户号“1e3”应为 1 到 999999 的整数。"),
        (f"{VILLAGE},路,１２", "户号“１２”应为 1 到 999999 的整数。"),
        (f"{VILLAGE},路,1000000", "户号“1000000”应为 1 到 999999 的整数。"),
        (f"{VILLAGE},路,7", "户号 7 在这个样本中已有。"),
        (f"{VILLAGE},路,1,李", "有 4 列,最多 3 列;地址中有逗号时请加英文引号。"),
    ],
)
def test_a_fault_names_its_line(line, sentence):
    number = 2 + line.count("\n")
    assert faults_of(f"{VILLAGE},第一\n{line}") == [(number, sentence)]


def test_every_fault_is_told_at_once():
    text = f"{TOWN},路,0\n{VILLAGE},同一\n{VILLAGE},同一,5\n{GRID},,5\n{VILLAGE},{'长' * 90},x"
    assert faults_of(text) == [
        (1, f"“{TOWN}”不是社区(村)或网格。"),
        (1, "户号“0”应为 1 到 999999 的整数。"),
        (3, "与第 2 行是同一地址。"),
        (4, "户号与第 3 行相同。"),
        (5, "地址超过 80 个字。"),
        (5, "户号“x”应为 1 到 999999 的整数。"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "列表是空的。"),
        (" \n,,\n", "列表是空的。"),
        ("area,address,number\n", "列表是空的。"),
        ('419099001001,"路', "列表不是 CSV"),
        ("\n".join([VILLAGE] * (MOST_LISTED + 1)), f"一次最多 {MOST_LISTED} 户"),
    ],
)
def test_a_list_that_is_none_is_refused_as_a_whole(text, sentence):
    ((line, told),) = faults_of(text)
    assert line is None
    assert sentence in told


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("area,姓名", ["列“姓名”不认识或重复,应为 area, address, number。"]),
        ("area,area", ["列“area”不认识或重复,应为 area, address, number。"]),
        ("address,number", ["缺少列 area。"]),
    ],
)
def test_a_line_of_names_must_name_columns(header, told):
    assert faults_of(f"{header}\n{VILLAGE},x") == [(1, sentence) for sentence in told]


def test_files_of_spreadsheets_are_decoded():
    assert decoded("地址".encode("utf-8-sig")) == "地址"
    assert decoded("地址".encode("gb18030")) == "地址"
    assert decoded(b"\x89PNG\r\n\x1a\n\x00\xff\xfe\xfa") is None
