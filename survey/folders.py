"""A study folder with its questionnaire: what the commands read; no web, no database."""

from dataclasses import dataclass
from pathlib import Path

from analysis.study.folder import QUESTIONNAIRE_FILE, StudyFolder, read_folder
from survey.instrument.questions import Form
from survey.instrument.xlsform import read_xlsform


@dataclass(frozen=True, slots=True)
class ReadFolder:
    """A checked study folder and the questionnaire in it."""

    folder: StudyFolder
    form: Form
    workbook: bytes


def read_study_folder(path: Path) -> ReadFolder:
    """Read and check a study folder, its questionnaire included.

    Raises
    ------
    StudyRefused
        With everything that is wrong, the questionnaire's faults among it.
    """
    workbook = path / QUESTIONNAIRE_FILE
    form, problems = read_xlsform(workbook) if workbook.is_file() else (None, [])
    folder = read_folder(path, form.codebook() if form else None, problems)
    # read_folder has refused by now when there is no form
    assert form is not None
    return ReadFolder(folder, form, workbook.read_bytes())
