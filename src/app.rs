//! Assembles the service: routes, middleware, contract.

mod contract;
mod health;

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::ContentType;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use utoipa::openapi::{Info, OpenApi, Paths};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::call::SharedLimits;
use crate::db::Share;
use crate::error::Error;
use crate::feedback::Ratings;
use crate::http::{
    BodyLimits, Cors, Frame, Metrics, Operations, Places, RateLimits, Routes, Scopes, TrustedProxies, frame, places,
};
use crate::jobs::Runner;
use crate::scoring::Feeds;
use crate::state::State;

/// What the HTTP side needs besides the state.
#[derive(Clone)]
pub struct Settings {
    pub workers: Option<usize>,
    pub bodies: BodyLimits,
    pub cors: Cors,
    pub proxies: TrustedProxies,
    pub rate_limits: RateLimits,
    pub shared: SharedLimits,
    pub feeds: Feeds,
    /// How long running requests may take when the service stops.
    pub drain: Duration,
}

/// A feature: its tag in the contract, what it is about, and its routes.
type Feature = (&'static str, &'static str, fn(&mut Operations<'_>));

/// All features, in the reading order of the contract. A route exists only with its annotated handler.
const FEATURES: &[Feature] = &[
    ("access", "Access tokens, machine clients and roles.", |operations| {
        crate::auth::routes::routes(operations);
        crate::access::routes::routes(operations);
        crate::merging::routes::confirmation(operations);
    }),
    ("names", "What the company calls its codes, in Chinese and English.", crate::names::routes::routes),
    ("people", "Departments, employees, lecturers and their groups.", |operations| {
        crate::people::routes::routes(operations);
        crate::merging::routes::routes(operations);
    }),
    (
        "calendar",
        "The company's workdays, rest days and holidays, which move teaching fees.",
        crate::calendar::routes::routes,
    ),
    ("programmes", "Incentive programmes with their rules, policies and periods.", |operations| {
        crate::programmes::routes::routes(operations);
        crate::closing::what_if::routes::routes(operations);
        crate::closing::advice::routes::routes(operations);
    }),
    ("sessions", "Sessions from plan to delivery, with attendance.", crate::sessions::routes::routes),
    ("content", "Content, its reuse and application cases.", crate::content::routes::routes),
    ("feedback", "Ratings and comments by learners.", crate::feedback::routes::routes),
    ("scores", "Scorecards with their statement, and leaderboards with ranks.", crate::scoring::routes::routes),
    ("appeals", "Appeals of lecturers against the results of closed periods.", crate::appeals::routes::routes),
    ("closing", "Closing a period, which makes its rewards payable, and restating it.", |operations| {
        crate::closing::routes::routes(operations);
        crate::closing::restatement_routes::routes(operations);
        crate::closing::provisional::routes::routes(operations);
    }),
    ("rewards", "The rewards ledger, approvals and certificates.", |operations| {
        crate::rewards::ledger::routes::routes(operations);
        crate::rewards::balances::routes::routes(operations);
        crate::rewards::statement::routes::routes(operations);
        crate::rewards::certificates::routes::routes(operations);
        crate::rewards::budget_raises::routes::routes(operations);
    }),
    ("payroll", "Payroll batches, which the payroll system pulls and acknowledges.", crate::payroll::routes),
    (
        "mentoring",
        "Mentors: offers of excellent lecturers, pairs with newcomers, goals, notes and results.",
        crate::mentoring::routes,
    ),
    ("growth", "Promotion policies, checks with evidence, and applications.", crate::growth::routes),
    (
        "opportunities",
        "Training outside of the company, for which lecturers apply, with places by rank.",
        crate::opportunities::routes::routes,
    ),
    ("imports", "Importing facts from files.", crate::imports::routes::routes),
    ("jobs", "Long-running work with progress.", crate::jobs::routes::routes),
    ("audit", "The operation log.", crate::audit::routes::routes),
    ("service", "Health checks and the meaning of problem codes.", health::routes),
];

fn go_through(mut operations: Operations<'_>) {
    for (tag, _, routes) in FEATURES {
        operations.feature(tag, *routes);
    }
}

fn serve_operations(config: &mut web::ServiceConfig, places: &Places) {
    let mut scopes = Scopes::default();
    go_through(Operations::Service(&mut scopes, places));
    scopes.register(config);
}

/// The kinds of long-running work.
#[must_use]
pub fn jobs() -> Runner {
    Runner::default()
        .with(crate::closing::CLOSE_JOB, Share::Jobs, crate::closing::run_close)
        .with(crate::closing::RESTATE_JOB, Share::Jobs, crate::closing::run_restate)
        .with(crate::closing::what_if::WHAT_IF_JOB, Share::Jobs, crate::closing::what_if::run_what_if)
        .with(crate::closing::advice::ADVICE_JOB, Share::Jobs, crate::closing::advice::run_advice)
        .with(crate::opportunities::PASS_ON_JOB, Share::Jobs, crate::opportunities::run_pass_on)
        .with(crate::imports::routes::IMPORT_JOB, Share::Imports, crate::imports::routes::run_import)
}

/// The contract, generated from the handlers.
#[must_use]
pub fn document() -> OpenApi {
    let (mut document, mut described) = (contract::base(), OpenApi::new(Info::new("", ""), Paths::new()));
    go_through(Operations::Contract(&mut described));
    document.merge(described);
    contract::complete(document)
}

/// The contract as committed and served.
pub fn document_json() -> crate::error::Result<String> {
    render(&document())
}

fn render(document: &OpenApi) -> crate::error::Result<String> {
    let mut text = document.to_pretty_json().map_err(Error::internal)?;
    text.push('\n');
    Ok(text)
}

/// What is kept of the contract: the parsed document needs many times as much memory. It is made once in a process, since making it
/// takes longer than all else at the start of a server.
struct Contract {
    text: String,
    routes: Arc<Routes>,
    places: Places,
}

static CONTRACT: OnceLock<Contract> = OnceLock::new();

impl Contract {
    fn get() -> crate::error::Result<&'static Self> {
        if let Some(made) = CONTRACT.get() {
            return Ok(made);
        }
        let mut document = document();
        let (text, routes) = (render(&document)?, Arc::new(Routes::of(&document)));
        let made = Self { text, routes, places: places(&mut document) };
        Ok(CONTRACT.get_or_init(|| made))
    }
}

/// Serves on `listener` until the returned server is stopped.
pub fn serve(
    listener: TcpListener,
    state: State,
    metrics: Metrics,
    settings: &Settings,
) -> crate::error::Result<Server> {
    let contract = Contract::get()?;
    let ratings = Ratings::of(state.clone(), settings.shared, &metrics);
    let edge = web::Data::new(Frame {
        ids: state.ids.clone(),
        metrics,
        hsts: state.public_url.starts_with("https://"),
        cors: settings.cors.clone(),
        proxies: settings.proxies.clone(),
    });
    let state = web::Data::new(state);
    let rate_limits = web::Data::new(settings.rate_limits.clone());
    let feeds = web::Data::new(settings.feeds.clone());
    let settings_for_app = settings.clone();
    let server = HttpServer::new(move || {
        App::new()
            .configure(|config| serve_operations(config, &contract.places))
            .app_data(state.clone())
            .app_data(edge.clone())
            .app_data(web::Data::from(contract.routes.clone()))
            .app_data(rate_limits.clone())
            .app_data(settings_for_app.bodies)
            .app_data(ratings.clone())
            .app_data(feeds.clone())
            .service(web::redirect("/docs", "/docs/"))
            .service(
                web::resource("/openapi.json").route(web::get().to(contract_text)).default_service(web::to(only_read)),
            )
            .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json")))
            .service(web::resource("/docs/{_:.*}").to(only_read))
            .default_service(web::to(no_route))
            .wrap(Compress::default())
            .wrap(from_fn(frame))
    })
    .disable_signals()
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(settings.drain.as_secs());
    let server = match settings.workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    Ok(server.listen(listener).map_err(Error::internal)?.run())
}

async fn contract_text() -> crate::error::Result<HttpResponse> {
    let text = web::Bytes::from_static(Contract::get()?.text.as_bytes());
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(text))
}

/// What is not in the contract is only read.
async fn only_read() -> crate::error::Result<HttpResponse> {
    Err(Error::method_not_allowed(&["GET", "HEAD"]))
}

async fn no_route(request: HttpRequest, known: web::Data<Routes>) -> crate::error::Result<HttpResponse> {
    Err(known.refuse(&request))
}
