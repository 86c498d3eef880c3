//! The page by which anybody checks a certificate.

use chrono::NaiveDate;

use super::drawing;
use super::dto::{CertificateStatus, CertificateVerification, PublicCertificate};
use super::words::Label;
use crate::error::Result;
use crate::kernel::html::Html;
use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, data};

/// The style of the page. It is all that the page may load: see [`crate::http::Reply::html`].
pub const STYLE: &str = "
body { font: 12pt/1.6 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif; color: #1c2733; background: #f4f1ea; margin: 0; padding: 2em 1em }
main { max-width: 40em; margin: 0 auto; background: #fff; border: 1px solid #d9d2c3; border-top: .4em solid #8a8f98; padding: 1.5em 2em; overflow-wrap: anywhere }
main.valid { border-top-color: #1f7a4d } main.revoked { border-top-color: #b3261e }
h1 { font-size: 1em; font-weight: 400; color: #5b6673; margin: 0 }
.verdict { font-size: 1.3em; font-weight: 700; margin: .3em 0 1em } .valid .verdict { color: #1f7a4d } .revoked .verdict { color: #b3261e }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4em 1.5em; margin: 0 } dt { color: #5b6673 } dd { margin: 0 }
footer { margin-top: 1.5em; padding-top: 1em; border-top: 1px solid #e6e0d4; font-size: .85em; display: flex; flex-wrap: wrap; gap: .5em 2em } a { color: #24558f }
@media (max-width: 30em) { main { padding: 1em } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .6em } }
";

/// The whole page.
pub fn html(of: &CertificateVerification, language: Language) -> String {
    let said = |phrase: Phrase| phrase.text(language);
    let main = match of.status {
        CertificateStatus::Valid => "<main class=\"valid\">\n",
        CertificateStatus::Revoked => "<main class=\"revoked\">\n",
        CertificateStatus::Unknown => "<main>\n",
    };
    let title = said(Label::Check.into());
    let body = Html::default().tags(main).element("h1", &title).tags("\n<p class=\"verdict\">");
    let body = body.text(&said(verdict(of))).tags("</p>\n");
    let body = match &of.certificate {
        Some(shown) => renewed(facts(body, shown, language), shown, language),
        None => body,
    };
    let body = body.tags("<footer>").tags(match language {
        Language::En => "<a href=\"?language=zh-CN\" lang=\"zh-CN\" hreflang=\"zh-CN\">中文</a>",
        Language::ZhCn => "<a href=\"?language=en\" lang=\"en\" hreflang=\"en\">English</a>",
    });
    let body = match &of.certificate {
        Some(shown) => {
            let body = link(body, &shown.print_url, &said(Label::Look.into()));
            link(body, &shown.credential_url, &said(Label::Credential.into()))
        }
        None => body,
    };
    body.tags("</footer>\n</main>\n").page(language, &title, STYLE)
}

fn link(body: Html, url: &str, text: &str) -> Html {
    body.tags("<a href=\"").text(url).tags("\">").text(text).tags("</a>")
}

/// The style of the certificate to print: a sheet of A4 across, without anything around it.
pub const SHEET: &str = "
body { margin: 0; background: #e9e5db } svg { display: block; width: 100%; max-width: 1123px; height: auto; margin: 1em auto; box-shadow: 0 1px 8px #0004 }
@page { size: A4 landscape; margin: 0 }
@media print { body { background: none } svg { width: 297mm; max-width: none; height: 209.9mm; margin: 0; box-shadow: none; print-color-adjust: exact; -webkit-print-color-adjust: exact } }
";

/// The certificate to look at and to print.
pub fn sheet(shown: &PublicCertificate, url: &str) -> Result<String> {
    let drawn = drawing::drawn(shown, url, None)?;
    let title = format!("{}: {}", shown.title, shown.holder);
    Ok(Html::default().piece(&drawn).page(shown.language, &title, SHEET))
}

fn verdict(of: &CertificateVerification) -> Phrase {
    let revoked_on = of.certificate.as_ref().and_then(|shown| shown.revoked_on);
    match (of.status, revoked_on) {
        (CertificateStatus::Revoked, Some(day)) => Label::Revoked.with("day", data(day)),
        (CertificateStatus::Valid, _) => Label::Valid.into(),
        _ => Label::Unknown.into(),
    }
}

/// That a credential of it must be fetched again, if a key was withdrawn that may have signed one.
fn renewed(body: Html, shown: &PublicCertificate, language: Language) -> Html {
    match shown.credential_renewed_on {
        Some(day) => body.element("p", &Label::Renewed.with("day", data(day)).text(language)).tags("\n"),
        None => body,
    }
}

/// What stands on the certificate.
fn facts(body: Html, shown: &PublicCertificate, language: Language) -> Html {
    let day = |day: NaiveDate| day.to_string();
    let mut rows = vec![
        (Label::Title, shown.title.clone()),
        (Label::Holder, shown.holder.clone()),
        (Label::Issuer, shown.issuer.clone()),
        (Label::Programme, shown.programme.clone()),
        (Label::Period, shown.period.named().text(language).to_owned()),
        (Label::Issued, day(shown.issued_on)),
    ];
    rows.extend(shown.revoked_on.map(|on| (Label::RevokedOn, day(on))));
    let row = |body: Html, (label, text): (Label, String)| {
        body.element("dt", &Phrase::from(label).text(language)).element("dd", &text).tags("\n")
    };
    rows.into_iter().fold(body.tags("<dl>\n"), row).tags("</dl>\n")
}
