"""Verifies a signed promotion check of the served company with PyJWT, as an HR system would that has kept it."""

import json
import sys

import jwt
import requests

from callers import ADMIN, URL, client


def key_of(token):
    """The public key that the token names, in the DID document of the company that it names."""
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    company = issuer.rsplit(":", 1)[1]
    document = requests.get(f"{URL}/issuers/{company}/did.json", timeout=20).json()
    assert document["id"] == issuer, f"{document['id']} instead of {issuer}"
    kid = jwt.get_unverified_header(token)["kid"]
    found = next(one for one in document["verificationMethod"] if one["id"] == kid)
    return jwt.PyJWK(found["publicKeyJwk"])


def verify(token):
    return jwt.decode(token, key_of(token), algorithms=["ES256"], options={"require": ["iss", "sub", "jti", "iat"]})


def forged(token):
    """Eligible, whatever was said."""
    header, claims, signature = token.split(".")
    said = json.loads(jwt.utils.base64url_decode(claims))
    said["promotion_check"]["eligible"] = not said["promotion_check"]["eligible"]
    claims = jwt.utils.base64url_encode(json.dumps(said).encode()).decode()
    return f"{header}.{claims}.{signature}"


def main():
    lecturer = ADMIN.ask("GET", "/v1/lecturers")["items"][0]["employee"]
    asked = {"employee_id": lecturer["id"], "target_code": "department-manager"}
    signed = client("hris").ask("POST", "/v1/promotion-checks/sign", json=asked, headers={"Idempotency-Key": "signed-check"})
    claims = verify(signed["jwt"])
    assert claims == signed["claims"], f"{claims} instead of {signed['claims']}"
    assert claims["promotion_check"] == client("hris").ask("POST", "/v1/promotion-checks", json=asked)
    print(f"PyJWT: {claims['employee']['name']}, eligible: {claims['promotion_check']['eligible']}, said by {claims['iss']}")
    client("hr-portal").ask("POST", "/v1/credential-keys/rotate", headers={"Idempotency-Key": "rotated"})
    verify(signed["jwt"])
    try:
        verify(forged(signed["jwt"]))
    except jwt.InvalidSignatureError as refusal:
        print(f"forged: {refusal}")
    else:
        sys.exit("a forged result was accepted")


main()
