//! What a case's inputs lead to, and whether that is what the case expects.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lectern::closing::canonical::{EDITION, LecturerResult, PeriodTerms, ProgrammeTerms, canonical_form};
use lectern::programmes::TakeBack;
use lectern::rewards::entitlement::{Asked, Award, Participant};
use lectern::rewards::policy::RewardPolicySet;
use lectern::rewards::rules::{RewardDecision, RewardLine, RewardOutcome, evaluate};
use lectern::scoring::inputs::LecturerInputs;
use lectern::scoring::rank::{Contender, Standing, rank};
use lectern::scoring::rule::ScoringRule;
use lectern::scoring::rules::score;
use lectern::scoring::scorecard::Scorecard;
use serde_json::{Value, json};

use super::vector_facts::Vector;

pub const APPRAISAL_WEIGHT_BP: u32 = 1_500;

/// The rule of a case, with what a case states beside it.
pub fn rule(vector: &Vector) -> ScoringRule {
    ScoringRule {
        rank_scope: vector.programme.rank_scope,
        appraisal_weight_bp: APPRAISAL_WEIGHT_BP,
        ..vector.rule.clone()
    }
}

/// The policies of a case, with the limits that it states beside them.
fn policies(vector: &Vector) -> RewardPolicySet {
    let limits = vector.programme.limits();
    RewardPolicySet {
        policies: vector.reward_policies.clone(),
        budget_minor: limits.budget_minor,
        over_budget: limits.over_budget,
        person_cap_minor: limits.person_cap_minor,
        take_back: TakeBack::None,
    }
}

/// Everything computed from one case.
pub struct Computed {
    pub inputs: Vec<LecturerInputs>,
    cards: Vec<Scorecard>,
    standings: Vec<Option<Standing>>,
    rule: ScoringRule,
    policies: RewardPolicySet,
    rewards: RewardOutcome,
}

pub fn compute(vector: &Vector, inputs: Vec<LecturerInputs>) -> Computed {
    let (rule, policies) = (rule(vector), policies(vector));
    let strict = rule.needing_ratings(vector.programme.min_ratings());
    let cards: Vec<Scorecard> = inputs.iter().map(|own| score(&strict, own)).collect();
    let contender = |(own, card): (&LecturerInputs, &Scorecard)| Contender {
        department_id: own.department_id(),
        score: card.score,
    };
    let contenders: Vec<Contender> = inputs.iter().zip(&cards).map(contender).collect();
    let standings = rank(&contenders, rule.rank_scope, rule.rank_style);
    let asked = Asked::by(&policies, &strict, vector.programme.min_ratings());
    let participants: Vec<Participant> =
        inputs.iter().zip(&cards).map(|(inputs, card)| Participant::new(inputs, card, &asked)).collect();
    let rewards = evaluate(&policies, &grades(vector), &participants, &policies.limits());
    Computed { inputs, cards, standings, rule, policies, rewards }
}

/// The company's grades, best first: a case has those of its rule.
fn grades(vector: &Vector) -> Vec<String> {
    vector.rule.grades_best_first().into_iter().map(|band| band.code.to_string()).collect()
}

impl Computed {
    /// The canonical form of the closed period.
    pub fn canonical(&self, vector: &Vector) -> Vec<u8> {
        let of =
            |id, lines: &[RewardLine]| lines.iter().filter(|line| line.employee_id == id).cloned().collect::<Vec<_>>();
        let why = |id, all: &[RewardDecision]| all.iter().filter(|d| d.employee_id == id).cloned().collect::<Vec<_>>();
        let ids = self.inputs.iter().map(|inputs| inputs.employee_id);
        let own: Vec<_> = ids.map(|id| (of(id, &self.rewards.lines), why(id, &self.rewards.decisions))).collect();
        let results: Vec<LecturerResult> = (0..self.inputs.len())
            .map(|i| LecturerResult {
                inputs: &self.inputs[i],
                card: &self.cards[i],
                standing: self.standings[i],
                rewards: &own[i].0,
                decisions: &own[i].1,
            })
            .collect();
        let terms = PeriodTerms {
            edition: EDITION,
            period: vector.period,
            policies: &self.policies,
            programme: ProgrammeTerms {
                currency: vector.programme.currency,
                min_ratings: vector.programme.min_ratings(),
            },
            rule: &self.rule,
        };
        canonical_form(&terms, &results).expect("the canonical form")
    }
}

/// A card in the words of the cases.
fn card_in_words(card: &Scorecard, standing: Option<Standing>) -> Value {
    let metrics: BTreeMap<String, Value> =
        card.metrics.iter().map(|(metric, m)| (metric.to_string(), json!({"value": m.value, "n": m.n}))).collect();
    let components: Vec<Value> = card
        .components
        .iter()
        .map(|c| json!({"metric": c.metric, "value": c.value, "weight_bp": c.weight_bp, "points": c.points, "counted": c.counted}))
        .collect();
    let failed_gates: Vec<Value> = card
        .failed_gates()
        .map(|g| json!({"metric": g.metric, "at_least": g.effective_at_least, "value": g.value, "else_grade": g.else_grade}))
        .collect();
    json!({
        "status": card.status, "reason": card.reason, "metrics": metrics, "components": components, "score": card.score,
        "grade": card.grade, "failed_gates": failed_gates,
        "rank": standing.map(|s| s.rank), "ranked_of": standing.map(|s| s.ranked_of),
    })
}

/// A reward line in the words of the cases. `session`: the one that it is of.
fn line_in_words(line: &RewardLine, keys: &BTreeMap<uuid::Uuid, &str>, session: Option<&str>) -> Value {
    let mut words = json!({"policy": line.policy, "lecturer": keys[&line.employee_id]});
    match &line.award {
        Award::Money(money) => words["amount_minor"] = json!(money.amount_minor),
        Award::Certificate(award) => words["certificate"] = json!(award.certificate),
    }
    if line.held {
        words["held"] = json!(true);
    }
    if !line.held_reasons.is_empty() {
        words["held_reasons"] = json!(line.held_reasons);
    }
    if let Some(session) = session {
        words["session"] = json!(session);
    }
    words
}

/// The case's id of a session of this lecturer: a lecturer is in one place at a time.
fn session_of<'v>(vector: &'v Vector, inputs: &LecturerInputs, key: &str, line: &RewardLine) -> Option<&'v str> {
    let own = inputs.sessions.iter().find(|session| Some(session.session_id) == line.session_id)?;
    let start = own.fee.as_ref()?.start;
    let is_it = |session: &&super::vector_facts::Session| {
        session.delivered_start == Some(start) && session.lecturers.iter().any(|part| part.lecturer == key)
    };
    vector.sessions.iter().find(is_it).map(|session| session.id.as_str())
}

/// Checks that the inputs, in the order of the case's lecturers, give the cards, ranks and rewards that the case expects.
pub fn check(vector: &Vector, inputs: Vec<LecturerInputs>) {
    assert_eq!(faults(vector, inputs), Vec::<String>::new(), "{}", vector.name);
}

/// What is not as the case expects.
pub fn faults(vector: &Vector, inputs: Vec<LecturerInputs>) -> Vec<String> {
    let computed = compute(vector, inputs);
    let refused = computed.policies.validate(Some(&vector.rule), Some(&grades(vector)));
    let mut faults: Vec<String> =
        vector.rule.validate().iter().chain(&refused).map(|fault| format!("refused: {fault:?}")).collect();
    if vector.expect.scorecards.len() != vector.lecturers.len() {
        faults.push("not a card for each lecturer".to_owned());
    }
    for (i, lecturer) in vector.lecturers.iter().enumerate() {
        let found = card_in_words(&computed.cards[i], computed.standings[i]);
        let expected = &vector.expect.scorecards[&lecturer.key];
        if found != *expected {
            faults.push(format!("{}: {found}\ninstead of {expected}", lecturer.key));
        }
    }
    let keys: BTreeMap<uuid::Uuid, &str> = computed
        .inputs
        .iter()
        .map(|inputs| inputs.employee_id)
        .zip(vector.lecturers.iter().map(|l| l.key.as_str()))
        .collect();
    let said = |line: &RewardLine| {
        let inputs = computed.inputs.iter().find(|inputs| inputs.employee_id == line.employee_id).unwrap();
        line_in_words(line, &keys, session_of(vector, inputs, keys[&line.employee_id], line))
    };
    let found: Vec<Value> = computed.rewards.lines.iter().map(said).collect();
    let (found, expected) = (as_set(&found), as_set(&vector.expect.rewards));
    if found != expected {
        faults.push(format!("rewards {found:?}\ninstead of {expected:?}"));
    }
    faults
}

fn as_set(lines: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

/// The repository's own copy of the cases, and the shared original where it lies beside the repository.
pub fn folders() -> (PathBuf, Option<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../shared/vectors-2");
    (root.join("tests/vectors"), shared.is_dir().then_some(shared))
}

/// Name and text of every case in a folder and the folders in it, in the order of the names.
pub fn cases(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in fs::read_dir(folder).expect("a folder of cases").map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(cases(&path).into_iter().map(|(own, text)| (format!("{name}/{own}"), text)));
        } else if name != "README.md" {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// The folder of the cases about several periods, which `vector_runs` reads.
pub const RUNS: &str = "streaks/";

/// A case, or why it cannot be read.
pub fn read(text: &str) -> Result<Vector, String> {
    serde_json::from_str(text).map_err(|fault| fault.to_string())
}

pub fn vectors() -> Vec<Vector> {
    let (copy, _) = folders();
    let own = cases(&copy).into_iter().filter(|(name, _)| !name.starts_with(RUNS));
    own.map(|(name, text)| read(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"))).collect()
}
