//! Metrics, served on an address of their own. They are labelled by route pattern, never by path, so that the number of labels is
//! bounded.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse, HttpServer, web};
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::db::Db;
use crate::error::{Error, Result};

/// What is counted and measured.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    pool_connections: IntGauge,
    pool_idle: IntGauge,
    share_places: IntGaugeVec,
    share_taken: IntGaugeVec,
    commits_waiting: IntGaugeVec,
    commit_sizes: HistogramVec,
    projection_lag: IntGauge,
    marks_set_aside: IntGauge,
    listeners: IntGauge,
}

/// Measures the commits that the requests of an operation share.
#[derive(Clone)]
pub struct CommitMeter {
    waiting: IntGauge,
    sizes: Histogram,
}

impl CommitMeter {
    /// A request waits.
    pub fn came(&self) {
        self.waiting.inc();
    }

    /// So many requests no longer wait: they are written together.
    pub fn took(&self, requests: usize) {
        self.waiting.sub(i64::try_from(requests).unwrap_or(i64::MAX));
        self.sizes.observe(u32::try_from(requests).unwrap_or(u32::MAX).into());
    }

    /// How many requests wait.
    #[must_use]
    pub fn waiting(&self) -> i64 {
        self.waiting.get()
    }

    /// How many commits there were.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.sizes.get_sample_count()
    }
}

impl Metrics {
    /// Metrics in a registry of their own.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let labels = ["method", "route", "status"];
        let requests = IntCounterVec::new(Opts::new("lectern_http_requests_total", "Requests answered."), &labels);
        let durations = HistogramVec::new(
            HistogramOpts::new("lectern_http_request_duration_seconds", "Time from request to response, in seconds.")
                .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
            &["method", "route"],
        );
        let commit_sizes = HistogramVec::new(
            HistogramOpts::new("lectern_shared_commit_requests", "Requests that one commit has written.")
                .buckets(vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]),
            &["operation"],
        );
        let metrics = Self {
            requests: requests.map_err(Error::internal)?,
            durations: durations.map_err(Error::internal)?,
            pool_connections: gauge("lectern_db_connections", "Connections of the pool.")?,
            pool_idle: gauge("lectern_db_connections_idle", "Idle connections of the pool.")?,
            share_places: gauges("lectern_db_share_places", "share", "Places of each kind of work in the pool.")?,
            share_taken: gauges(
                "lectern_db_share_places_taken",
                "share",
                "Taken places of each kind of work in the pool.",
            )?,
            commits_waiting: gauges(
                "lectern_shared_commit_waiting",
                "operation",
                "Requests that wait for a commit that they share with others.",
            )?,
            commit_sizes: commit_sizes.map_err(Error::internal)?,
            projection_lag: gauge(
                "lectern_projection_lag_seconds",
                "Age of the oldest fact that is not in the stored live results yet, as last looked for.",
            )?,
            listeners: gauge("lectern_event_listeners", "Listeners to server-sent events.")?,
            marks_set_aside: gauge(
                "lectern_projection_set_aside",
                "Marks of live results that cannot be computed. `lectern project --check` lists them.",
            )?,
            registry,
        };
        let registry = &metrics.registry;
        registry.register(Box::new(metrics.requests.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.durations.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.pool_connections.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.pool_idle.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.share_places.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.share_taken.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.commits_waiting.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.commit_sizes.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.projection_lag.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.marks_set_aside.clone())).map_err(Error::internal)?;
        registry.register(Box::new(metrics.listeners.clone())).map_err(Error::internal)?;
        Ok(metrics)
    }

    /// Counts one answer.
    pub fn observe(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.durations.with_label_values(&[method, route]).observe(elapsed.as_secs_f64());
    }

    /// What measures the shared commits of this operation.
    #[must_use]
    pub fn commits(&self, operation: &str) -> CommitMeter {
        CommitMeter {
            waiting: self.commits_waiting.with_label_values(&[operation]),
            sizes: self.commit_sizes.with_label_values(&[operation]),
        }
    }

    /// Counts who listens to server-sent events.
    #[must_use]
    pub fn listeners(&self) -> IntGauge {
        self.listeners.clone()
    }

    /// How far the projector is behind: the age of the oldest mark in seconds, and the number of marks that are set aside.
    pub fn projection(&self, lag_seconds: i64, set_aside: i64) {
        self.projection_lag.set(lag_seconds);
        self.marks_set_aside.set(set_aside);
    }

    /// All metrics in the text format of Prometheus.
    pub fn render(&self, db: &Db) -> Result<Vec<u8>> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (connections, idle) = db.connections();
        self.pool_connections.set(number(connections));
        self.pool_idle.set(number(idle));
        for (share, places, taken) in db.shares() {
            self.share_places.with_label_values(&[share]).set(number(places));
            self.share_taken.with_label_values(&[share]).set(number(taken));
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).map_err(Error::internal)?;
        Ok(text)
    }
}

fn gauge(name: &str, help: &str) -> Result<IntGauge> {
    IntGauge::new(name, help).map_err(Error::internal)
}

fn gauges(name: &str, label: &str, help: &str) -> Result<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), &[label]).map_err(Error::internal)
}

/// Serves `/metrics` on its own listener until the returned server is stopped.
pub fn serve_metrics(listener: TcpListener, metrics: Metrics, db: Db) -> std::io::Result<actix_web::dev::Server> {
    let app = move || {
        let (metrics, db) = (metrics.clone(), db.clone());
        let answer = move || {
            let rendered = metrics.render(&db);
            async move {
                match rendered {
                    Ok(text) => {
                        HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4")).body(text)
                    }
                    Err(error) => HttpResponse::from_error(error),
                }
            }
        };
        App::new().route("/metrics", web::get().to(answer))
    };
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}
