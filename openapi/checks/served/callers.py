"""Who calls: machine clients and people of the demonstration company, of every role."""

import os
import subprocess
import time
from dataclasses import dataclass, field

import requests

URL = os.environ["CONTRACT_URL"]
TENANT = "yunling"
# A machine client that may do nearly everything; what only people or payroll may do is done by others.
ADMINISTRATION = "hr-portal"
# A token lives for 15 minutes.
REFRESHED_AFTER = 600
# As many of each role, so that what one proposes another can approve.
HOLDERS_OF_A_ROLE = 2

SESSION = requests.Session()
# A compressed answer has a weak ETag.
SESSION.headers["Accept-Encoding"] = "identity"


@dataclass(eq=False)
class Caller:
    """A person or a machine client. Its rights are read once."""

    name: str
    is_client: bool = False
    scopes: frozenset = frozenset()
    own_id: str | None = None
    _token: str = field(default="", repr=False)
    # A call may be on its way with it.
    _former: str = field(default="", repr=False)
    _fetched: float = field(default=float("-inf"), repr=False)

    @property
    def token(self):
        if time.monotonic() - self._fetched > REFRESHED_AFTER:
            kind = "--client" if self.is_client else "--employee"
            command = [os.environ["CONTRACT_PROGRAM"], "token", "--tenant", TENANT, kind, self.name]
            self._former = self._token
            self._token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            self._fetched = time.monotonic()
        return self._token

    def send(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return SESSION.request(method, f"{URL}{path}", headers=headers, timeout=20, **more)

    def ask(self, method, path, **more):
        """The answer's JSON; a problem is an error."""
        answer = self.send(method, path, **more)
        if not answer.ok:
            raise RuntimeError(f"{self.name}: {method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def introduce(self):
        me = self.ask("GET", "/v1/me")
        self.scopes = frozenset(me["scopes"])
        self.own_id = (me["client"] or me["employee"])["id"]
        return self


ADMIN = Caller(ADMINISTRATION, is_client=True).introduce()
_known = {ADMIN.name: ADMIN}


def person(number):
    """Whoever has this employee number."""
    if number not in _known:
        _known[number] = Caller(number).introduce()
    return _known[number]


def client(name):
    if name not in _known:
        _known[name] = Caller(name, is_client=True).introduce()
    return _known[name]


def _find():
    """Every client, some holders of every granted role, some lecturers and an employee who is neither."""
    found = [client(one["name"]) for one in ADMIN.ask("GET", "/v1/api-clients?limit=200")["items"]]
    holders = {}
    grants = ADMIN.ask("GET", "/v1/role-grants?limit=200")["items"]
    for grant in grants:
        holders.setdefault(grant["role"], []).append(grant["employee"]["employee_number"])
    people = [number for numbers in holders.values() for number in numbers[:HOLDERS_OF_A_ROLE]]
    lecturers = ADMIN.ask("GET", "/v1/lecturers?limit=20")["items"]
    people += [one["employee"]["employee_number"] for one in lecturers[:HOLDERS_OF_A_ROLE]]
    others = ADMIN.ask("GET", "/v1/employees?limit=20")["items"]
    busy = {*people, *(one["employee"]["employee_number"] for one in lecturers)}
    people += [one["employee_number"] for one in others if one["employee_number"] not in busy][:1]
    found += [person(number) for number in dict.fromkeys(people)]
    mine = {caller.own_id for caller in found}
    return found, mine | {grant["id"] for grant in grants if grant["employee"]["id"] in mine}


# Those who call, and the ids of what lets them: whoever revokes a caller ends the conversation.
CALLERS, SPARED = _find()


def with_token(token):
    return next((caller for caller in _known.values() if token and token in (caller._token, caller._former)), None)
