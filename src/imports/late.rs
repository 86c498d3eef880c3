//! Faults that show only after a whole file, or another one, was read: the tree of departments, marks that somebody else has,
//! managers.

use std::collections::HashMap;

use super::fault::{ImportFault, ImportFaultCode as Code};
use super::file::Numbered;
use super::index::Reference;
use super::layout::FileKind;
use super::marks::{Clash, clashes};
use super::rows::{DepartmentRow, EmployeeRow};
use super::tables::Import;
use super::tree::{Above, MAX_HEIGHT, TreeFlaw, tree_flaws};

impl Import<'_> {
    /// Records a fault that shows only after the whole file, or another file, was read.
    fn note_unknown(&mut self, kind: FileKind, line: u64, column: &str, reference: Reference, key: &str) {
        let fault = self.late_fault(kind, line, column, Code::UnknownReference);
        let fault = fault.saying("kind", reference.thing()).saying("place", reference.place());
        self.faults.push(fault.with("value", key));
    }

    fn late_fault(&self, kind: FileKind, line: u64, column: &str, code: Code) -> ImportFault {
        let file = self.files.get(&kind).map_or("", |file| file.name);
        let column = self.tables.headers.get(&kind).map_or(column, |header| header.name_of(column));
        ImportFault::new(file, line, code).at(column)
    }

    fn exists(&self, reference: Reference, key: &str) -> bool {
        self.index.contains(reference, key) || self.known.holds(reference, key)
    }

    /// Records departments whose parent does not exist or that contain themselves, also by way of stored departments. If faulty
    /// rows are skipped, leaves them out with all departments below.
    pub(super) fn check_tree(&mut self, rows: Vec<Numbered<DepartmentRow>>) -> Vec<Numbered<DepartmentRow>> {
        let places: HashMap<&str, usize> = rows.iter().enumerate().map(|(i, row)| (row.row.code.as_str(), i)).collect();
        let flaws = tree_flaws(&rows.iter().map(|row| self.above(&row.row, &places)).collect::<Vec<_>>());
        let skips = self.reading.skip_faulty;
        let mut kept = Vec::with_capacity(rows.len());
        for (row, flaw) in rows.into_iter().zip(flaws) {
            let parent = row.row.parent_code.as_deref().unwrap_or_default();
            match flaw {
                TreeFlaw::None => {}
                TreeFlaw::Below if !skips => {}
                TreeFlaw::Cycle => {
                    let fault = self.late_fault(FileKind::Departments, row.line, "parent_code", Code::Cycle);
                    self.faults.push(fault);
                }
                TreeFlaw::NoParent | TreeFlaw::Below => {
                    self.note_unknown(FileKind::Departments, row.line, "parent_code", Reference::Department, parent);
                }
            }
            if flaw != TreeFlaw::None && skips {
                self.index.departments.forget(&row.row.code);
            } else {
                kept.push(row);
            }
        }
        kept
    }

    /// The next department above this one in the file, passing those that only the company has.
    fn above(&self, row: &DepartmentRow, places: &HashMap<&str, usize>) -> Above {
        let header = self.tables.headers.get(&FileKind::Departments);
        let is_said = header.is_some_and(|header| header.position("parent_code").is_some());
        let mut next = if is_said { row.parent_code.as_deref() } else { self.known.parent(&row.code) };
        if next.is_some_and(|parent| !self.exists(Reference::Department, parent)) {
            return Above::Missing;
        }
        for _ in 0..MAX_HEIGHT {
            let Some(code) = next else { break };
            if let Some(i) = places.get(code) {
                return Above::Row(*i);
            }
            next = self.known.parent(code);
        }
        Above::Nothing
    }

    /// Records marks that somebody else has. If faulty rows are skipped, leaves out the rows that ask for them.
    pub(super) fn check_marks(&mut self, rows: Vec<Numbered<EmployeeRow>>) -> Vec<Numbered<EmployeeRow>> {
        let found = clashes(&rows, self.known);
        let mut kept = Vec::with_capacity(rows.len());
        for (row, clashes) in rows.into_iter().zip(found) {
            if !clashes.is_empty() && self.reading.skip_faulty {
                self.index.employees.forget(&row.row.employee_number);
            }
            let is_kept = clashes.is_empty() || !self.reading.skip_faulty;
            let faults: Vec<ImportFault> = clashes.iter().map(|clash| self.fault_of(row.line, clash)).collect();
            self.faults.extend(faults);
            kept.extend(is_kept.then_some(row));
        }
        kept
    }

    fn fault_of(&self, line: u64, clash: &Clash) -> ImportFault {
        let late = |column: &str, code| self.late_fault(FileKind::Employees, line, column, code);
        match clash {
            Clash::ExternalId(column, id) => {
                let header = self.tables.headers.get(&FileKind::Employees);
                let name = header.map_or_else(|| column.name(), |header| header.name_of_open(column));
                late(&name, Code::Taken).with("value", &id.value)
            }
            Clash::Mail(mail) => late("email", Code::Taken).with("value", mail),
            Clash::SameMail(first) => late("email", Code::DuplicateKey).with("first", first),
        }
    }

    /// Finds managers by former numbers too, and records those who do not exist. If faulty rows are skipped, the department is
    /// stored without it.
    pub(super) fn check_managers(&mut self) {
        let mut departments = std::mem::take(&mut self.tables.departments);
        for Numbered { line, row } in &mut departments {
            let Some(number) = row.manager_number.clone() else { continue };
            if self.exists(Reference::Employee, &number) {
                continue;
            }
            row.manager_number = self.known.current(&number);
            if row.manager_number.is_none() {
                self.note_unknown(FileKind::Departments, *line, "manager_number", Reference::Employee, &number);
                self.tables.without_manager.push(row.code.clone());
            }
        }
        self.tables.departments = departments;
    }
}
