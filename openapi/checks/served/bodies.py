"""Bodies and filters that make sense: ids of what exists, periods that there are, clean texts.

Most of what a schema allows is refused by a rule that no schema can say, and then nothing behind the rule is tried. The
documented example of an operation is known to make sense, so generated members are mixed into it, some at a time.
"""

import uuid
from datetime import datetime, timedelta, timezone

import stock
from texts import clean

PLAIN, MIXED, GENERATED, UNTOUCHED = range(4)
FROM_EXAMPLE = (PLAIN, MIXED)
# In turn, for each operation: the example itself, mixtures, what was generated with real ids, and as it was generated.
MARKS = ["employee_number", "email", "source_ref", "run_id"]
TURNS = [PLAIN, MIXED, MIXED, GENERATED, MIXED, MIXED, GENERATED, UNTOUCHED]


def mix(example, generated, body):
    """The example with half of the generated members; an optional member may also be left out."""
    required = body.get("required", [])
    mixed = {}
    for name in example | generated:
        sources = [one for one in (example, generated) if name in one]
        if len(sources) == 1 and name not in required and stock.RANDOM.random() < 0.5:
            continue
        mixed[name] = stock.RANDOM.choice(sources)[name]
    return mixed


def with_real_values(value, name=None):
    """The same value with real ids and periods, and with clean texts."""
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: with_real_values(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return _distinct([with_real_values(one, name) for one in value])
    if not isinstance(value, str):
        return value
    return real(name, value) or clean(value)


def with_new_marks(value, is_top=True):
    """An example can be sent once: what identifies a new thing must be new."""
    if isinstance(value, list):
        return [with_new_marks(one) for one in value]
    if not isinstance(value, dict):
        return value
    marks = {*MARKS, *(["code"] if is_top else []), *(["value"] if "system" in value else [])}
    return {
        name: f"{uuid.uuid4().hex[:8]}-{one}" if name in marks and isinstance(one, str) else with_new_marks(one, name == "items")
        for name, one in value.items()
    }


def _distinct(values):
    kept = []
    for one in values:
        if one not in kept:
            kept.append(one)
    return kept


def real(name, value):
    """A real value for a member that names something; none if it does not."""
    name = name or ""
    if name.endswith("_until") and "T" in value:
        return (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if name.endswith("period") and _is_period(value):
        return period(is_to_come=name == "starts_period")
    if not _is_id(value):
        return None
    found = stock.some(name.removesuffix("_id").removesuffix("_ids"))
    return found.values[-1] if found else None


def _is_id(value):
    return len(value) == 36 and value.count("-") == 4


def _is_period(value):
    return len(value) == 7 and value[4] == "-" and value[5:].isdigit()


def period(is_to_come=False):
    known = sorted({one.values[1] for one in stock.all_of("/v1/programmes/{}/periods/{}") if _is_period(one.values[1])})
    if not known:
        return None
    if not is_to_come:
        return stock.RANDOM.choice(known)
    year, month = divmod(int(known[-1][:4]) * 12 + int(known[-1][5:]) - 1 + stock.RANDOM.randint(1, 60), 12)
    return f"{year}-{month + 1:02}"


def make(operation, generated, turn, members=None):
    """The body to send in place of a generated one, with these members as they are."""
    if turn is UNTOUCHED or not isinstance(generated, dict):
        return with_clean_texts(generated)
    example = operation.example
    if isinstance(example, dict) and turn is not GENERATED:
        if operation.method == "POST":
            example = with_new_marks(example)
        generated = example if turn is PLAIN else mix(example, generated, operation.body)
    return with_real_values(generated) | (members or {})


def with_clean_texts(value):
    if isinstance(value, dict):
        return {clean(key) if isinstance(key, str) else key: with_clean_texts(one) for key, one in value.items()}
    if isinstance(value, list):
        return [with_clean_texts(one) for one in value]
    return clean(value) if isinstance(value, str) else value
