//! The words on a certificate and about it.

use chrono::{Datelike as _, NaiveDate};

use crate::kernel::message::{Words, phrases};

phrases! {
    /// A word or a sentence on the page.
    pub enum Label {
        Certifies = "This is to certify that", "兹证明";
        Check = "Verification of a certificate", "证书查验";
        Criteria = "Awarded in the programme “{programme}” for {period}.", "在“{programme}”{period}的考核中获得。";
        Credential = "Credential for other systems (Open Badges 3.0)", "供其他系统使用的数字凭证（Open Badges 3.0）";
        Drawn = "Certificate: {title}, awarded to {holder}", "证书：{title}，授予{holder}";
        Earned = "has earned, in the programme “{programme}”, for {period},", "在“{programme}”{period}考核中表现突出，荣获";
        Heading = "Certificate of Honour", "荣誉证书";
        Holder = "Awarded to", "获得者";
        Honour = "with thanks for sharing knowledge with colleagues.", "特发此证，以资鼓励。";
        Issued = "Issued on", "颁发日期";
        Issuer = "Issued by", "颁发机构";
        Look = "The certificate to look at and to print", "查看并打印证书";
        Period = "Period", "考核周期";
        Programme = "Programme", "激励方案";
        Renewed = "A signing key of the issuer was withdrawn. A credential of this certificate that was fetched on {day} or before may no longer verify: fetch it again.", "颁发机构的一枚签名密钥已被撤回。{day} 及以前获取的该证书数字凭证可能无法再通过验证，请重新获取。";
        Revoked = "This certificate was revoked on {day}. It is no longer valid.", "该证书已于 {day} 被吊销，不再有效。";
        RevokedOn = "Revoked on", "吊销日期";
        Scan = "Scan to check this certificate", "扫码查验证书真伪";
        Stamp = "REVOKED", "已吊销";
        Title = "Certificate", "证书名称";
        Unknown = "There is no certificate with this code. Check whether the link is complete.", "没有该编号的证书。请核对链接是否完整。";
        Valid = "This certificate is valid.", "该证书真实有效。";
    }
}

/// A day as it stands on a certificate.
pub fn day(day: NaiveDate) -> Words {
    let zh = format!("{}年{}月{}日", day.year(), day.month(), day.day());
    Words { zh, en: day.format("%-d %B %Y").to_string() }
}
