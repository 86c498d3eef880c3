"""Bodies and filters that make sense: ids of what exists, periods that there are, clean texts.

Most of what a schema allows is refused by a rule that no schema can say, and then nothing behind the rule is tried. The
documented example of an operation is known to make sense, so generated members are mixed into it, some at a time.
"""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import stock
from texts import clean

PLAIN, MIXED, GENERATED, UNTOUCHED = range(4)
# In turn, for each operation: the example itself, mixtures, what was generated with real ids, and as it was generated.
TURNS = [PLAIN, MIXED, MIXED, GENERATED, MIXED, MIXED, GENERATED, UNTOUCHED]
# Members that identify what is made; what is to be new has new ones.
MARKS = {"employee_number", "email", "source_ref", "run_id"}
# Members that name a moment ahead; an example's has passed.
AHEAD = {"extended_until", "pays_from_on"}
# A document starts after those that were published before.
_months_to_come = itertools.count(1)


def make(operation, generated, turn, members=None):
    """The body to send in place of a generated one, with these members as they are."""
    if turn is UNTOUCHED or not isinstance(generated, dict):
        return with_clean_texts(generated)
    example = operation.example
    if isinstance(example, dict) and turn is not GENERATED:
        if operation.method == "POST":
            example = with_new_marks(example)
        generated = example if turn is PLAIN else mix(example, generated, operation.body.get("required", []))
    return with_real_values(generated) | (members or {})


def mix(example, generated, required):
    """The example with half of the generated members; an optional member may also be left out."""
    mixed = {}
    for name in example | generated:
        sources = [one for one in (example, generated) if name in one]
        if len(sources) == 2 or name in required or stock.RANDOM.random() < 0.5:
            mixed[name] = stock.RANDOM.choice(sources)[name]
    return mixed


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


def with_clean_texts(value):
    """The same value with clean texts."""
    return _with_texts(value, lambda _, text: clean(text))


def with_real_values(value):
    """The same value with real ids and periods, and with clean texts."""
    return _with_texts(value, lambda name, text: real(name, text) or clean(text))


def _with_texts(value, change, name=""):
    if isinstance(value, dict):
        return {clean(key): _with_texts(one, change, key) for key, one in value.items()}
    if isinstance(value, list):
        changed = [_with_texts(one, change, name) for one in value]
        # Two ids may have become the same one.
        return [one for at, one in enumerate(changed) if one not in changed[:at] or value[at] in value[:at]]
    return change(name, value) if isinstance(value, str) else value


def real(name, text):
    """A real value for a member that names something; none if it does not."""
    if name in AHEAD:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        return tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ" if "T" in text else "%Y-%m-%d")
    if name.endswith("period") and _is_month(text):
        return period(is_to_come=name == "starts_period")
    if len(text) != 36 or text.count("-") != 4:
        return None
    found = stock.some(name.removesuffix("s").removesuffix("_id"))
    # A path may name a thing by its number, as it does snapshots; others name it by its id.
    return found.item.get("id", found.values[-1]) if found else None


def _is_month(text):
    return len(text) == 7 and text[4] == "-" and text[5:].isdigit()


def period(is_to_come):
    """A period of some programme, or one after all of them."""
    known = sorted({one.values[1] for one in stock.all_of("/v1/programmes/{}/periods/{}") if _is_month(one.values[1])})
    if not known or not is_to_come:
        return stock.RANDOM.choice(known) if known else None
    last = int(known[-1][:4]) * 12 + int(known[-1][5:]) - 1
    year, month = divmod(last + next(_months_to_come), 12)
    return f"{year}-{month + 1:02}"
