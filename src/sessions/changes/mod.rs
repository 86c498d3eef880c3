//! What a lecturer asks for about a session that was assigned: to cancel it, to move it, to hand it over to a colleague, or to make
//! it voluntary. HR or an organiser of the session's group decides, but nobody decides what concerns themselves: neither who asks,
//! nor another lecturer of the session, nor the colleague. Until then the session stands. A lecturer's own (voluntary) session needs
//! no consent.
//!
//! States: `open → approved | declined` by HR or an organiser, `withdrawn` by who asked, `lapsed` as soon as the session is decided.
//! An approval carries the change out in the same transaction. One lecturer has one open request per session.
//!
//! The reason and the answer are seen by who asked, by the group's organisers and by HR, and stand neither in the session nor in the
//! operation log nor in events.
//!
//! Lock order: the session's row, then its requests.

mod apply;
mod dto;
mod model;
pub mod queries;
pub mod routes;
mod service;
