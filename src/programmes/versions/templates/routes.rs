//! Templates over HTTP.

use super::dto::{RuleTemplatePage, RuleTemplateResponse};
use super::{Template, TemplateCode};
use crate::auth::rights::ProgrammesRead;
use crate::call::{Answer, Call, answer};
use crate::error::{Error, Result};
use crate::http::{Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::kernel::phrases::Thing;
use crate::names::{grade_order, names, title_codes};
use crate::programmes::versions::queries::pay_items;

operations! { list_rule_templates, get_rule_template }

async fn responses(tx: &mut Tx<'_>, codes: Vec<TemplateCode>, language: Language) -> Result<Vec<RuleTemplateResponse>> {
    let (grades, pay_items, names) = (grade_order(tx).await?, pay_items(tx).await?, names(tx).await?);
    let titles = title_codes(tx).await?;
    let response = |code: TemplateCode| {
        let template = Template::of(code)?;
        let mut to_fill = template.faults(&grades, &pay_items, &titles);
        names.put_into(&mut to_fill);
        Ok(RuleTemplateResponse::new(code, template, to_fill, language))
    };
    codes.into_iter().map(response).collect()
}

/// List rule templates
///
/// A scoring rule with reward policies to start from: a simple one, that of a technology company, that of a manufacturer, and one
/// that pays by the class hour. HR adapts one and drafts it (`create_scoring_rule`, `create_reward_policy_set`).
#[utoipa::path(
    get, path = "/v1/rule-templates",
    responses((status = 200, body = RuleTemplatePage, headers(("Content-Language"))))
)]
async fn list_rule_templates(call: Call<ProgrammesRead>, query: Paged) -> Answer {
    let language = call.context.language;
    answer!(call.list(query), |tx, _, paging| {
        let after: Option<TemplateCode> = paging.after()?;
        let codes: Vec<TemplateCode> =
            TemplateCode::ALL.into_iter().filter(|code| after.is_none_or(|after| *code > after)).collect();
        let (codes, next) = paging.cut(codes, |code| *code)?;
        Ok(Reply::page(responses(tx, codes, language).await?, next)?.language(language))
    })
}

/// Get a rule template
///
/// Its documents, with texts in Chinese and English, and what the company has still to fill in (`to_fill`).
#[utoipa::path(
    get, path = "/v1/rule-templates/{code}",
    params(("code" = TemplateCode, Path, description = "The template.")),
    responses((status = 200, body = RuleTemplateResponse, headers(("Content-Language"))))
)]
async fn get_rule_template(call: Call<ProgrammesRead>, Path(code): Path<String>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let code = Thing::RuleTemplate.require(TemplateCode::of(&code))?;
        let made = responses(tx, vec![code], language).await?.into_iter().next();
        let made = made.ok_or_else(|| Error::internal("no answer for a template"))?;
        Ok(Reply::ok(&made)?.language(language))
    })
}
