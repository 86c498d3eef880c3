//! How one request is processed: token → transaction → roles → idempotency claim → body → work → journal → response stored
//! for retries → commit → response. A handler extracts a [`Call`] with the right it requires, and passes it the work with
//! [`answer!`].

mod known;
mod shared;

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use uuid::Uuid;
use validator::Validate;

use self::known::{Entry, IDEMPOTENT_REPLAYED, Known, refuse_body};
use crate::auth::{Actor, Right};
use crate::db::Share;
use crate::error::{Error, Result};
use crate::http::{Argument, BodyForm, Json, JsonText, Paged, Paging, Precondition, Reply, RequestContext, Shelf};
use crate::journal::{Asking, Tx};
use crate::kernel::fault::Faults;
use crate::state::State;

pub use shared::{Part, SharedCommits, SharedLimits};

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
        let work: Work = Box::new(work);
        self.known.read(reach::<R>, Nothing, move |tx, ()| work(tx)).await
    }

    /// Reads what is asked for all day: the question goes to the database together with who the caller is, and its statements are
    /// planned once per connection. `work` answers with what was found, if the caller may have it.
    pub async fn read_warm<Q, W>(mut self, question: Q, work: W) -> Answer
    where
        Q: Question,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Q::Found) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.state.db = self.known.state.db.keeping_plans();
        self.known.read(reach::<R>, question, work).await
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

    /// The same for a response that goes on to read many rows: in the share of the pool for these.
    pub async fn stay_long<T, W>(mut self, work: W) -> Result<(T, Stay)>
    where
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        self.known.state.db = self.known.state.db.in_share(Share::LongReads);
        self.stay(work).await
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

    /// Reads a page of a list that is asked for all day: its statements are planned once per connection.
    pub async fn list_warm<Q, W>(mut self, query: Paged<Q>, work: W) -> Answer
    where
        Q: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Q, Paging) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        self.known.state.db = self.known.state.db.keeping_plans();
        self.list(query, work).await
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
        let work = parsed(body, form, work);
        self.known.read(reach::<R>, Nothing, move |tx, ()| work(tx)).await
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

/// What a read asks together with who the caller is: before anything is known, so that all of it takes one round trip.
pub trait Question: Send + 'static {
    type Found: Send + 'static;

    /// Asks at once: no statement waits for the answer to another. To find nothing is no error here.
    fn ask(self, asking: Asking<'_>) -> BoxFuture<'_, Result<Self::Found>>;
}

/// No question: the work asks, once it is known who calls.
struct Nothing;

impl Question for Nothing {
    type Found = ();

    fn ask(self, _: Asking<'_>) -> BoxFuture<'_, Result<()>> {
        ready(Ok(())).boxed()
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

/// A caller who stays after the request: with each read the roles are looked up again.
#[derive(Clone)]
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
        self.0.clone().read(Nothing, move |tx, ()| work(tx)).await
    }

    /// Reads once for callers of one tenant, in the share of the pool of this state. The work gets who each of them is now, or why
    /// they have lost the right.
    pub async fn read_together<T, W>(state: &State, tenant: Uuid, stays: Vec<Self>, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, Vec<Result<Actor>>) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let entries = stays.into_iter().map(|stay| stay.0).collect();
        Entry::read_together(state.clone(), tenant, entries, work).await
    }
}
