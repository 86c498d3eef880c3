//! Marks of people that others have: ids in other systems and mail addresses.
//!
//! What counts is what holds after the import: two people may exchange a mark in one file.

use std::collections::HashMap;

use super::file::Numbered;
use super::index::Known;
use super::layout::OpenColumn;
use super::row::OpenCell as _;
use super::rows::EmployeeRow;
use crate::kernel::text::{EmployeeNumber, MailAddress};
use crate::people::Employment;
use crate::people::import_store::ExternalId;

/// A mark that somebody else has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clash {
    ExternalId(OpenColumn, ExternalId),
    Mail(MailAddress),
    /// The address is on this earlier line as well.
    SameMail(u64),
}

/// The rows of the file that are not left out, by employee number.
type Rows<'a> = HashMap<&'a str, &'a Numbered<EmployeeRow>>;

/// The clashes of each row, in the order of the rows. A row with clashes leaves the person as they are: what they have may clash with
/// another row. That is so when faulty rows are skipped; otherwise nothing is stored, and it does no harm.
pub(super) fn clashes(rows: &[Numbered<EmployeeRow>], known: &dyn Known) -> Vec<Vec<Clash>> {
    let mut good: Rows<'_> = rows.iter().map(|row| (row.row.employee_number.as_str(), row)).collect();
    let mut found: Vec<Vec<Clash>> = rows.iter().map(|_| Vec::new()).collect();
    loop {
        let mut mails: HashMap<&str, Vec<(u64, Employment)>> = HashMap::new();
        let mut is_settled = true;
        for (row, found) in rows.iter().zip(&mut found).filter(|(_, found)| found.is_empty()) {
            found.extend(external_clashes(&row.row, &good, known));
            found.extend(mail_clash(row, &good, &mut mails, known));
            if !found.is_empty() {
                good.remove(row.row.employee_number.as_str());
                is_settled = false;
            }
        }
        if is_settled {
            return found;
        }
    }
}

/// A person gives up an id by getting another one of the same kind.
fn external_clashes(row: &EmployeeRow, good: &Rows<'_>, known: &dyn Known) -> Vec<Clash> {
    let gives_up = |id: &ExternalId| {
        let owner = known.owner(id).and_then(|owner| good.get(owner));
        owner.is_some_and(|owner| {
            let column = id.column();
            owner.row.external_ids.iter().any(|other| other.column() == column && other != id)
        })
    };
    let taken = |id: &&ExternalId| known.is_anothers(id, &row.employee_number) && !gives_up(id);
    row.external_ids.iter().filter(taken).map(|id| Clash::ExternalId(id.column(), id.clone())).collect()
}

/// The clash of the row's address. Who has left, or leaves before the other begins, does not count.
fn mail_clash<'a>(
    Numbered { line, row }: &'a Numbered<EmployeeRow>,
    good: &Rows<'_>,
    mails: &mut HashMap<&'a str, Vec<(u64, Employment)>>,
    known: &dyn Known,
) -> Option<Clash> {
    let mail = row.email.as_ref()?;
    let dates = row.employment();
    if known.is_past(row.left_on) {
        return None;
    }
    let earlier = mails.entry(mail).or_default();
    let same = earlier.iter().find(|(_, other)| meet(*other, dates)).map(|(line, _)| *line);
    earlier.push((*line, dates));
    if let Some(line) = same {
        return Some(Clash::SameMail(line));
    }
    let holders = known.mail_holders(mail);
    if holders.iter().any(|(holder, _)| holder.as_ref() == Some(&row.employee_number)) {
        return None;
    }
    let keeps = |holder: &Option<EmployeeNumber>| {
        let stated = holder.as_ref().and_then(|number| good.get(number.as_str()));
        stated.is_none_or(|stated| stated.row.email.as_ref() == Some(mail))
    };
    let is_taken = holders.iter().any(|(holder, other)| meet(*other, dates) && keeps(holder));
    is_taken.then(|| Clash::Mail(mail.clone()))
}

/// Whether both are employed on some day.
fn meet(one: Employment, other: Employment) -> bool {
    !one.precedes(&other) && !other.precedes(&one)
}
