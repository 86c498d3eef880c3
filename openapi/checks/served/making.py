"""Makes things to try an operation with: by the operation that creates them, with its documented example and real ids."""

import uuid

import bodies
import choices
import stock
import tally
from callers import ADMIN
from document import LISTS, OPERATIONS, shape
from scenes import SCENES

# The operation that adds to a list, by the shape of the path.
CREATES = {
    shape(one.path): one
    for one in OPERATIONS.values()
    if one.method == "POST" and shape(one.path) in LISTS and isinstance(one.example, dict)
}


def prepare(operation):
    """The scene of an operation; none if it has none, or if the company is not in a state for it."""
    if operation.id not in SCENES:
        return None
    try:
        return SCENES[operation.id]()
    except (RuntimeError, StopIteration, ValueError) as failure:
        tally.note_failed_scene(operation, failure)
        return None


def _create(operation):
    return CREATES.get(shape(operation.subject.rsplit("/", 1)[0]))


def ways(operation):
    """How something new can be made for an operation to be about: below each kind of thing that it can stand below."""
    create = _create(operation)
    if create is None:
        return []
    if not create.names or create.id in SCENES:
        return [(choices.NEW,)]
    return [(choices.NEW, *kind) for kind in choices.kinds_of(create)]


def make(operation, way):
    """Something new for an operation to be about; none if it cannot be made now."""
    create = _create(operation)
    scene = prepare(create)
    by, values, members = (scene.by, scene.values, scene.body) if scene else (ADMIN, (), {})
    if create.names and not values:
        above = choices.kinds_of(create).get(way[1:])
        if not above:
            return None
        values = choices.next_of(above, create).values
    body = bodies.make(create, create.example, bodies.PLAIN, members)
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answer = by.send("POST", create.path_with(values), json=body, headers=headers)
    return stock.remember(shape(create.path), values, answer.json(), is_made=True) if answer.ok else None
