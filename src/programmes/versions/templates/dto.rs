//! Templates on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Template, TemplateCode};
use crate::http::Page;
use crate::kernel::fault::Fault;
use crate::kernel::language::Language;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::versions::dto::{RuleWarning, told};

/// A template (模板) of a scoring rule with reward policies. `rule` goes into a draft of a scoring rule, the members of
/// `reward_policies` into a draft of reward policies, each beside a `starts_period`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleTemplateResponse {
    pub code: TemplateCode,
    #[schema(max_length = 100)]
    pub name_zh: String,
    #[schema(max_length = 100)]
    pub name_en: String,
    /// What it is for.
    #[schema(max_length = 1000)]
    pub about_zh: String,
    #[schema(max_length = 1000)]
    pub about_en: String,
    /// What single settings mean.
    #[schema(max_items = 50)]
    pub notes: Vec<TemplateNote>,
    pub rule: ScoringRule,
    pub reward_policies: RewardPolicySet,
    /// Codes that the company has to define or to replace before drafts made of it can be published: grades and titles that are not
    /// its own, pay items that payroll does not know. Empty: it can be published as it stands.
    #[schema(max_items = 200)]
    pub to_fill: Vec<RuleWarning>,
}

/// What a setting of a template means.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateNote {
    /// JSON pointer to the setting in the template.
    #[schema(max_length = 1000, examples("/rule/gates/0"))]
    pub pointer: String,
    #[schema(max_length = 500)]
    pub zh: String,
    #[schema(max_length = 500)]
    pub en: String,
}

/// A page of templates.
pub type RuleTemplatePage = Page<RuleTemplateResponse>;

impl RuleTemplateResponse {
    pub(super) fn new(code: TemplateCode, template: Template, to_fill: Vec<Fault>, language: Language) -> Self {
        let Template { name_zh, name_en, about_zh, about_en, notes, rule, reward_policies } = template;
        let to_fill = told(to_fill, language);
        Self { code, name_zh, name_en, about_zh, about_en, notes, rule, reward_policies, to_fill }
    }
}
