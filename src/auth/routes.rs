//! The token endpoint: client credentials in, access token out. Also the keys and metadata for verifying tokens.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actor::Actor;
use super::authenticate::client_id;
use super::rights;
use crate::db::Access;
use crate::error::Code::InvalidScope;
use crate::error::{Code, Error, Result};
use crate::http::{Body, RateLimits, Reply, operations};
use crate::kernel::message::{Param, data};
use crate::kernel::phrases::RequestProblem;
use crate::keys::{self, Claims, MAX_LIFETIME, TokenActor};
use crate::state::State;

operations! { create_token, get_jwks, get_authorization_server_metadata }

/// A token request of a machine client (RFC 6749, 4.4). Unknown parameters are ignored, as section 3.2 requires.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateTokenRequest {
    /// Always `client_credentials`.
    #[schema(max_length = 64, pattern = "^client_credentials$", examples("client_credentials"))]
    pub grant_type: String,
    /// The client's id, unless it is sent by HTTP Basic.
    #[schema(max_length = 65, examples("01980f6e5c1e7d3a9b1f0c2d3e4f5a6b.01980f6e5c1e7d3a9b1f0c2d3e4f5a6c"))]
    pub client_id: Option<String>,
    /// The client's secret, unless it is sent by HTTP Basic.
    #[schema(max_length = 128, format = Password, examples("…"))]
    pub client_secret: Option<String>,
    /// Scopes to limit the token to, separated by spaces. If absent, the token has all scopes that the client's roles grant at
    /// the time of each request.
    #[schema(max_length = 2000, examples("payroll:export"))]
    pub scope: Option<String>,
}

/// An access token (RFC 6749, 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenResponse {
    /// A JWT (RFC 9068).
    #[schema(max_length = 8192)]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(max_length = 6, examples("Bearer"))]
    pub token_type: &'static str,
    /// Seconds until the token expires.
    #[schema(minimum = 1, maximum = 900, format = "int32", examples(900))]
    pub expires_in: u64,
    /// The scopes that the token has now.
    #[schema(max_length = 2000, examples("payroll:export payroll:prepare"))]
    pub scope: String,
}

/// The media type of a token request.
const FORM: &str = "application/x-www-form-urlencoded";

/// Get an access token
///
/// OAuth 2.0 client credentials: send the client's id and secret by HTTP Basic or in the form. The token is valid for 15 minutes.
/// The client's roles are read at every request, so the token's rights can shrink while it is valid. A token requested with
/// `scope` never has more than these scopes. Those that the client's roles do not grant are left out, and `scope` in the answer says
/// which are left; it is refused if none is, or if a scope does not exist. Problems also carry the `error` of RFC 6749, 5.2. A
/// client with good credentials has its own quota, whoever else calls from its address.
#[utoipa::path(
    post, path = "/oauth/token",
    request_body(content = CreateTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenResponse)), security(), extensions(("x-refuses" = json!([InvalidScope])))
)]
async fn create_token(state: web::Data<State>, request: HttpRequest, body: Body) -> Result<HttpResponse> {
    let Asked { public_id, tenant, known, scope } = match asked(&state, &request, body).await {
        Ok(asked) => asked,
        Err(refused) => {
            RateLimits::count_address(&request, "bad credentials")?;
            return Err(refused);
        }
    };
    RateLimits::count_caller(&request, tenant, known.actor.identity.to_string())?;
    let given = known.actor.scopes();
    let limit = wanted_scopes(scope.as_deref(), &given)?;
    let response = TokenResponse {
        scope: if limit.is_empty() { given.join(" ") } else { limit.join(" ") },
        access_token: issue_at(&state, tenant, (TokenActor::Client, public_id), limit, known.issued_at)?,
        token_type: "Bearer",
        expires_in: MAX_LIFETIME.as_secs(),
    };
    Ok(Reply::ok(&response)?.header(CACHE_CONTROL, "no-store").into_response())
}

/// A token request with good credentials.
struct Asked {
    public_id: String,
    tenant: Uuid,
    known: KnownClient,
    scope: Option<String>,
}

/// Reads a token request and checks its credentials.
async fn asked(state: &State, request: &HttpRequest, body: Body) -> Result<Asked> {
    let malformed = |problem: Param| Error::new(Code::MalformedRequest).with("problem", problem);
    if request.content_type() != FORM {
        return Err(oauth_error(
            "invalid_request",
            Error::new(Code::UnsupportedMediaType).with("expected", data(FORM)),
        ));
    }
    let body = body.read().await?;
    let form: CreateTokenRequest = serde_urlencoded::from_bytes(&body)
        .map_err(|_| oauth_error("invalid_request", malformed(RequestProblem::FormBroken.into())))?;
    if form.grant_type != "client_credentials" {
        let problem = malformed(RequestProblem::GrantType.into());
        return Err(oauth_error("unsupported_grant_type", problem));
    }
    let refused = || oauth_error("invalid_client", Error::new(Code::InvalidClient));
    let (public_id, secret) = credentials(request, &form).ok_or_else(refused)?;
    let (tenant, client) = client_id(&public_id).ok_or_else(refused)?;
    let known = check_secret(state, tenant, client, secret).await?.ok_or_else(refused)?;
    Ok(Asked { public_id, tenant, known, scope: form.scope })
}

/// The scopes to limit the token to: of those that the request names, what the client's roles grant (RFC 6749, 3.3). Empty if the
/// request names none.
fn wanted_scopes(wanted: Option<&str>, given: &[String]) -> Result<Vec<String>> {
    // A blank scope counts as absent: that is how forms send an empty field.
    let wanted = wanted.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    let wanted: Vec<&str> = wanted.collect();
    let is_known = |scope: &str| rights::ALL.iter().any(|(known, _, _)| *known == scope);
    let granted = wanted.iter().filter(|scope| given.iter().any(|given| given == *scope));
    let granted: Vec<String> = granted.map(ToString::to_string).collect();
    let refused = match wanted.iter().find(|scope| !is_known(scope)) {
        None if granted.is_empty() => wanted.as_slice().first(),
        unknown => unknown,
    };
    match refused {
        None => Ok(granted),
        Some(scope) => Err(oauth_error("invalid_scope", Error::new(Code::InvalidScope).with("scope", data(scope)))),
    }
}

/// The problem with the member `error`, by which OAuth 2.0 libraries recognise it (RFC 6749, 5.2).
fn oauth_error(name: &str, problem: Error) -> Error {
    problem.member("error", name.into())
}

/// Issues a token of this installation, limited to `scopes`. If `scopes` is empty, only the roles limit it.
pub fn issue(state: &State, tenant: Uuid, actor: TokenActor, client: String, scopes: Vec<String>) -> Result<String> {
    issue_at(state, tenant, (actor, client), scopes, state.clock.now())
}

fn issue_at(
    state: &State,
    tenant: Uuid,
    (actor, client): (TokenActor, String),
    scopes: Vec<String>,
    issued_at: DateTime<Utc>,
) -> Result<String> {
    let claims = Claims {
        issuer: state.public_url.clone(),
        audience: state.public_url.clone(),
        tenant_id: tenant,
        actor,
        client_id: client,
        scopes,
        token_id: state.ids.next(),
        issued_at,
        lifetime: MAX_LIFETIME,
    };
    keys::issue(&state.signing, claims).map_err(|fault| Error::internal(format!("the token was not issued: {fault:?}")))
}

/// The credentials by HTTP Basic (both parts form-urlencoded, RFC 6749, 2.3.1) or in the form, never both.
fn credentials(request: &HttpRequest, form: &CreateTokenRequest) -> Option<(String, String)> {
    let basic = request.headers().get(AUTHORIZATION).and_then(|line| line.to_str().ok());
    match (basic, &form.client_id, &form.client_secret) {
        (None, Some(id), Some(secret)) => Some((id.clone(), secret.clone())),
        (Some(line), None, None) => {
            let (scheme, encoded) = line.split_once(' ')?;
            let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok())?;
            let (id, secret) = decoded.split_once(':')?;
            if scheme.eq_ignore_ascii_case("basic") { Some((form_decoded(id)?, form_decoded(secret)?)) } else { None }
        }
        _ => None,
    }
}

/// Decodes a form-urlencoded text.
fn form_decoded(text: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&format!("text={text}")).ok()?;
    match pairs.as_slice() {
        [(_, value)] => Some(value.clone()),
        _ => None,
    }
}

/// A client whose credentials are good.
struct KnownClient {
    actor: Actor,
    /// The time of its token: now, or the second after the rotation of its secret. An earlier token counts as the old secret's.
    issued_at: DateTime<Utc>,
}

/// The client, if the secret is correct. The comparison takes the same time whatever is wrong.
async fn check_secret(state: &State, tenant: Uuid, client: Uuid, secret: String) -> Result<Option<KnownClient>> {
    use crate::schema::api_clients;
    let now = state.clock.now();
    state
        .db
        .transaction(Access::Read, Some(tenant), move |conn| {
            async move {
                let kept: Option<(Vec<u8>, Option<DateTime<Utc>>)> = api_clients::table
                    .filter(api_clients::tenant_id.eq(tenant))
                    .filter(api_clients::id.eq(client))
                    .select((api_clients::secret_sha256, api_clients::secret_rotated_at))
                    .first(conn)
                    .await
                    .optional()?;
                let given = keys::client_secret_sha256(&secret);
                let hash = kept.as_ref().map_or([0; 32].as_slice(), |(hash, _)| hash);
                let same = verify_slices_are_equal(&given, hash).is_ok();
                let Some((_, rotated_at)) = kept.filter(|_| same) else { return Ok(None) };
                let issued_at = rotated_at.map_or(now, |rotated| now.max(rotated + TimeDelta::seconds(1)));
                let actor = Actor::find_client(conn, tenant, client, issued_at, now).await?;
                Ok(actor.map(|actor| KnownClient { actor, issued_at }))
            }
            .boxed()
        })
        .await
}

/// A set of public keys (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct JwksResponse {
    /// The keys; the current signing key comes first.
    #[schema(value_type = Vec<PublicKey>, max_items = 10)]
    pub keys: Value,
}

/// One public key (RFC 7517), on the curve P-256.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the keys write themselves")]
pub struct PublicKey {
    #[schema(max_length = 2, pattern = "^EC$", examples("EC"))]
    kty: String,
    #[schema(max_length = 5, pattern = "^P-256$", examples("P-256"))]
    crv: String,
    #[schema(
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$",
        examples("WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis")
    )]
    x: String,
    #[schema(
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$",
        examples("y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE")
    )]
    y: String,
    #[serde(rename = "use")]
    #[schema(rename = "use", max_length = 3, pattern = "^sig$", examples("sig"))]
    usage: String,
    #[schema(max_length = 5, pattern = "^ES256$", examples("ES256"))]
    alg: String,
    /// Thumbprint of the key (RFC 7638).
    #[schema(max_length = 128, pattern = "^[A-Za-z0-9_-]+$", examples("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"))]
    kid: String,
}

/// A name defined by OAuth 2.0.
#[derive(ToSchema)]
#[schema(max_length = 64, pattern = "^[a-z_:-]+$", examples("client_credentials"))]
pub struct OAuthName(#[expect(dead_code, reason = "names the schema")] String);

/// How long caches may keep responses that are the same for everybody.
const KEPT_BRIEFLY: &str = "public, max-age=300";

/// Get the signing keys
///
/// The public keys that verify Lectern's own access tokens.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", responses((status = 200, body = JwksResponse, headers(("ETag")))), security()
)]
async fn get_jwks(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse> {
    let keys = state.signing.jwks().get("keys").cloned().unwrap_or_default();
    Reply::projection(&JwksResponse { keys })?.header(CACHE_CONTROL, KEPT_BRIEFLY).unless_known(&request)
}

/// Metadata of the authorization server (RFC 8414).
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationServerMetadata {
    #[schema(format = "uri", max_length = 500, examples("https://lectern.example.com"))]
    pub issuer: String,
    #[schema(format = "uri", max_length = 500)]
    pub token_endpoint: String,
    #[schema(format = "uri", max_length = 500)]
    pub jwks_uri: String,
    #[schema(value_type = Vec<OAuthName>, max_items = 100)]
    pub scopes_supported: Vec<&'static str>,
    #[schema(value_type = Vec<OAuthName>, max_items = 10)]
    pub response_types_supported: Vec<&'static str>,
    #[schema(value_type = Vec<OAuthName>, max_items = 10)]
    pub grant_types_supported: Vec<&'static str>,
    #[schema(value_type = Vec<OAuthName>, max_items = 10)]
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
}

/// Get the authorization server's metadata
///
/// Where tokens are issued, and which scopes exist.
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server",
    responses((status = 200, body = AuthorizationServerMetadata, headers(("ETag")))), security()
)]
async fn get_authorization_server_metadata(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse> {
    let metadata = AuthorizationServerMetadata {
        issuer: state.public_url.clone(),
        token_endpoint: format!("{}/oauth/token", state.public_url),
        jwks_uri: format!("{}/.well-known/jwks.json", state.public_url),
        scopes_supported: rights::ALL.iter().map(|(scope, _, _)| *scope).collect(),
        response_types_supported: Vec::new(),
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post"],
    };
    Reply::projection(&metadata)?.header(CACHE_CONTROL, KEPT_BRIEFLY).unless_known(&request)
}
