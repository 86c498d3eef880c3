//! The lecturers of a comparison, packed: the next pages show what the first one has compared.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::changes::LateFact;
use super::dto::LateResult;
use crate::error::{Error, Result};
use crate::state::Part;

/// How many lecturers are packed together.
const PACKED: usize = 200;

/// One lecturer with late facts, or with another result because of those of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    pub employee: Uuid,
    pub facts: Vec<LateFact>,
    pub before: Option<LateResult>,
    pub after: Option<LateResult>,
}

/// Packs lecturers who come in the order of their ids.
#[derive(Debug, Default)]
pub struct Packer {
    loose: Vec<Late>,
    parts: Vec<Part>,
}

impl Packer {
    pub fn add(&mut self, late: Late) -> Result<()> {
        self.loose.push(late);
        if self.loose.len() < PACKED { Ok(()) } else { self.pack() }
    }

    pub fn finish(mut self) -> Result<Vec<Part>> {
        self.pack()?;
        Ok(self.parts)
    }

    fn pack(&mut self) -> Result<()> {
        let loose = std::mem::take(&mut self.loose);
        let Some(last) = loose.last().map(|late| late.employee) else { return Ok(()) };
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&serde_json::to_vec(&loose).map_err(Error::internal)?).map_err(Error::internal)?;
        self.parts.push(Part { last, rows: packed.finish().map_err(Error::internal)? });
        Ok(())
    }
}

/// The first of them after a lecturer, among those who may be shown.
pub fn page(parts: &[Part], after: Option<Uuid>, shown: impl Fn(Uuid) -> bool, fetch: usize) -> Result<Vec<Late>> {
    let follows = |employee: Uuid| after.is_none_or(|at| employee > at);
    let mut found = Vec::new();
    for part in parts.iter().filter(|part| follows(part.last)) {
        let mut text = Vec::new();
        DeflateDecoder::new(part.rows.as_slice()).read_to_end(&mut text).map_err(Error::internal)?;
        let rows: Vec<Late> = serde_json::from_slice(&text).map_err(Error::internal)?;
        found.extend(rows.into_iter().filter(|late| follows(late.employee) && shown(late.employee)));
        if found.len() >= fetch {
            found.truncate(fetch);
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(number: u128) -> Late {
        Late { employee: Uuid::from_u128(number), facts: Vec::new(), before: None, after: None }
    }

    #[test]
    fn pages_have_everybody_once_wherever_the_parts_end() {
        let mut packer = Packer::default();
        for number in 1..=450 {
            packer.add(late(number)).unwrap();
        }
        let parts = packer.finish().unwrap();
        assert_eq!(parts.len(), 3);
        let is_even = |employee: Uuid| employee.as_u128() & 1 == 0;
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let found = page(&parts, after, is_even, 60).unwrap();
            let Some(last) = found.last() else { break };
            after = Some(last.employee);
            seen.extend(found.iter().map(|own| own.employee.as_u128()));
        }
        assert_eq!(seen, (1..=225).map(|half| 2 * half).collect::<Vec<u128>>());
        assert!(Packer::default().finish().unwrap().is_empty());
    }
}
