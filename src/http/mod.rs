//! The HTTP edge: how requests are read, what responses look like, and the problem document for every error.
//!
//! [`frame()`] is the outermost middleware: request id, language, security headers, access log, metrics, and the rendering of every
//! error (including the framework's) as `application/problem+json`. [`Json`], [`Path`] and [`Query`] replace the framework's
//! extractors under the same names, because the contract generator knows these names.

mod body;
mod body_form;
mod context;
mod cors;
mod etag;
mod extract;
mod fallback;
mod forwarded;
mod frame;
mod json_text;
mod large_texts;
mod operation;
mod page;
mod problem;
mod problem_page;
mod rate_limits;
mod register;
mod reply;
mod response;
mod shape;
pub mod tables;
mod tagged_unions;
mod telemetry;
mod validation;

pub use body::{Body, BodyLimits, Json, MERGE_PATCH_JSON, Shelf, is_empty_body};
pub use body_form::BodyForm;
pub use context::{MAX_ACCEPT_LANGUAGE, RequestContext};
pub use cors::Cors;
pub use etag::{ETag, Precondition};
pub use extract::{Path, Query};
pub use fallback::{Routes, Served, is_guarded};
pub use forwarded::TrustedProxies;
pub use frame::{Frame, frame};
pub use json_text::{JsonText, fingerprint, parse_json};
pub use large_texts::TextPart;
pub use operation::{
    IDEMPOTENCY_KEY, IF_MATCH, IfMatch, JOB_REFUSES, REFUSES, RequiredIdempotencyKey, RequiredIfMatch, STORED,
    TELLS_CLOSED, WITHOUT, header, idempotency_key, if_match, take_extension, take_flag, text,
};
pub use page::{Listed, Next, Page, Paged, Paging, Unfiltered};
pub use problem::{PROBLEM_JSON, Problem, ProblemError, problem_response};
pub use problem_page::{ProblemPage, ProblemPages, problem_page, problem_pages};
pub use rate_limits::{RATE_LIMIT, RATE_LIMIT_POLICY, RateLimits};
pub(crate) use register::operations;
pub use register::{Argument, Operations, Places, Scopes, by_method, places};
pub use reply::Reply;
pub(crate) use response::response;
pub use shape::unknown as unknown_name;
pub use tagged_unions::TaggedUnions;
pub use telemetry::{CommitMeter, Metrics, serve_metrics};
pub use validation::validation_faults;
