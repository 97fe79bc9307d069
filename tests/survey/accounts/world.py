"""A small world to test in: a study with its areas, an account per role, logged-in clients."""

import re
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from survey import db
from survey.accounts import passwords
from survey.app import create_app
from survey.config import Config
from survey.guarding.buckets import Flow
from survey.models import ApprovalKind, Area, Level, Role, Study, User

UNLIMITED = Flow(burst=1e6, each_second=1e6, miss=0)
SECRET = "vT9kq2LxW7hRb4ZsYd8nMf3JpCa6GuEo"
PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.hashed(PASSWORD)

ROOT = "419099000000"
TOWN, OTHER_TOWN = "419099001000", "419099003000"
VILLAGE, GRID = "419099001001", "419099001001-G03"
TREE = [  # children first: the frame may come in any order
    (GRID, VILLAGE, Level.GRID),
    (VILLAGE, TOWN, Level.VILLAGE),
    ("419099003001", OTHER_TOWN, Level.VILLAGE),
    (TOWN, ROOT, Level.TOWNSHIP),
    (OTHER_TOWN, ROOT, Level.TOWNSHIP),
    (ROOT, None, Level.COUNTY),
]


def app_on(url, *, base_url="https://minyi.test"):
    """The production app on a migrated database."""
    return create_app(
        Config(secret_key=SECRET, base_url=base_url, database_url=url, flow=UNLIMITED)
    )


def make_study(session: Session, study_id="hean", tree=TREE):
    study = Study(
        id=study_id,
        title_zh="居民调查",
        title_en="Resident survey",
        form_number="1表",
        maker="市文明办",
        approval_kind=ApprovalKind.FILED,
        approval_by="市统计局",
        approval_number="3号",
        valid_until=date(2030, 12, 31),
        timezone="Asia/Shanghai",
        root_area=ROOT,
        plan="",
        folder={},
        created_at=datetime.now(UTC),
    )
    session.add(study)
    session.flush()  # the areas refer to the study, and nothing else orders the two
    session.add_all(
        Area(
            study_id=study_id,
            code=code,
            name=f"区 {code}",
            parent=parent,
            level=level,
            urban_rural="111",
            position=position,
        )
        for position, (code, parent, level) in enumerate(tree)
    )
    session.flush()  # so that what follows may name the areas
    return study


def make_user(session: Session, role: Role, username=None, area_code=ROOT):
    user = User(
        username=username or role.value,
        password_hash=PASSWORD_HASH,
        role=role,
        area_code=area_code,
        name_badge="No. 7",
        created_at=datetime.now(UTC),
    )
    session.add(user)
    session.flush()  # gives the id
    return user


def settle(url):
    """A study and an account per role, each named like its role and bound to the whole city."""
    with db.open_session(url) as session:
        make_study(session)
        for role in Role:
            make_user(session, role)


def token_on(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def log_in(app, username, password=PASSWORD):
    """A client that has logged in through the form."""
    client = app.test_client()
    reply = try_login(client, username, password)
    assert reply.status_code == 303, reply.text
    return client


def try_login(client, username, password=PASSWORD, **more):
    token = token_on(client.get("/login"))
    data = {"username": username, "password": password, "csrf_token": token}
    return client.post("/login", data=data | more)


def post(client, path, **data):
    """Post like a page of ours would: with the token that the start page carries."""
    return client.post(path, data=data | {"csrf_token": token_on(client.get("/"))})


def scalar(url, query):
    with db.open_session(url) as session:
        return session.scalar(sa.text(query))
