"""Which caller and which thing an operation is tried with: those with which it went well, and those not tried yet.

What an operation needs (a draft, a session that has begun, a second person) is in no schema. It is learned from the answers:
403 speaks against a caller, 404 and 409 against a kind of thing, success for both.
"""

from collections import defaultdict

import stock
from callers import ADMIN, CALLERS
from document import shape

# How often the options are tried that have not proved good.
EXPLORED = 0.3
# What the kind of a thing begins with that is made for one call.
NEW = "new"
# As many things are looked at in search of one that is still of its kind.
LOOKS = 10


class Experience:
    """How often each option of each operation was tried, and went well."""

    def __init__(self):
        self.tried = defaultdict(int)
        self.won = defaultdict(int)

    def choose(self, operation, options, key):
        """One of the options: mostly by how it went so far, else the one that was tried least."""
        options = list(options)
        stock.RANDOM.shuffle(options)
        # What is new fits most often.
        options.sort(key=lambda one: NEW not in key(one)[:1])
        if not options:
            return None
        winners = [one for one in options if self.won[operation.id, key(one)]]
        if winners and stock.RANDOM.random() > EXPLORED:
            return max(winners, key=lambda one: self.won[operation.id, key(one)] / self.tried[operation.id, key(one)])
        return min(options, key=lambda one: self.tried[operation.id, key(one)])

    def note(self, operation, key, went_well):
        self.tried[operation.id, key] += 1
        self.won[operation.id, key] += went_well


_of_callers = Experience()
_of_kinds = Experience()


def caller(operation):
    fit = [one for one in CALLERS if operation.scope is None or operation.scope in one.scopes]
    return _of_callers.choose(operation, fit, lambda one: one.name) or ADMIN


def kinds_of(operation):
    """What the operation may be about, by kind."""
    kinds = {}
    for one in stock.all_of(shape(operation.subject), spare=operation.is_about_the_subject):
        kinds.setdefault(one.kind, []).append(one)
    return kinds


def next_of(things, operation):
    """Each in turn: what one call used up is not asked again at once."""
    chosen = min(things, key=lambda one: one.uses[operation.id])
    chosen.uses[operation.id] += 1
    return chosen


def thing(operation, maker=None):
    """What the operation is to be about, and what kind of thing it is; none if nothing of the kind is there.

    What an operation changes may also be made for it. And it is looked at before it is chosen, as another operation may have
    changed it on the way.
    """
    chosen = None
    for _ in range(LOOKS):
        kinds = kinds_of(operation)
        ways = maker.ways(operation) if maker else []
        kind = _of_kinds.choose(operation, [*kinds, *ways], lambda one: one)
        if kind in ways:
            made = maker.make(operation, kind)
            if made is not None:
                return made, kind
            _of_kinds.note(operation, kind, went_well=False)
            continue
        if kind is None:
            break
        chosen = next_of(kinds[kind], operation)
        if operation.method != "GET":
            stock.refresh(shape(operation.subject), chosen)
        if chosen.kind == kind:
            break
    return (chosen, chosen.kind) if chosen else (None, None)


def note(operation, by, about, status):
    went_well = 200 <= status < 300
    if by is not None and (went_well or status in (401, 403)):
        _of_callers.note(operation, by.name, went_well)
    if about is not None and (went_well or status in (404, 409)):
        _of_kinds.note(operation, about, went_well)
