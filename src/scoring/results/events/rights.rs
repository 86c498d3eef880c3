//! Whether those who listen still have the right. Those of one feed who are due are looked at together, in the share of the pool that
//! listeners have: so ten thousand of them take a few questions, and no place of a request.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::Key;
use super::feed::{Feed, Subject, check};
use crate::call::Stay;
use crate::error::{Error, Result};
use crate::scoring::results::Basis;
use crate::state::State;

/// So many are looked at in one transaction.
const TOGETHER: usize = 500;

/// What is found about the right of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    Kept,
    Lost,
    /// It could not be found out now.
    Unknown,
}

impl Right {
    fn of(found: &Result<()>) -> Self {
        match found {
            Ok(()) => Self::Kept,
            Err(error) if error.code.status() < 500 && !error.code.passes() => Self::Lost,
            Err(_) => Self::Unknown,
        }
    }
}

/// The listeners of a feed who are due.
#[derive(Default)]
pub struct Due(Mutex<Line>);

#[derive(Default)]
struct Line {
    waiting: Vec<Waiting>,
    /// Whether a task looks at them.
    is_read: bool,
}

struct Waiting {
    stay: Stay,
    subject: Subject,
    tell: oneshot::Sender<Right>,
}

impl Due {
    /// Takes the next ones. If there are none, the task ends.
    fn take(&self) -> Vec<Waiting> {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = line.waiting.len().min(TOGETHER);
        line.is_read = count > 0;
        line.waiting.drain(..count).collect()
    }
}

impl Feed {
    /// Whether a listener still has the right. Whoever asks meanwhile is looked at next, together with all others who have.
    pub async fn right(self: &Arc<Self>, state: &State, stay: &Stay, subject: Subject) -> Right {
        let (tell, told) = oneshot::channel();
        let is_read = {
            let mut line = self.due.0.lock().unwrap_or_else(PoisonError::into_inner);
            line.waiting.push(Waiting { stay: stay.clone(), subject, tell });
            std::mem::replace(&mut line.is_read, true)
        };
        if !is_read {
            state.db.runtime().spawn(Arc::clone(self).look_at_all(state.clone()));
        }
        told.await.unwrap_or(Right::Unknown)
    }

    /// Looks at those who are due until there are none.
    async fn look_at_all(self: Arc<Self>, state: State) {
        loop {
            let waiting = self.due.take();
            if waiting.is_empty() {
                return;
            }
            let asked: Vec<(Stay, Subject)> = waiting.iter().map(|one| (one.stay.clone(), one.subject)).collect();
            for (one, right) in waiting.into_iter().zip(rights(&state, self.key, asked).await) {
                // A listener who has gone hears nothing.
                let _ = one.tell.send(right);
            }
        }
    }
}

/// What is found about each of them, in their order. Where something is wrong with one of them, each is looked at alone.
async fn rights(state: &State, key: Key, asked: Vec<(Stay, Subject)>) -> Vec<Right> {
    let together = look(state, key, asked.clone()).await;
    let is_doubtful = |error: &Error| error.code.status() >= 500 && !error.code.passes();
    match together {
        Ok(found) if asked.len() == 1 || !found.iter().any(|one| one.as_ref().is_err_and(is_doubtful)) => {
            found.iter().map(Right::of).collect()
        }
        // What is wrong with all of them.
        Err(error) if asked.len() == 1 || !is_doubtful(&error) => {
            let found = Err(error);
            vec![Right::of(&found); asked.len()]
        }
        _ => {
            let mut rights = Vec::with_capacity(asked.len());
            for one in asked {
                let alone = look(state, key, vec![one]).await;
                rights.push(Right::of(&alone.and_then(|found| found.into_iter().next().unwrap_or(Ok(())))));
            }
            rights
        }
    }
}

async fn look(state: &State, key: Key, asked: Vec<(Stay, Subject)>) -> Result<Vec<Result<()>>> {
    let (stays, subjects): (Vec<Stay>, Vec<Subject>) = asked.into_iter().unzip();
    let looked = Stay::read_together(state, key.tenant, stays, move |tx, actors| {
        async move {
            let basis = Basis::find(tx, key.programme, key.period).await?;
            let mut found = Vec::with_capacity(actors.len());
            for (actor, subject) in actors.into_iter().zip(subjects) {
                found.push(match actor {
                    Ok(actor) => {
                        tx.actor = Arc::new(actor);
                        check(tx, &basis, subject).await
                    }
                    Err(refused) => Err(refused),
                });
            }
            Ok(found)
        }
        .boxed()
    });
    looked.await
}
