//! What a certificate is called.

use crate::kernel::code_list::CodeList;
use crate::kernel::message::Words;
use crate::names::Names;

/// The name that the company has given to the policy that awards it; else what we call it; else its code.
#[must_use]
pub fn title(names: &Names, policy: Option<&str>, certificate: &str) -> Words {
    let policy = policy.and_then(|policy| names.given(CodeList::Policies, policy));
    policy.cloned().or_else(|| usual(certificate)).unwrap_or_else(|| Words::same(certificate))
}

/// What we call the usual certificates.
fn usual(certificate: &str) -> Option<Words> {
    let (zh, en) = match certificate {
        "knowledge-contribution" | "knowledge-contribution-award" => ("知识贡献奖", "Knowledge Contribution Award"),
        _ => return None,
    };
    Some(Words { zh: zh.to_owned(), en: en.to_owned() })
}
