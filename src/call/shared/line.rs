//! The requests of a tenant that wait for a commit.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// How many tasks write it.
    pub(super) writers: usize,
    /// Who is written just now, and about what.
    under_way: About,
    /// What the commits aside are about, with their number.
    aside: BTreeMap<Uuid, usize>,
}

/// Who is written, and about what.
pub(super) type About = BTreeSet<(Uuid, Uuid)>;

impl<B> Waiting<B> {
    /// Tells the fate of the request, if its client is still there.
    pub(super) fn told(self, fate: Result<Reply>) {
        drop(self.tell.send(fate));
    }
}

impl<B> Default for Line<B> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), writers: 0, under_way: About::new(), aside: BTreeMap::new() }
    }
}

impl<B> Line<B> {
    /// Whether nothing of it is left.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.writers == 0 && self.aside.is_empty()
    }

    /// Takes the first `most` requests out of the line, but of those by one person about the same only one at a time, and none about
    /// what a commit aside is about. What another commit is about is left for the next one, if there is anything else: they might wait
    /// for each other's locks.
    pub(super) fn first_of_each(&mut self, most: usize) -> Vec<Waiting<B>> {
        let busy = subjects(&self.under_way);
        let taken = self.first_about(most, |subject| !busy.contains(&subject));
        if taken.is_empty() { self.first_about(most, |_| true) } else { taken }
    }

    fn first_about(&mut self, most: usize, may_be: impl Fn(Uuid) -> bool) -> Vec<Waiting<B>> {
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        while taken.len() < most
            && let Some(next) = self.waiting.pop_front()
        {
            let Asked { person, subject, .. } = *next.asked;
            if may_be(subject) && !self.aside.contains_key(&subject) && self.under_way.insert((person, subject)) {
                taken.push(next);
            } else {
                left.push_back(next);
            }
        }
        left.append(&mut self.waiting);
        self.waiting = left;
        taken
    }

    /// A commit goes on aside.
    pub(super) fn goes_aside(&mut self, about: &About) {
        for subject in subjects(about) {
            *self.aside.entry(subject).or_default() += 1;
        }
    }

    /// A commit that went aside is done.
    pub(super) fn comes_back(&mut self, about: &About) {
        for subject in subjects(about) {
            if let Some(commits) = self.aside.get_mut(&subject) {
                *commits -= 1;
            }
        }
        self.aside.retain(|_, commits| *commits > 0);
    }

    /// What was written may be asked for again.
    pub(super) fn forget(&mut self, about: &About) {
        self.under_way.retain(|pair| !about.contains(pair));
    }
}

fn subjects(about: &About) -> BTreeSet<Uuid> {
    about.iter().map(|(_, subject)| *subject).collect()
}
