//! One request's way through the frame: token → transaction → roles → idempotency claim → body → work → journal → answer kept →
//! commit → response. A handler extracts a [`Call`] with the right it needs, and gives it the work.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use validator::Validate;

use crate::auth::{Actor, Caller, Right, authenticate};
use crate::db::{Access, Connection};
use crate::error::{Code, Error, Result};
use crate::http::{
    Body, Json, Paging, Precondition, RateLimits, Reply, RequestContext, Routes, fingerprint, says_nothing,
};
use crate::journal::{Circumstances, Claim, IdempotencyKey, Tx, claim, keep};
use crate::state::State;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A request of a caller whose token is good. Whether one of the caller's roles gives the right `R` is looked up in the
/// transaction of the work.
pub struct Call<R> {
    pub state: State,
    pub context: RequestContext,
    caller: Caller,
    request: HttpRequest,
    /// Of an operation that takes none.
    unasked: Option<Body>,
    right: PhantomData<fn() -> R>,
}

impl<R: Right> FromRequest for Call<R> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_unasked = !matches!(payload, Payload::None) && is_bodyless(request);
        let unasked = is_unasked.then(|| Body::of(request, payload));
        let request = request.clone();
        Box::pin(async move {
            let state =
                request.app_data::<web::Data<State>>().ok_or_else(|| Error::internal("no state"))?.get_ref().clone();
            let caller = match authenticate(&state, &request).await {
                Ok(caller) => caller,
                Err(refused) => {
                    RateLimits::count_address(&request, "bad token")?;
                    return Err(refused);
                }
            };
            RateLimits::count_caller(&request, caller.tenant, caller.name())?;
            let context = RequestContext::of(&request);
            Ok(Self { state, context, caller, request, unasked, right: PhantomData })
        })
    }
}

impl<R: Right> Call<R> {
    /// The tenant whose data this is about.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.caller.tenant
    }

    /// `If-Match` where it must be sent.
    pub fn if_match(&self) -> Result<Precondition> {
        Precondition::required(&self.request)
    }

    /// `If-Match` where it may be sent.
    pub fn if_match_optional(&self) -> Result<Precondition> {
        Precondition::optional(&self.request)
    }

    /// The page that the query asks for.
    #[must_use]
    pub fn paging(&self, limit: Option<u32>, cursor: Option<String>) -> Paging {
        let caller = format!("{}\n{}", self.caller.tenant, self.caller.name());
        let query = self.request.query_string();
        Paging::new(limit, cursor, &caller, self.request.path(), query, self.state.installation.clone())
    }

    /// Refuses a caller without the right before the body is read: for operations that take whole files.
    pub async fn admitted(self) -> Result<Self> {
        let entry = self.entry();
        let looked_up = self.state.db.transaction(Access::Read, Some(self.caller.tenant), move |conn| {
            async move { entry.admit::<R>(conn).await.map(drop) }.boxed()
        });
        looked_up.await?;
        Ok(self)
    }

    /// Reads: `work` answers from one snapshot. Answers 304 where the caller has this version already.
    pub async fn read<W>(mut self, work: W) -> Result<HttpResponse>
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let unasked = self.read_unasked().await?;
        let entry = self.entry();
        let transaction = self.state.db.transaction(Access::Read, Some(self.caller.tenant), move |conn| {
            async move {
                let mut tx = entry.admit::<R>(conn).await?;
                refuse_body(&unasked)?;
                work(&mut tx).await
            }
            .boxed()
        });
        transaction.await?.unless_known(&self.request)
    }

    /// Reads what the body asks for: for questions too long for a query. It takes no `Idempotency-Key`, having no effect.
    pub async fn read_with<B, W>(self, body: Json<B>, work: W) -> Result<HttpResponse>
    where
        B: DeserializeOwned + Validate + Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let body = body.read().await?;
        self.read(move |tx| {
            async move {
                let request = body.parse()?;
                work(tx, request).await
            }
            .boxed()
        })
        .await
    }

    /// Writes what the body asks for.
    pub async fn write<B, W>(self, body: Json<B>, work: W) -> Result<HttpResponse>
    where
        B: DeserializeOwned + Validate + Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>, B) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let body = body.read().await?;
        let key = self.idempotency_key(body.fingerprint())?;
        self.run(key, move |tx| {
            async move {
                let request = body.parse()?;
                work(tx, request).await
            }
            .boxed()
        })
        .await
    }

    /// Writes, for a request without a body.
    pub async fn act<W>(mut self, work: W) -> Result<HttpResponse>
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let unasked = self.read_unasked().await?;
        // A body that says nothing is none, however it is written.
        let said = if says_nothing(&unasked) { vec![0; 32] } else { fingerprint(&unasked) };
        let key = self.idempotency_key(said)?;
        self.run(key, move |tx| {
            async move {
                refuse_body(&unasked)?;
                work(tx).await
            }
            .boxed()
        })
        .await
    }

    /// What was sent to an operation that takes no body.
    async fn read_unasked(&mut self) -> Result<Bytes> {
        match self.unasked.take() {
            Some(body) => body.read().await.map_err(|_| takes_no_body()),
            None => Ok(Bytes::new()),
        }
    }

    /// For operations that move money: refused (400) without an `Idempotency-Key`.
    pub fn keyed(self) -> Result<Self> {
        if self.request.headers().contains_key(IDEMPOTENCY_KEY) {
            Ok(self)
        } else {
            Err(Error::new(Code::IdempotencyKeyRequired))
        }
    }

    async fn run<W>(self, key: Option<IdempotencyKey>, work: W) -> Result<HttpResponse>
    where
        W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>> + Send + 'static,
    {
        let entry = self.entry();
        let transaction = self.state.db.transaction(Access::Write, Some(self.caller.tenant), move |conn| {
            async move {
                let mut tx = entry.admit::<R>(conn).await?;
                once(&mut tx, key, work).await
            }
            .boxed()
        });
        let (reply, replayed) = transaction.await?;
        let mut response = reply.into_response();
        if replayed {
            response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    fn entry(&self) -> Entry {
        Entry {
            state: self.state.clone(),
            caller: self.caller.clone(),
            circumstances: Circumstances {
                request_id: Some(self.context.request_id.clone()),
                traceparent: self.context.traceparent.clone(),
            },
        }
    }

    /// The `Idempotency-Key` of a POST. Other methods are idempotent by themselves.
    fn idempotency_key(&self, body_sha256: Vec<u8>) -> Result<Option<IdempotencyKey>> {
        let mut lines = self.request.headers().get_all(IDEMPOTENCY_KEY);
        let Some(line) = lines.next().filter(|_| self.request.method() == actix_web::http::Method::POST) else {
            return Ok(None);
        };
        let invalid = || {
            let problem = "it must be given once, as 1 to 255 visible ASCII characters";
            Error::new(Code::InvalidHeader).with("header", "Idempotency-Key").with("problem", problem)
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

/// Whether the contract has no body for this request.
fn is_bodyless(request: &HttpRequest) -> bool {
    let route = request.app_data::<web::Data<Routes>>().and_then(|routes| routes.find(request.path()));
    route.is_some_and(|route| route.is_bodyless(request.method()))
}

/// What nobody would read is not accepted.
fn refuse_body(body: &[u8]) -> Result<()> {
    if says_nothing(body) { Ok(()) } else { Err(takes_no_body()) }
}

fn takes_no_body() -> Error {
    Error::new(Code::MalformedRequest).with("problem", "this operation takes no body")
}

/// What a transaction needs to begin for a caller.
struct Entry {
    state: State,
    caller: Caller,
    circumstances: Circumstances,
}

impl Entry {
    /// Looks up the caller's roles and refuses who lacks the right `R`.
    async fn admit<R: Right>(self, conn: &mut Connection) -> Result<Tx<'_>> {
        let actor: Actor = self.caller.identify(conn, self.state.clock.now()).await?;
        actor.reach::<R>()?;
        Ok(Tx::new(conn, &self.state, self.caller.tenant, actor, self.circumstances))
    }
}

/// Does the work unless it was done; answers whether it was.
async fn once<W>(tx: &mut Tx<'_>, key: Option<IdempotencyKey>, work: W) -> Result<(Reply, bool)>
where
    W: for<'t, 'c> FnOnce(&'t mut Tx<'c>) -> BoxFuture<'t, Result<Reply>>,
{
    if let Some(key) = &key
        && let Claim::Done(reply) = claim(tx, key).await?
    {
        return Ok((reply, true));
    }
    let reply = work(tx).await?;
    tx.write_journal().await?;
    if let Some(key) = &key {
        keep(tx, key, &reply).await?;
    }
    Ok((reply, false))
}
