"""Verifies the certificates of the served company with openbadgeslib, as a stranger would: by what is public, and nothing else."""

import sys

import jwt
import requests
from openbadgeslib.ob3 import OB3Verifier
from openbadgeslib.ob3.verifier import OB3VerificationError

from callers import ADMIN, URL, person


def fetch(url):
    """What stands at a public address. `did:web` means TLS, which the service leaves to a proxy: here there is none."""
    answer = requests.get(url.replace("https://", "http://", 1), timeout=20)
    answer.raise_for_status()
    return answer.content


def credential_of(certificate):
    return fetch(f"{URL}/certificates/{certificate['public_code']}/credential").decode()


def verify(token, issuer):
    """The verified credential. The key is found in the issuer's DID document, the status in the list that the credential names."""
    return OB3Verifier.for_issuer_did(issuer, download=fetch).verify(token, check_status=True, download=fetch)


def refused(token, issuer):
    try:
        verify(token, issuer)
    except OB3VerificationError as refusal:
        return str(refusal)
    sys.exit("a credential was accepted that is not good")


def tampered(token, at):
    """The token with another letter in one of its parts: 1 is what it says, 2 the signature."""
    parts = token.split(".")
    middle = len(parts[at]) // 2
    parts[at] = parts[at][:middle] + ("A" if parts[at][middle] != "A" else "B") + parts[at][middle + 1 :]
    return ".".join(parts)


def main():
    certificates = [one for one in ADMIN.ask("GET", "/v1/certificates")["items"] if one["revoked_at"] is None]
    kept, lost = certificates[0], certificates[-1]
    token = credential_of(kept)
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    credential = verify(token, issuer)
    holder = credential.identifiers[0].identity_hash
    assert holder == kept["employee"]["name"], f"{holder} instead of {kept['employee']['name']}"
    print(f"openbadgeslib: {credential.name}, awarded to {holder} by {credential.issuer.id}")
    baked = OB3Verifier.extract_token_from_svg(fetch(f"{URL}/certificates/{kept['public_code']}/image"))
    assert verify(baked, issuer).id == credential.id, "another credential is in the picture"
    for at in (1, 2):
        print(f"tampered: {refused(tampered(token, at), issuer)}")
    revoked = credential_of(lost)
    verify(revoked, issuer)
    administrator = person("YL0576")
    path = f"/v1/certificates/{lost['id']}/revoke"
    administrator.ask("POST", path, json={"reason": "Checked by the contract run"}, headers={"If-Match": lost["etag"]})
    print(f"revoked: {refused(revoked, issuer)}")
    verify(token, issuer)


main()
