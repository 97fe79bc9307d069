"""Photographs that volunteers take: made small, freed of what they tell about place and camera."""

import io
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from survey.models import Image

LARGEST_FILE: Final = 8_000_000  # bytes of one photograph
MOST_PIXELS: Final = 60_000_000  # of width times height; more is a bomb, not a camera
LONGEST_SIDE: Final = 1_600  # pixels that are kept
QUALITY: Final = 80
FORMATS: Final = ("JPEG", "PNG")
# What Pillow raises for a file that is no picture, or a broken one.
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Picture.DecompressionBombError)
NO_IMAGE: Final = "?"  # an answer that the judge refuses as no photograph


def keep(
    session: Session,
    files: Iterable[tuple[str, FileStorage]],
    *,
    submission_id: UUID,
    study_id: str,
    user_id: int,
    now: datetime,
) -> dict[str, str]:
    """Store photographs; name of the question to the token that is its answer.

    The picture is drawn anew, so that position, time and camera in its file are gone.
    What is no photograph gives an answer that the judge refuses at its question.
    """
    tokens = {}
    for name, file in files:
        content = file.read(LARGEST_FILE + 1)
        if not content:
            continue
        picture = _small(content)
        if picture is None:
            tokens[name] = NO_IMAGE
            continue
        token = f"{secrets.token_hex(16)}.jpg"
        session.add(
            Image(
                token=token,
                submission_id=submission_id,
                study_id=study_id,
                user_id=user_id,
                media_type="image/jpeg",
                content=picture,
                taken_at=now,
            )
        )
        tokens[name] = token
    return tokens


def only_own(
    session: Session, submission_id: UUID, names: frozenset[str], answers: Mapping[str, str]
) -> dict[str, str]:
    """The answers without tokens that are not those of this submission."""
    given = {name for name in answers if name.partition("[")[0] in names and answers[name]}
    if not given:
        return dict(answers)
    own = set(session.scalars(sa.select(Image.token).where(Image.submission_id == submission_id)))
    kept = own | {NO_IMAGE}
    return {
        name: "" if name in given and text not in kept else text for name, text in answers.items()
    }


def _small(content: bytes) -> bytes | None:
    if len(content) > LARGEST_FILE:
        return None
    try:
        with Picture.open(io.BytesIO(content), formats=FORMATS) as picture:
            width, height = picture.size  # read off the head, before anything is unpacked
            if width * height > MOST_PIXELS:
                return None
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)  # a phone turns it by a note in the file
            out = io.BytesIO()
            upright.convert("RGB").save(out, "JPEG", quality=QUALITY)
    except _BROKEN:
        return None
    return out.getvalue()
