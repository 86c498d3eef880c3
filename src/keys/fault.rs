//! Why a bearer token is refused.

use std::fmt;

/// The closed list of why a token is refused. All but [`TokenFault::KeysUnavailable`] are the caller's (401).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenFault {
    /// Longer than 8 KiB.
    TooLong,
    /// Not three parts of base64url with JSON in them, or a claim that must be there is missing or of the wrong type.
    Malformed,
    /// `alg` is not one that this issuer's tokens may have, or not the one of the key that `kid` names.
    WrongAlgorithm,
    /// `typ` says that it is something else than an access token.
    WrongType,
    /// `crit` asks for extensions of the header; none is understood.
    CriticalHeader,
    /// `kid` is missing, or names no key of the issuer.
    UnknownKey,
    /// The signature does not hold.
    BadSignature,
    /// `iss` is somebody else, or an issuer that nobody configured.
    WrongIssuer,
    /// `aud` does not name this service.
    WrongAudience,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` lies in the future.
    NotYetValid,
    /// Lives longer than Lectern's own tokens may.
    TooLongLived,
    /// The claim that names the employee is missing, empty or too long.
    NoEmployee,
    /// The employee is named by an address of which the issuer says that it was never verified.
    EmailNotVerified,
    /// The issuer's keys could not be fetched, so nothing can be said about the token: 503, try again.
    KeysUnavailable,
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is longer than 8 KiB",
            Self::Malformed => "the token is malformed",
            Self::WrongAlgorithm => "the token's algorithm is not accepted",
            Self::WrongType => "the token is not an access token",
            Self::CriticalHeader => "the token's header has critical extensions",
            Self::UnknownKey => "the token names no known key",
            Self::BadSignature => "the token's signature does not hold",
            Self::WrongIssuer => "the token's issuer is not accepted",
            Self::WrongAudience => "the token is not meant for this service",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::TooLongLived => "the token lives too long",
            Self::NoEmployee => "the token names no employee",
            Self::EmailNotVerified => "the token's email address is not verified",
            Self::KeysUnavailable => "the keys of the token's issuer cannot be fetched at the moment",
        })
    }
}

impl std::error::Error for TokenFault {}
