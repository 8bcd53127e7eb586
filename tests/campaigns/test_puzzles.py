"""A solution counts once, in time, and only for a puzzle of ours; anything else is simply no solution."""

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
    assert puzzles.check(solution)
    assert not puzzles.check(solution)


def test_one_of_another_process_is_none():
    assert not Puzzles().check(solved(Puzzles().issue()))


def test_it_is_over_after_a_while(time_machine):
    time_machine.move_to(1_800_000_000)
    puzzles = Puzzles()
    solution = solved(puzzles.issue())
    time_machine.move_to(1_800_000_000 + LASTS + 5)
    assert not puzzles.check(solution)


@given(st.text(max_size=2500))
def test_any_text_is_no_solution(text):
    puzzles = Puzzles()
    assert not puzzles.check(text)
    assert not puzzles.check(base64.b64encode(text.encode()).decode())


def test_a_changed_number_is_no_solution():
    puzzles = Puzzles()
    facts = json.loads(base64.b64decode(solved(puzzles.issue())))
    facts["number"] += 1
    assert not puzzles.check(base64.b64encode(json.dumps(facts).encode()).decode())
