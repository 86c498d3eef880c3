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


def new_thing(operation):
    """Something new for an operation to be about; none if such things cannot be made so."""
    create = CREATES.get(shape(operation.subject.rsplit("/", 1)[0]))
    if create is None:
        return None
    scene = prepare(create)
    by = scene.by if scene else ADMIN
    values = scene.values if scene else ()
    if not values and create.names:
        above, _ = choices.thing(create)
        if above is None:
            return None
        values = above.values
    body = bodies.make(create, create.example, bodies.PLAIN, scene.body if scene else {})
    path = create.path_with(values)
    answer = by.send("POST", path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    if not answer.ok:
        return None
    return stock.remember(shape(create.path), values, answer.json(), is_made=True)
