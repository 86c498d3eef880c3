//! A complete statement as a page to print.

use std::fmt::Display;

use super::Told;
use super::dto::{SentenceAbout, StatementLift};
use super::sentences::{percent, short};
use crate::kernel::code_list::CodeList;
use crate::kernel::html::Html;
use crate::kernel::message::{Phrase, capitalised, data, local_time, phrases};
use crate::kernel::scope::Scope;
use crate::scoring::inputs::SessionOutcome;
use crate::scoring::metric::Metric;
use crate::scoring::results::dto::StatementSession;
use crate::scoring::scorecard::ComponentResult;

/// The style of the page. It is all that the page may load: see [`crate::http::Reply::html`]. Numbers stand under each other, a row is
/// not torn apart, and a printed page says which one it is.
pub const STYLE: &str = "
body { font: 10.5pt/1.55 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif; color: #1a1a1a; max-width: 54em; margin: 2em auto; padding: 0 1.2em; font-variant-numeric: tabular-nums }
body:lang(en) { font-family: 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif }
h1 { font-size: 1.5em; margin: 0 0 .2em } h2 { font-size: 1.05em; margin: 1.6em 0 .4em; padding-left: .5em; border-left: 3px solid #36c }
p, ul { margin: .4em 0 } ul { padding-left: 1.2em } li { margin: .15em 0 } td > span { white-space: nowrap }
table { border-collapse: collapse; width: 100%; margin: .6em 0 } th, td { border-bottom: 1px solid #ddd; padding: .3em .6em; text-align: left; vertical-align: top }
.sessions :is(th, td):nth-child(n + 2), thead th { white-space: nowrap } thead th { background: #f3f5f9; border-bottom: 1px solid #aab; font-weight: 600 } .about th { width: 12em; font-weight: 600; white-space: nowrap } .about td { overflow-wrap: anywhere }
.result th, .result td { text-align: center; border: 1px solid #ccd } .result td { font-size: 1.5em; font-weight: 600; line-height: 1.3 }
.metrics :is(th, td):nth-child(n + 2), .sessions :is(th, td):nth-child(n + 5), .contents :is(th, td):nth-child(n + 2), .lifts :is(th, td):nth-child(n + 2), .money :is(th, td):last-child { text-align: right } .money :is(th, td):last-child, .money td:first-child { white-space: nowrap }
@page { size: A4; margin: 15mm 15mm 18mm; @bottom-right { content: counter(page) ' / ' counter(pages); font-size: 8pt; color: #666 } }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact } h2, p:has(+ table) { break-after: avoid } tr, li { break-inside: avoid } thead { display: table-header-group } }
";

phrases! {
    /// A word on the page.
    enum Label {
        Attendees = "Attendees", "参加人数";
        Cases = "Cases", "应用案例";
        Component = "Metric", "指标";
        Content = "Contents", "内容";
        ContentAge = "Months old", "已发布月数";
        Contribution = "Contribution", "对总分贡献";
        Current = "In the rate of reuse", "计入复用率";
        Days = "Days, and days excused", "天数与不参与考核天数";
        Delivered = "held", "已完成";
        Department = "Department", "部门";
        DepartmentRank = "Rank in the department", "部门名次";
        Digest = "Snapshot and digest", "快照编号与摘要值";
        Empty = "None.", "无。";
        Fees = "Fee", "课酬";
        Grade = "Grade", "等级";
        How = "How the result came about", "结果说明";
        Late = "late", "逾期";
        Lecturer = "Lecturer", "讲师";
        Lifts = "What would lift the result", "如何提升";
        Metrics = "All metrics", "全部指标";
        Minutes = "Minutes", "分钟";
        Missed = "missed", "缺讲";
        N = "Facts", "记录数";
        Needed = "Needed alone", "仅靠该项需达到";
        No = "no", "否";
        NoDepartment = "none", "无";
        NoGrade = "not rated", "不评分";
        NotCounted = "What did not count, or only in part", "未计入或部分计入的记录";
        NoValue = "no value", "无数值";
        OnTime = "on time", "按时";
        Outcome = "Outcome", "结果";
        Percent = "{share} %", "{share}%";
        Period = "Period", "考核周期";
        Plain = "Plain mean", "原始均值";
        Points = "Points", "单项得分";
        ProgrammeRank = "Rank in the programme", "方案名次";
        Reused = "Reused by", "本周期复用人数";
        Rule = "Rule version", "规则版本";
        Score = "Score", "得分";
        Sessions = "Sessions", "分享";
        Share = "Counts in the appraisal", "计入整体考核";
        Start = "Start ({zone})", "开始时间（{zone}）";
        State = "As of", "数据截至";
        Submitted = "Content", "课件提交";
        Title = "Statement of the score", "得分明细单";
        TitleOf = "Title", "标题";
        Value = "Value", "数值";
        Weight = "Weight", "权重";
        Yes = "yes", "是";
    }
}

/// What stands where there is nothing to say.
const NOTHING: &str = "—";

/// The whole page.
pub fn html(told: &Told) -> String {
    let title = told.said(Label::Title);
    let body = Html::default().element("h1", &title).element("p", &told.statement.summary);
    let body = contents(told, sessions(told, components(told, head(told, result(told, body)))));
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

    fn number(&self, number: impl Display) -> String {
        short(number).text(self.language)
    }

    /// The name of a metric at the start of a row: one of ours with a capital, one of the company's as it stands.
    fn named(&self, metric: &Metric, name: &str) -> String {
        match self.names.given(CodeList::Metrics, &metric.to_string()) {
            Some(_) => name.to_owned(),
            None => capitalised(name),
        }
    }

    /// A number, or that there is none.
    fn number_of(&self, number: Option<impl Display>) -> String {
        number.map_or_else(|| self.said(Label::NoValue), |number| self.number(number))
    }

    /// A table with these heads, up to its rows. `open` begins it.
    fn heads<P: Into<Phrase>>(&self, body: Html, open: &'static str, labels: impl IntoIterator<Item = P>) -> Html {
        let labels = labels.into_iter().map(|label| self.said(label));
        body.tags(open).tags("<thead>").row("th", labels).tags("</thead>\n<tbody>\n")
    }
}

/// Score, grade and ranks, to be seen at a glance.
fn result(told: &Told, body: Html) -> Html {
    let card = &told.statement.statement.scorecard.card;
    let grade = card.grade.as_deref().map(|grade| told.names.of(CodeList::Grades, grade));
    let grade = grade.map_or_else(|| told.said(Label::NoGrade), |name| name.text(told.language).to_owned());
    let score = card.score.map_or_else(|| NOTHING.to_owned(), |score| score.to_string());
    let mut shown = vec![(Label::Score, score), (Label::Grade, grade)];
    shown.extend(told.statement.standings.iter().map(|own| {
        let label = match own.scope {
            Scope::Department => Label::DepartmentRank,
            Scope::Programme => Label::ProgrammeRank,
        };
        (label, format!("{} / {}", own.rank, own.ranked_of))
    }));
    shown.extend(card.share_of_appraisal.map(|share| (Label::Share, share.to_string())));
    let (labels, values): (Vec<Label>, Vec<String>) = shown.into_iter().unzip();
    told.heads(body, "<table class=\"result\">\n", labels).row("td", values).tags("</tbody></table>\n")
}

fn head(told: &Told, body: Html) -> Html {
    let scorecard = &told.statement.statement.scorecard;
    let number = scorecard.employee.employee_number.as_ref().map(ToString::to_string).unwrap_or_default();
    let department = scorecard.department.as_ref().map(|department| department.name.to_string());
    let state = scorecard.snapshot.as_ref().map(|frozen| frozen.closed_at).or(scorecard.as_of);
    let mut rows = vec![
        (Label::Lecturer, format!("{} {number}", scorecard.employee.name)),
        (Label::Department, department.unwrap_or_else(|| told.said(Label::NoDepartment))),
        (Label::Period, scorecard.period.named().text(told.language).to_owned()),
        (Label::Rule, scorecard.rule.version.to_string()),
        (Label::Days, format!("{} / {}", scorecard.card.days, scorecard.card.exempt_days)),
    ];
    rows.extend(state.map(|at| (Label::State, local_time(at, told.zone).text(told.language).to_owned())));
    let digest = scorecard.snapshot.as_ref().map(|frozen| format!("{} {}", frozen.number, frozen.digest));
    rows.extend(digest.map(|digest| (Label::Digest, digest)));
    body.about(rows.into_iter().map(|(label, text)| (told.said(label), text)))
}

/// Every metric, with its component if it has one.
fn components(told: &Told, body: Html) -> Html {
    let body = body.element("h2", &told.said(Label::Metrics));
    let labels =
        [Label::Component, Label::Value, Label::N, Label::Plain, Label::Points, Label::Weight, Label::Contribution];
    let card = &told.statement.statement.scorecard.card;
    let table = told.heads(body, "<table class=\"metrics\">\n", labels);
    let rows = told.statement.metrics.iter().fold(table, |body, own| {
        let component = card.components.iter().find(|component| component.metric == own.metric);
        let share = |component: &ComponentResult| Label::Percent.with("share", percent(component.weight_bp));
        let weight = component.map(|component| told.said(share(component)));
        let points = component.and_then(|component| component.points);
        body.row(
            "td",
            [
                told.named(&own.metric, &own.name),
                told.number_of(own.value),
                own.n.to_string(),
                own.raw_mean.map(|mean| told.number(mean)).unwrap_or_default(),
                points.map(|points| told.number(points)).unwrap_or_default(),
                weight.unwrap_or_default(),
                own.contribution.map(|contribution| told.number(contribution)).unwrap_or_default(),
            ],
        )
    });
    rows.tags("</tbody></table>\n")
}

fn sessions(told: &Told, body: Html) -> Html {
    let all = &told.statement.statement.sessions;
    let body = body.element("h2", &told.said(Label::Sessions));
    if all.is_empty() {
        return body.element("p", &told.said(Label::Empty));
    }
    let start = Label::Start.with("zone", data(told.zone.name()));
    let labels = [Label::Outcome, Label::Submitted, Label::Minutes, Label::Attendees, Label::Cases];
    // Only where there are fees.
    let has_fees = all.iter().flat_map(|session| &session.fees).any(|fees| !fees.is_empty());
    let labels = labels.into_iter().chain(has_fees.then_some(Label::Fees)).map(Phrase::from);
    let labels = [Label::TitleOf.into(), start].into_iter().chain(labels);
    let table = told.heads(body, "<table class=\"sessions\">\n", labels);
    let rows = all.iter().fold(table, |body, session| {
        let start = session.starts_at.map(|at| at.with_timezone(&told.zone).format("%Y-%m-%d %H:%M").to_string());
        let outcome = match session.outcome {
            SessionOutcome::Delivered => Label::Delivered,
            SessionOutcome::Missed => Label::Missed,
        };
        let submitted = session.on_time.map(|on_time| if on_time { Label::OnTime } else { Label::Late });
        let cells = [
            session.title.clone(),
            start.unwrap_or_default(),
            told.said(outcome),
            submitted.map_or_else(|| NOTHING.to_owned(), |label| told.said(label)),
            session.minutes.to_string(),
            session.attendees.to_string(),
            session.confirmed_cases.to_string(),
        ];
        body.row("td", cells.into_iter().chain(has_fees.then(|| amounts(session))))
    });
    rows.tags("</tbody></table>\n")
}

/// What the fees grant for a session. Why something is held stands in the sentences.
fn amounts(session: &StatementSession) -> String {
    let amounts = session.fees.iter().flatten().map(|fee| fee.amount.to_string());
    amounts.collect::<Vec<_>>().join(", ")
}

fn contents(told: &Told, body: Html) -> Html {
    let all = &told.statement.statement.contents;
    let body = body.element("h2", &told.said(Label::Content));
    if all.is_empty() {
        return body.element("p", &told.said(Label::Empty));
    }
    let labels = [Label::TitleOf, Label::ContentAge, Label::Reused, Label::Current];
    let table = told.heads(body, "<table class=\"contents\">\n", labels);
    let rows = all.iter().fold(table, |body, content| {
        let current = if content.current { Label::Yes } else { Label::No };
        let counts = [content.months_old.to_string(), content.reused_by.to_string(), told.said(current)];
        body.row("td", [content.title.clone()].into_iter().chain(counts))
    });
    rows.tags("</tbody></table>\n")
}

/// The sentences that are about this; nothing if there are none.
fn list(told: &Told, body: Html, label: Label, is_wanted: fn(SentenceAbout) -> bool) -> Html {
    let mut wanted = told.statement.sentences.iter().filter(|said| is_wanted(said.about)).peekable();
    if wanted.peek().is_none() {
        return body;
    }
    let body = body.element("h2", &told.said(label)).tags("<ul>\n");
    wanted.fold(body, |body, said| body.element("li", &said.text).tags("\n")).tags("</ul>\n")
}

/// What lifts: each target in a sentence, with what each metric alone would have to be.
fn lifts(told: &Told, body: Html) -> Html {
    let of = &told.statement;
    let targets = [
        (SentenceAbout::NextGrade, of.next_grade.as_ref().map(|next| &next.lifts)),
        (SentenceAbout::NextPlace, of.next_place.as_ref().map(|next| &next.lifts)),
    ];
    let mut targets = targets.into_iter().filter_map(|(about, lifts)| Some((about, lifts?))).peekable();
    if targets.peek().is_none() {
        return body;
    }
    targets.fold(body.element("h2", &told.said(Label::Lifts)), |body, (about, lifts)| {
        let said = of.sentences.iter().filter(|said| said.about == about);
        let body = said.fold(body, |body, said| body.element("p", &said.text).tags("\n"));
        table_of(told, body, lifts)
    })
}

fn table_of(told: &Told, body: Html, lifts: &[StatementLift]) -> Html {
    let table = told.heads(body, "<table class=\"lifts\">\n", [Label::Component, Label::Value, Label::Needed]);
    let rows = lifts.iter().fold(table, |body, lift| {
        let needed = lift.needed.map_or_else(|| NOTHING.to_owned(), |needed| told.number(needed));
        body.row("td", [told.named(&lift.metric, &lift.name), told.number_of(lift.value), needed])
    });
    rows.tags("</tbody></table>\n")
}
