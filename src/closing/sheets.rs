//! What is written of each lecturer, from the first pass over the inputs to the second.
//!
//! A line of the canonical form and a row of the snapshot hold a rank and rewards, which depend on everybody. So the inputs pass
//! once: each lecturer is scored, and what is to be written is put aside as a [`Sheet`], a chunk of lecturers in one compressed
//! block (some hundred bytes for each). When the last one has passed, the blocks are opened one after the other.

use std::io::{self, Read as _, Write as _};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, available_parallelism};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

use super::canonical::{LecturerLine, PeriodTerms, ProgrammeTerms, canonical_inputs, canonical_line};
use super::computation::{Draft, Outcome, Settled, Terms};
use super::writer::{CanonicalWriter, Sha256Writer};
use crate::error::{Error, Result};
use crate::kernel::canonical;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::scorecard::{NotRatedReason, Scorecard};

/// What of one lecturer is written and depends on nobody else.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sheet {
    pub reason: Option<NotRatedReason>,
    /// The ids of the sessions.
    pub sessions: Vec<Uuid>,
    /// As they are stored.
    pub inputs: Box<RawValue>,
    /// As they are in the canonical form.
    canonical_inputs: Box<RawValue>,
    /// As it is stored and in the canonical form.
    pub card: Box<RawValue>,
}

impl Sheet {
    fn new(inputs: &LecturerInputs, card: &Scorecard) -> serde_json::Result<Self> {
        Ok(Self {
            reason: card.reason,
            sessions: inputs.sessions.iter().map(|session| session.session_id).collect(),
            inputs: to_raw_value(inputs)?,
            canonical_inputs: raw(canonical_inputs(inputs)?)?,
            card: raw(canonical::to_vec(card)?)?,
        })
    }

    fn line(&self, outcome: &Outcome<'_>) -> serde_json::Result<Vec<u8>> {
        canonical_line(&LecturerLine {
            card: self.card.get().as_bytes(),
            inputs: self.canonical_inputs.get().as_bytes(),
            standing: outcome.standing,
            rewards: outcome.lines,
            decisions: outcome.decisions,
        })
    }
}

fn raw(json: Vec<u8>) -> serde_json::Result<Box<RawValue>> {
    let json = String::from_utf8(json).map_err(<serde_json::Error as serde::de::Error>::custom)?;
    RawValue::from_string(json)
}

/// A chunk of lecturers' sheets.
#[derive(Debug)]
struct Block {
    /// How many lecturers are in the blocks before.
    first: usize,
    compressed: Vec<u8>,
}

impl Block {
    fn new(first: usize, sheets: &[Sheet]) -> io::Result<Self> {
        let mut compressed = DeflateEncoder::new(Vec::new(), Compression::fast());
        compressed.write_all(&serde_json::to_vec(sheets)?)?;
        Ok(Self { first, compressed: compressed.finish()? })
    }

    fn open(&self) -> io::Result<Vec<Sheet>> {
        let mut json = Vec::new();
        DeflateDecoder::new(self.compressed.as_slice()).read_to_end(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

/// The first pass. Each chunk is worked on by other threads while the next one is read.
#[derive(Debug)]
pub struct FirstPass(JoinHandle<Result<Desk>>);

#[derive(Debug)]
struct Desk {
    draft: Draft,
    blocks: Vec<Block>,
    count: usize,
}

impl FirstPass {
    #[must_use]
    pub fn new(terms: Arc<Terms>) -> Self {
        Self(spawn_blocking(move || Ok(Desk { draft: Draft::new(terms), blocks: Vec::new(), count: 0 })))
    }

    /// Takes a chunk of lecturers, as soon as the one before is done. Lecturers come in the order of their employee numbers.
    pub async fn add(self, inputs: Vec<LecturerInputs>) -> Result<Self> {
        let desk = self.0.await.map_err(Error::internal)??;
        Ok(Self(spawn_blocking(move || desk.add(&inputs))))
    }

    /// What follows when all have passed.
    pub async fn settle(self) -> Result<Arc<Results>> {
        let desk = self.0.await.map_err(Error::internal)??;
        let results = spawn_blocking(move || desk.settle().map_err(Error::internal));
        Ok(Arc::new(results.await.map_err(Error::internal)??))
    }
}

impl Desk {
    fn add(mut self, inputs: &[LecturerInputs]) -> Result<Self> {
        let draft = &self.draft;
        let score = |own: &LecturerInputs| -> io::Result<(Scorecard, Sheet)> {
            let card = draft.score(own);
            let sheet = Sheet::new(own, &card)?;
            Ok((card, sheet))
        };
        let scored = side_by_side(inputs, |part| part.iter().map(score).collect()).map_err(Error::internal)?;
        let mut sheets = Vec::with_capacity(scored.len());
        for (own, (card, sheet)) in inputs.iter().zip(scored) {
            self.draft.put(own, &card);
            sheets.push(sheet);
        }
        self.blocks.push(Block::new(self.count, &sheets).map_err(Error::internal)?);
        self.count += sheets.len();
        Ok(self)
    }

    fn settle(self) -> io::Result<Results> {
        let settled = self.draft.settle();
        let digest = digest(&settled, &self.blocks)?;
        Ok(Results { settled, blocks: self.blocks, digest })
    }
}

/// How many threads work at once.
fn processors() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

/// What comes of all of these, in their order. Each processor works on a part of them.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> io::Result<Vec<R>> + Sync) -> io::Result<Vec<R>> {
    let (size, work) = (items.len().div_ceil(processors()).max(1), &work);
    thread::scope(|scope| {
        let started: Vec<_> = items.chunks(size).map(|part| scope.spawn(move || work(part))).collect();
        let mut done = Vec::with_capacity(items.len());
        for one in started {
            done.extend(one.join().map_err(|_| io::Error::other("a thread has panicked"))??);
        }
        Ok(done)
    })
}

/// The lines of a chunk of lecturers in the canonical form, each with the employee number.
fn lines<'s>(settled: &'s Settled, block: &Block) -> io::Result<Vec<(&'s str, Vec<u8>)>> {
    let sheets = block.open()?;
    let line =
        |(sheet, outcome): (&Sheet, Outcome<'s>)| Ok((outcome.own.employee_number.as_str(), sheet.line(&outcome)?));
    sheets.iter().zip(settled.outcomes(block.first)).map(line).collect()
}

/// SHA-256 of the canonical form. The lines of as many chunks as there are processors are made side by side.
fn digest(settled: &Settled, blocks: &[Block]) -> io::Result<String> {
    let mut writer = CanonicalWriter::new(Sha256Writer::default());
    for some in blocks.chunks(processors()) {
        let made = side_by_side(some, |own| own.iter().map(|block| lines(settled, block)).collect())?;
        for (number, line) in made.into_iter().flatten() {
            writer.write_bytes(number, line)?;
        }
    }
    let Terms { settings, rule, policies } = &*settled.terms;
    let rule = rule.without_ids();
    let programme = ProgrammeTerms { currency: settings.currency, min_ratings: settings.min_ratings };
    let period = PeriodTerms { edition: settings.edition, period: settings.period, policies, programme, rule: &rule };
    Ok(writer.finish(&period)?.finish())
}

/// The results of a period, and what is to be written of its lecturers.
#[derive(Debug)]
pub struct Results {
    pub settled: Settled,
    blocks: Vec<Block>,
    /// SHA-256 of the canonical form.
    pub digest: String,
}

impl Results {
    /// The number of chunks.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.blocks.len()
    }

    /// The number of lecturers in a chunk; none after the last chunk.
    #[must_use]
    pub fn len_of(&self, number: usize) -> usize {
        let first = |number: usize| self.blocks.get(number).map_or(self.settled.lecturer_count(), |block| block.first);
        first(number + 1) - first(number)
    }

    /// The sheets and results of a chunk of lecturers; none after the last chunk.
    pub fn chunk(&self, number: usize) -> Result<impl Iterator<Item = (Sheet, Outcome<'_>)>> {
        let (first, sheets) = match self.blocks.get(number) {
            Some(block) => (block.first, block.open().map_err(Error::internal)?),
            None => (0, Vec::new()),
        };
        Ok(sheets.into_iter().zip(self.settled.outcomes(first)))
    }
}
