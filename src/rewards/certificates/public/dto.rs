//! What is public of a certificate.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::Known;
use crate::kernel::language::Language;
use crate::kernel::period::Period;
use crate::kernel::words::words;
use crate::rewards::certificates::PublicCode;
use crate::rewards::certificates::issuer::CredentialUri;

words! {
    /// Whether a certificate holds.
    pub enum CertificateStatus {
        /// It was issued, and it is not revoked.
        Valid = "valid",
        /// It was issued, and later revoked.
        Revoked = "revoked",
        /// There is no certificate with this code.
        Unknown = "unknown",
    }
}

/// Which certificate is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CertificatePath {
    /// The public code of the certificate.
    pub public_code: PublicCode,
}

/// The language of a public page. Other parameters are left alone: mail programs, chats and counters of visitors add their own to a
/// link that somebody passes on.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VerifyCertificateQuery {
    /// If absent, what `Accept-Language` asks for; without that, the language of the company.
    pub language: Option<Language>,
}

/// Whether a certificate is valid, and what stands on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateVerification {
    pub status: CertificateStatus,
    /// Null if it is unknown.
    pub certificate: Option<PublicCertificate>,
}

/// What stands on a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCertificate {
    /// What it is awarded for.
    #[schema(max_length = 200, examples("知识贡献奖"))]
    pub title: String,
    /// Who holds it.
    #[schema(max_length = 200, examples("王芳"))]
    pub holder: String,
    /// The company that has issued it.
    #[schema(max_length = 200, examples("示例科技有限公司"))]
    pub issuer: String,
    /// The programme in which it was earned.
    #[schema(max_length = 200, examples("内部讲师激励方案"))]
    pub programme: String,
    /// The period in which it was earned.
    pub period: Period,
    pub issued_on: NaiveDate,
    /// Null while it is valid.
    pub revoked_on: Option<NaiveDate>,
    /// Where the signed credential is.
    #[schema(value_type = CredentialUri)]
    pub credential_url: String,
    /// A credential that was fetched on this day or before may no longer verify, because the key that signed it was withdrawn: fetch it
    /// again. Null: no such key was withdrawn.
    pub credential_renewed_on: Option<NaiveDate>,
    /// Where it is as a picture (SVG), with the credential in it as long as it is valid.
    #[schema(value_type = CredentialUri)]
    pub image_url: String,
    /// Where it is as a page to print.
    #[schema(value_type = CredentialUri)]
    pub print_url: String,
    /// The language of its texts.
    pub language: Language,
}

impl CertificateVerification {
    /// `url` is the address of the certificate's page.
    pub(super) fn new(known: Option<&Known>, url: &str, language: Language) -> Self {
        let status = match known.map(|known| known.row.revoked_at) {
            None => CertificateStatus::Unknown,
            Some(None) => CertificateStatus::Valid,
            Some(Some(_)) => CertificateStatus::Revoked,
        };
        Self { status, certificate: known.map(|known| PublicCertificate::new(known, url, language)) }
    }
}

impl PublicCertificate {
    pub(super) fn new(known: &Known, url: &str, language: Language) -> Self {
        Self {
            title: known.title.text(language).to_owned(),
            holder: known.row.holder.clone(),
            issuer: known.row.company.clone(),
            programme: known.row.programme.clone(),
            period: known.period,
            issued_on: known.day(known.row.issued_at),
            revoked_on: known.row.revoked_at.map(|at| known.day(at)),
            credential_url: format!("{url}/credential"),
            credential_renewed_on: known.row.renewed_at.map(|at| known.day(at)),
            image_url: format!("{url}/image?language={}", language.tag()),
            print_url: format!("{url}/print?language={}", language.tag()),
            language,
        }
    }

    #[cfg(test)]
    pub(super) fn example(holder: &str, language: Language) -> Self {
        let day = NaiveDate::from_ymd_opt(2026, 4, 3).unwrap();
        let text = |text: &str| text.to_owned();
        Self {
            title: text("知识贡献奖"),
            holder: text(holder),
            issuer: text("示例科技有限公司"),
            programme: text("内部讲师激励方案"),
            period: "2026-03".parse().unwrap(),
            issued_on: day,
            revoked_on: None,
            credential_url: text("https://a.example/certificates/x/credential"),
            credential_renewed_on: None,
            image_url: text("https://a.example/certificates/x/image"),
            print_url: text("https://a.example/certificates/x/print"),
            language,
        }
    }
}
