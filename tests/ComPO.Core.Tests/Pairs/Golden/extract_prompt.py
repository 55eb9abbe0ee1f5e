#!/usr/bin/env python3
"""Splits pairs by the rule of TRL's extract_prompt (trl/data_utils.py), for ImplicitPromptTests.

    extract_prompt.py HH_RLHF prompts.json

HH_RLHF is the folder hh-rlhf of the preference data. Of its rows only the length of the prompt is kept, in characters as Python counts
them, for they lie in that folder; pairs made up here are kept whole.
"""
import gzip, json, pathlib, sys

ROWS = 500
MADE_UP = [
    ("The sky is blue.", "The sky is green."), ("aXb", "aYb"), ("a b", "a c"), ("a  b", "a  c"), ("a\u00a0b", "a\u00a0c"), ("a b", "a  b"),
    ("Hi 😀", "Hi 😁"), ("Hi😀", "Hi😁"), ("😀😀 a", "😀😀 b"), ("😀", "😁"), ("😀 ", "😀 😁"), ("x😀y", "x😁y"), ("Hi 😀", "Hi 👩"), ("Hi 😀", "Hi x"),
    ("same and more", "same"), ("same", "same and more"), ("Hi 😀", "Hi 😀 there"), ("Hi 😀 there", "Hi 😀"), ("😀", "😀😀"), ("Hi ", "Hi there"), ("same", "same"),
    ("e\u0301", "e\u0300"), ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👦"), ("Xb", "Yb"), ("世界 です", "世界 だ"),
]


def split(chosen, rejected):
    at = next((place for place, (one, other) in enumerate(zip(chosen, rejected)) if one != other), None)
    if at is None:  # One is the other's beginning: the last character that both have is left to the answers.
        at = min(len(chosen), len(rejected)) - 1
    elif chosen[at - 1] == " ":
        at -= 1
    return chosen[:at], chosen[at:], rejected[at:]


def lengths(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line, _ in zip(file, range(ROWS))]
    return [len(split(row["chosen"], row["rejected"])[0]) for row in rows]


source, target = map(pathlib.Path, sys.argv[1:])
golden = {
    "pairs": [{"texts": texts, "parts": split(*texts)} for texts in MADE_UP],
    "prompt_lengths": {name: lengths(source / name / "test.jsonl.gz") for name in ("harmless-base", "helpful-base")},
}
target.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
