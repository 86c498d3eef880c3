"""Schemathesis calls as a machine client with every right; its token is fetched anew before it expires."""

import os
import subprocess
import uuid

import requests
import schemathesis
from schemathesis import GenerationMode

URL = os.environ["CONTRACT_URL"]


def own_token() -> str:
    """A token of the demonstration company's machine client with every right that a machine can have."""
    command = [os.environ["CONTRACT_PROGRAM"], "token", "--tenant", "yunling", "--client", "hr-portal"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def ask(method: str, path: str, **more):
    answer = requests.request(method, f"{URL}{path}", headers={"Authorization": f"Bearer {own_token()}"}, timeout=10, **more)
    answer.raise_for_status()
    return answer.json()


OWN_ID = ask("GET", "/v1/me")["client"]["id"]
# Credentials that the token door takes: of a client that may do nothing else.
CLIENT = ask("POST", "/v1/api-clients", json={"name": "contract", "roles": ["payroll"]})


def needs_token(operation) -> bool:
    requirements = operation.definition.raw.get("security", [])
    return bool(requirements) and all(requirements)


@schemathesis.auth(refresh_interval=600)
class Token:
    def get(self, case, context):
        return own_token()

    def set(self, case, data, context):
        if needs_token(context.operation):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


def spare_own_client(case):
    """A caller that revokes itself, or takes itself a new secret, has no more to say: another client is meant."""
    own = (OWN_ID, CLIENT["id"])
    if case.operation.path.startswith("/v1/api-clients/{id}/") and case.path_parameters.get("id") in own:
        case.path_parameters["id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, OWN_ID))


def reject_as_a_whole(case):
    """Item by item, a wrong item is told in an answer of 200: only as a whole can a wrong list be refused."""
    if isinstance(case.body, dict) and case.body.get("mode") == "per_item":
        case.body = case.body | {"mode": "atomic"}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives valid requests what no generator can make up; what is meant to be wrong stays wrong."""
    spare_own_client(case)
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        reject_as_a_whole(case)
        return
    # An entity tag is quoted; the generator of headers knows letters and digits only.
    for name in ["If-Match", "If-None-Match"]:
        tag = (case.headers or {}).get(name)
        if tag is not None and not tag.endswith('"') and tag != "*":
            case.headers[name] = f'"{tag}"'
    # A cursor is signed: only a list gives one.
    if isinstance(case.query, dict):
        case.query.pop("cursor", None)
    # Credentials are those of a client that there is.
    if case.operation.path == "/oauth/token" and isinstance(case.body, dict) and "client_secret" in case.body:
        case.body = case.body | {"client_id": CLIENT["client_id"], "client_secret": CLIENT["client_secret"]}
        # So is the scope that they ask for.
        if case.body.get("scope"):
            case.body = case.body | {"scope": "payroll:export"}
