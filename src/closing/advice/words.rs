//! The words of findings, in both languages.

use std::collections::BTreeMap;

use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::message::fill;
use crate::kernel::money::{Currency, Money};
use crate::kernel::words::words;
use crate::names::Names;

words! {
    /// What was found.
    pub enum FindingCode {
        /// Most lecturers reach full points: the target is low.
        MetricEasilyReached = "metric_easily_reached",
        /// Hardly anybody reaches full points: the target is high.
        MetricHardlyReached = "metric_hardly_reached",
        /// Nearly all have the same points: the metric no longer tells lecturers apart.
        MetricWithoutSpread = "metric_without_spread",
        /// Without the component, everybody would have the same grade and the same place.
        WeightWithoutEffect = "weight_without_effect",
        /// An item of the feedback form is low for most lecturers, and does not count.
        ItemLow = "item_low",
        /// Nobody fails the gate.
        GateNeverBites = "gate_never_bites",
        /// Nearly everybody fails the gate.
        GateAlwaysBites = "gate_always_bites",
        /// A place could be won among too few contenders.
        FewContenders = "few_contenders",
        /// Every period used up the budget.
        BudgetAlwaysUsed = "budget_always_used",
        /// No period used much of the budget.
        BudgetNeverUsed = "budget_never_used",
    }
}

/// How a proposal is said, by the parameter that it has: the first that is there.
const PROPOSALS: [(&str, &str, &str); 4] = [
    (
        "proposed_from",
        "建议计分区间调整为 {proposed_from} 至 {proposed}",
        "points from {proposed_from} to {proposed} are proposed",
    ),
    ("proposed_weight", "建议权重为 {proposed_weight}%", "a weight of {proposed_weight} % is proposed"),
    ("left_out", "建议取消", "to leave it out is proposed"),
    ("proposed", "建议调整为 {proposed}", "{proposed} is proposed"),
];

/// Of a target that most reach and that cannot be higher.
const REACHED_BY_MOST: (&str, &str) = (
    "{share}% 的讲师在{metric}上得满分（目标 {target}），区分度低",
    "{share} % of the lecturers reach full points by {metric} (at {target}): it hardly tells them apart",
);

impl FindingCode {
    /// Chinese and English, with parameters in braces.
    fn templates(self) -> (&'static str, &'static str) {
        match self {
            Self::MetricEasilyReached => (
                "{share}% 的讲师在{metric}上得满分（目标 {target}），目标偏低",
                "{share} % of the lecturers reach full points by {metric} (at {target}): the target is low",
            ),
            Self::MetricHardlyReached => (
                "只有 {share}% 的讲师在{metric}上得满分（目标 {target}），目标偏高",
                "Only {share} % of the lecturers reach full points by {metric} (at {target}): the target is high",
            ),
            Self::MetricWithoutSpread => (
                "{metric}的得分几乎相同，已无法区分讲师",
                "Points by {metric} are nearly the same for all: it no longer tells lecturers apart",
            ),
            Self::WeightWithoutEffect => (
                "{metric}的权重不影响任何人的等级和名次",
                "The weight of {metric} makes no difference to anybody's grade or place",
            ),
            Self::ItemLow => (
                "{share}% 的讲师的{metric}低于 {target} 分，且该项未计入总分",
                "{share} % of the lecturers are below {target} in {metric}, which does not count yet",
            ),
            Self::GateNeverBites => {
                ("{metric}门槛（{target}）从未有人未达标", "Nobody has failed the minimum of {metric} ({target})")
            }
            Self::GateAlwaysBites => (
                "{share}% 的讲师未达到{metric}门槛（{target}）",
                "{share} % of the lecturers fail the minimum of {metric} ({target})",
            ),
            Self::FewContenders => (
                "“{policy}”在仅有 {target} 人参评时仍可获奖，建议至少 {proposed} 人",
                "A place of {policy} could be won among {target}; at least {proposed} are proposed",
            ),
            Self::BudgetAlwaysUsed => (
                "每个周期都用完了预算（{target}），建议调整为 {proposed}",
                "Every period used up the budget ({target}); {proposed} is proposed",
            ),
            Self::BudgetNeverUsed => (
                "预算（{target}）从未接近用完，建议调整为 {proposed}",
                "No period used much of the budget ({target}); {proposed} is proposed",
            ),
        }
    }

    /// The finding as a sentence, with what is proposed.
    #[must_use]
    pub fn text(
        self,
        params: &BTreeMap<String, String>,
        names: &Names,
        currency: Currency,
        language: Language,
    ) -> String {
        let is_budget = matches!(self, Self::BudgetAlwaysUsed | Self::BudgetNeverUsed);
        let spoken: Vec<(&str, String)> = params
            .iter()
            .map(|(name, value)| {
                let said = match name.as_str() {
                    "metric" => names.of(CodeList::Metrics, value).text(language).to_owned(),
                    "policy" => names.of(CodeList::Policies, value).text(language).to_owned(),
                    _ if is_budget => money(value, currency),
                    _ => value.clone(),
                };
                (name.as_str(), said)
            })
            .collect();
        let (mut zh, mut en) = self.templates();
        if self == Self::MetricEasilyReached && !params.contains_key("proposed") {
            (zh, en) = REACHED_BY_MOST;
        }
        let proposal = PROPOSALS.iter().find(|(name, ..)| params.contains_key(*name));
        let template = match (language, proposal.filter(|_| !zh.contains("{proposed}"))) {
            (Language::ZhCn, None) => zh.to_owned(),
            (Language::En, None) => en.to_owned(),
            (Language::ZhCn, Some((_, zh_proposal, _))) => format!("{zh}，{zh_proposal}"),
            (Language::En, Some((.., en_proposal))) => format!("{en}; {en_proposal}"),
        };
        fill(&template, spoken.iter().map(|(name, said)| (*name, said.as_str())))
    }
}

fn money(minor: &str, currency: Currency) -> String {
    minor.parse().map_or_else(|_| minor.to_owned(), |minor: i64| Money::new(minor, currency).to_string())
}
