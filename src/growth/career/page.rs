//! A career file as a page to print.

use chrono::{DateTime, NaiveDate, Utc};

use super::Career;
use super::dto::{
    LecturerRecordResponse, RecordAppointment, RecordAward, RecordCertificate, RecordLevel, RecordPeriod,
};
use crate::kernel::html::Html;
use crate::kernel::language::Language;
use crate::kernel::last_day::LastDay;
use crate::kernel::message::{Phrase, capitalised, data, local_time, phrases};
pub use crate::scoring::PAPER_STYLE as STYLE;

phrases! {
    /// A word on the page.
    enum Label {
        Appointments = "Appointments and levels", "聘任与级别";
        AsOf = "As of", "截至日期";
        Awards = "Awards", "奖励";
        Certificate = "Certificate", "证书";
        Certificates = "Certificates", "证书";
        Competences = "Certificates of competence", "能力证书";
        Decided = "Decided", "决定时间";
        Decision = "Decision", "决定";
        Empty = "None.", "无。";
        Expired = "{name} (expired)", "{name}（已过期）";
        From = "From", "起";
        Grade = "Grade", "等级";
        Granted = "Granted", "授予时间";
        Issuer = "Issuer", "颁发机构";
        Kind = "Kind", "类型";
        Level = "Level", "级别";
        Lecturer = "Lecturer", "讲师";
        Mentoring = "Mentoring", "导师带教";
        Named = "{name} ({code})", "{name}（{code}）";
        Notices = "Improvement notices", "改进提醒";
        Numbered = "{name} (no. {number})", "{name}（编号 {number}）";
        Occasion = "Opportunity", "机会";
        Opened = "Opened", "开启时间";
        Opportunities = "Training opportunities", "外部培训机会";
        Period = "Period", "考核周期";
        Position = "Position", "目标职位";
        Programme = "Programme", "激励方案";
        Promotions = "Applications for promotion", "晋升申请";
        Provider = "Held by", "主办方";
        Reason = "Reason", "原因";
        Result = "Result", "结果";
        Results = "History by period", "各周期历史";
        Revoked = "{name} (revoked on {day})", "{name}（已于 {day} 吊销）";
        Role = "Role", "角色";
        Score = "Score", "得分";
        State = "State", "状态";
        Summary = "Summary", "说明";
        Suspensions = "Suspensions", "停职";
        Term = "Term until", "聘期至";
        Title = "Career file of a lecturer", "讲师履历";
        TitleOf = "Title", "称号";
        Titles = "Titles", "称号";
        Until = "Until", "止";
        With = "With", "对方";
        Withdrawn = "Withdrawn", "撤销时间";
    }
}

/// What stands where there is nothing to say.
const NOTHING: &str = "—";

struct Printed<'c> {
    career: &'c Career,
    language: Language,
}

/// The whole page.
pub fn html(career: &Career, language: Language) -> String {
    let printed = Printed { career, language };
    let record = &career.record;
    let title = printed.said(Label::Title);
    let body = printed.head(Html::default().element("h1", &title));
    let body = printed.appointments(body, &record.appointments);
    let body = printed.results(body, &record.periods);
    let body = printed.titles(body);
    let body = printed.competences(body);
    let body = printed.mentorships(body);
    let body = printed.suspensions(body);
    let body = printed.notices(body);
    let body = printed.opportunities(body);
    let body = printed.promotions(body);
    body.page(language, &format!("{title}: {}", record.employee.name), STYLE)
}

fn day(day: Option<NaiveDate>) -> String {
    day.map_or_else(|| NOTHING.to_owned(), |day| day.to_string())
}

fn last(day: Option<LastDay>) -> String {
    self::day(day.map(LastDay::day))
}

impl Printed<'_> {
    fn record(&self) -> &LecturerRecordResponse {
        &self.career.record
    }

    fn said(&self, phrase: impl Into<Phrase>) -> String {
        phrase.into().text(self.language)
    }

    fn of<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::ZhCn => zh,
            Language::En => en,
        }
    }

    fn at(&self, at: Option<DateTime<Utc>>) -> String {
        at.map_or_else(|| NOTHING.to_owned(), |at| local_time(at, self.career.zone).text(self.language).to_owned())
    }

    /// A heading and a table with these heads, or that there is nothing.
    fn table(&self, body: Html, heading: Label, heads: &[Label], rows: Vec<Vec<String>>) -> Html {
        let body = body.element("h2", &self.said(heading));
        if rows.is_empty() {
            return body.element("p", &self.said(Label::Empty));
        }
        body.table("<table>\n", heads.iter().map(|head| self.said(*head)), rows)
    }

    fn head(&self, body: Html) -> Html {
        let employee = &self.record().employee;
        let number = employee.employee_number.as_ref().map(ToString::to_string).unwrap_or_default();
        let rows =
            [(Label::Lecturer, format!("{} {number}", employee.name)), (Label::AsOf, self.record().as_of.to_string())];
        body.about(rows.into_iter().map(|(label, text)| (self.said(label), text)))
    }

    /// A row for each level; one for an appointment without any.
    fn appointments(&self, body: Html, all: &[RecordAppointment]) -> Html {
        let mut rows = Vec::new();
        for one in all {
            let term = last(one.term_ends_on);
            if one.levels.is_empty() {
                rows.push(vec![NOTHING.to_owned(), one.appointed_on.to_string(), last(one.ended_on), term.clone()]);
            }
            let row = |level: &RecordLevel| {
                let name = self.of(&level.name_zh, &level.name_en).to_owned();
                vec![name, level.starts_on.to_string(), last(level.ended_on), term.clone()]
            };
            rows.extend(one.levels.iter().map(row));
        }
        self.table(body, Label::Appointments, &[Label::Level, Label::From, Label::Until, Label::Term], rows)
    }

    fn results(&self, body: Html, all: &[RecordPeriod]) -> Html {
        let row = |one: &RecordPeriod| {
            let result = one.result.as_ref();
            let score = result.and_then(|result| result.score).map(|score| score.to_string());
            let grade = result.and_then(|result| {
                let (zh, en) = (result.grade_name_zh.as_deref()?, result.grade_name_en.as_deref()?);
                Some(self.of(zh, en).to_owned())
            });
            let award = |award: &RecordAward| match (&award.policy_name_zh, &award.policy_name_en) {
                (Some(zh), Some(en)) => format!("{} {}", self.of(zh, en), award.amount),
                _ => award.amount.to_string(),
            };
            let separator = self.of("；", "; ");
            vec![
                one.period.to_string(),
                one.programme.name.to_string(),
                score.unwrap_or_else(|| NOTHING.to_owned()),
                grade.unwrap_or_else(|| NOTHING.to_owned()),
                one.awards.iter().map(award).collect::<Vec<_>>().join(separator),
                one.certificates.iter().map(|one| self.certificate(one)).collect::<Vec<_>>().join(separator),
            ]
        };
        let heads = [Label::Period, Label::Programme, Label::Score, Label::Grade, Label::Awards, Label::Certificates];
        self.table(body, Label::Results, &heads, all.iter().map(row).collect())
    }

    /// Its name, and if it was revoked, that and on which day.
    fn certificate(&self, one: &RecordCertificate) -> String {
        let name = self.of(&one.name_zh, &one.name_en);
        let Some(at) = one.revoked_at else { return name.to_owned() };
        let day = at.with_timezone(&self.career.zone).date_naive();
        self.said(Label::Revoked.with("name", data(name)).with("day", data(day)))
    }

    fn titles(&self, body: Html) -> Html {
        let rows = self.record().titles.iter().map(|title| {
            let name = self.of(&title.name_zh, &title.name_en).to_owned();
            let reason = title.withdraw_reason.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![name, self.at(Some(title.granted_at)), self.at(title.withdrawn_at), reason]
        });
        let heads = [Label::TitleOf, Label::Granted, Label::Withdrawn, Label::Reason];
        self.table(body, Label::Titles, &heads, rows.collect())
    }

    fn competences(&self, body: Html) -> Html {
        let rows = self.record().competence_certificates.iter().map(|one| {
            let mut name = self.of(&one.name_zh, &one.name_en).to_owned();
            if let Some(number) = &one.certificate_number {
                name = self.said(Label::Numbered.with("name", data(name)).with("number", data(number)));
            }
            if one.ends_on.is_some_and(|last| last.day() < self.record().as_of) {
                name = self.said(Label::Expired.with("name", data(name)));
            }
            vec![name, one.issuer.to_string(), one.starts_on.to_string(), last(one.ends_on)]
        });
        let heads = [Label::Certificate, Label::Issuer, Label::From, Label::Until];
        self.table(body, Label::Competences, &heads, rows.collect())
    }

    fn mentorships(&self, body: Html) -> Html {
        let rows = self.record().mentorships.iter().map(|one| {
            let result = one.result.map_or_else(|| NOTHING.to_owned(), |result| self.said(result));
            let summary = one.result_summary.as_ref().map(ToString::to_string).unwrap_or_default();
            let (role, other) = (capitalised(&self.said(one.role)), one.counterpart.name.to_string());
            vec![role, other, self.at(Some(one.started_at)), self.at(one.ended_at), result, summary]
        });
        let heads = [Label::Role, Label::With, Label::From, Label::Until, Label::Result, Label::Summary];
        self.table(body, Label::Mentoring, &heads, rows.collect())
    }

    fn suspensions(&self, body: Html) -> Html {
        let rows = self.record().suspensions.iter().map(|one| {
            let reasons = [&one.reason, &one.lift_reason].into_iter().flatten().map(ToString::to_string);
            let reasons = reasons.collect::<Vec<_>>().join(self.of("；", "; "));
            vec![one.starts_on.to_string(), day(one.ends_on), reasons]
        });
        self.table(body, Label::Suspensions, &[Label::From, Label::Until, Label::Reason], rows.collect())
    }

    fn notices(&self, body: Html) -> Html {
        let rows = self.record().improvement_notices.iter().map(|one| {
            let note = one.closing_note.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![self.at(Some(one.opened_at)), self.said(one.state), note]
        });
        self.table(body, Label::Notices, &[Label::Opened, Label::State, Label::Reason], rows.collect())
    }

    fn opportunities(&self, body: Html) -> Html {
        let rows = self.record().training_opportunities.iter().map(|one| {
            let (first, last) = (one.starts_on.to_string(), one.ends_on.day().to_string());
            vec![
                one.title.to_string(),
                self.said(one.kind),
                one.provider.to_string(),
                first,
                last,
                self.said(one.state),
            ]
        });
        let heads = [Label::Occasion, Label::Kind, Label::Provider, Label::From, Label::Until, Label::State];
        self.table(body, Label::Opportunities, &heads, rows.collect())
    }

    fn promotions(&self, body: Html) -> Html {
        let rows = self.record().promotion_applications.iter().map(|one| {
            let reason = one.decision_reason.as_ref().map(ToString::to_string).unwrap_or_default();
            let position = Label::Named.with("name", data(&one.target_name)).with("code", data(&one.target_code));
            vec![self.said(position), self.said(one.state), self.at(one.decided_at), reason]
        });
        let heads = [Label::Position, Label::Decision, Label::Decided, Label::Reason];
        self.table(body, Label::Promotions, &heads, rows.collect())
    }
}
