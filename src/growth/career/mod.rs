//! The career file (讲师履历) and the honour file (荣誉档案) of a person: one document made of what other features keep, as it stood at
//! the end of a day, with a list of whose changed, and as a page to print. Nothing of it is stored.
//!
//! It is read under all records of the person: what two records brought stands in one file.

mod dto;
mod listing;
mod mentorships;
pub mod opportunities;
mod page;
mod queries;
pub mod routes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use uuid::Uuid;

use self::dto::{
    HonoursResponse, LecturerRecordResponse, RecordAppointment, RecordAward, RecordCertificate, RecordCompetence,
    RecordLevel, RecordPeriod, RecordProgramme, RecordRenewal, RecordResult, RecordSuspension, RecordTitle,
};
use self::queries::{AwardRow, CertificateRow, LevelRow, RenewalRow, ResultRow, Sought, TitleRow};
use crate::auth::rights::{PeopleRead, PromotionsRead, RewardsRead, ScoresRead};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::code_list::CodeList;
use crate::kernel::message::Words;
use crate::kernel::money::Money;
use crate::kernel::period::{Period, local_midnight};
use crate::names::{Names, declared_levels, names};
use crate::people::{person_seen, reads_suspension_reasons, records_of_all, time_zone, today};
use crate::rewards::certificates::{self, PublicCode};
use crate::scoring::Score;

/// A career file, with what it takes to show it as a page.
struct Career {
    record: LecturerRecordResponse,
    zone: Tz,
}

/// A career file holds what other rights guard: whoever reads it needs them all. None of them reaches less far than `PromotionsRead`.
fn require_rights(tx: &Tx<'_>) -> Result<()> {
    tx.actor.reach::<PeopleRead>()?;
    tx.actor.reach::<ScoresRead>()?;
    tx.actor.reach::<RewardsRead>()?;
    Ok(())
}

/// The person's facts until the end of a day.
async fn sought(tx: &mut Tx<'_>, person: Uuid, day: NaiveDate, zone: Tz) -> Result<Sought> {
    let end = day.succ_opt().and_then(|next| local_midnight(next, zone));
    let until = end.ok_or_else(|| Error::internal("a day without an end"))?;
    Ok(Sought { records: records_of_all(tx, &[person]).await?, day, until })
}

/// The career file of a person as of a day, today if none is named.
async fn career(tx: &mut Tx<'_>, id: Uuid, as_of: Option<NaiveDate>) -> Result<Career> {
    require_rights(tx)?;
    let employee = person_seen::<PromotionsRead>(tx, id).await?;
    let zone = time_zone(tx).await?;
    let day = match as_of {
        Some(day) => day,
        None => today(tx).await?,
    };
    let sought = sought(tx, employee.id, day, zone).await?;
    let names = names(tx).await?;
    let record = LecturerRecordResponse {
        as_of: day,
        updated_at: listing::updated_at(tx, employee.id).await?,
        appointments: appointments(tx, &sought, &names).await?,
        suspensions: suspensions(tx, &sought, employee.id).await?,
        titles: titles(tx, &sought, &names).await?,
        periods: periods(tx, &sought, &names).await?,
        competence_certificates: competences(tx, &sought, &names).await?,
        mentorships: mentorships::of_record(tx, &sought).await?,
        improvement_notices: queries::notices(tx, &sought).await?,
        training_opportunities: opportunities::find(tx, &sought).await?,
        promotion_applications: queries::applications(tx, &sought).await?,
        employee,
    };
    Ok(Career { record, zone })
}

/// What the person holds today.
async fn honours(tx: &mut Tx<'_>, id: Uuid) -> Result<HonoursResponse> {
    tx.actor.reach::<RewardsRead>()?;
    let employee = person_seen::<PromotionsRead>(tx, id).await?;
    let (zone, day) = (time_zone(tx).await?, today(tx).await?);
    let sought = sought(tx, employee.id, day, zone).await?;
    let names = names(tx).await?;
    let mut titles = titles(tx, &sought, &names).await?;
    titles.retain(|title| title.withdrawn_at.is_none());
    let rows = queries::certificates(tx, &sought).await?;
    let valid = rows.into_iter().filter(|row| row.revoked_at.is_none());
    let certificates = valid.map(|row| certificate(tx.tenant, row, &names)).collect::<Result<_>>()?;
    Ok(HonoursResponse { employee, titles, certificates })
}

async fn appointments(tx: &mut Tx<'_>, sought: &Sought, names: &Names) -> Result<Vec<RecordAppointment>> {
    let ladder = declared_levels(tx).await?;
    let mut levels: BTreeMap<Uuid, Vec<RecordLevel>> = BTreeMap::new();
    for row in queries::levels(tx, sought).await? {
        levels.entry(row.lecturer_id).or_default().push(level(row, &ladder, names));
    }
    let mut renewals: BTreeMap<Uuid, Vec<RecordRenewal>> = BTreeMap::new();
    for RenewalRow { lecturer_id, renewed_at, term_before, term_to, reason } in queries::renewals(tx, sought).await? {
        let renewal = RecordRenewal { renewed_at, before: term_before, term_ends_on: term_to, reason };
        renewals.entry(lecturer_id).or_default().push(renewal);
    }
    let rows = queries::appointments(tx, sought).await?;
    let whole = rows.into_iter().map(|row| RecordAppointment {
        id: row.id,
        appointed_on: row.appointed_on,
        ended_on: row.ended_on,
        term_ends_on: row.term_to,
        levels: levels.remove(&row.id).unwrap_or_default(),
        renewals: renewals.remove(&row.id).unwrap_or_default(),
    });
    Ok(whole.collect())
}

fn level(row: LevelRow, ladder: &[String], names: &Names) -> RecordLevel {
    let Words { zh, en } = names.of(CodeList::Levels, &row.level);
    let place = ladder.iter().position(|code| *code == *row.level);
    RecordLevel {
        name_zh: zh,
        name_en: en,
        step: place.and_then(|place| u32::try_from(place + 1).ok()),
        level: row.level,
        starts_on: row.starts_on,
        ended_on: row.ended_on,
    }
}

async fn suspensions(tx: &mut Tx<'_>, sought: &Sought, person: Uuid) -> Result<Vec<RecordSuspension>> {
    let mut rows = queries::suspensions(tx, sought).await?;
    if !reads_suspension_reasons(tx, person) {
        for row in &mut rows {
            row.reason = None;
            row.lift_reason = None;
        }
    }
    Ok(rows)
}

async fn titles(tx: &mut Tx<'_>, sought: &Sought, names: &Names) -> Result<Vec<RecordTitle>> {
    let whole = |row: TitleRow| {
        let Words { zh, en } = names.of(CodeList::Titles, &row.code);
        RecordTitle {
            id: row.id,
            code: row.code,
            name_zh: zh,
            name_en: en,
            programme_id: row.programme_id,
            granted_at: row.granted_at,
            withdrawn_at: row.withdrawn_at,
            withdraw_reason: row.withdraw_reason,
        }
    };
    Ok(queries::titles(tx, sought).await?.into_iter().map(whole).collect())
}

/// What the parts of a period belong to.
type Key = (Uuid, Period);

/// The periods of which there is anything, latest first.
async fn periods(tx: &mut Tx<'_>, sought: &Sought, names: &Names) -> Result<Vec<RecordPeriod>> {
    let mut results: BTreeMap<Key, RecordResult> = BTreeMap::new();
    for row in queries::results(tx, sought).await? {
        results.insert((row.programme_id, parsed(&row.period)?), result(row, names));
    }
    let mut awards: BTreeMap<Key, Vec<RecordAward>> = BTreeMap::new();
    for row in queries::awards(tx, sought).await? {
        let key = (row.programme_id, parsed(&row.earned_period)?);
        awards.entry(key).or_default().push(award(row, names)?);
    }
    let mut certificates: BTreeMap<Key, Vec<RecordCertificate>> = BTreeMap::new();
    for row in queries::certificates(tx, sought).await? {
        let one = certificate(tx.tenant, row, names)?;
        certificates.entry((one.programme_id, one.earned_period)).or_default().push(one);
    }
    let keys: BTreeSet<Key> = results.keys().chain(awards.keys()).chain(certificates.keys()).copied().collect();
    let ids: Vec<Uuid> = keys.iter().map(|(programme, _)| *programme).collect();
    let programmes = queries::programmes(tx, &ids).await?;
    let mut whole = Vec::with_capacity(keys.len());
    for key in keys {
        let (programme_id, period) = key;
        let programme: Option<&RecordProgramme> = programmes.get(&programme_id);
        whole.push(RecordPeriod {
            programme: programme.cloned().ok_or_else(|| Error::internal("a period without its programme"))?,
            period,
            starts_on: period.first_day(),
            ends_on: period.last_day(),
            result: results.remove(&key),
            awards: awards.remove(&key).unwrap_or_default(),
            certificates: certificates.remove(&key).unwrap_or_default(),
        });
    }
    whole.sort_by(|one, other| {
        (other.starts_on, &one.programme.code, other.ends_on).cmp(&(one.starts_on, &other.programme.code, one.ends_on))
    });
    Ok(whole)
}

fn parsed(period: &str) -> Result<Period> {
    period.parse().map_err(Error::internal)
}

fn result(row: ResultRow, names: &Names) -> RecordResult {
    let grade_name = row.grade.as_deref().map(|grade| names.of(CodeList::Grades, grade));
    let (zh, en) = grade_name.map(|Words { zh, en }| (zh, en)).unzip();
    RecordResult {
        snapshot_id: row.snapshot_id,
        snapshot_number: row.snapshot_number,
        since: row.since,
        rule_version: row.rule_version,
        score: row.score.map(|score| Score::round(&score.to_ratio())),
        grade: row.grade,
        grade_name_zh: zh,
        grade_name_en: en,
    }
}

fn award(row: AwardRow, names: &Names) -> Result<RecordAward> {
    let policy_name = row.policy_code.as_deref().map(|policy| names.of(CodeList::Policies, policy));
    let (zh, en) = policy_name.map(|Words { zh, en }| (zh, en)).unzip();
    Ok(RecordAward {
        id: row.id,
        kind: row.kind,
        policy: row.policy_code,
        policy_name_zh: zh,
        policy_name_en: en,
        amount: Money::new(row.amount_minor, row.currency.parse().map_err(Error::internal)?),
        corrects_id: row.corrects_id,
        state: row.state,
        granted_at: row.granted_at,
    })
}

fn certificate(tenant: Uuid, row: CertificateRow, names: &Names) -> Result<RecordCertificate> {
    let Words { zh, en } = certificates::title(names, row.policy_code.as_deref(), &row.certificate_code);
    Ok(RecordCertificate {
        id: row.id,
        programme_id: row.programme_id,
        earned_period: parsed(&row.earned_period)?,
        certificate_code: row.certificate_code,
        name_zh: zh,
        name_en: en,
        public_code: PublicCode::new(tenant, &row.public_code),
        issued_at: row.issued_at,
        revoked_at: row.revoked_at,
    })
}

async fn competences(tx: &mut Tx<'_>, sought: &Sought, names: &Names) -> Result<Vec<RecordCompetence>> {
    let rows = queries::competences(tx, sought).await?;
    let whole = rows.into_iter().map(|row| {
        let Words { zh, en } = names.of(CodeList::Competences, &row.kind);
        RecordCompetence {
            id: row.id,
            kind: row.kind,
            name_zh: zh,
            name_en: en,
            issuer: row.issuer,
            certificate_number: row.certificate_number,
            starts_on: row.valid_from,
            ends_on: row.valid_to,
        }
    });
    Ok(whole.collect())
}
