"""Findings for a terminal, or for a program."""

import json

from rightswire.doctor.finding import Finding, State

SIGNS = {State.GOOD: "ok", State.UNKNOWN: "?", State.ADVICE: "!", State.WRONG: "WRONG"}


def lines(findings: list[Finding]) -> str:
    """A line each, and one below with what to do."""
    told = []
    for finding in findings:
        told.append(f"{SIGNS[finding.state]:>5}  {finding.about}: {finding.words}\n")
        if finding.remedy:
            told.append(f"       -> {finding.remedy}\n")
    return "".join(told)


def as_json(findings: list[Finding]) -> str:
    rows = [
        {"about": one.about, "state": one.state.value, "words": one.words, "remedy": one.remedy} for one in findings
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
