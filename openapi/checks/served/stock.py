"""What exists in the served company: found by its lists at the start, and kept up to date by every answer of the run.

A thing is known by the shape of its path (`/v1/programmes/{}/periods/{}`) and the values in it. So an operation that is added
to the contract finds its subjects here without being named.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

from callers import ADMIN, SPARED
from document import LISTS, OPERATIONS, shape

RANDOM = random.Random(20260301)
# As many things of a list, and lists below as many things of the one above.
PAGES = 2
PARENTS = 12
# Members that name a thing by what it is to the other one.
MEANT = {
    "actor": "employee", "author": "employee", "learner": "employee", "lecturer": "employee", "manager": "employee",
    "audience": "employee", "parent": "department", "group": "lecturer_group", "policy": "promotion_policy",
}


@dataclass(eq=False)
class Thing:
    """Something with a path of its own; `item` is how it was last answered."""

    values: tuple
    item: dict
    is_made: bool = False
    uses: Counter = field(default_factory=Counter)

    @property
    def kind(self):
        """What its state is: the word, and which moments have come; whether this run made it."""
        moments = [name for name in self.item if name.endswith(("_at", "_on", "_by")) and self.item[name] is None]
        return (self.is_made, self.item.get("state"), *sorted(moments))


_things = {}
# Every value of a path that there is or was.
_seen = set()


def _singular(name):
    return (name[:-3] + "y" if name.endswith("ies") else name[:-2] if name.endswith("ches") else name.removesuffix("s")).replace("-", "_")


_names = {_singular(path.rsplit("/", 1)[1]): f"{path}/{{}}" for path in sorted(LISTS, key=len, reverse=True)}
# The name of the last parameter of every path that goes on from a list.
_parameters = {
    shape("/".join(one.path.split("/")[: at + 1])): step[1:-1]
    for one in OPERATIONS.values()
    for at, step in enumerate(one.path.split("/"))
    if step.startswith("{")
}


def _value(item, name):
    """What stands in the path for an item of a list: its member of that name, or the id of what it is about, or its own."""
    about = item.get(name.removesuffix("_id"))
    found = item.get(name) or (about.get("id") if isinstance(about, dict) else None)
    if found is None and name.endswith("id"):
        found = item.get("id")
    return None if found is None else str(found)


def remember(path, above, item, is_made=False):
    """Notes an item of the list with this shape."""
    where = f"{path}/{{}}"
    value = _value(item, _parameters.get(where, "id"))
    if value is None:
        return None
    values = (*above, value)
    _seen.update(values)
    known = _things.setdefault(where, {}).get(values)
    if known is None:
        known = _things[where][values] = Thing(values, item, is_made)
    known.item = item
    return known


def forget(where, values):
    _things.get(where, {}).pop(values, None)


def was_seen(value):
    return value in _seen


def find(where, values):
    return _things.get(where, {}).get(values)


def all_of(where, spare=False):
    """The things of a shape; without what the callers are and need, if they are to be spared."""
    return [one for one in _things.get(where, {}).values() if not (spare and one.values[-1] in SPARED)]


def some(name):
    """A thing by the name that bodies and filters call it; none if nothing is called so."""
    name = MEANT.get(name, name)
    found = all_of(_names.get(name, ""))
    return RANDOM.choice(found) if found else None


def learn(operation, values, status, body):
    """Takes in what an answer says. `values` are those in the path."""
    if operation.method == "DELETE":
        forget(shape(operation.path), values)
        return
    if not isinstance(body, dict):
        return
    path = shape(operation.path)
    if operation.method == "GET" and path in LISTS:
        for item in body["items"]:
            remember(path, values, item)
    elif operation.method == "POST" and path in LISTS and "id" in body:
        # What is sent again is answered 200: it is not new.
        remember(path, values, body, is_made=status == 201)
    elif operation.names and shape(operation.subject) in _things:
        about = find(shape(operation.subject), values[: len(operation.names)])
        if about is not None and about.item.get("id") == body.get("id") and "etag" in body:
            about.item = body


def _read(operation, above):
    cursor = None
    for _ in range(PAGES):
        query = {"limit": 200, "cursor": cursor} if "limit" in operation.queries else {}
        answer = ADMIN.send("GET", operation.path_with(above), params={name: value for name, value in query.items() if value})
        if not answer.ok:
            return
        body = answer.json()
        learn(operation, above, answer.status_code, body)
        cursor = body.get("next_cursor")
        if cursor is None:
            return


def look_around():
    """Reads every list: those at the top, then those below some things of each kind."""
    for path, operation in sorted(LISTS.items(), key=lambda entry: entry[0].count("/")):
        if not operation.names:
            _read(operation, ())
            continue
        by_kind = {}
        for thing in all_of(shape(operation.subject)):
            by_kind.setdefault(thing.kind, []).append(thing)
        groups = list(by_kind.values())
        for number in range(PARENTS):
            if groups and groups[number % len(groups)]:
                group = groups[number % len(groups)]
                _read(operation, group.pop(RANDOM.randrange(len(group))).values)
