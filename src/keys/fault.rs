//! Why a bearer token is not accepted.

use std::fmt;

use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, phrases};

phrases! {
    /// The closed list of reasons why a token is not accepted. All but [`TokenFault::KeysUnavailable`] are faults of the
    /// caller (401).
    pub enum TokenFault {
        /// Longer than 8 KiB.
        TooLong = "the token is longer than 8 KiB", "令牌超过 8 KiB";
        /// Not three parts of base64url with JSON in them, or a required claim is missing or has the wrong type.
        Malformed = "the token is malformed", "令牌格式错误";
        /// `alg` is not allowed for this issuer's tokens, or is not the algorithm of the key that `kid` names.
        WrongAlgorithm = "the token's algorithm is not accepted", "不接受令牌的签名算法";
        /// `typ` says that it is something other than an access token.
        WrongType = "the token is not an access token", "该令牌不是访问令牌";
        /// `crit` requires extensions of the header; none is supported.
        CriticalHeader = "the token's header has critical extensions", "令牌头含有不支持的关键扩展（crit）";
        /// `kid` is missing, or names no key of the issuer.
        UnknownKey = "the token does not name a known key", "令牌未指明已知的密钥";
        /// The signature is invalid.
        BadSignature = "the token's signature is invalid", "令牌签名无效";
        /// `iss` is a different issuer, or one that is not configured.
        WrongIssuer = "the token's issuer is not accepted", "不接受令牌的签发方";
        /// `aud` does not name this service.
        WrongAudience = "the token is not meant for this service", "令牌不是签发给本服务的";
        /// `exp` has passed.
        Expired = "the token has expired", "令牌已过期";
        /// `nbf` or `iat` is in the future.
        NotYetValid = "the token is not valid yet", "令牌尚未生效";
        /// Its lifetime is longer than that allowed for Lectern's own tokens.
        TooLongLived = "the token's lifetime is too long", "令牌有效期过长";
        /// The claim that identifies the employee is missing, empty or too long.
        NoEmployee = "the token does not identify an employee", "令牌未指明员工";
        /// `sub` is missing, empty or too long.
        NoSubject = "the token does not name the account that signs in (sub)", "令牌未指明登录账号（sub）";
        /// The employee is identified by an email address that the issuer does not report as verified.
        EmailNotVerified = "the token's email address is not verified", "令牌中的邮箱地址未经验证";
        /// The issuer's keys could not be fetched, so the token cannot be checked: 503, try again.
        KeysUnavailable = "the keys of the token's issuer cannot be fetched at the moment", "暂时无法获取令牌签发方的密钥";
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Phrase::from(*self).text(Language::En))
    }
}

impl std::error::Error for TokenFault {}
