"""How much a request may bring: little, but for a file by somebody who may send one."""

import io

import pytest
from flask import request

from survey.accounts.access import Act, needs
from survey.bodies import LARGEST_BODY, takes_file
from survey.models import Role
from tests.survey.accounts import world

MEGABYTE = 1_000_000


def size_taken():
    return str(len(request.files["file"].read()))


@needs(Act.FORM_EDIT)
@takes_file(MEGABYTE)
def take():
    return size_taken()


@needs(Act.FORM_EDIT)
def small():
    return size_taken()


@pytest.fixture
def app(sqlite_url):
    world.settle(sqlite_url)
    app = world.app_on(sqlite_url)
    app.add_url_rule("/take", "take", take, methods=["POST"])
    app.add_url_rule("/small", "small", small, methods=["POST"])
    yield app
    app.extensions["engine"].dispose()


class Body(io.BytesIO):
    """A body that tells how much of it was read."""

    taken = 0

    def read(self, *size):
        data = super().read(*size)
        self.taken += len(data)
        return data


def multipart(size, token=""):
    edge = b"--edge"
    head = b'\r\nContent-Disposition: form-data; name="'
    body = edge + head + b'csrf_token"\r\n\r\n' + token.encode() + b"\r\n"
    body += edge + head + b'file"; filename="a.xlsx"\r\n\r\n' + b"x" * size + b"\r\n"
    return Body(body + edge + b"--\r\n")


def send(client, path, size, *, token="", declared=True, **headers):
    body = multipart(size, token)
    length = {"content_length": len(body.getvalue())} if declared else {}
    reply = client.post(
        path,
        input_stream=body,
        content_type="multipart/form-data; boundary=edge",
        headers=headers,
        environ_overrides={"wsgi.input_terminated": True},
        **length,
    )
    return reply, body.taken


@pytest.fixture
def analyst(app):
    return world.log_in(app, "analyst")


@pytest.fixture
def token(analyst):
    return world.token_on(analyst.get("/"))


def test_a_file_below_the_limit_is_taken(analyst, token):
    reply, _ = send(analyst, "/take", MEGABYTE, token=token)
    assert (reply.status_code, reply.text) == (200, str(MEGABYTE))


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_above_the_limit_is_refused(analyst, token, declared):
    size = MEGABYTE + 2 * LARGEST_BODY
    reply, taken = send(analyst, "/take", size, token=token, declared=declared)
    assert reply.status_code == 413
    # what says its size is not read at all; what does not is cut where the limit is
    assert taken == 0 if declared else taken <= MEGABYTE + 2 * LARGEST_BODY


def test_the_refusal_names_the_limit_in_both_languages(analyst, token):
    reply, _ = send(analyst, "/take", 2 * MEGABYTE, token=token)
    assert "文件太大,最多 1 MB" in reply.text
    assert "at most 1 MB" in reply.text


def test_no_other_view_takes_as_much(analyst, token):
    assert send(analyst, "/small", MEGABYTE, token=token)[0].status_code == 413
    assert send(analyst, "/small", LARGEST_BODY // 2, token=token)[0].status_code == 200


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.VOLUNTEER, 403)])
def test_nothing_is_read_of_somebody_who_may_not_send_it(app, role, status):
    client = world.log_in(app, role.value) if role else app.test_client()
    reply, taken = send(client, "/take", MEGABYTE)
    assert (reply.status_code, taken) == (status, 0)


def test_the_token_is_asked_for(analyst):
    assert send(analyst, "/take", 10)[0].status_code == 400


def test_a_packed_body_and_a_zero_byte_are_refused(analyst, token):
    packed = {"Content-Encoding": "gzip"}
    assert send(analyst, "/take", 10, token=token, **packed)[0].status_code == 415
    assert send(analyst, "/take?a=%00", 10, token=token)[0].status_code == 400


def test_a_form_of_many_fields_is_refused(analyst, token):
    data = {f"q{number}": "1" for number in range(1100)} | {"csrf_token": token}
    assert analyst.post("/take", data=data).status_code == 413
