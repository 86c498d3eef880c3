//! The requests of a tenant that wait for a commit.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::oneshot;
use uuid::Uuid;

use super::Asked;
use crate::error::Result;
use crate::http::Reply;

/// A request in the line.
pub(super) struct Waiting<B> {
    pub(super) asked: Arc<Asked<B>>,
    pub(super) tell: oneshot::Sender<Result<Reply>>,
}

/// The requests of a tenant that are not written yet.
pub(super) struct Line<B> {
    pub(super) waiting: VecDeque<Waiting<B>>,
    /// Whether a task writes it.
    pub(super) is_written: bool,
    /// What the commits aside are about.
    pub(super) aside: BTreeSet<Uuid>,
}

impl<B> Waiting<B> {
    /// Tells the fate of the request, if its client is still there.
    pub(super) fn told(self, fate: Result<Reply>) {
        drop(self.tell.send(fate));
    }
}

impl<B> Default for Line<B> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), is_written: false, aside: BTreeSet::new() }
    }
}

impl<B> Line<B> {
    /// Whether nothing of it is left.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty() && !self.is_written && self.aside.is_empty()
    }

    /// Takes the first `most` requests out of the line, but of those by one person about the same only the first, and none about what
    /// a commit aside is about.
    pub(super) fn first_of_each(&mut self, most: usize) -> Vec<Waiting<B>> {
        let (mut taken, mut left, mut about) = (Vec::new(), VecDeque::new(), BTreeSet::new());
        while taken.len() < most
            && let Some(next) = self.waiting.pop_front()
        {
            let Asked { person, subject, .. } = *next.asked;
            if !self.aside.contains(&subject) && about.insert((person, subject)) {
                taken.push(next);
            } else {
                left.push_back(next);
            }
        }
        left.append(&mut self.waiting);
        self.waiting = left;
        taken
    }
}
