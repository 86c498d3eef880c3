//! The worked cases about several closed periods of one lecturer.

use lectern::growth::streaks::rules::{Happening, Held, happenings};
use lectern::kernel::period::{Cycle, Period};
use lectern::programmes::documents::runs::{Given, RatedPeriod};
use lectern::rewards::policy::RewardPolicySet;
use serde::Deserialize;
use serde_json::{Value, json};

use super::vector_results::{RUNS, cases, folders};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunCase {
    pub name: String,
    #[expect(dead_code, reason = "for people")]
    about: String,
    pub cycle: Cycle,
    pub grades: Vec<String>,
    pub history: Vec<Assessed>,
    policies: Vec<Value>,
    pub expect: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessed {
    pub period: Period,
    /// None: not rated.
    pub grade: Option<String>,
}

pub fn run_cases() -> Vec<RunCase> {
    let (copy, _) = folders();
    let own = cases(&copy).into_iter().filter(|(name, _)| name.starts_with(RUNS));
    own.map(|(name, text)| serde_json::from_str(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"))).collect()
}

impl RunCase {
    /// The policies, evaluated in the order in which the case has them.
    pub fn policies(&self) -> Value {
        let numbered = self.policies.iter().zip(1..).map(|(policy, priority)| {
            let mut policy = policy.clone();
            policy["priority"] = json!(priority);
            policy
        });
        json!({ "policies": numbered.collect::<Vec<Value>>() })
    }

    /// What happens in each period, in the words of the cases.
    pub fn happened(&self) -> Vec<Value> {
        let set: RewardPolicySet = serde_json::from_value(self.policies()).unwrap();
        let (policies, mut held, mut history, mut told) = (set.runs(), Held::default(), Vec::new(), Vec::new());
        for Assessed { period, grade } in &self.history {
            assert_eq!(period.cycle(), self.cycle, "{}", self.name);
            history.extend(grade.clone().map(|grade| RatedPeriod { period: *period, grade }));
            let happened = happenings(&policies, &self.grades, &history, *period, &mut held);
            told.extend(happened.into_iter().map(|happening| in_words(*period, &happening)));
        }
        told
    }
}

fn in_words(period: Period, happening: &Happening<'_>) -> Value {
    match happening {
        Happening::Fired(due) => {
            assert_eq!(due.period, period);
            match due.given {
                Given::Title(title) => json!({"period": period, "policy": due.policy, "title": title}),
                Given::Opportunity(code) => json!({"period": period, "policy": due.policy, "opportunity": code}),
                Given::Notice(_) => json!({"period": period, "policy": due.policy, "notice": true}),
            }
        }
        Happening::Passed(notice) => json!({"period": period, "policy": notice.policy, "notice_closed": true}),
    }
}
