//! The reward policies of a programme: one document for the wire, the database and the computation.
//!
//! [`super::policy_check`] checks what a valid set must satisfy. The macro `policy!` gives each kind the members that all
//! have: a document with an unknown member must be refused, and serde cannot do so with a flattened structure.
//! [`RewardPolicy::terms`] reads them in one way for all kinds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};

pub use super::criterion::Criterion;
pub use super::fee::SessionFee;
use super::metric::Metric;
use crate::kernel::decimal::Decimal;
use crate::kernel::limits::{OverBudget, SpendingLimits};
use crate::kernel::scope::Scope;
use crate::kernel::tagged::read_by_kind;
use crate::kernel::text::{Code, OutsideCode};
use crate::kernel::words::words;
use crate::programmes::TakeBack;

/// The pay item of a policy that does not set one.
pub const DEFAULT_PAY_ITEM: &str = "lecturer-reward";

pub(super) fn default_pay_item() -> &'static str {
    DEFAULT_PAY_ITEM
}

/// All policies of one version, and their limits: everything that can move money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardPolicySet {
    #[schema(max_items = 50)]
    pub policies: Vec<RewardPolicy>,
    /// Budget of one period, in minor units of the programme's currency. Null: no limit.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub budget_minor: Option<i64>,
    #[serde(default = "default_over_budget")]
    #[schema(default = default_over_budget)]
    pub over_budget: OverBudget,
    /// The most that one person can get in one period, in minor units. Null: no limit.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub person_cap_minor: Option<i64>,
    /// What a restatement does about money granted in excess.
    #[serde(default)]
    #[schema(default = TakeBack::default)]
    pub take_back: TakeBack,
}

/// Nothing is paid over a budget unless somebody decides so.
#[must_use]
pub fn default_over_budget() -> OverBudget {
    OverBudget::Hold
}

/// One policy: who receives what for the results of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RewardPolicy {
    GradeBonus(GradeBonus),
    TopN(TopN),
    Highest(Highest),
    SessionFee(SessionFee),
    Streak(Streak),
    Notice(Notice),
}

read_by_kind!(RewardPolicy { "grade_bonus" => GradeBonus, "top_n" => TopN, "highest" => Highest, "session_fee" => SessionFee, "streak" => Streak, "notice" => Notice });

/// The members that every policy has, whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyTerms<'a> {
    pub code: &'a str,
    pub priority: u32,
    pub exclusive_group: Option<&'a str>,
    pub grade_at_least: Option<&'a str>,
    pub pay_item_code: Option<&'a str>,
}

/// Declares the document of a kind of policy: the members that all kinds have, those of every kind that pays, and its own.
macro_rules! policy {
    ($(#[$about:meta])* paid pub struct $policy:ident { $($own:tt)* }) => {
        $crate::programmes::documents::policy::policy! {
            $(#[$about])*
            paid(
                "Of the policies in one group, a person keeps only the one with the largest sum. If absent: the policy is in no group.",
                "Only lecturers with this grade or a better one take part. If absent: any grade."
            )
            pub struct $policy { $($own)* }
        }
    };
    // With what is said of the group and of the grade.
    ($(#[$about:meta])* paid($group:tt, $grade:tt) pub struct $policy:ident { $($own:tt)* }) => {
        $crate::programmes::documents::policy::policy! {
            $(#[$about])*
            pub struct $policy {
                #[doc = $group]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub exclusive_group: Option<Code>,
                #[doc = $grade]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schema(min_length = 1, max_length = 64)]
                pub grade_at_least: Option<String>,
                /// The pay item under which payroll books the reward. It must be defined when the policies are published.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schema(default = default_pay_item)]
                pub pay_item_code: Option<OutsideCode>,
                $($own)*
            }
        }
    };
    ($(#[$about:meta])* pub struct $policy:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $policy {
            /// Code of the policy, in the ledger too. Unique in the set.
            pub code: Code,
            /// Order of evaluation, unique in the set. 1 is evaluated first and cut last.
            #[schema(minimum = 1, maximum = 1000)]
            pub priority: u32,
            $($own)*
        }
    };
}
pub(super) use policy;

policy! {
    /// A fixed amount for a grade.
    paid pub struct GradeBonus {
        /// Amount for each grade, in minor units. A grade that is not listed receives nothing.
        #[schema(value_type = BTreeMap<String, AmountMinor>)]
        pub amounts_minor: BTreeMap<String, i64>,
    }
}

policy! {
    /// Amounts for the first places by a metric or by the score.
    paid pub struct TopN {
        /// The metric, or the score, that decides the places.
        pub metric: Criterion,
        #[serde(default)]
        #[schema(default = Scope::default)]
        pub scope: Scope,
        /// Amounts for the first, second, … place, in minor units.
        #[schema(min_items = 1, max_items = 100)]
        #[schema(value_type = Vec<AmountMinor>)]
        pub places_minor: Vec<i64>,
        /// The smallest number of facts (`n`) on which the lecturer's metric must rest. Not for the score. If absent: any number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(minimum = 1, maximum = 1_000_000)]
        pub min_n: Option<u32>,
        /// The lowest value with which a lecturer takes part. If absent: any value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub min_value: Option<Decimal>,
        /// With fewer contenders left after every exclusion (in scope `department`: of that department), nobody gets anything. If absent:
        /// 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
        pub min_contenders: Option<u32>,
        #[serde(default)]
        #[schema(default = Ties::default)]
        pub ties: Ties,
        /// Criteria that decide between equal values, in this order. A missing value comes last.
        #[serde(default)]
        #[schema(max_items = 10, default = json!([]))]
        pub tie_breakers: Vec<Criterion>,
    }
}

policy! {
    /// A certificate for everyone with the greatest value of a metric.
    pub struct Highest {
        /// Refused: a certificate costs nothing and is in no group. (Versions published before this was refused may have it. There it
        /// counts as 0.)
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exclusive_group: Option<Code>,
        /// Only lecturers with this grade or a better one take part. If absent: any grade.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(min_length = 1, max_length = 64)]
        pub grade_at_least: Option<String>,
        pub metric: Metric,
        #[serde(default)]
        #[schema(default = Scope::default)]
        pub scope: Scope,
        /// The lowest value with which a lecturer takes part. If absent: any value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub min_value: Option<Decimal>,
        /// With fewer contenders left after every exclusion (in scope `department`: of that department), nobody gets anything. If absent:
        /// 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
        pub min_contenders: Option<u32>,
        /// Code of the certificate.
        pub certificate: Code,
    }
}

policy! {
    /// A title, or precedence for a training opportunity, for a run of good periods. It counts the closed periods in which the lecturer
    /// was rated; one in which he or she was not rated neither breaks nor extends a run. When the run is long enough, the policy fires and
    /// counts anew from 0.
    pub struct Streak {
        /// Refused: a title costs nothing and is in no group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub exclusive_group: Option<Code>,
        /// The grade that every period of the run must reach.
        #[schema(min_length = 1, max_length = 64)]
        pub grade_at_least: String,
        /// Consecutive months. A quarter counts as 3, a year as 12.
        #[schema(minimum = 1, maximum = 120)]
        pub length: u32,
        /// Code of the title, one of the company's (`update_display_names`). Who holds it already is not granted it twice. Set either
        /// this or `opportunity`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(min_length = 1, max_length = 64)]
        pub title: Option<String>,
        /// Code of training opportunities: whoever reaches the length has precedence, once, for the next one with this code. Set either
        /// this or `title`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(min_length = 1, max_length = 64)]
        pub opportunity: Option<String>,
    }
}

policy! {
    /// An improvement notice (改进提醒) for a run of poor periods. One is open per person and programme; it closes with the first rated
    /// period that is better.
    pub struct Notice {
        /// The best grade that a period of the run may have. Not the company's best: the notice could never close.
        #[schema(min_length = 1, max_length = 64)]
        pub grade_at_most: String,
        /// Consecutive rated periods, whatever their length.
        #[schema(minimum = 1, maximum = 120)]
        pub length: u32,
    }
}

/// The contract's description of an amount in a list or map. In Rust it is a plain `i64`.
pub(super) struct AmountMinor;

impl utoipa::PartialSchema for AmountMinor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some("An amount in minor units of the programme's currency."))
            .minimum(Some(0))
            .maximum(Some(MAX_AMOUNT_MINOR))
            .into()
    }
}

impl ToSchema for AmountMinor {}

words! {
    /// How people with equal values share places.
    #[derive(Default)]
    pub enum Ties {
        /// The tied people share the sum of the places that they take up, in equal parts.
        #[default]
        SplitPool = "split_pool",
        /// Each tied person receives the amount of the first of those places.
        ShareAll = "share_all",
    }
}

/// The largest amount in a policy, in minor units. Sums of such amounts stay well within the integers that every JSON reader
/// represents exactly.
pub const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000;

impl RewardPolicySet {
    /// The limits on the cost of one period.
    #[must_use]
    pub fn limits(&self) -> SpendingLimits {
        SpendingLimits {
            person_cap_minor: self.person_cap_minor,
            budget_minor: self.budget_minor,
            over_budget: self.over_budget,
        }
    }

    /// The metrics that a policy asks for.
    #[must_use]
    pub fn metrics(&self) -> BTreeSet<Metric> {
        let mut asked = BTreeSet::new();
        for policy in &self.policies {
            match policy {
                RewardPolicy::TopN(policy) => {
                    let criteria = std::iter::once(&policy.metric).chain(policy.tie_breakers.iter());
                    asked.extend(criteria.filter_map(Criterion::metric).cloned());
                }
                RewardPolicy::Highest(policy) => asked.extend([policy.metric.clone()]),
                RewardPolicy::GradeBonus(_)
                | RewardPolicy::SessionFee(_)
                | RewardPolicy::Streak(_)
                | RewardPolicy::Notice(_) => {}
            }
        }
        asked
    }

    /// The teaching fees among the policies.
    pub fn fees(&self) -> impl Iterator<Item = &SessionFee> {
        self.policies.iter().filter_map(|policy| match policy {
            RewardPolicy::SessionFee(fee) => Some(fee),
            _ => None,
        })
    }

    /// Whether any of them is a teaching fee.
    #[must_use]
    pub fn pays_fees(&self) -> bool {
        self.fees().next().is_some()
    }

    /// The policies in the order of evaluation.
    #[must_use]
    pub fn by_priority(&self) -> Vec<&RewardPolicy> {
        let mut policies: Vec<&RewardPolicy> = self.policies.iter().collect();
        policies.sort_by_key(|policy| policy.terms().priority);
        policies
    }
}

impl RewardPolicy {
    #[must_use]
    pub fn terms(&self) -> PolicyTerms<'_> {
        let (code, priority, group, grade, pay_item) = match self {
            Self::GradeBonus(p) => {
                (&p.code, p.priority, &p.exclusive_group, p.grade_at_least.as_ref(), p.pay_item_code.as_ref())
            }
            Self::TopN(p) => {
                (&p.code, p.priority, &p.exclusive_group, p.grade_at_least.as_ref(), p.pay_item_code.as_ref())
            }
            Self::Highest(p) => (&p.code, p.priority, &p.exclusive_group, p.grade_at_least.as_ref(), None),
            Self::SessionFee(p) => {
                (&p.code, p.priority, &p.exclusive_group, p.grade_at_least.as_ref(), p.pay_item_code.as_ref())
            }
            Self::Streak(p) => (&p.code, p.priority, &p.exclusive_group, Some(&p.grade_at_least), None),
            Self::Notice(p) => (&p.code, p.priority, &None, None, None),
        };
        PolicyTerms {
            code: code.as_str(),
            priority,
            exclusive_group: group.as_deref(),
            grade_at_least: grade.map(String::as_str),
            pay_item_code: pay_item.map(OutsideCode::as_str),
        }
    }
}
