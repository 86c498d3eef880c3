//! What kinds and states of rewards are called on paper.

use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, phrases};
use crate::rewards::ledger::{EntryState, RewardKind};

phrases! {
    /// A kind or a state.
    enum Word {
        Accepted = "accepted by payroll", "薪资系统已接受";
        Adjustment = "correction", "更正";
        Approved = "approved", "已批准";
        Award = "reward", "奖励";
        Batched = "sent to payroll", "已提交薪资系统";
        CarriedForward = "carried forward", "已结转";
        Granted = "to be approved", "待批准";
        Held = "held", "暂挂";
        Paid = "paid", "已发放";
        Rejected = "rejected", "已拒绝";
        Reversal = "taken back", "冲销";
        Voided = "voided", "已作废";
    }
}

/// The kind in words.
pub fn kind(kind: RewardKind, language: Language) -> String {
    let word = match kind {
        RewardKind::Award => Word::Award,
        RewardKind::Adjustment => Word::Adjustment,
        RewardKind::Reversal => Word::Reversal,
    };
    Phrase::from(word).text(language)
}

/// The state in words.
pub fn state(state: EntryState, language: Language) -> String {
    let word = match state {
        EntryState::Granted => Word::Granted,
        EntryState::Held => Word::Held,
        EntryState::Approved => Word::Approved,
        EntryState::Rejected => Word::Rejected,
        EntryState::Batched => Word::Batched,
        EntryState::Accepted => Word::Accepted,
        EntryState::Paid => Word::Paid,
        EntryState::CarriedForward => Word::CarriedForward,
        EntryState::Voided => Word::Voided,
    };
    Phrase::from(word).text(language)
}
