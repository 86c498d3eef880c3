//! A complete statement as a page to print.

use super::Told;
use super::dto::{SentenceAbout, StatementLift};
use super::sentences::{named, percent, short};
use crate::kernel::html::Html;
use crate::kernel::message::{Param, Phrase, local_time, phrases};

/// The style of the page. It is all that the page may load: see [`crate::http::Reply::html`].
pub const STYLE: &str = "
body { font: 11pt/1.5 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif; color: #111; max-width: 52em; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.4em; margin: 0 0 .2em } h2 { font-size: 1.1em; margin: 1.5em 0 .4em }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #bbb; padding: .25em .5em; text-align: left; vertical-align: top }
th { background: #f2f2f2 } p, ul { margin: .3em 0 }
@page { size: A4; margin: 15mm }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 10pt } h2 { break-after: avoid } tr { break-inside: avoid } thead { display: table-header-group } }
";

phrases! {
    /// A word on the page.
    enum Label {
        Attendees = "Attendees", "参加人数";
        Component = "Metric", "指标";
        Content = "Contents", "内容";
        Contribution = "Contribution", "贡献";
        Days = "Days, and days excused", "天数与不参与考核天数";
        Department = "Department", "部门";
        Digest = "Snapshot and digest", "快照编号与摘要值";
        How = "How the result came about", "结果说明";
        Lecturer = "Lecturer", "讲师";
        Lifts = "What would lift the result", "如何提升";
        Metrics = "All metrics", "全部指标";
        Minutes = "Minutes", "分钟";
        N = "Facts", "记录数";
        Needed = "Needed alone", "仅靠该项需达到";
        NoDepartment = "none", "无";
        NotCounted = "What did not count, or only in part", "未计入或部分计入的记录";
        NoValue = "no value", "无数值";
        Period = "Period", "考核周期";
        Plain = "Plain mean", "原始均值";
        Points = "Points", "得分";
        Reused = "Reused by", "复用人数";
        Rule = "Rule version", "规则版本";
        Sessions = "Sessions that counted", "计入的分享";
        Start = "Start", "开始时间";
        State = "As of", "截至";
        Title = "Statement of the score", "得分明细单";
        TitleOf = "Title", "标题";
        Value = "Value", "数值";
        Weight = "Weight", "权重";
    }
}

/// The whole page.
pub fn html(told: &Told) -> String {
    let title = told.said(Label::Title);
    let body = Html::default().element("h1", &title).element("p", &told.statement.summary);
    let body = sessions(told, components(told, head(told, body)));
    let body = list(told, body, Label::How, |about| {
        !matches!(about, SentenceAbout::NotCounted | SentenceAbout::NextGrade | SentenceAbout::NextPlace)
    });
    let body = list(told, body, Label::NotCounted, |about| about == SentenceAbout::NotCounted);
    let body = lifts(told, body);
    body.page(told.language, &format!("{title}: {}", told.statement.statement.scorecard.employee.name), STYLE)
}

impl Told {
    fn said(&self, phrase: impl Into<Phrase>) -> String {
        phrase.into().text(self.language)
    }

    fn number(&self, number: Option<Param>) -> String {
        number.map_or_else(|| self.said(Label::NoValue), |number| number.text(self.language))
    }

    fn heads(&self, body: Html, labels: impl IntoIterator<Item = Label>) -> Html {
        let labels = labels.into_iter().map(|label| self.said(label));
        body.tags("<table>\n<thead>").row("th", labels).tags("</thead>\n<tbody>\n")
    }
}

fn head(told: &Told, body: Html) -> Html {
    let scorecard = &told.statement.statement.scorecard;
    let number = scorecard.employee.employee_number.as_ref().map(ToString::to_string).unwrap_or_default();
    let department = scorecard.department.as_ref().map(|department| department.name.to_string());
    let state = scorecard.snapshot.as_ref().map(|frozen| frozen.closed_at).or(scorecard.as_of);
    let mut rows = vec![
        (Label::Lecturer, format!("{} {number}", scorecard.employee.name)),
        (Label::Department, department.unwrap_or_else(|| told.said(Label::NoDepartment))),
        (Label::Period, named(scorecard.period).text(told.language).to_owned()),
        (Label::Rule, scorecard.rule.version.to_string()),
        (Label::Days, format!("{} / {}", scorecard.card.days, scorecard.card.exempt_days)),
    ];
    rows.extend(state.map(|at| (Label::State, local_time(at, told.zone).text(told.language).to_owned())));
    let digest = scorecard.snapshot.as_ref().map(|frozen| format!("{} {}", frozen.number, frozen.digest));
    rows.extend(digest.map(|digest| (Label::Digest, digest)));
    let row = |body: Html, (label, text): (Label, String)| {
        body.tags("<tr>").element("th", &told.said(label)).element("td", &text).tags("</tr>\n")
    };
    rows.into_iter().fold(body.tags("<table>\n"), row).tags("</table>\n")
}

/// Every metric, with its component if it has one.
fn components(told: &Told, body: Html) -> Html {
    let body = body.element("h2", &told.said(Label::Metrics));
    let labels =
        [Label::Component, Label::Value, Label::N, Label::Plain, Label::Points, Label::Weight, Label::Contribution];
    let card = &told.statement.statement.scorecard.card;
    let text = |number: Option<Param>| number.map(|number| number.text(told.language)).unwrap_or_default();
    let rows = told.statement.metrics.iter().fold(told.heads(body, labels), |body, own| {
        let component = card.components.iter().find(|component| component.metric == own.metric);
        let weight = component.map(|component| format!("{} %", text(Some(percent(component.weight_bp)))));
        body.row(
            "td",
            [
                own.name.clone(),
                told.number(own.value.map(short)),
                own.n.to_string(),
                text(own.raw_mean.map(short)),
                text(component.and_then(|component| component.points).map(short)),
                weight.unwrap_or_default(),
                text(own.contribution.map(short)),
            ],
        )
    });
    rows.tags("</tbody></table>\n")
}

fn sessions(told: &Told, body: Html) -> Html {
    let statement = &told.statement.statement;
    let body = body.element("h2", &told.said(Label::Sessions));
    let labels = [Label::TitleOf, Label::Start, Label::Minutes, Label::Attendees];
    let rows = statement.sessions.iter().fold(told.heads(body, labels), |body, session| {
        let start = session.starts_at.map(|at| local_time(at, told.zone).text(told.language).to_owned());
        let counts = [session.minutes.to_string(), session.attendees.to_string()];
        body.row("td", [session.title.clone(), start.unwrap_or_default()].into_iter().chain(counts))
    });
    let body = rows.tags("</tbody></table>\n").element("h2", &told.said(Label::Content));
    let rows = statement.contents.iter().fold(told.heads(body, [Label::TitleOf, Label::Reused]), |body, content| {
        body.row("td", [content.title.clone(), content.reused_by.to_string()])
    });
    rows.tags("</tbody></table>\n")
}

/// The sentences that are about this.
fn list(told: &Told, body: Html, label: Label, is_wanted: fn(SentenceAbout) -> bool) -> Html {
    let wanted = told.statement.sentences.iter().filter(|said| is_wanted(said.about));
    let body = body.element("h2", &told.said(label)).tags("<ul>\n");
    wanted.fold(body, |body, said| body.element("li", &said.text).tags("\n")).tags("</ul>\n")
}

/// What lifts, in sentences and as a table.
fn lifts(told: &Told, body: Html) -> Html {
    let of = &told.statement;
    if of.next_grade.is_none() && of.next_place.is_none() {
        return body;
    }
    let body =
        list(told, body, Label::Lifts, |about| matches!(about, SentenceAbout::NextGrade | SentenceAbout::NextPlace));
    let lifts = [of.next_grade.as_ref().map(|next| &next.lifts), of.next_place.as_ref().map(|next| &next.lifts)];
    let table = |body: Html, lifts: &Vec<StatementLift>| {
        let head = told.heads(body, [Label::Component, Label::Value, Label::Needed]);
        let row = |body: Html, lift: &StatementLift| {
            body.row(
                "td",
                [
                    lift.name.clone(),
                    told.number(lift.value.map(short)),
                    lift.needed.map_or("—".to_owned(), |needed| told.number(Some(short(needed)))),
                ],
            )
        };
        lifts.iter().fold(head, row).tags("</tbody></table>\n")
    };
    lifts.into_iter().flatten().fold(body, table)
}
