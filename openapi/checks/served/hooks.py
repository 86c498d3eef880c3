"""Gives valid requests what no generator can make up, so that they reach what is behind the door. Called by schemathesis.

What is meant to be wrong stays wrong, and only that: a wrong body goes to something that exists, by somebody who may, with
the current version; else what refuses it is not what was to be tried.
"""

import json
import uuid
from collections import Counter

import schemathesis
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation as Location
from schemathesis.generation.meta import TestPhase

import bodies
import choices
import making
import stock
import tally
from callers import ADMIN, SESSION, SPARED, URL, with_token
from document import OPERATIONS, of_case
from texts import clean

# Credentials that the token door takes: of a client that may do nothing else.
CLIENT = ADMIN.ask("POST", "/v1/api-clients", json={"name": "contract", "roles": ["payroll"]})
SPARED.add(CLIENT["id"])
stock.look_around()
# The company's own programme is what all its months belong to: others may be ended.
SPARED.update(one.values[0] for one in stock.all_of("/v1/programmes/{}"))

_turns = Counter()
_used_keys = set()
# What a case was sent with, until its answer comes: who called, and the kind of thing that it was about.
_sent = {}


@schemathesis.auth(refresh_interval=None)
class Token:
    """Of a caller who has the right that the operation needs."""

    def get(self, case, context):
        operation = of_case(case) or OPERATIONS.get(case.operation.definition.raw.get("operationId"))
        return choices.caller(operation) if operation is not None and operation.scope else None

    def set(self, case, data, context):
        if data is not None:
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data.token}"


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = of_case(case)
    if operation is None:
        return
    spare_callers(operation, case)
    end_stream(operation, case)
    by = with_token((case.headers or {}).get("Authorization", "").removeprefix("Bearer "))
    # A check that repeats a call without a token, or with a wrong one, repeats it as it was.
    if case._meta is None or (operation.scope and by is None):
        return
    quote_tags(case)
    renew_key(case)
    parts = case.meta.components
    valid = {where for where in Location if where not in parts or parts[where].mode is GenerationMode.POSITIVE}
    _turns[operation.id] += 1
    turn = bodies.TURNS[_turns[operation.id] % len(bodies.TURNS)]
    scene, kind = None, None
    if turn is not bodies.UNTOUCHED and not is_linked(operation, case):
        scene = making.prepare(operation) if len(valid) == len(Location) else None
        if scene is not None:
            by = put_scene(operation, case, scene)
        elif Location.PATH in valid and operation.names:
            kind = choose_thing(operation, case)
    fill_in(operation, case, valid, by or ADMIN)
    if operation.path != "/oauth/token" and len(valid) == len(Location) and case.body is not NOT_SET:
        case.body = bodies.make(operation, case.body, turn, scene.body if scene else None)
    _sent[case.id] = (by, kind)


def fill_in(operation, case, valid, by):
    """What is the same for every case: filters, the version, credentials."""
    if Location.QUERY in valid:
        choose_filters(case)
        name_one_board(operation, case)
    if Location.HEADER in valid:
        choose_version(operation, case, by)
    if len(valid) < len(Location):
        reject_as_a_whole(case)
    elif operation.path == "/oauth/token":
        choose_credentials(case)


@schemathesis.hook
def after_call(context, case, response):
    operation = of_case(case)
    if operation is None:
        return
    by, kind = _sent.pop(case.id, (None, None))
    choices.note(operation, by, kind, response.status_code)
    body = None
    if is_json("".join(response.headers.get("content-type", []))):
        # Not `response.json()`: it keeps what it has read, and the run keeps every answer.
        body = json.loads(response.content)
    problem = body.get("code") if response.status_code >= 400 and isinstance(body, dict) else None
    tally.note(operation, response.status_code, problem)
    if 200 <= response.status_code < 300:
        values = tuple(str(case.path_parameters[name]) for name in operation.names)
        stock.learn(operation, values, response.status_code, body)


def is_json(content_type):
    return content_type.partition(";")[0] in ("application/json", "application/problem+json")


def end_stream(operation, case):
    """A stream that is not told when to end goes on until its token expires: its first event is enough."""
    if "max_seconds" not in operation.queries or not isinstance(case.query, (dict, type(None))):
        return
    given = (case.query or {}).get("max_seconds")
    if given is None or (str(given).isdigit() and int(given) <= 900):
        case.query = {**(case.query or {}), "max_seconds": 0}


def name_one_board(operation, case):
    """A board is named by one parameter, and by none in the scope of the whole programme."""
    named = [name for name in ("department_id", "without_department") if (case.query or {}).get(name) not in (None, False, "false")]
    if not isinstance(case.query, dict) or not named or "without_department" not in operation.queries:
        return
    for name in named[1:]:
        case.query.pop(name)
    if case.query.get("scope") in (None, "programme"):
        case.query["scope"] = "department"


def spare_callers(operation, case):
    """A caller that revokes itself, or takes itself a new secret, has no more to say: another one is meant."""
    values = case.path_parameters or {}
    if operation.is_about_the_subject and operation.names and values.get(operation.names[-1]) in SPARED:
        case.path_parameters[operation.names[-1]] = str(uuid.uuid5(uuid.NAMESPACE_URL, URL))


def put_scene(operation, case, scene):
    case.path_parameters.update(zip(operation.names, scene.values, strict=True))
    if scene.by is not None:
        case.headers["Authorization"] = f"Bearer {scene.by.token}"
    return scene.by


def is_linked(operation, case):
    """Whether a link of the stateful phase says what the case is about: it knows better."""
    values = [str(case.path_parameters.get(name)) for name in operation.names]
    return case.meta.phase.name is TestPhase.STATEFUL and bool(values) and all(map(stock.was_seen, values))


def choose_thing(operation, case):
    """Puts the values of something that exists into the path, and says what kind of thing it is."""
    about, kind = choices.thing(operation, making if operation.method != "GET" else None)
    if about is not None:
        case.path_parameters.update(zip(operation.names, about.values, strict=True))
    return kind


def choose_filters(case):
    if isinstance(case.query, dict):
        # A cursor is signed: only a list gives one.
        case.query.pop("cursor", None)
        for name, value in case.query.items():
            if isinstance(value, str):
                case.query[name] = bodies.real(name, value) or clean(value)


def quote_tags(case):
    """An entity tag is quoted; the coverage phase writes letters and digits only, also where it means to be wrong elsewhere.

    It then takes the header for what is wrong, and nothing behind it is tried. So this comes before the question what is valid.
    """
    if case._meta.phase.name is not TestPhase.COVERAGE:
        return
    for name in ["If-Match", "If-None-Match"]:
        tag = case.headers.get(name)
        if tag and tag != "*" and not tag.endswith('"') and case._meta.phase.data.parameter != name:
            case.headers[name] = f'"{tag}"'


def renew_key(case):
    """A key that was used asks for the same answer again; keys that are meant to be wrong stay."""
    key = case.headers.get("Idempotency-Key")
    if key is not None and getattr(case._meta.phase.data, "parameter", None) != "Idempotency-Key":
        case.headers["Idempotency-Key"] = str(uuid.uuid4()) if key in _used_keys else key
        _used_keys.add(case.headers["Idempotency-Key"])


def choose_version(operation, case, by):
    """Mostly the current one."""
    if "If-Match" in case.headers and stock.RANDOM.random() < 0.9:
        tag = current_tag(operation, case, by) or current_tag(operation, case, ADMIN)
        case.headers["If-Match"] = tag or case.headers["If-Match"]


def current_tag(operation, case, by):
    """The tag of what the operation is about, or of what that belongs to if it cannot be read by itself."""
    whole = operation.path_with([case.path_parameters.get(name) for name in operation.names]).split("/")
    if operation.method == "PUT":
        # What is replaced as a whole may have a version of its own.
        answer = read("/".join(whole), by)
        if answer.ok and "ETag" in answer.headers:
            return answer.headers["ETag"]
    own = operation.subject.count("/") + 1
    for end in range(own, len(["", "v1"]), -2):
        answer = read("/".join(whole[:end]), by)
        if answer.ok and "ETag" in answer.headers:
            return answer.headers["ETag"]
        if end == own and (tag := listed_tag(whole[:own], by)):
            return tag
    return None


def listed_tag(path, by):
    """The tag of what is read in its list alone."""
    answer = read("/".join(path[:-1]), by)
    items = answer.json().get("items", []) if answer.ok else []
    return next((item.get("etag") for item in items if item.get("id") == path[-1]), None)


def read(path, by):
    return SESSION.get(f"{URL}{path}", headers={"Authorization": f"Bearer {by.token}"}, timeout=20)


def reject_as_a_whole(case):
    """Item by item, a wrong item is told in an answer of 200: only as a whole can a wrong list be refused."""
    if isinstance(case.body, dict) and case.body.get("mode") == "per_item":
        case.body = case.body | {"mode": "atomic"}


def choose_credentials(case):
    """Credentials are those of a client that there is; so is the scope that they ask for."""
    if isinstance(case.body, dict) and "client_secret" in case.body:
        case.body = case.body | {"client_id": CLIENT["client_id"], "client_secret": CLIENT["client_secret"]}
        if case.body.get("scope"):
            case.body = case.body | {"scope": "payroll:export"}
