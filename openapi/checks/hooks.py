"""Schemathesis calls as a machine client with every right; its token is fetched anew before it expires."""

import os
import uuid

import requests
import schemathesis
from schemathesis import GenerationMode

URL = os.environ["LECTERN_CONTRACT_URL"]
CLIENT = (os.environ["LECTERN_CONTRACT_CLIENT_ID"], os.environ["LECTERN_CONTRACT_CLIENT_SECRET"])


def needs_token(operation) -> bool:
    requirements = operation.definition.raw.get("security", [])
    return bool(requirements) and all(requirements)


@schemathesis.auth(refresh_interval=600)
class Token:
    def get(self, case, context):
        answer = requests.post(
            f"{URL}/oauth/token", data={"grant_type": "client_credentials"}, auth=CLIENT, timeout=10
        )
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        if needs_token(context.operation):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


def spare_own_client(case):
    """A caller that revokes itself, or takes itself a new secret, has no more to say: another client is meant."""
    own = str(uuid.UUID(CLIENT[0].partition(".")[2]))
    if case.operation.path.startswith("/v1/api-clients/{id}/") and case.path_parameters.get("id") == own:
        case.path_parameters["id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, own))


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
    tag = (case.headers or {}).get("If-Match")
    if tag is not None and not tag.endswith('"') and tag != "*":
        case.headers["If-Match"] = f'"{tag}"'
    # A cursor is signed: only a list gives one.
    if isinstance(case.query, dict):
        case.query.pop("cursor", None)
    # Credentials are those of a client that there is.
    if case.operation.path == "/oauth/token" and isinstance(case.body, dict) and "client_secret" in case.body:
        case.body = case.body | dict(zip(("client_id", "client_secret"), CLIENT))
