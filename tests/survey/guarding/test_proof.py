"""A proof of work cannot be forged, lent or lowered; the page's script finds it, politely."""

import gzip
import hashlib
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.config import Config
from survey.guarding.policy import POLICY, Policy
from survey.guarding.proof import Verdict, challenge, verify
from survey.headers import STATIC
from tests.factories import SECRET
from tests.survey.guarding.waves import CONFIG, NOON

EASY = Policy(proof_bits=8)
SCRIPT = STATIC / "proof.js"
LONGEST = 55  # bytes that SHA-256 takes in one block


def zero_bits(text):
    return 256 - int(hashlib.sha256(text.encode()).hexdigest(), 16).bit_length()


def solved(asked):
    """The text that solves a challenge, by trying."""
    texts = (f"{asked.text}-{nonce}" for nonce in count())
    return next(text for text in texts if zero_bits(text) >= asked.bits)


def nearly_solved(asked):
    """A text that is one bit short."""
    texts = (f"{asked.text}-{nonce}" for nonce in count())
    return next(text for text in texts if zero_bits(text) == asked.bits - 1)


@pytest.fixture
def submission():
    return uuid4()


@pytest.fixture
def asked(submission):
    return challenge(CONFIG, submission, NOON, EASY)


def test_a_solution_is_good_until_it_expires(submission, asked):
    text = solved(asked)
    assert verify(text, CONFIG, submission, NOON) is Verdict.GOOD
    assert verify(text, CONFIG, submission, NOON + EASY.proof_valid) is Verdict.GOOD
    later = NOON + EASY.proof_valid + timedelta(seconds=1)
    assert verify(text, CONFIG, submission, later) is Verdict.EXPIRED


def test_nothing_sent_is_missing(submission):
    assert verify("", CONFIG, submission, NOON) is Verdict.MISSING


def test_a_text_without_enough_zero_bits_is_wrong(submission, asked):
    assert verify(nearly_solved(asked), CONFIG, submission, NOON) is Verdict.WRONG
    assert verify(asked.text, CONFIG, submission, NOON) is Verdict.WRONG


def test_a_proof_serves_no_other_submission(asked):
    assert verify(solved(asked), CONFIG, uuid4(), NOON) is Verdict.WRONG


def test_a_challenge_cannot_be_lowered(submission, asked):
    expires, bits, mac = asked.text.split("-", 2)
    for fewer in range(int(bits)):
        lowered = f"{expires}-{fewer}-{mac}-0"
        assert verify(lowered, CONFIG, submission, NOON) is Verdict.WRONG


def test_a_challenge_cannot_be_kept_for_longer(submission, asked):
    expires, rest = asked.text.split("-", 1)
    other = type(asked)(f"{int(expires, 16) + 86_400:08x}-{rest}", asked.bits)
    assert verify(solved(other), CONFIG, submission, NOON) is Verdict.WRONG


def test_a_challenge_cannot_be_made_without_the_key(submission):
    stranger = Config(secret_key=SECRET[::-1], base_url="https://minyi.test")
    forged = challenge(stranger, submission, NOON, EASY)
    assert verify(solved(forged), CONFIG, submission, NOON) is Verdict.WRONG
    assert verify(solved(forged), stranger, submission, NOON) is Verdict.GOOD


def test_the_same_submission_is_asked_the_same_within_a_second(submission, asked):
    assert challenge(CONFIG, submission, NOON, EASY) == asked
    assert challenge(CONFIG, submission, NOON + timedelta(seconds=1), EASY) != asked


def test_a_challenge_leaves_room_for_its_nonce_in_one_block(submission):
    asked = challenge(CONFIG, submission, NOON, Policy(proof_bits=32))
    assert len(asked.text) + len("-") + 16 <= LONGEST + 1
    assert POLICY.proof_bits <= 32


@given(st.text(alphabet="0123456789abcdef-_ABZ\0\n ", max_size=80) | st.text(max_size=200))
def test_whatever_is_sent_gets_a_verdict(text):
    verdict = verify(text, CONFIG, uuid4(), NOON)
    assert verdict is (Verdict.WRONG if text else Verdict.MISSING)


@pytest.mark.parametrize("nonce", ["", "-1", "1" * 17, "A", "１", "1\n", "1 "])
def test_a_nonce_of_another_form_is_wrong(submission, nonce):
    asked = challenge(CONFIG, submission, NOON, Policy(proof_bits=0))
    assert verify(f"{asked.text}-{nonce}", CONFIG, submission, NOON) is Verdict.WRONG
    assert verify(f"{asked.text}-1", CONFIG, submission, NOON) is Verdict.GOOD


# The page's script.


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<p>page</p>")
    page.evaluate(f"{SCRIPT.read_text(encoding='utf-8')}; window.solve = solve")
    yield page
    context.close()


SOLVE = "([text, bits]) => new Promise(done => solve(text, bits, done))"


@pytest.mark.parametrize("bits", [1, 7, 8, 12])
def test_the_script_solves_what_the_server_asks(page, bits):
    for _ in range(10):
        submission = uuid4()
        asked = challenge(CONFIG, submission, NOON, Policy(proof_bits=bits))
        text = page.evaluate(SOLVE, [asked.text, asked.bits])
        assert verify(text, CONFIG, submission, NOON) is Verdict.GOOD


def test_the_script_passes_no_solution_by(page):
    """Its hash is SHA-256: the first nonce that solves is the one that trying in order finds."""
    for length in range(51):
        asked = "x" * length
        expected = solved(type("Asked", (), {"text": asked, "bits": 5}))
        assert page.evaluate(SOLVE, [asked, 5]) == expected


def test_the_page_stays_at_hand_while_the_script_works(page):
    """A timer of the page runs many times before a proof that takes long is found."""
    ticks = page.evaluate(
        """() => new Promise(done => {
          let ticks = 0;
          const timer = setInterval(() => {
            if (++ticks == 20) { clearInterval(timer); done(ticks); }
          }, 1);
          solve("nothing solves this soon", 32, () => done(-1));
        })"""
    )
    assert ticks == 20


def test_the_script_is_small():
    assert len(gzip.compress(SCRIPT.read_bytes(), 9, mtime=0)) <= 700
