//! The keys that sign credentials (certificates and lists of revoked ones): apart from the keys of access tokens, and each of one
//! company. They are generated here, sealed for the table `credential_keys`, and opened for each signature: it is asked for seldom.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use uuid::Uuid;

use super::installation_key::InstallationKey;
use super::jws;
use super::signing::{ALGORITHM, SigningKeyFault, new_pair, public_half};

/// A stored key.
pub struct CredentialKey {
    /// The thumbprint of the public key (RFC 7638, SHA-256, base64url).
    pub kid: String,
    /// The public key as it is published.
    pub public_jwk: Value,
    /// PKCS#8, sealed with the installation key; the company and the kid are bound to it.
    pub private_key_sealed: Vec<u8>,
}

impl CredentialKey {
    /// Generates a new key of the tenant.
    ///
    /// # Errors
    /// [`SigningKeyFault::NotGenerated`].
    pub fn generate(installation: &InstallationKey, tenant: Uuid) -> Result<Self, SigningKeyFault> {
        let (kid, public_jwk, private) = new_pair()?;
        let sealed = installation.seal(&aad(tenant, &kid), private.as_ref());
        let private_key_sealed = sealed.map_err(|_| SigningKeyFault::NotGenerated)?;
        Ok(Self { kid, public_jwk, private_key_sealed })
    }

    /// Signs a credential of the tenant (JWT, compact form, ES256). `key_url` says where the public key is published. The header has
    /// what Open Badges 3.0 allows (8.2.3) and nothing else.
    ///
    /// # Errors
    /// The key is of another installation or tenant, or is damaged.
    pub fn sign(
        &self,
        installation: &InstallationKey,
        tenant: Uuid,
        key_url: &str,
        claims: &Value,
    ) -> Result<String, SigningKeyFault> {
        let damaged = || SigningKeyFault::NotOpened { kid: self.kid.clone() };
        let private = installation.open(&aad(tenant, &self.kid), &self.private_key_sealed).map_err(|_| damaged())?;
        if public_half(&private).is_none_or(|(kid, _)| kid != self.kid) {
            return Err(SigningKeyFault::HalvesDiffer { kid: self.kid.clone() });
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).map_err(|_| damaged())?;
        let header = json!({"alg": ALGORITHM, "typ": "JWT", "kid": key_url});
        let [header, claims] = [&header, claims].map(|part| jws::encode(part.to_string().as_bytes()));
        let signed = format!("{header}.{claims}");
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| SigningKeyFault::NotGenerated)?;
        Ok(format!("{signed}.{}", jws::encode(signature.as_ref())))
    }
}

/// Separates these private keys from everything else that the installation seals, and those of one company from another's.
fn aad(tenant: Uuid, kid: &str) -> Vec<u8> {
    [b"credential_keys:", tenant.as_bytes().as_slice(), kid.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(byte: u8) -> InstallationKey {
        InstallationKey::from_bytes([byte; 32])
    }

    #[test]
    fn a_key_signs_for_its_company_and_installation_only() {
        let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = CredentialKey::generate(&installation(1), ours).unwrap();
        let claims = json!({"jti": "urn:x"});
        let token = key.sign(&installation(1), ours, "did:web:a#k", &claims).unwrap();
        assert_eq!(token.split('.').count(), 3);
        let header = jws::decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": "did:web:a#k"}));
        let refused = Err(SigningKeyFault::NotOpened { kid: key.kid.clone() });
        assert_eq!(key.sign(&installation(1), theirs, "k", &claims), refused);
        assert_eq!(key.sign(&installation(2), ours, "k", &claims), refused);
    }

    #[test]
    fn a_key_under_anothers_name_does_not_sign() {
        let (tenant, installation) = (Uuid::nil(), installation(1));
        let [one, two] = [0, 1].map(|_| CredentialKey::generate(&installation, tenant).unwrap());
        let private = installation.open(&aad(tenant, &two.kid), &two.private_key_sealed).unwrap();
        let sealed = installation.seal(&aad(tenant, &one.kid), &private).unwrap();
        let mixed = CredentialKey { private_key_sealed: sealed, ..one };
        let refused = mixed.sign(&installation, tenant, "k", &json!({})).unwrap_err();
        assert_eq!(refused, SigningKeyFault::HalvesDiffer { kid: mixed.kid.clone() });
    }
}
