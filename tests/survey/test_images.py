"""Photographs of volunteers: small, silent about place and camera, and nobody else's."""

import io
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from PIL import Image as Picture
from werkzeug.datastructures import FileStorage

from survey import images
from survey.models import Image, User
from tests.factories import Town

NOW = datetime(2030, 6, 5, 12, tzinfo=UTC)
SUBMISSION = uuid.UUID("7f1a3d52-6b1e-4c55-9a52-0d5c2b3f8e11")
MAKER = 0x010F  # the tag of a camera's maker


@pytest.fixture
def town(migrated_sqlite, tmp_path):
    file = tmp_path / "minyi.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    town = Town(f"sqlite:///{file}")
    town.user()
    yield town
    town.close()


def photograph(size=(3000, 2000), kind="JPEG"):
    exif = Picture.Exif()
    exif[MAKER] = "MARKER"
    out = io.BytesIO()
    Picture.new("RGB", size, "red").save(out, kind, exif=exif)
    return out.getvalue()


def test_a_photograph_stands_as_the_phone_was_held():
    exif = Picture.Exif()
    exif[0x0112] = 6  # orientation: turned by a quarter
    out = io.BytesIO()
    Picture.new("RGB", (80, 40), "red").save(out, "JPEG", exif=exif)
    kept = Picture.open(io.BytesIO(images._small(out.getvalue())))
    assert kept.size == (40, 80)


def keep(town, content, submission=SUBMISSION):
    with town.session() as session:
        return images.keep(
            session,
            [("photo", FileStorage(io.BytesIO(content), "x.jpg"))],
            submission_id=submission,
            study_id="live",
            user_id=session.scalar(sa.select(User.id)),
            now=NOW,
        )


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photograph_is_drawn_anew(town, kind):
    assert b"MARKER" in photograph(kind=kind)
    (token,) = keep(town, photograph(kind=kind)).values()
    with town.session() as session:
        stored = session.get_one(Image, token)
        assert b"MARKER" not in stored.content
        with Picture.open(io.BytesIO(stored.content)) as picture:
            assert max(picture.size) == images.LONGEST_SIDE
            assert not picture.getexif()


@pytest.mark.parametrize(
    "content",
    [b"x", b"<svg onload='alert(1)'/>", b"GIF89a" + b"\0" * 50, photograph()[:200]],
    ids=["no picture", "svg", "gif", "cut off"],
)
def test_what_is_no_photograph_gives_an_answer_that_is_refused(town, content):
    assert keep(town, content) == {"photo": images.NO_IMAGE}
    assert town.count("images") == 0


def test_a_picture_that_would_fill_the_memory_is_not_unpacked(town):
    out = io.BytesIO()
    Picture.new("1", (9_000, 9_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert keep(town, out.getvalue()) == {"photo": images.NO_IMAGE}


def test_no_file_is_no_answer(town):
    assert keep(town, b"") == {}


def test_a_token_of_another_submission_is_worth_nothing(town):
    (own,) = keep(town, photograph((10, 10))).values()
    (other,) = keep(town, photograph((10, 10)), uuid.uuid4()).values()
    with town.session() as session:
        answers = {"photo": own, "second": other, "q1": "1"}
        names = frozenset({"photo", "second"})
        kept = images.only_own(session, SUBMISSION, names, answers)
    assert kept == {"photo": own, "second": "", "q1": "1"}
