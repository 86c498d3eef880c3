//! How one request is processed: token → transaction → roles → idempotency claim → body → work → journal → response stored
//! for retries → commit → response. A handler extracts a [`Call`] with the right it requires, and passes it the work with
//! [`answer!`].

mod shared;

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use uuid::Uuid;
use validator::Validate;

use crate::auth::{Actor, Caller, Right, authenticate};
use crate::db::{Access, Connection, Share};
use crate::error::{Code, Error, Result};
use crate::http::{
    Argument, Body, BodyForm, IDEMPOTENCY_KEY, Json, JsonText, Paged, Paging, Precondition, RateLimits, Reply,
    RequestContext, Routes, Served, Shelf, fingerprint, is_empty_body,
};
use crate::journal::{Circumstances, Claim, IdempotencyKey, PERIOD_CLOSED, Tx, claim, keep, tell_marked};
use crate::kernel::fault::Faults;
use crate::kernel::message::data;
use crate::kernel::phrases::RequestProblem;
use crate::sign_in;
use crate::state::State;

pub use shared::{Part, SharedCommits, SharedLimits};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The result of a handler.
pub type Answer = Result<HttpResponse>;

/// Answers a call with the reply of its work: `answer!(call.write(body), |tx, request| …)`. The work is asynchronous,
/// captures what it uses from the handler, and runs in the call's transaction.
macro_rules! answer {
    ($call:ident.$way:ident($($input:ident)?), |$tx:pat_param $(, $given:pat_param)*| $work:expr) => {
        $call.$way($($input,)? move |$tx $(, $given)*| ::std::boxed::Box::pin(async move { $work })).await
    };
}
pub(crate) use answer;

/// The work of an operation inside its transaction. It is boxed, so that the code around it is compiled once and not for
/// every operation.
type Work = Box<dyn for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send>;

/// A request from a caller with a valid token. Whether one of the caller's roles grants the right `R` is looked up in the
/// transaction of the work.
pub struct Call<R> {
    pub state: State,
    pub context: RequestContext,
    known: Known,
    right: PhantomData<fn() -> R>,
}

/// A request from a caller with a valid token, for any right.
struct Known {
    state: State,
    caller: Caller,
    circumstances: Circumstances,
    request: HttpRequest,
    /// The operation as described in the contract.
    served: Served,
    /// The body that was sent to an operation without one.
    unasked: Option<Body>,
}

impl<R: Right> FromRequest for Call<R> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let known = Known::of(request, payload);
        Box::pin(async move {
            let known = known.await?;
            let context = RequestContext::of(&known.request);
            Ok(Self { state: known.state.clone(), context, known, right: PhantomData })
        })
    }
}

impl<R: Right> Argument for Call<R> {
    fn describe(operation: &mut Operation) {
        operation.security = Some(vec![SecurityRequirement::new("oauth2", [R::SCOPE])]);
    }
}

impl<R: Right> Call<R> {
    /// The tenant of the request.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.known.caller.tenant
    }

    /// The `If-Match` of the request. Refused if it is missing and the contract requires it.
    pub fn if_match(&self) -> Result<Precondition> {
        self.known.require_key()?;
        let needed = self.known.served.needs_match;
        let needed = needed.ok_or_else(|| Error::internal("an operation without If-Match in the contract"))?;
        Precondition::of(&self.known.request, needed)
    }

    /// Reads: `work` answers from one database snapshot. Answers 304 if the caller already has this version.
    pub async fn read<W>(self, work: W) -> Answer
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.read(reach::<R>, Box::new(work)).await
    }

    /// Reads what is asked for all day: its statements are planned once per connection.
    pub async fn read_warm<W>(mut self, work: W) -> Answer
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.state.db = self.known.state.db.keeping_plans();
        self.read(work).await
    }

    /// Reads many rows: in a share of the pool of its own, so that short requests never wait for it.
    pub async fn read_long<W>(mut self, work: W) -> Answer
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.state.db = self.known.state.db.in_share(Share::LongReads);
        self.read(work).await
    }

    /// Reads once what decides whether the caller may stay, and stays: for a response that goes on.
    pub async fn stay<T, W>(mut self, work: W) -> Result<(T, Stay)>
    where
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let unasked = self.known.read_unasked().await?;
        let stay = Stay(self.known.entry(reach::<R>));
        let first = stay.read(move |tx| match refuse_body(&unasked) {
            Ok(()) => work(tx),
            Err(refused) => ready(Err(refused)).boxed(),
        });
        Ok((first.await?, stay))
    }

    /// Reads a page of a list.
    pub async fn list<Q, W>(self, query: Paged<Q>, work: W) -> Answer
    where
        Q: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Q, Paging) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let paging = self.known.paging(query.limit, query.cursor);
        self.read_long(move |tx| work(tx, query.filters, paging)).await
    }

    /// Reads what the body asks for, if the query would be too long for a URL. It takes no `Idempotency-Key`, because it
    /// changes nothing.
    pub async fn read_with<B, W>(self, body: Json<B>, work: W) -> Answer
    where
        B: DeserializeOwned + Validate + Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.read_checked(body, move |tx, request, faults| match faults.check() {
            Ok(()) => work(tx, request),
            Err(refused) => ready(Err(refused)).boxed(),
        })
        .await
    }

    /// Reads what the body asks for. The work gets the faults of its values, to add what it finds and refuse all at once.
    pub async fn read_checked<B, W>(self, body: Json<B>, work: W) -> Answer
    where
        B: DeserializeOwned + Validate + Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B, Faults) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let body = body.read().await?;
        let form = self.known.body_form();
        self.known.read(reach::<R>, parsed(body, form, work)).await
    }

    /// Writes what the body requests.
    pub async fn write<B, W>(self, body: Json<B>, work: W) -> Answer
    where
        B: DeserializeOwned + Validate + Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.write_checked(body, move |tx, request, faults| match faults.check() {
            Ok(()) => work(tx, request),
            Err(refused) => ready(Err(refused)).boxed(),
        })
        .await
    }

    /// Writes what the body requests. The work gets the faults of its values, to add what it finds and refuse all at once.
    pub async fn write_checked<B, W>(self, body: Json<B>, work: W) -> Answer
    where
        B: DeserializeOwned + Validate + Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B, Faults) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.require_key()?;
        let body = body.read().await?;
        let key = self.known.idempotency_key(body.fingerprint())?;
        let form = self.known.body_form();
        self.known.run(reach::<R>, key, parsed(body, form, work)).await
    }

    /// Writes what a body with whole files requests, as [`Call::write_checked`] does. The body is large, so it is read only if the
    /// caller has the right, and its files go to the shelf while they arrive.
    pub async fn write_files<B, S, W>(self, body: Json<B>, shelf: S, work: W) -> Answer
    where
        B: DeserializeOwned + Validate + Send + 'static,
        S: Shelf,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B, Faults) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.admitted(reach::<R>).await?;
        let answer = self.write_shelved(body, &shelf, work).await;
        let is_done = answer.as_ref().is_ok_and(|response| !response.headers().contains_key(IDEMPOTENT_REPLAYED));
        if !is_done {
            shelf.forget().await;
        }
        answer
    }

    async fn write_shelved<B, S, W>(self, body: Json<B>, shelf: &S, work: W) -> Answer
    where
        B: DeserializeOwned + Validate + Send + 'static,
        S: Shelf,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B, Faults) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.require_key()?;
        let body = body.read_files(shelf).await?;
        let key = self.known.idempotency_key(body.fingerprint())?;
        let form = self.known.body_form();
        self.known.run(reach::<R>, key, parsed(body, form, work)).await
    }

    /// Writes, for a request without a body.
    pub async fn act<W>(self, work: W) -> Answer
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.require_key()?;
        self.known.act(reach::<R>, Box::new(work)).await
    }
}

/// Refuses an actor without the right that the operation requires.
type Admit = fn(&Actor) -> Result<()>;

fn reach<R: Right>(actor: &Actor) -> Result<()> {
    actor.reach::<R>().map(drop)
}

/// Work that starts by parsing the body. Whether the caller may call is decided before. With faults it never succeeds.
fn parsed<B, W>(body: JsonText<B>, form: Arc<BodyForm>, work: W) -> Work
where
    B: DeserializeOwned + Validate + Send + 'static,
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B, Faults) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
{
    Box::new(move |tx| match body.parse(&form) {
        Ok((request, found)) => {
            let answered = work(tx, request, found.clone().into());
            async move { answered.await.and_then(|reply| Error::refuse(found).map(|()| reply)) }.boxed()
        }
        Err(refused) => ready(Err(refused)).boxed(),
    })
}

impl Known {
    fn of(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Self>> + use<> {
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
    fn body_form(&self) -> Arc<BodyForm> {
        self.served.body.clone().unwrap_or_default()
    }

    fn paging(&self, limit: Option<u32>, cursor: Option<String>) -> Paging {
        let caller = format!("{}\n{}", self.caller.tenant, self.caller.name());
        let query = self.request.query_string();
        Paging::new(limit, cursor, &caller, self.request.path(), query, self.state.installation.clone())
    }

    /// Refuses a request without the `Idempotency-Key` that its operation requires.
    fn require_key(&self) -> Result<()> {
        let is_missing = self.served.needs_key && !self.request.headers().contains_key(IDEMPOTENCY_KEY);
        if is_missing { Err(Error::new(Code::IdempotencyKeyRequired)) } else { Ok(()) }
    }

    /// Refuses a caller without the right before the body is read.
    async fn admitted(&self, admit: Admit) -> Result<()> {
        let entry = self.entry(admit);
        let looked_up = self.state.db.transaction(Access::Read, Some(self.caller.tenant), move |conn| {
            async move { entry.begin(conn).await.map(drop) }.boxed()
        });
        looked_up.await
    }

    async fn read(mut self, admit: Admit, work: Work) -> Answer {
        let unasked = self.read_unasked().await?;
        let entry = self.entry(admit);
        let transaction = self.state.db.transaction(Access::Read, Some(self.caller.tenant), move |conn| {
            async move {
                let mut tx = entry.begin(conn).await?;
                refuse_body(&unasked)?;
                work(&mut tx).await
            }
            .boxed()
        });
        transaction.await?.unless_known(&self.request)
    }

    async fn act(mut self, admit: Admit, work: Work) -> Answer {
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

    async fn run(self, admit: Admit, key: Option<IdempotencyKey>, work: Work) -> Answer {
        let entry = self.entry(admit);
        let tells_closed = self.served.tells_closed;
        let tenant = self.caller.tenant;
        let transaction = self.state.db.transaction_then(
            Access::Write,
            Some(tenant),
            move |conn| {
                async move {
                    let mut tx = entry.begin(conn).await?;
                    let done = once(&mut tx, key, tells_closed, work).await?;
                    Ok((done, tx.has_marked()))
                }
                .boxed()
            },
            tell_marked(&self.state, tenant),
        );
        let ((reply, replayed), _) = transaction.await?;
        let mut response = reply.into_response();
        if replayed {
            response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    /// The body that was sent to an operation without one.
    async fn read_unasked(&mut self) -> Result<Bytes> {
        match self.unasked.take() {
            Some(body) => body.read().await.map_err(|_| takes_no_body()),
            None => Ok(Bytes::new()),
        }
    }

    fn entry(&self, admit: Admit) -> Entry {
        Entry {
            state: self.state.clone(),
            caller: self.caller.clone(),
            circumstances: self.circumstances.clone(),
            admit,
        }
    }

    /// The `Idempotency-Key` of a POST. Other methods are idempotent anyway.
    fn idempotency_key(&self, body_sha256: Vec<u8>) -> Result<Option<IdempotencyKey>> {
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
fn refuse_body(body: &[u8]) -> Result<()> {
    if is_empty_body(body) { Ok(()) } else { Err(takes_no_body()) }
}

fn takes_no_body() -> Error {
    Error::new(Code::MalformedRequest).with("problem", RequestProblem::NoBodyTaken)
}

/// A caller who stays after the request: with each read the roles are looked up again.
pub struct Stay(Entry);

impl Stay {
    /// When the caller's token ends.
    #[must_use]
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.0.caller.expires_at
    }

    /// Reads as the caller. Refused if they have lost the right.
    pub async fn read<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let (entry, db, tenant) = (self.0.clone(), self.0.state.db.clone(), self.0.caller.tenant);
        let transaction = db.transaction(Access::Read, Some(tenant), move |conn| {
            async move { work(&mut entry.begin(conn).await?).await }.boxed()
        });
        transaction.await
    }
}

/// What is needed to start a transaction for a caller.
#[derive(Clone)]
struct Entry {
    state: State,
    caller: Caller,
    circumstances: Circumstances,
    admit: Admit,
}

impl Entry {
    /// Looks up the caller's roles and refuses callers without the right.
    async fn begin(self, conn: &mut Connection) -> Result<Tx<'_>> {
        let actor: Actor = self.caller.identify(conn, self.state.clock.now()).await?;
        (self.admit)(&actor)?;
        Ok(Tx::new(conn, &self.state, self.caller.tenant, actor, self.circumstances))
    }
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
