//! A scoring rule in words.

use super::labels::{
    PartName, Value, What, all, list, or_none, percent, rank_style, reuse_kind, scope, text, when_missing, yes_or_no,
};
use super::{Naming, Part, term};
use crate::kernel::code_list::CodeList;
use crate::kernel::message::{Param, data};
use crate::programmes::documents::form::{FeedbackForm, FeedbackItem};
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::rule::{
    Component, Curve, FeedbackTerms, Gate, GradeBand, LinearCurve, ScoringRule, Step, StepCurve,
};

/// The rule as parts.
pub(super) fn parts(rule: &ScoringRule, naming: &Naming) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    parts.extend(rule.components.iter().enumerate().map(|(i, own)| component(i, own, naming)));
    parts.extend(rule.grades.iter().enumerate().map(|(i, own)| grade(i, own, naming)));
    for (i, own) in rule.gates.iter().enumerate() {
        // In which order gates stand makes no difference.
        let comes_before = |(at, other): &(usize, &Gate)| {
            other.metric == own.metric && (other.at_least, &other.else_grade, *at) < (own.at_least, &own.else_grade, i)
        };
        let before = rule.gates.iter().enumerate().filter(comes_before).count();
        parts.push(gate((i, before), own, naming));
    }
    parts.extend(feedback(&rule.feedback));
    parts.push(whole(rule, naming));
    parts
}

/// What has no part of its own.
fn whole(rule: &ScoringRule, naming: &Naming) -> Part {
    let ScoringRule {
        groups,
        components: _,
        grades: _,
        gates: _,
        feedback: _,
        min_session_minutes,
        min_attendees,
        min_weight_present_bp,
        content_window_months,
        rank_scope,
        rank_style: style,
        appraisal_weight_bp,
        reuse_kinds,
        case_max_age_days,
        settle_days,
    } = rule;
    let name = |id: &uuid::Uuid| naming.groups.get(id).cloned().unwrap_or_else(|| id.to_string());
    let mut groups: Vec<String> = groups.iter().flatten().map(name).collect();
    groups.sort();
    let mut kinds = reuse_kinds.clone();
    kinds.sort();
    let terms = vec![
        term("groups", What::Groups, list(&groups)),
        term("min_session_minutes", What::MinSession, *min_session_minutes),
        term("min_attendees", What::MinAttendees, *min_attendees),
        term("min_weight_present_bp", What::MinWeight, percent(*min_weight_present_bp)),
        term("content_window_months", What::ContentWindow, *content_window_months),
        term("rank_scope", What::RankScope, scope(*rank_scope)),
        term("rank_style", What::RankStyle, rank_style(*style)),
        term("appraisal_weight_bp", What::AppraisalWeight, percent(*appraisal_weight_bp)),
        term("reuse_kinds", What::ReuseKinds, all(kinds.into_iter().map(reuse_kind).collect())),
        term("case_max_age_days", What::CaseAge, or_none(*case_max_age_days, data)),
        term("settle_days", What::Settle, *settle_days),
    ];
    Part { key: "rule".to_owned(), pointer: "/rule".to_owned(), name: None, terms }
}

fn metric_name(metric: &Metric, naming: &Naming) -> Param {
    naming.of(CodeList::Metrics, &metric.to_string())
}

fn component(i: usize, component: &Component, naming: &Naming) -> Part {
    let Component { metric, weight_bp, curve: points, when_missing: missing } = component;
    let terms = vec![
        term("weight_bp", What::WeightBp, percent(*weight_bp)),
        term("curve", What::Curve, curve(points)),
        term("when_missing", What::WhenMissing, when_missing(*missing)),
    ];
    let name = PartName::Component.with("metric", metric_name(metric, naming));
    Part { key: format!("component {metric}"), pointer: format!("/rule/components/{i}"), name: Some(name), terms }
}

fn curve(curve: &Curve) -> Param {
    match curve {
        Curve::Linear(LinearCurve { from, to }) => Value::Linear.with("from", data(from)).with("to", data(to)).into(),
        Curve::Steps(StepCurve { steps }) => {
            let mut steps: Vec<&Step> = steps.iter().collect();
            steps.sort_by_key(|step| step.at_least);
            let told = |Step { at_least, points }: &Step| {
                Value::Step.with("points", data(points)).with("at_least", data(at_least))
            };
            all(steps.into_iter().map(told).collect())
        }
    }
}

fn grade(i: usize, band: &GradeBand, naming: &Naming) -> Part {
    let GradeBand { code, at_least } = band;
    let name = PartName::Grade.with("grade", naming.of(CodeList::Grades, code.as_str()));
    let terms = vec![term("at_least", What::AtLeast, data(at_least))];
    Part { key: format!("grade {code}"), pointer: format!("/rule/grades/{i}"), name: Some(name), terms }
}

/// `before`: how many gates of the same metric ask for less.
fn gate((i, before): (usize, usize), gate: &Gate, naming: &Naming) -> Part {
    let Gate { metric, at_least, else_grade, required } = gate;
    let terms = vec![
        term("at_least", What::AtLeast, data(at_least)),
        term("else_grade", What::ElseGrade, naming.of(CodeList::Grades, else_grade)),
        term("required", What::RequiredMetric, yes_or_no(*required)),
    ];
    let name = PartName::Gate.with("metric", metric_name(metric, naming));
    Part { key: format!("gate {metric} {before}"), pointer: format!("/rule/gates/{i}"), name: Some(name), terms }
}

fn feedback(terms: &FeedbackTerms) -> Vec<Part> {
    let FeedbackTerms { min_responses, min_k, prior_weight, prior_mean, window_minutes, form } = terms;
    let FeedbackForm { scale, items } = form;
    let own = vec![
        term("min_responses", What::MinResponses, *min_responses),
        term("min_k", What::MinK, or_none(*min_k, data)),
        term("prior_weight", What::PriorWeight, data(prior_weight)),
        term("prior_mean", What::PriorMean, or_none(*prior_mean, data)),
        term("window_minutes", What::Window, *window_minutes),
    ];
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    let of_form = vec![term("scale", What::Scale, *scale), term("items", What::Items, list(&keys))];
    let part =
        |key: &str, pointer: &str, terms| Part { key: key.to_owned(), pointer: pointer.to_owned(), name: None, terms };
    let mut parts = vec![part("feedback", "/rule/feedback", own), part("form", "/rule/feedback/form", of_form)];
    parts.extend(items.iter().enumerate().map(|(i, item)| question(i, item)));
    parts
}

fn question(i: usize, item: &FeedbackItem) -> Part {
    let FeedbackItem { key, name_zh, name_en, scale, required } = item;
    let terms = vec![
        term("name_zh", What::NameZh, text(Some(name_zh.as_str()))),
        term("name_en", What::NameEn, text(Some(name_en.as_str()))),
        term("scale", What::Scale, *scale),
        term("required", What::Required, yes_or_no(*required)),
    ];
    let pointer = format!("/rule/feedback/form/items/{i}");
    Part { key: format!("question {key}"), pointer, name: Some(PartName::Question.with("key", data(key))), terms }
}
