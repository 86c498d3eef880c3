"""What exists in the served company: found by its lists at the start, and kept up to date by every answer of the run.

A thing is known by the shape of its path (`/v1/programmes/{}/periods/{}`) and the values in it. So an operation that is
added to the contract finds its subjects here without being named.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

from callers import ADMIN, SPARED
from document import LISTS, OPERATIONS, shape

RANDOM = random.Random(20260301)
# As many pages of a list are read, and the lists below as many things of the one above.
PAGES = 2
PARENTS = 12
# Members by which a thing has another path, which nothing lists: the path's shape.
ALSO_BY = {"public_code": "/certificates/{}"}
# Members that name a thing by what it is to another one.
MEANT = {
    "actor": "employee",
    "audience": "employee",
    "author": "employee",
    "group": "lecturer_group",
    "learner": "employee",
    "lecturer": "employee",
    "manager": "employee",
    "parent": "department",
    "policy": "promotion_policy",
}


@dataclass(eq=False)
class Thing:
    """Something with a path of its own; `item` is how it was last answered."""

    values: tuple
    item: dict
    is_made: bool = False
    # How often each operation was tried with it.
    uses: Counter = field(default_factory=Counter)

    @property
    def kind(self):
        """What its state is: whether this run made it, the word, and which moments have not come."""
        moments = [name for name in self.item if name.endswith(("_at", "_on", "_by")) and self.item[name] is None]
        return (self.is_made, self.item.get("state"), *sorted(moments))


_things = {}
# Every value of a path that there is or was.
_seen = set()
# The name of the last parameter of every path, by the shape of the path up to it.
_parameters = {
    shape("/".join(one.path.split("/")[: at + 1])): step[1:-1]
    for one in OPERATIONS.values()
    for at, step in enumerate(one.path.split("/"))
    if step.startswith("{")
}

# What answers one thing, by the shape of its path.
_reads = {shape(one.path): one for one in OPERATIONS.values() if one.method == "GET" and one.path.endswith("}")}


def _singular(name):
    for ending, single in [("ies", "y"), ("ches", "ch"), ("s", "")]:
        if name.endswith(ending):
            return name.removesuffix(ending) + single
    return name


# The shape of a thing's path by what it is called: the shortest path wins.
_names = {
    _singular(path.rsplit("/", 1)[1]).replace("-", "_"): f"{path}/{{}}" for path in sorted(LISTS, key=len, reverse=True)
}


def _value(item, name):
    """What stands in the path for an item of a list: its member of that name, the id of what it is about, or its own id."""
    about = item.get(name.removesuffix("_id"))
    found = item.get(name) or (about.get("id") if isinstance(about, dict) else None)
    if found is None and name.endswith("id"):
        found = item.get("id")
    return None if found is None else str(found)


def remember(path, above, item, is_made=False):
    """Notes an item of the list with this shape; none if nothing in it can stand in a path."""
    where = f"{path}/{{}}"
    value = _value(item, _parameters.get(where, "id"))
    if value is None:
        return None
    values = (*above, value)
    _seen.update(values)
    known = _things.setdefault(where, {}).setdefault(values, Thing(values, item, is_made))
    known.item = item
    for name, other in ALSO_BY.items():
        if name in item:
            _things.setdefault(other, {}).setdefault((item[name],), Thing((item[name],), item))
    return known


def refresh(where, thing):
    """Asks for a thing anew: what others did to it is not told."""
    read = _reads.get(where)
    if read is None:
        return
    answer = ADMIN.send("GET", read.path_with(thing.values))
    if answer.ok:
        thing.item = answer.json()
    elif answer.status_code == 404:
        _things[where].pop(thing.values, None)


def was_seen(value):
    return value in _seen


def find(where, values):
    return _things.get(where, {}).get(values)


def all_of(where, spare=False):
    """The things of a shape; without what the callers are and need, if they are to be spared."""
    return [one for one in _things.get(where, {}).values() if not (spare and one.values[-1] in SPARED)]


def some(name):
    """A thing by the name that bodies and filters call it; none if nothing is called so."""
    found = all_of(_names.get(MEANT.get(name, name), ""))
    return RANDOM.choice(found) if found else None


def learn(operation, values, status, body):
    """Takes in what a success says. `values` are those in the path."""
    path = shape(operation.path)
    if operation.method == "DELETE":
        _things.get(path, {}).pop(values, None)
    elif not isinstance(body, dict):
        return
    elif operation.method == "GET" and path in LISTS:
        for item in body["items"]:
            remember(path, values, item)
    elif operation.method == "POST" and path in LISTS and "id" in body:
        # What is sent again is answered 200: it is not new.
        remember(path, values, body, is_made=status == 201)
    elif operation.names:
        about = find(shape(operation.subject), values)
        if about is not None and "etag" in body and about.item.get("id") == body.get("id"):
            about.item = body


def _read(operation, above):
    query = {"limit": 200} if "limit" in operation.queries else {}
    for _ in range(PAGES):
        answer = ADMIN.send("GET", operation.path_with(above), params=query)
        if not answer.ok:
            return
        body = answer.json()
        learn(operation, above, answer.status_code, body)
        if body.get("next_cursor") is None:
            return
        query["cursor"] = body["next_cursor"]


def look_around():
    """Reads every list: those at the top, then those below some things of each kind."""
    for operation in sorted(LISTS.values(), key=lambda one: one.path.count("/")):
        if not operation.names:
            _read(operation, ())
            continue
        by_kind = {}
        for thing in all_of(shape(operation.subject)):
            by_kind.setdefault(thing.kind, []).append(thing)
        for things in by_kind.values():
            RANDOM.shuffle(things)
            for thing in things[: -(-PARENTS // len(by_kind))]:
                _read(operation, thing.values)
