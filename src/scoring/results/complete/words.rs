//! What a statement says, in both languages.

use super::dto::{FactKind, FactReason};
use crate::kernel::message::{Phrase, phrases};

phrases! {
    /// A sentence of a statement.
    pub enum Said {
        Appealable = "Before {until} the lecturer may appeal.", "讲师可在 {until} 前提出申诉。";
        Appealed = "Appeal about {subject}: {state}.", "对{subject}的申诉：{state}。";
        Appraisal = "The overall appraisal takes over {share} points, with a weight of {weight} %.", "计入整体考核 {share} 分（权重 {weight}%）。";
        Capped = "The score is {score}, which would be the grade {by_score}; the grade is {grade}, because {causes}.",
            "得分 {score}，按分数应为“{by_score}”；因{causes}，等级为“{grade}”。";
        Closed = "Final: as closed in snapshot {number}.", "最终结果：第 {number} 号快照。";
        Counted = "{metric}: {value} {basis}; on the curve ({curve}) that is {points} points, and with a weight of {weight} % it adds {contribution} to the score.",
            "{metric}：{value}（{basis}）；按曲线（{curve}）得 {points} 分，权重 {weight}%，对总分贡献 {contribution} 分。";
        CountedMissing = "{metric}: no value {basis}; it counts with 0 points and a weight of {weight} %.",
            "{metric}：无数值（{basis}）；按 0 分计入，权重 {weight}%。";
        Excused = "Excused on {exempt} of {days} days: what is asked for in sessions and minutes is reduced accordingly.",
            "本周期 {days} 天中有 {exempt} 天不参与考核，对授课次数和时长的要求按比例减少。";
        Fee = "“{title}” is paid {amount} by “{policy}”.", "“{title}”的“{policy}”：{amount}。";
        FeeHeld = "“{title}” is paid {amount} by “{policy}”, held because {reasons}.", "“{title}”的“{policy}”：{amount}，因{reasons}暂挂。";
        FeeOverBudget = "“{title}” is paid {amount} by “{policy}”, held over budget.", "“{title}”的“{policy}”：{amount}，因超出预算暂挂。";
        GateFailed = "Minimum not met: {metric} is {value}, and {least} is asked for; the grade is {grade} at best.",
            "未达到门槛：{metric}为 {value}，要求至少 {least}；等级最高为“{grade}”。";
        GateMet = "Minimum met: {metric} is {value}, and {least} is asked for.", "已达到门槛：{metric}为 {value}，要求至少 {least}。";
        GateMissing = "Minimum not met: {metric} has no value, and {least} is asked for; the grade is {grade} at best.",
            "未达到门槛：{metric}无数值，要求至少 {least}；等级最高为“{grade}”。";
        GateOpen = "{metric} has no value, so the minimum of {least} does not apply.", "{metric}无数值，至少 {least} 的门槛不适用。";
        Graded = "The score is {score}, the grade {grade}.", "得分 {score}，等级为“{grade}”。";
        Left = "{metric}: no value {basis}; its weight of {weight} % is left out.", "{metric}：无数值（{basis}）；其权重 {weight}% 不计入。";
        NextGrade = "The next grade, {grade}, takes a score of {score}, {lacking} more: {lifts}.",
            "下一等级“{grade}”需要 {score} 分，还差 {lacking} 分：{lifts}。";
        NextGradeCapped = "The score is enough for the next grade, {grade}, but something else is in the way: {lifts}.",
            "分数已达到下一等级“{grade}”，但受其他条件限制：{lifts}。";
        NextPlace = "The next place, rank {rank}, has a score of {score}, {lacking} more: {lifts}.",
            "前一名（第 {rank} 名）为 {score} 分，还差 {lacking} 分：{lifts}。";
        NothingCounts = "Not rated: nothing that counts has a value.", "不评分：没有可计入的指标。";
        NotRatedExempt = "Not rated: excused on every day of the period.", "不评分：整个周期都不参与考核（请假、停职或不在聘期内）。";
        NotRatedWeight = "Not rated: what has a value weighs {counted} %, and the rule asks for {least} %.",
            "不评分：有数值的指标权重合计 {counted}%，规则要求至少 {least}%。";
        NoticeEarned = "{length} periods in a row with the grade {grade} or a worse one: an improvement notice follows.",
            "已连续 {length} 个考核周期等级为“{grade}”或更低，将发出改进提醒。";
        NoticeRun = "{count} periods in a row with the grade {grade} or a worse one; {length} bring an improvement notice.",
            "已连续 {count} 个考核周期等级为“{grade}”或更低，满 {length} 个周期将发出改进提醒。";
        PrecedenceEarned = "{length} months in a row with the grade {grade} or a better one: they earn precedence for the next training opportunity {opportunity}.",
            "已连续 {length} 个月达到“{grade}”或以上，可获得下一次培训机会“{opportunity}”的优先权。";
        PrecedenceRun = "{count} of {length} months in a row with the grade {grade} or a better one, for precedence for the next training opportunity {opportunity}.",
            "已连续 {count} 个月达到“{grade}”或以上，满 {length} 个月可获得下一次培训机会“{opportunity}”的优先权。";
        Provisional = "Provisional: of the facts so far.", "暂定结果：按目前的记录计算。";
        Ranked = "Rank {rank} of {of} in the {board}.", "{board}第 {rank} 名（共 {of} 人）。";
        TitleEarned = "{length} months in a row with the grade {grade} or a better one: they earn the title {title}.",
            "已连续 {length} 个月达到“{grade}”或以上，可获得“{title}”称号。";
        TitleRun = "{count} of {length} months in a row with the grade {grade} or a better one, for the title {title}.",
            "已连续 {count} 个月达到“{grade}”或以上，满 {length} 个月可获得“{title}”称号。";
        RankedShared = "Rank {rank} of {of} in the {board}, shared by {shared}.", "{board}第 {rank} 名（共 {of} 人，{shared} 人并列）。";
    }

    /// A part of a sentence.
    pub enum Part {
        AfterLeave = "{least} ({rule} before days off)", "{least}（未折算前为 {rule}）";
        Alone = "{metric} alone would do it at {needed}", "仅凭{metric}，达到 {needed} 即可";
        AppealedOther = "something that the statement does not show", "明细中未列出的事项";
        AppealedReward = "a reward", "一笔奖励";
        AppealedThing = "“{title}”", "“{title}”";
        CannotAlone = "by itself not enough: {metrics}", "仅凭{metrics}无法达到";
        Department = "department", "部门";
        Facts = "(of {n} facts)", "依据 {n} 条记录";
        GateNotMet = "a minimum is not met", "未达到门槛";
        LateContent = "its content was not submitted in time", "课件未按时提交";
        Line = "{from} is worth 0 and {to} is worth 100", "{from} 得 0 分，{to} 得 100 分";
        LongerThanAttended = "it was longer than the longest attendance recorded", "时长超过最长签到时长";
        LowRating = "it was rated too low", "分享评分过低";
        MetricMissing = "{metric} has no value", "{metric}无数值";
        NoCompetence = "the lecturer lacked the certificate of competence on that day", "当日无有效能力证书";
        Programme = "programme", "方案";
        Ratings = "(of {n} ratings, whose plain mean is {raw})", "依据 {n} 份评价，原始均值 {raw}";
        Step = "{least} is worth {points}", "达到 {least} 得 {points} 分";
    }

    /// Why a fact does not count, with `{title}`, `{count}` and what else there is to say.
    pub enum Why {
        AfterClose = "“{title}” came or was changed after the close.", "“{title}”在关账后才登记或变更。";
        ByAuthor = "Uses of “{title}” by its authors: {count}.", "“{title}”由作者本人使用 {count} 次，不计入。";
        Cancelled = "“{title}” was cancelled: it counts nowhere.", "“{title}”已取消，不计入任何指标。";
        CaseAfterClose = "Application cases from “{title}” that came or were decided after the close: {count}.",
            "“{title}”有 {count} 个应用案例在关账后才提交或审核。";
        CaseUndecided = "Application cases from “{title}” about which nobody has decided: {count}.",
            "“{title}”有 {count} 个应用案例尚未审核。";
        CaseVoided = "Application cases from “{title}” that HR has voided: {count}.",
            "“{title}”有 {count} 个应用案例已作废。";
        HeldBack = "Ratings count once there are enough to be shown together. Whether some are waiting is not told.",
            "评价达到规定份数后一并显示并计入；是否有评价在等待，不作说明。";
        Missed = "“{title}” was missed: it counts for the timeliness of submissions only.",
            "“{title}”缺讲，只计入课件提交及时率。";
        NotAdmissible = "Ratings of “{title}” that were not admissible: {count}.",
            "“{title}”有 {count} 份评价不予采纳。";
        NotCurrent = "“{title}” is {months} months old and was not reused in the period: it is left out of the rate of reuse.",
            "“{title}”已发布 {months} 个月，且本周期内无人复用：不计入内容复用率。";
        NotSubmitted = "Nothing has been submitted for “{title}”.", "“{title}”尚未提交内容。";
        OfCancelledSession = "“{title}” was made for a session that is cancelled.", "“{title}”所属的分享已取消。";
        OtherKind = "Uses of “{title}” of kinds that the rule does not count, such as views: {count}.",
            "“{title}”有 {count} 次浏览等使用，按规则不计入。";
        Rejected = "Application cases from “{title}” that were rejected: {count}.",
            "“{title}”有 {count} 个应用案例未通过审核。";
        Repeated = "Uses of “{title}” by people whose use in the period counts already: {count}.",
            "“{title}”在本周期内被同一人重复使用 {count} 次，不重复计入。";
        Superseded = "Values of {metric} that a later one has replaced: {count}.",
            "{metric}有 {count} 个数值已被后来的数值替代。";
        TooFewAttendees = "“{title}” had {attendees} attendees, and {least} are asked for: neither the session nor its minutes count.",
            "“{title}”参加人数为 {attendees} 人，要求至少 {least} 人：不计入授课次数和授课时长。";
        TooOld = "Application cases from “{title}” that are further from it than the rule allows: {count}.",
            "“{title}”有 {count} 个应用案例超出规则期限。";
        TooShort = "“{title}” lasted {minutes} minutes, and {least} are asked for: neither the session nor its minutes count.",
            "“{title}”时长 {minutes} 分钟，要求至少 {least} 分钟：不计入授课次数和授课时长。";
        Unconfirmed = "Only the lecturer has reported the delivery of “{title}”: a close counts it once attendance or HR has confirmed it.",
            "“{title}”仅由讲师本人登记完成，经考勤或人力资源部门确认后关账时才计入。";
        Undecided = "Nobody has said whether “{title}” took place: until then it counts nowhere.",
            "“{title}”是否举行尚未登记，登记前不计入任何指标。";
        UseAfterClose = "Uses of “{title}” that were reported after the close: {count}.",
            "“{title}”有 {count} 次使用在关账后才登记。";
        ValueAfterClose = "Values of {metric} that came after the close: {count}.",
            "{metric}有 {count} 个数值在关账后才传入。";
        Voided = "Uses of “{title}” that HR has voided: {count}.", "“{title}”有 {count} 次使用已作废。";
        Withdrawn = "“{title}” was withdrawn before the period: its use counts no more.",
            "“{title}”在本周期前已撤回，其复用不再计入。";
    }
}

/// Why a fact of this kind does not count.
pub fn reason(kind: FactKind, reason: FactReason) -> Phrase {
    let why = match (kind, reason) {
        (_, FactReason::Cancelled) => Why::Cancelled,
        (FactKind::ApplicationCase, FactReason::Undecided) => Why::CaseUndecided,
        (_, FactReason::Undecided) => Why::Undecided,
        (_, FactReason::Unconfirmed) => Why::Unconfirmed,
        (_, FactReason::Missed) => Why::Missed,
        (_, FactReason::TooShort) => Why::TooShort,
        (_, FactReason::TooFewAttendees) => Why::TooFewAttendees,
        (_, FactReason::NotSubmitted) => Why::NotSubmitted,
        (_, FactReason::OfCancelledSession) => Why::OfCancelledSession,
        (_, FactReason::Withdrawn) => Why::Withdrawn,
        (_, FactReason::NotCurrent) => Why::NotCurrent,
        (_, FactReason::Repeated) => Why::Repeated,
        (_, FactReason::ByAuthor) => Why::ByAuthor,
        (_, FactReason::OtherKind) => Why::OtherKind,
        (FactKind::ApplicationCase, FactReason::AfterClose) => Why::CaseAfterClose,
        (FactKind::Reuse, FactReason::AfterClose) => Why::UseAfterClose,
        (FactKind::ExternalValue, FactReason::AfterClose) => Why::ValueAfterClose,
        (_, FactReason::AfterClose) => Why::AfterClose,
        (FactKind::ApplicationCase, FactReason::Voided) => Why::CaseVoided,
        (_, FactReason::Voided) => Why::Voided,
        (_, FactReason::Rejected) => Why::Rejected,
        (_, FactReason::TooOld) => Why::TooOld,
        (_, FactReason::NotAdmissible) => Why::NotAdmissible,
        (_, FactReason::HeldBack) => Why::HeldBack,
        (_, FactReason::Superseded) => Why::Superseded,
    };
    why.into()
}
