"""What the contract says of an operation, in the form in which the hooks ask for it."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from callers import SESSION, URL

DOCUMENT = SESSION.get(f"{URL}/openapi.json", timeout=20).json()
METHODS = {"get", "put", "post", "delete", "patch"}


def shape(path):
    """A path whose parameters have no names: operations spell one resource's id as `id` and as `programme_id`."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def resolve(value):
    while "$ref" in value:
        where = DOCUMENT
        for step in value["$ref"].removeprefix("#/").split("/"):
            where = where[step]
        value = where
    return value


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    # The right that it needs; none where it needs no token.
    scope: str | None
    # Names of the parameters in the path, in their order, in the header and in the query.
    names: tuple
    headers: frozenset
    queries: frozenset
    # The documented example of its body.
    example: object = field(hash=False)
    body: dict = field(hash=False)

    @property
    def subject(self):
        """The path up to its last parameter: what the operation is about."""
        return self.path[: self.path.rindex("}") + 1] if self.names else self.path

    def path_with(self, values):
        """Its path with these values in it."""
        path = self.path
        for name, value in zip(self.names, values, strict=True):
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        return path

    @property
    def is_about_the_subject(self):
        """Whether it changes the subject itself, and nothing below it."""
        rest = self.path.removeprefix(self.subject)
        return self.method != "GET" and (not rest or (self.method == "POST" and shape(rest) not in COLLECTIONS))


def _operation(path, method, raw):
    parameters = [resolve(one) for one in raw.get("parameters", [])]
    security = raw.get("security", [])
    scopes = [scope for one in security for scope in one.get("oauth2", [])]
    content = list(raw.get("requestBody", {}).get("content", {}).values())
    body = resolve(content[0]["schema"]) if content else {}
    return Operation(
        id=raw["operationId"],
        method=method.upper(),
        path=path,
        scope=scopes[0] if scopes else None,
        names=tuple(re.findall(r"\{([^}]*)\}", path)),
        headers=frozenset(one["name"] for one in parameters if one["in"] == "header"),
        queries=frozenset(one["name"] for one in parameters if one["in"] == "query"),
        example=body.get("example"),
        body=body,
    )


OPERATIONS = {
    raw["operationId"]: _operation(path, method, raw)
    for path, methods in DOCUMENT["paths"].items()
    for method, raw in methods.items()
    if method in METHODS
}
# What is listed: the operation, by the shape of its path.
LISTS = {
    shape(one.path): one
    for one in OPERATIONS.values()
    if one.method == "GET"
    and "items" in resolve(
        resolve(DOCUMENT["paths"][one.path]["get"]["responses"]["200"])
        .get("content", {}).get("application/json", {}).get("schema", {})
    ).get("properties", {})
}
FIXED_STEPS = {step for one in OPERATIONS.values() for step in one.path.split("/") if "{" not in step}
# The last steps of the lists' paths: `/members`, `/versions`.
COLLECTIONS = {f"/{path.rsplit('/', 1)[1]}" for path in LISTS}


def of_request(method, path):
    """The operation that answers a request, with the values in the path."""
    for one in OPERATIONS.values():
        found = re.fullmatch(re.sub(r"\{[^}]*\}", "([^/]+)", one.path), path.partition("?")[0])
        # `/v1/sessions/batch` is no session.
        if one.method == method and found and not {*found.groups()} & FIXED_STEPS:
            return one, found.groups()
    raise KeyError(f"{method} {path}")


def of_case(case):
    """The operation of a case; none where the case asks for a method that the path has not."""
    found = OPERATIONS.get(case.operation.definition.raw.get("operationId"))
    return found if found is not None and found.method == case.method.upper() else None
