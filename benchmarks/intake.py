"""What a resident's interview costs the server, against a floor of the same run.

The floor is a request to the start page, which passes the same hooks and reads
no database. Everything runs in this process, on SQLite, so that only CPU time
counts; the ratio travels between machines, the milliseconds do not.
"""

import html
import re
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient

from survey.app import create_app
from survey.demo import prepare

INTERVIEWS = 60
FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
CHOICE = re.compile(r'<input type="(radio|checkbox)" name="([^"]+)" value="([^"]+)"')


def answers_of(page: str) -> dict[str, str]:
    """The page's hidden fields, and the first choice of each question that is no refusal."""
    sent = {name: html.unescape(value) for name, value in FIELD.findall(page)}
    for _, name, value in CHOICE.findall(page):
        if name not in sent and value != "0":
            sent[name] = value
    return sent


def interview(client: FlaskClient, code: str) -> int:
    """One interview from the scan to the receipt; the number of requests."""
    address = f"/q/{code}"
    reply = client.get(address)
    requests = 1
    while reply.status_code == 200 and requests < 10:
        reply = client.post(address, data=answers_of(reply.text))
        requests += 1
    if reply.status_code != 303:
        raise SystemExit(f"the interview ended with status {reply.status_code}")
    return requests


def cpu_of(work: object, times: int) -> float:
    """CPU milliseconds of one call."""
    before = time.process_time()
    for _ in range(times):
        work()  # type: ignore[operator]
    return 1000 * (time.process_time() - before) / times


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        demo = prepare(Path(folder), 8000)
        client = create_app(demo.config).test_client()
        requests = interview(client, demo.place)  # warms what is made once
        client.get("/")
        floor = cpu_of(lambda: client.get("/"), 200)
        whole = cpu_of(lambda: interview(client, demo.place), INTERVIEWS)
    print(f"start page (floor)        {floor:8.2f} ms CPU")
    print(f"interview, {requests} requests    {whole:8.2f} ms CPU")
    print(f"ratio for each request    {whole / requests / floor:8.1f} x the floor")


if __name__ == "__main__":
    main()
