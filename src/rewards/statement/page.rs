//! A yearly statement as a page to print.

use chrono::Datelike as _;

use super::dto::{RewardStatementLine, RewardStatementPart, RewardStatementResponse};
use super::{Told, words};
use crate::kernel::html::Html;
use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, local_time, phrases};
pub use crate::scoring::PAPER_STYLE as STYLE;

phrases! {
    /// A word on the page.
    enum Label {
        Amount = "Amount", "金额";
        AsOf = "As of", "数据截至";
        Earned = "Earned in", "奖励所属周期";
        Granted = "Granted on", "授予日期";
        Kind = "Kind", "类别";
        Nothing = "None.", "无。";
        Paid = "Paid in the year", "本年已发放";
        PaidBy = "Paid, by pay item", "已发放（按薪资项目）";
        PaidOn = "Paid on", "发放日期";
        PayItem = "Pay item", "薪资项目";
        Person = "Person", "人员";
        Programme = "Programme", "激励方案";
        Reason = "Reason", "事由";
        Reference = "Payment", "付款编号";
        State = "State", "状态";
        Title = "Statement of rewards", "年度奖励对账单";
        Total = "Total", "合计";
        Unpaid = "Not paid by the date of this statement", "截至对账时尚未发放";
        UnpaidBy = "Not paid, by pay item", "尚未发放（按薪资项目）";
        Year = "Year", "年度";
    }
}

/// What stands where there is nothing to say.
const NOTHING: &str = "—";

struct Printed<'t> {
    told: &'t Told,
    language: Language,
}

/// The whole page.
pub fn html(told: &Told, language: Language) -> String {
    let printed = Printed { told, language };
    let statement = &told.statement;
    let title = printed.said(Label::Title);
    let body = printed.head(Html::default().element("h1", &title));
    let paid =
        [Label::PaidOn, Label::PayItem, Label::Earned, Label::Programme, Label::Reason, Label::Kind, Label::Reference];
    let body = printed.lines(body, (Label::Paid, paid.as_slice()), &statement.paid, |line| {
        vec![
            line.paid_on.map_or_else(|| NOTHING.to_owned(), |day| day.to_string()),
            printed.pay_item(line),
            line.earned_period.to_string(),
            line.programme.name.to_string(),
            super::reason(line, language).to_owned(),
            words::kind(line.kind, language),
            line.external_reference.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    });
    let body = printed.sums(body, Label::PaidBy, &statement.paid);
    let unpaid =
        [Label::Granted, Label::PayItem, Label::Earned, Label::Programme, Label::Reason, Label::Kind, Label::State];
    let body = printed.lines(body, (Label::Unpaid, unpaid.as_slice()), &statement.unpaid, |line| {
        vec![
            line.granted_on.to_string(),
            printed.pay_item(line),
            line.earned_period.to_string(),
            line.programme.name.to_string(),
            super::reason(line, language).to_owned(),
            words::kind(line.kind, language),
            words::state(line.state, language),
        ]
    });
    let body = printed.sums(body, Label::UnpaidBy, &statement.unpaid);
    body.page(language, &format!("{title} {}: {}", statement.starts_on.year(), statement.employee.name), STYLE)
}

impl Printed<'_> {
    fn statement(&self) -> &RewardStatementResponse {
        &self.told.statement
    }

    fn said(&self, phrase: impl Into<Phrase>) -> String {
        phrase.into().text(self.language)
    }

    fn head(&self, body: Html) -> Html {
        let employee = &self.statement().employee;
        let number = employee.employee_number.as_ref().map(ToString::to_string).unwrap_or_default();
        let rows = [
            (Label::Person, format!("{} {number}", employee.name)),
            (Label::Year, self.statement().starts_on.year().to_string()),
            (Label::AsOf, local_time(self.statement().as_of, self.told.zone).text(self.language).to_owned()),
        ];
        body.about(rows.into_iter().map(|(label, text)| (self.said(label), text)))
    }

    fn pay_item(&self, line: &RewardStatementLine) -> String {
        let name = super::in_language(line.pay_item_name_zh.as_ref(), line.pay_item_name_en.as_ref(), self.language);
        if name.is_empty() { line.pay_item_code.to_string() } else { name.to_owned() }
    }

    /// A heading and a row for each line, with its amount at the end; or that there is none.
    fn lines(
        &self,
        body: Html,
        (heading, heads): (Label, &[Label]),
        part: &RewardStatementPart,
        cells: impl Fn(&RewardStatementLine) -> Vec<String>,
    ) -> Html {
        let body = body.element("h2", &self.said(heading));
        if part.lines.is_empty() {
            return body.element("p", &self.said(Label::Nothing));
        }
        let heads = heads.iter().chain(&[Label::Amount]).map(|head| self.said(*head));
        let row = |line: &RewardStatementLine| cells(line).into_iter().chain([line.amount.to_string()]);
        body.table("<table class=\"money\">\n", heads, part.lines.iter().map(row))
    }

    /// The sums of the pay items, and of all of them.
    fn sums(&self, body: Html, heading: Label, part: &RewardStatementPart) -> Html {
        if part.lines.is_empty() {
            return body;
        }
        let items = part.by_pay_item.iter().map(|sum| {
            let name = super::in_language(sum.pay_item_name_zh.as_ref(), sum.pay_item_name_en.as_ref(), self.language);
            let name = if name.is_empty() { sum.pay_item_code.as_str() } else { name };
            [name.to_owned(), sum.amount.to_string()]
        });
        let totals = part.totals.iter().map(|total| [self.said(Label::Total), total.to_string()]);
        let heads = [Label::PayItem, Label::Amount].map(|head| self.said(head));
        let body = body.element("h2", &self.said(heading));
        body.table("<table class=\"money\">\n", heads, items.chain(totals))
    }
}
