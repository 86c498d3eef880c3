"""Counts what every operation answered, for the report at the end of the run."""

import atexit
import json
from collections import Counter
from pathlib import Path

ANSWERS = Path("answers.json")
_counts = Counter()
_failed_scenes = {}


def note(operation, status, code):
    _counts[operation.id, status, code] += 1


def note_failed_scene(operation, failure):
    _failed_scenes[operation.id] = repr(failure)


@atexit.register
def write():
    rows = [[*key, count] for key, count in sorted(_counts.items(), key=str)]
    ANSWERS.write_text(json.dumps({"answers": rows, "failed_scenes": _failed_scenes}))
