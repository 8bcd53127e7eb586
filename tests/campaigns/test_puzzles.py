"""A solution counts once, in time, and only for a puzzle of ours; what is no puzzle of ours says nothing of anybody."""

import base64
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from rightswire.campaigns.puzzles import LASTS, Puzzles


def solved(puzzle: bytes) -> str:
    """What the script does."""
    facts = json.loads(puzzle)
    for number in range(facts["maxNumber"] + 1):
        if hashlib.sha256(f"{facts['salt']}{number}".encode()).hexdigest() == facts["challenge"]:
            facts["number"] = number
            break
    del facts["maxNumber"]
    return base64.b64encode(json.dumps(facts).encode()).decode()


def test_a_solution_counts_once():
    puzzles = Puzzles()
    solution = solved(puzzles.issue())
    assert puzzles.check(solution) is True
    assert puzzles.check(solution) is False


def test_a_solution_that_was_taken_back_counts_once_more():
    puzzles = Puzzles()
    solution = solved(puzzles.issue())
    assert puzzles.check(solution) is True
    puzzles.take_back(solution)
    assert puzzles.check(solution) is True
    assert puzzles.check(solution) is False


def test_one_of_another_process_or_from_before_a_restart_says_nothing():
    assert Puzzles().check(solved(Puzzles().issue())) is None


def test_it_is_over_after_a_while(time_machine):
    time_machine.move_to(1_800_000_000)
    puzzles = Puzzles()
    solution = solved(puzzles.issue())
    time_machine.move_to(1_800_000_000 + LASTS + 5)
    assert puzzles.check(solution) is None  # somebody was slow, which says nothing


@given(st.text(max_size=2500))
def test_any_text_is_no_solution(text):
    puzzles = Puzzles()
    assert puzzles.check(text) is None
    assert puzzles.check(base64.b64encode(text.encode()).decode()) is None


def test_a_changed_number_is_no_solution():
    puzzles = Puzzles()
    facts = json.loads(base64.b64decode(solved(puzzles.issue())))
    facts["number"] += 1
    assert puzzles.check(base64.b64encode(json.dumps(facts).encode()).decode()) is False


def test_a_signature_that_is_not_ours_says_nothing():
    puzzles = Puzzles()
    facts = json.loads(base64.b64decode(solved(puzzles.issue())))
    for signature in ("", "0" * 64, "\ud800", None, ["x"]):
        facts["signature"] = signature
        assert puzzles.check(base64.b64encode(json.dumps(facts).encode()).decode()) is None
