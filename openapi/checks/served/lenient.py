"""What the service reads although the contract does not promise it, and which is therefore no fault of a check.

Documents (rules, policies, criteria) are also written by hand and kept as files. In them a decimal may be written as an integer,
and a member that may be left out may be null. Answers always have the form that the contract says.
"""

from document import resolve


def strict(value, schema):
    """The value as the contract wants it; equal to it if nothing in it is read leniently."""
    schema = _fitting(resolve(schema), value)
    if isinstance(value, dict):
        members = schema.get("properties", {})
        kept = {name: one for name, one in value.items() if one is not None or not _may_be_left_out(name, schema)}
        return {name: strict(one, members[name]) if name in members else one for name, one in kept.items()}
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [strict(one, schema["items"]) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and _is_decimal(schema):
        return str(value)
    return value


def _fitting(schema, value):
    """Of alternatives, the one that has the value's kind."""
    for name in ["oneOf", "anyOf", "allOf"]:
        for one in map(resolve, schema.get(name, [])):
            kinds = one.get("properties", {}).get("kind", {}).get("enum", [])
            is_of_kind = not kinds or (isinstance(value, dict) and value.get("kind") in kinds)
            if is_of_kind and one.get("type") != "null":
                return _fitting(one, value)
    return schema


def _may_be_left_out(name, schema):
    return name in schema.get("properties", {}) and name not in schema.get("required", [])


def _is_decimal(schema):
    return schema.get("type") == "string" and "[0-9]" in schema.get("pattern", "") and r"\." in schema["pattern"]
