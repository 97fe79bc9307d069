"""The example's questionnaire with changes, as bytes; and small workbooks made from rows."""

import io
import re
import zipfile

import openpyxl
from openpyxl.utils import get_column_letter

from tests.survey.instrument.known_forms import ROOT

HEAN = ROOT / "examples" / "hean-2026" / "questionnaire.xlsx"
HEAN_BYTES = HEAN.read_bytes()


class Sheet:
    """A sheet by its headings: rows are found by a value and changed in place."""

    def __init__(self, sheet):
        self.sheet = sheet
        self.headings = {cell.value: cell.column for cell in sheet[1] if cell.value}

    def rows(self, **wanted):
        for row in range(2, self.sheet.max_row + 1):
            if all(self.get(row, name) == text for name, text in wanted.items()):
                yield row

    def row(self, **wanted):
        (found,) = self.rows(**wanted)
        return found

    def get(self, row, heading):
        value = self.sheet.cell(row, self.headings[heading]).value
        return "" if value is None else str(value)

    def set(self, row, **texts):
        for name, text in texts.items():
            self.sheet.cell(row, self.headings[HEADINGS.get(name, name)]).value = text

    def add(self, **texts):
        self.set(self.sheet.max_row + 1, **texts)

    def insert(self, row, **texts):
        self.sheet.insert_rows(row)
        self.set(row, **texts)

    def delete(self, row):
        self.sheet.delete_rows(row)


HEADINGS = {"zh": "label::中文 (zh)", "en": "label::English (en)"}


class Book:
    """The example's workbook, to be changed."""

    def __init__(self, content=HEAN_BYTES):
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        self.survey = Sheet(self.book["survey"])
        self.choices = Sheet(self.book["choices"])
        self.settings = Sheet(self.book["settings"])

    def question(self, name, **texts):
        self.survey.set(self.survey.row(name=name), **texts)
        return self

    def drop_question(self, name):
        self.survey.delete(self.survey.row(name=name))
        return self

    def add_question(self, before, **texts):
        self.survey.insert(self.survey.row(name=before), **texts)
        return self

    def drop_choice(self, list_name, code):
        self.choices.delete(self.choices.row(list_name=list_name, name=code))
        return self

    def add_choice(self, list_name, code, zh, en):
        self.choices.add(list_name=list_name, name=code, zh=zh, en=en)
        return self

    def choice(self, list_name, code, **texts):
        self.choices.set(self.choices.row(list_name=list_name, name=code), **texts)
        return self

    def version(self, text):
        self.settings.set(2, version=text)
        return self

    def bytes(self):
        buffer = io.BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()


def made(survey, choices=(), settings=()):
    """A workbook of these rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        if rows:
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def unpacked_size(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(member.file_size for member in archive.infolist())


def with_rows(rows):
    """A small form with raw rows behind it, as no program that makes workbooks would write them."""
    with zipfile.ZipFile(io.BytesIO(made([["type", "name", "label"], ["text", "q1", "Q"]]))) as old:
        members = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    body = re.sub(rb"<dimension[^>]*/>", b"", members[sheet])  # it says that there are two rows
    members[sheet] = body.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
    return packed(members)


def packed(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def row(number, *texts):
    cells = "".join(
        f'<c t="inlineStr" r="{get_column_letter(place)}{number}"><is><t>{text}</t></is></c>'
        for place, text in enumerate(texts, start=1)
    )
    return f'<row r="{number}">{cells}</row>'
