//! A request from a caller with a valid token, and the transaction of its work.

use std::future::{Future, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join};
use uuid::Uuid;

use super::{Admit, Answer, Nothing, Question, Work};
use crate::auth::{Actor, Caller, authenticate};
use crate::db::{Access, Connection};
use crate::error::{Code, Error, Result};
use crate::http::{
    Body, BodyForm, IDEMPOTENCY_KEY, Paging, RateLimits, Reply, RequestContext, Routes, Served, fingerprint,
    is_empty_body,
};
use crate::journal::{Asking, Circumstances, Claim, IdempotencyKey, PERIOD_CLOSED, Tx, claim, keep, tell_marked};
use crate::kernel::message::data;
use crate::kernel::phrases::RequestProblem;
use crate::sign_in;
use crate::state::State;

pub(super) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A request from a caller with a valid token, for any right.
pub(super) struct Known {
    pub(super) state: State,
    pub(super) caller: Caller,
    pub(super) circumstances: Circumstances,
    pub(super) request: HttpRequest,
    /// The operation as described in the contract.
    pub(super) served: Served,
    /// The body that was sent to an operation without one.
    pub(super) unasked: Option<Body>,
}

impl Known {
    pub(super) fn of(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Self>> + use<> {
        let served = served(request);
        let is_bodyless = served.as_ref().is_some_and(|served| served.body.is_none());
        let unasked = (is_bodyless && !matches!(payload, Payload::None)).then(|| Body::of(request, payload));
        let request = request.clone();
        async move {
            let served = served.ok_or_else(|| Error::internal("an operation that is not in the contract"))?;
            let state =
                request.app_data::<web::Data<State>>().ok_or_else(|| Error::internal("no state"))?.get_ref().clone();
            let caller = match caller(&state, &request).await {
                Ok(caller) => caller,
                Err(refused) => {
                    RateLimits::count_address(&request, "bad token")?;
                    return Err(refused);
                }
            };
            RateLimits::count_caller(&request, caller.tenant, caller.name())?;
            let RequestContext { request_id, traceparent, .. } = RequestContext::of(&request);
            let circumstances = Circumstances { request_id: Some(request_id), traceparent };
            Ok(Self { state, caller, circumstances, request, served, unasked })
        }
    }

    /// What the contract says of the body.
    pub(super) fn body_form(&self) -> Arc<BodyForm> {
        self.served.body.clone().unwrap_or_default()
    }

    pub(super) fn paging(&self, limit: Option<u32>, cursor: Option<String>) -> Paging {
        let caller = format!("{}\n{}", self.caller.tenant, self.caller.name());
        let query = self.request.query_string();
        Paging::new(limit, cursor, &caller, self.request.path(), query, self.state.installation.clone())
    }

    /// Refuses a request without the `Idempotency-Key` that its operation requires.
    pub(super) fn require_key(&self) -> Result<()> {
        let is_missing = self.served.needs_key && !self.request.headers().contains_key(IDEMPOTENCY_KEY);
        if is_missing { Err(Error::new(Code::IdempotencyKeyRequired)) } else { Ok(()) }
    }

    /// Refuses a caller without the right before the body is read.
    pub(super) async fn admitted(&self, admit: Admit) -> Result<()> {
        self.entry(admit).read(Nothing, |_, ()| ready(Ok(())).boxed()).await
    }

    pub(super) async fn read<Q, W>(mut self, admit: Admit, question: Q, work: W) -> Answer
    where
        Q: Question,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Q::Found) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let unasked = self.read_unasked().await?;
        let read = self.entry(admit).read(question, move |tx, found| match refuse_body(&unasked) {
            Ok(()) => work(tx, found),
            Err(refused) => ready(Err(refused)).boxed(),
        });
        read.await?.unless_known(&self.request)
    }

    pub(super) async fn act(mut self, admit: Admit, work: Work) -> Answer {
        let unasked = self.read_unasked().await?;
        // An empty body counts as no body, however it is written.
        let said = if is_empty_body(&unasked) { vec![0; 32] } else { fingerprint(&unasked) };
        let key = self.idempotency_key(said)?;
        let work: Work = Box::new(move |tx| match refuse_body(&unasked) {
            Ok(()) => work(tx),
            Err(refused) => ready(Err(refused)).boxed(),
        });
        self.run(admit, key, work).await
    }

    pub(super) async fn run(self, admit: Admit, key: Option<IdempotencyKey>, work: Work) -> Answer {
        let entry = self.entry(admit);
        let tells_closed = self.served.tells_closed;
        let tenant = self.caller.tenant;
        let transaction = self.state.db.transaction_asking(
            Access::Write,
            Some(tenant),
            entry.ask(Nothing),
            move |conn, (actor, ())| {
                async move {
                    let mut tx = entry.begin(conn, actor)?;
                    let done = once(&mut tx, key, tells_closed, work).await?;
                    Ok(((done, tx.take_written()), tx.has_marked()))
                }
                .boxed()
            },
            tell_marked(&self.state, tenant),
        );
        let (((reply, replayed), written), _) = transaction.await?;
        written.refresh_statistics(&self.state.db).await;
        let mut response = reply.into_response();
        if replayed {
            response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    /// The body that was sent to an operation without one.
    pub(super) async fn read_unasked(&mut self) -> Result<Bytes> {
        match self.unasked.take() {
            Some(body) => body.read().await.map_err(|_| takes_no_body()),
            None => Ok(Bytes::new()),
        }
    }

    pub(super) fn entry(&self, admit: Admit) -> Entry {
        Entry {
            state: self.state.clone(),
            caller: self.caller.clone(),
            circumstances: self.circumstances.clone(),
            admit,
        }
    }

    /// The `Idempotency-Key` of a POST. Other methods are idempotent anyway.
    pub(super) fn idempotency_key(&self, body_sha256: Vec<u8>) -> Result<Option<IdempotencyKey>> {
        let mut lines = self.request.headers().get_all(IDEMPOTENCY_KEY);
        let Some(line) = lines.next().filter(|_| self.request.method() == actix_web::http::Method::POST) else {
            return Ok(None);
        };
        let invalid = || {
            Error::new(Code::InvalidHeader)
                .with("header", data(IDEMPOTENCY_KEY))
                .with("problem", RequestProblem::NotAnIdempotencyKey)
        };
        let key = line.to_str().map_err(|_| invalid())?;
        if lines.next().is_some() || !(1..=255).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(invalid());
        }
        let target =
            self.request.uri().path_and_query().map_or_else(|| self.request.path().to_owned(), ToString::to_string);
        let operation: String = format!("{} {target}", self.request.method()).chars().take(2000).collect();
        Ok(Some(IdempotencyKey { key: key.to_owned(), operation, body_sha256 }))
    }
}

/// The caller with a valid token; a person of an outside issuer as the employee who signs in.
async fn caller(state: &State, request: &HttpRequest) -> Result<Caller> {
    sign_in::recognised(state, authenticate(state, request).await?).await
}

/// The operation as described in the contract.
fn served(request: &HttpRequest) -> Option<Served> {
    let route = request.app_data::<web::Data<Routes>>()?.find(request.path())?;
    route.served(request.method()).cloned()
}

/// Refuses a body that the operation would ignore.
pub(super) fn refuse_body(body: &[u8]) -> Result<()> {
    if is_empty_body(body) { Ok(()) } else { Err(takes_no_body()) }
}

fn takes_no_body() -> Error {
    Error::new(Code::MalformedRequest).with("problem", RequestProblem::NoBodyTaken)
}

/// What is needed to start a transaction for a caller.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) state: State,
    pub(super) caller: Caller,
    pub(super) circumstances: Circumstances,
    pub(super) admit: Admit,
}

impl Entry {
    /// Asks who the caller is and which roles they have, and with it the question.
    fn ask<Q: Question>(
        &self,
        question: Q,
    ) -> impl for<'c> FnOnce(&'c Connection) -> BoxFuture<'c, Result<(Actor, Q::Found)>> + Send + use<Q> {
        let (caller, now) = (self.caller.clone(), self.state.clock.now());
        move |conn| {
            async move {
                let asking = Asking { conn, tenant: caller.tenant, now, person: caller.person() };
                let (actor, found) = join(caller.identify(conn, now), question.ask(asking)).await;
                Ok((actor?, found?))
            }
            .boxed()
        }
    }

    /// Refuses callers without the right.
    fn begin(self, conn: &mut Connection, actor: Actor) -> Result<Tx<'_>> {
        (self.admit)(&actor)?;
        Ok(Tx::new(conn, &self.state, self.caller.tenant, actor, self.circumstances))
    }

    /// Reads in a transaction of the caller.
    pub(super) async fn read<Q, T, W>(self, question: Q, work: W) -> Result<T>
    where
        Q: Question,
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Q::Found) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let (db, tenant, ask) = (self.state.db.clone(), self.caller.tenant, self.ask(question));
        let transaction = db.transaction_asking(
            Access::Read,
            Some(tenant),
            ask,
            move |conn, (actor, found)| async move { work(&mut self.begin(conn, actor)?, found).await }.boxed(),
            |_| (),
        );
        transaction.await
    }
}

impl Entry {
    /// Reads in one transaction for callers of one tenant.
    pub(super) async fn read_together<T, W>(state: State, tenant: Uuid, entries: Vec<Self>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Vec<Result<Actor>>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let db = state.db.clone();
        let transaction = db.transaction(Access::Read, Some(tenant), move |conn| {
            async move {
                let actors = actors(conn, tenant, &entries, state.clock.now()).await?;
                work(&mut Tx::new(conn, &state, tenant, Actor::nobody(), Circumstances::default()), actors).await
            }
            .boxed()
        });
        transaction.await
    }
}

/// Who these callers are. People are asked for at once, and a token that many use once.
async fn actors(conn: &Connection, tenant: Uuid, entries: &[Entry], now: DateTime<Utc>) -> Result<Vec<Result<Actor>>> {
    let people: Vec<Uuid> = entries.iter().filter_map(|entry| entry.caller.person()).collect();
    let people = Actor::find_people(conn, tenant, &people, now).await?;
    let mut actors = Vec::with_capacity(entries.len());
    let mut last: Option<(&Caller, Actor)> = None;
    for Entry { caller, admit, .. } in entries {
        let actor = match (caller.person(), &last) {
            (Some(person), _) => caller.acting(people.get(&person).cloned()),
            (None, Some((same, actor))) if *same == caller => Ok(actor.clone()),
            (None, _) => caller.identify(conn, now).await,
        };
        if caller.person().is_none()
            && let Ok(actor) = &actor
        {
            last = Some((caller, actor.clone()));
        }
        actors.push(actor.and_then(|actor| admit(&actor).map(|()| actor)));
    }
    Ok(actors)
}

/// Runs the work unless it was already done. Returns whether it was.
///
/// `tells_closed`: the answer names the closed periods that what was stored belongs to.
async fn once(tx: &mut Tx<'_>, key: Option<IdempotencyKey>, tells_closed: bool, work: Work) -> Result<(Reply, bool)> {
    if let Some(key) = &key
        && let Claim::Done(reply) = claim(tx, key).await?
    {
        return Ok((reply, true));
    }
    let mut reply = work(tx).await?;
    if tells_closed {
        reply = reply.with_member(PERIOD_CLOSED, tx.closed_periods())?;
    }
    tx.write_journal().await?;
    if let Some(key) = &key {
        keep(tx, key, &reply).await?;
    }
    Ok((reply, false))
}
