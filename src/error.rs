//! The closed catalogue of errors. It knows nothing of HTTP libraries or SQL.
//!
//! A code is stable and never reused. Titles and details are for people and exist in both languages.

mod refusing;

use std::fmt;

use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::language::Language;
use crate::kernel::message::{Param, Params, Phrase, data, fill_in, listed};
use crate::kernel::phrases::{Thing, TokenProblem};

pub use refusing::only;

/// Declares the catalogue: the status, slug, title and detail of each code, in English and Chinese.
macro_rules! catalogue {
    ($($code:ident $status:literal $slug:literal { $title:literal, $title_zh:literal; $detail:literal, $detail_zh:literal })+) => {
        /// A code in the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($code,)+ }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The code on the wire.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$code => $slug,)+ }
            }

            /// The HTTP status of the code.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$code => $status,)+ }
            }

            /// A short summary, the same for every occurrence.
            #[must_use]
            pub fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$code, Language::En) => $title, (Self::$code, Language::ZhCn) => $title_zh,)+
                }
            }

            /// What happened and what to do, with `{param}` for each parameter.
            #[must_use]
            pub fn template(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$code, Language::En) => $detail, (Self::$code, Language::ZhCn) => $detail_zh,)+
                }
            }
        }
    };
}

catalogue! {
    // 400: the request cannot be read
    MalformedRequest 400 "malformed_request" { "Malformed request", "请求格式错误"; "The request cannot be read: {problem}.", "无法读取请求：{problem}。" }
    MalformedJson 400 "malformed_json" { "Malformed JSON", "JSON 格式错误"; "The body is not valid JSON: {problem}.", "请求体不是有效的 JSON：{problem}。" }
    InvalidPath 400 "invalid_path" { "Invalid path", "路径无效"; "A part of the path is invalid: {problem}.", "路径的一部分无效：{problem}。" }
    InvalidQuery 400 "invalid_query" { "Invalid query", "查询参数无效"; "The query has an unknown, repeated or invalid parameter: {problem}.", "查询中有未知、重复或错误的参数：{problem}。" }
    InvalidHeader 400 "invalid_header" { "Invalid header", "请求头无效"; "The header {header} is invalid: {problem}.", "请求头 {header} 无效：{problem}。" }
    InvalidCursor 400 "invalid_cursor" { "Invalid cursor", "游标无效"; "The cursor does not belong to this list, these filters or this caller. Start again without a cursor.", "该游标不属于此列表、此筛选条件或此调用者。请不带游标重新开始。" }
    InvalidScope 400 "invalid_scope" { "Invalid scope", "权限范围无效"; "The client's roles do not grant the scope {scope}.", "该客户端的角色不具备权限范围 {scope}。" }
    IdempotencyKeyRequired 400 "idempotency_key_required" { "Idempotency-Key required", "缺少 Idempotency-Key"; "This operation moves money: send an Idempotency-Key, so that a retry cannot move it twice.", "此操作涉及资金：请提供 Idempotency-Key，以免重试时重复执行。" }

    // 401, 403, 404, 405: who calls, what they may do, what exists here
    Unauthenticated 401 "unauthenticated" { "Not authenticated", "未认证"; "The request needs a valid access token: {problem}.", "请求需要有效的访问令牌：{problem}。" }
    InvalidClient 401 "invalid_client" { "Client authentication failed", "客户端认证失败"; "No active client matches this id and secret.", "没有与该 ID 和密钥匹配的有效客户端。" }
    Forbidden 403 "forbidden" { "Not allowed", "无权限"; "This requires the right {scope}: one of the caller's roles must grant it, and the token must not exclude it.", "此操作需要权限 {scope}；调用者的角色须具备该权限，且令牌未将其排除。" }
    PersonRequired 403 "person_required" { "Only a person may do this", "仅限个人操作"; "A person must decide this: use a person's token, not a machine client's.", "此操作须由个人决定：请使用个人令牌，而非系统客户端令牌。" }
    HrRequired 403 "hr_required" { "Only HR may do this", "仅限人力资源部门操作"; "This must be done by HR; managers and lecturers may not do it.", "此操作须由人力资源部门执行，经理或讲师无权办理。" }
    ConsentRequired 403 "consent_required" { "Consent is needed", "须经同意"; "This session was assigned. Ask for the change with ask_session_change (POST /v1/sessions/{session_id}/change-requests): HR or an organiser of its group decides, and until then the session stands.", "该分享为指派任务。请通过 ask_session_change（POST /v1/sessions/{session_id}/change-requests）申请变更，由人力资源部门或讲师群负责人决定；在此之前分享安排不变。" }
    NoNeedToAsk 403 "no_need_to_ask" { "No need to ask", "无需申请"; "Only lecturers of an assigned session ask. Whoever may change a session does so directly: update_session, cancel_session or replace_session_lecturers.", "只有指派分享的讲师需要申请；有权更改分享者请直接使用 update_session、cancel_session 或 replace_session_lecturers。" }
    NotTheAsker 403 "not_the_asker" { "Only who asked may do this", "仅限申请人操作"; "Only the person who asked may withdraw this. Whoever may decide declines it instead.", "只有申请人本人可以撤回；有权处理者请改为驳回。" }
    NotYourStatement 403 "not_your_statement" { "Not your statement", "并非本人的得分明细"; "Only the lecturer whose statement it is can appeal against it, answer questions about the appeal and withdraw it.", "只有得分明细所属的讲师本人可以提出申诉、回答询问或撤回申诉。" }
    PartyToAppeal 403 "party_to_appeal" { "You are a party to this appeal", "与该申诉存在利害关系"; "You share with the lecturer what this appeal is about: you gave a session with them, or wrote the content with them. Somebody else of HR must ask and decide.", "您与该讲师共同主讲了相关分享，或共同编写了该内容，须由人力资源部门的其他人员询问和处理。" }
    NotTheMentor 403 "not_the_mentor" { "Only the mentor may do this", "仅限导师操作"; "Only the mentor accepts, declines and withdraws their own offer.", "只有导师本人可以接受、婉拒，或撤回自己的报名。" }
    NotOfThePair 403 "not_of_the_pair" { "Only the pair may do this", "仅限导师与学员双方"; "Goals and notes are for the mentor, the one who is mentored and HR; only the two may write them.", "带教目标和笔记仅供导师、学员双方和人力资源部门查看，且只能由双方填写。" }
    ContentNotOpen 403 "content_not_open" { "The content is not open to you", "该内容尚未对您开放"; "In this programme, what others share is open to lecturers whose latest closed grade is at least {grade} and to those whom they mentor, and to the authors, the learners of the session, organisers and HR. You see its title and its authors.", "在该方案中，他人分享的内容对最近一个已关账周期等级不低于“{grade}”的讲师及其所带学员开放，也对作者、该分享的学员、讲师群负责人和人力资源部门开放。您可以看到标题和作者。" }
    SelfApproval 403 "self_approval" { "Self-approval is not allowed", "不得自我审批"; "You proposed this, or you are responsible for the machine client that proposed it, or it concerns you. Somebody else must decide it.", "此事由您或您负责的系统客户端提出，或与您本人有关，须由他人审批。" }
    SecondPersonRequired 403 "second_person_required" { "A second person must approve", "须由第二人审批"; "You have approved this already. It takes effect once another person approves it, too.", "您已审批过，须再由另一人审批后方可生效。" }
    NotFound 404 "not_found" { "Not found", "未找到"; "There is no such {what}, or you may not see it.", "该对象（{what}）不存在，或您无权查看。" }
    NoSuchRoute 404 "no_such_route" { "No such address", "地址不存在"; "Nothing is served at this path. The contract is at /openapi.json.", "该路径没有任何服务。接口契约见 /openapi.json。" }
    MethodNotAllowed 405 "method_not_allowed" { "Method not allowed", "方法不被允许"; "This path supports only {allowed}.", "该路径只支持 {allowed}。" }
    RequestTimeout 408 "request_timeout" { "Request timed out", "请求超时"; "The body did not arrive in time.", "请求体未能及时到达。" }

    // 409: the state does not allow it
    StateConflict 409 "state_conflict" { "Not in this state", "状态冲突"; "The {what} is {state}; for this, it must be {needed}.", "{what}当前为“{state}”，此操作要求为“{needed}”。" }
    AlreadyExists 409 "already_exists" { "Already exists", "已存在"; "This already exists: {what}.", "已存在：{what}。" }
    RequestInProgress 409 "request_in_progress" { "The same request is still running", "相同请求仍在处理"; "A request with this Idempotency-Key is still running. Try again in a moment.", "使用该 Idempotency-Key 的请求仍在处理，请稍后重试。" }
    Busy 409 "busy" { "Busy", "资源繁忙"; "Another request is changing the same data right now. Try again in a moment.", "同一对象正在被修改，请稍后重试。" }
    StartsTooEarly 409 "starts_too_early" { "Starts too early", "起始周期过早"; "The version starts with the period {period}; the earliest period it can start with is {earliest}.", "该版本自 {period} 起生效；最早可自 {earliest} 起生效。" }
    PeriodNotOver 409 "period_not_over" { "The period is not over", "考核周期尚未结束"; "The period {period} can be closed from {closable_at} on. An administrator can force the close with a reason.", "考核周期 {period} 自 {closable_at} 起可以关账。管理员可说明理由后强制关账。" }
    PeriodNotBegun 409 "period_not_begun" { "The period has not started", "考核周期尚未开始"; "The period {period} starts at {starts_at}. It cannot be closed before that.", "考核周期 {period} 自 {starts_at} 开始，此前不得关账。" }
    SessionsUndecided 409 "sessions_undecided" { "Undecided sessions", "有分享尚未处理"; "{period} still has {sessions} not marked as delivered, missed or cancelled. Mark what is open, or force the close with a reason.", "{period} 有{sessions}尚未标记为已完成、缺讲或已取消。请先处理，或说明理由后强制关账。" }
    DeliveriesUnconfirmed 409 "deliveries_unconfirmed" { "Unconfirmed deliveries", "有授课未经确认"; "{period} has {deliveries} reported only by the lecturer. Have that confirmed by attendance or by HR, or force the close with a reason, which leaves it out.", "{period} 有{deliveries}仅由讲师本人上报。请由签到或人力资源部门确认，或说明理由后强制关账（未确认的授课不计入）。" }
    FeedbackWindowsOpen 409 "feedback_windows_open" { "Feedback is still open", "评价尚未截止"; "{period} still has {sessions} that learners may rate. Wait until their time for feedback is over, or force the close with a reason.", "{period} 有{sessions}仍在评价期内。请等待评价截止，或说明理由后强制关账。" }
    MoneyHasLeft 409 "money_has_left" { "Money has left", "款项已发放"; "What the lecturer earned from {first} to {last} is in a locked payroll batch, that of {pay_period} for the pay group {pay_group}. These days can no longer be changed; adjust the rewards instead.", "该讲师 {first} 至 {last} 所得的奖励已在锁定的薪资批次中（{pay_period}，薪资组“{pay_group}”），这些日期不能再更改，请改为调整奖励。" }
    AppealTooLate 409 "appeal_too_late" { "Too late to appeal", "申诉期已过"; "Appeals about {period} were taken until {until}. An accepted restatement of the period opens them anew.", "对 {period} 的申诉已于 {until} 截止。该周期的重新核算获批后，可再次申诉。" }
    ApplicationsClosed 409 "applications_closed" { "Applications are closed", "报名已截止"; "Applications for “{title}” were taken until {until}.", "“{title}”的报名已于 {until} 截止。" }
    ApplicationsOpen 409 "applications_open" { "Applications are still taken", "报名尚未截止"; "Applications for “{title}” are taken until {until}. They can be ranked after that.", "“{title}”的报名于 {until} 截止，此后方可排名。" }
    OfferLapsed 409 "offer_lapsed" { "The offer is over", "名额已逾期"; "The offer stood until {until}. The place is passed on.", "该名额须在 {until} 前答复，现已逾期并顺延。" }
    NoSeatsLeft 409 "no_seats_left" { "No place is left", "名额已满"; "All {seats} places are taken or on offer. Add places first (set_opportunity_capacity).", "全部 {seats} 个名额均已占用或待答复。请先增加名额（set_opportunity_capacity）。" }
    BudgetExceeded 409 "budget_exceeded" { "Over budget", "超出预算"; "A place costs {cost}, and {left} of the budget is left. Raise the budget first (set_opportunity_capacity).", "每个名额费用为 {cost}，预算仅余 {left}。请先提高预算（set_opportunity_capacity）。" }
    EarlierPeriodOpen 409 "earlier_period_open" { "An earlier period is open", "之前的周期未关账"; "{earlier} is not closed yet and must be closed first.", "须先关账 {earlier}。" }
    CorrectionsStand 409 "corrections_stand" { "Corrections stand", "仍有更正未处理"; "{left} is left of this reward with its corrections; without this entry they would take back more than that. Reject the corrections in `reward_ids` first.", "该奖励连同更正尚余 {left}；若去除此笔，更正将超出所余金额。请先拒绝 `reward_ids` 中的更正。" }
    WhatIfMissing 409 "what_if_missing" { "A what-if is missing", "尚未试算"; "The programme has closed periods. Run a what-if of this draft first (create_what_if), to see what it would have changed.", "该方案已有关账的周期。请先用此草稿试算（create_what_if），查看其影响。" }
    WhatIfOfAnotherDraft 409 "what_if_of_another_draft" { "The what-if is of another draft", "试算的不是此草稿"; "This draft was changed after its what-if. Run a what-if of it as it stands (create_what_if).", "试算之后此草稿又有改动。请用当前内容重新试算（create_what_if）。" }
    DraftBatchExists 409 "draft_batch_exists" { "A draft batch exists", "已有草稿批次"; "The pay group {pay_group} already has a draft batch in this currency, for {pay_period}. Lock or void it first.", "薪资组“{pay_group}”在该币种下已有 {pay_period} 的草稿批次。请先锁定或作废该批次。" }
    RestatementWaiting 409 "restatement_waiting" { "A restatement waits", "已有待处理的重新核算"; "The period {period} has a restatement that nobody has decided on. Accept or decline it first.", "考核周期 {period} 已有待处理的重新核算，请先接受或驳回。" }
    RestatementOutdated 409 "restatement_outdated" { "The restatement is out of date", "该重新核算已过时"; "A reward that this restatement rests on was rejected, taken up again or corrected since, another period has paid for one of its sessions since, or another period was closed or restated since, and titles, notices or tasks follow that it does not list. Decline it, and restate the period again.", "该重新核算所依据的奖励此后已被拒绝、重新受理或更正，或其中的分享此后已由其他考核周期计酬，或此后有其他考核周期关账或重新核算，由此产生了其中未列出的称号、提醒或待办事项。请驳回，并再次重新核算该周期。" }
    LayoutOfOtherGroup 409 "layout_of_other_group" { "The layout is for another pay group", "导出版式属于其他薪资组"; "The layout “{layout}” is for batches of another pay group. Use a layout of this pay group, or one of every pay group.", "导出版式“{layout}”只用于其他薪资组的批次，请改用本薪资组或不限薪资组的版式。" }
    LayoutNotExact 409 "layout_not_exact" { "The layout has too few decimals", "导出版式的小数位数不足"; "The layout “{layout}” has {decimals} decimals, and amounts of this batch need up to {needed}. Nothing is rounded: give the layout more decimals.", "导出版式“{layout}”保留 {decimals} 位小数，而该批次的金额最多需要 {needed} 位。系统不作四舍五入，请增加版式的小数位数。" }
    LayoutIdsMissing 409 "layout_ids_missing" { "People without an id in the payroll system", "有人员缺少薪资系统 ID"; "The layout “{layout}” names people by their id in the payroll system. Of this batch, {people} had no such id when it was locked; `ids_missing` lists them with the columns that would be empty. No file was made. Record the ids (`external_ids` of the employee), void this batch and create it again, or use a layout that names people otherwise.", "导出版式“{layout}”以薪资系统中的 ID 标识人员，该批次有{people}在锁定时没有此 ID；`ids_missing` 列出这些人员及会留空的列。未生成文件。请先登记其 ID（员工的 `external_ids`），作废本批次后重新创建；或改用以其他方式标识人员的版式。" }
    LayoutOutOfBounds 409 "layout_out_of_bounds" { "Amounts that the payroll system does not take", "金额超出薪资系统的范围"; "The payroll system of the layout “{layout}” takes {bounds}. Of this batch, {rows} would be outside; `out_of_bounds` lists them with their lines. No file was made.", "导出版式“{layout}”对应的薪资系统只接受{bounds}，该批次有{rows}超出范围，详见 `out_of_bounds`（含明细）。未生成文件。" }
    LayoutReplaces 409 "layout_replaces" { "The file would replace values of another batch", "文件会覆盖其他批次的数值"; "The payroll system of the layout “{layout}” replaces what it has. Of {pay_period}, this file would replace {values} that another batch pays, and that money would be lost; `replaced` lists them, each with that batch. No file was made. Void this batch and create it for another pay period.", "导出版式“{layout}”对应的薪资系统会覆盖原有数值。本文件会覆盖 {pay_period} 已由其他批次发放的{values}，造成少发；`replaced` 列出每一项及所属批次。未生成文件。请作废本批次，改用其他发放周期重新创建。" }
    ControlTotalsDiffer 409 "control_totals_differ" { "Control totals differ", "控制总数不一致"; "Sent: {sent}. In Lectern: {here}. Nothing was acknowledged: {rule}.", "发送方：{sent}。系统：{here}。未确认任何内容：{rule}。" }
    RunAlreadyAcknowledged 409 "run_already_acknowledged" { "The run has already sent other content", "该批处理已有不同的回执"; "The run {run_id} has already acknowledged this batch with other content.", "批处理 {run_id} 已对该批次作出不同的回执。" }

    PlansOverlap 409 "plans_overlap" { "Another session at that time", "该时段已有其他分享"; "{lecturer} already has another session planned at that time, “{title}”, from {starts_at} on.", "{lecturer} 在该时段已有另一场分享“{title}”，于 {starts_at} 开始。" }

    MergeRefused 409 "merge_refused" { "These records cannot be merged", "这两条记录不能合并"; "What these records did cannot be one person's; all reasons are listed.", "两条记录的部分事项不能归于同一人，原因已全部列出。" }

    NotDelivered 409 "not_delivered" { "The session was not delivered", "分享尚未完成"; "Only delivered sessions can be rated.", "只有已完成的分享才能评分。" }
    FeedbackWindowClosed 409 "feedback_window_closed" { "The time for feedback is over", "评价时间已过"; "Feedback on this session was accepted until {ended_at}. An administrator can extend the time for the session.", "该分享的评价已于 {ended_at} 截止。管理员可为该分享延长时间。" }
    FeedbackNotLive 409 "feedback_not_live" { "Ratings of this time come from files", "该时期的评分由文件导入"; "The programme takes ratings from people themselves from the period with {day} on, and this session was before. An administrator can choose an earlier day.", "该方案自 {day} 所在周期起由学员在线评分，而该分享在此之前。管理员可将该日期提前。" }
    AnonymousFeedback 409 "anonymous_feedback" { "The feedback is anonymous", "该方案采用匿名评价"; "The programme's feedback is anonymous, so nothing is taken that names its author: learners rate by themselves. Nothing was stored.", "该方案采用匿名评价，不接受写明评价人的评价，请由学员本人在线评价。未保存任何内容。" }

    PreconditionFailed 412 "precondition_failed" { "Changed in the meantime", "已被修改"; "It has changed since it was read. Read it again. The current ETag is {etag}.", "自读取后已被修改，请重新读取。当前 ETag 为 {etag}。" }
    PayloadTooLarge 413 "payload_too_large" { "Body too large", "请求体过大"; "The body may have at most {max} bytes.", "请求体最多 {max} 字节。" }
    UnsupportedMediaType 415 "unsupported_media_type" { "Unsupported media type", "不支持的媒体类型"; "Send {expected}.", "请发送 {expected}。" }

    // 422: read, and refused
    InvalidBody 422 "invalid_body" { "Wrong structure", "结构错误"; "The body does not have the structure of this request.", "请求体结构不符合要求。" }
    InvalidValues 422 "invalid_values" { "Invalid values", "取值无效"; "Some values cannot be accepted; all of them are listed.", "部分取值无法接受，已全部列出。" }
    IdempotencyKeyReused 422 "idempotency_key_reused" { "Idempotency-Key used for another request", "Idempotency-Key 已用于其他请求"; "You have already used this Idempotency-Key for another request. Use a new one.", "该 Idempotency-Key 已用于另一请求，请生成新的。" }
    RuleRefused 422 "rule_refused" { "Rule refused", "规则被拒绝"; "The document has faults; all of them are listed.", "规则文档有误，已全部列出。" }
    BoardNotNamed 422 "board_not_named" { "Choose a board", "请指明榜单"; "This programme ranks by department, and you are on none of its boards. Choose one with `department_id` or `without_department`.", "该方案按部门排名，而您不在任何榜单上：请用 `department_id` 或 `without_department` 指明一个榜单。" }
    NotAttendee 422 "not_attendee" { "Not an attendee", "未参加该分享"; "Only people who attended the session may rate it.", "只有参加过该分享的人才能评分。" }
    OwnSession 422 "own_session" { "Your own session", "不能评价自己的分享"; "Lecturers may not rate their own sessions.", "讲师不得为自己的分享评分。" }
    EmptyBatch 422 "empty_batch" { "Nothing to pay", "批次为空"; "The batch has no lines, so it cannot be locked.", "批次没有任何明细，无法锁定。" }
    UnpayablePeople 422 "unpayable_people" { "People who cannot be paid", "有无法发放的人员"; "{people} cannot be paid, and nobody has explained why: {causes}.", "{people}无法发放且未说明原因：{causes}。" }
    NotEligible 422 "not_eligible" { "Not eligible", "不符合条件"; "The promotion policy is not met; `check` has the full result.", "未满足晋升条件，完整结果见 `check`。" }
    MayNotApply 422 "may_not_apply" { "You may not apply", "不符合报名条件"; "The lecturer may not apply: `obstacles` says why, and `criteria_result` has the verdict on the criteria.", "该讲师不能报名：原因见 `obstacles`，各项条件的结果见 `criteria_result`。" }
    ImportRefused 422 "import_refused" { "Import refused", "导入被拒绝"; "The files have {found}; nothing was imported. {listed}", "文件中有{found}，未导入任何内容。{listed}" }
    ImportTooFaulty 422 "import_too_faulty" { "Too many faulty rows", "错误行过多"; "The files have {found}, but only {max} can be listed, and every row that is left out must be listed. Nothing was imported.", "文件中有{found}，最多只能列出 {max} 处；被跳过的行必须列明，因此未导入任何内容。" }
    PreconditionRequired 428 "precondition_required" { "If-Match required", "缺少 If-Match"; "Send the ETag that you read as If-Match, so that nobody else's change is lost.", "请用 If-Match 发送所读取的 ETag，以免覆盖他人的修改。" }
    TooManyRequests 429 "too_many_requests" { "Too many requests", "请求过多"; "Slow down and try again later.", "请降低频率，稍后重试。" }

    // 5xx: failures of the service. They never say why.
    Internal 500 "internal" { "Internal error", "内部错误"; "Something went wrong in the service. The request id helps to find the cause.", "系统内部出错。可凭请求编号查询原因。" }
    QueueFull 503 "queue_full" { "Too many at once", "请求过于集中"; "Too many requests of this kind are waiting. Nothing was stored. Try again in a moment.", "等待处理的同类请求过多，本次未保存任何内容。请稍后重试。" }
    Unavailable 503 "unavailable" { "Not available right now", "暂时不可用"; "The service cannot handle this right now. Try again in a moment.", "服务暂时无法处理，请稍后重试。" }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

/// A refusal or a failure: the code, the parameters of its text, every fault found, and (never shown) its cause.
#[derive(Debug)]
pub struct Error {
    pub code: Code,
    pub params: Params,
    pub faults: Vec<Fault>,
    /// What the caller must do, for a header of the response.
    pub remedy: Option<Box<Remedy>>,
    /// The database constraint that was violated, for callers that know its meaning.
    pub constraint: Option<Box<str>>,
    /// Further members of the problem document (RFC 9457, 3.2).
    pub members: serde_json::Map<String, serde_json::Value>,
    /// Seconds to wait before trying again.
    pub retry_after: Option<u16>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the response tells the caller's software in addition to the text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Send a token.
    SendToken,
    /// Send a token with this scope.
    HaveScope(&'static str),
    /// Use one of these methods, separated by commas.
    UseMethods(String),
}

impl Code {
    /// Whether it may be different in a moment.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self.status(), 429 | 503) || matches!(self, Self::Busy | Self::RequestInProgress)
    }
}

/// The result of most functions of the service.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            params: Params::new(),
            faults: Vec::new(),
            remedy: None,
            constraint: None,
            members: serde_json::Map::new(),
            retry_after: code.passes().then_some(1),
            source: None,
        }
    }

    /// Sets a parameter of the text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    fn remedied_by(self, remedy: Remedy) -> Self {
        Self { remedy: Some(Box::new(remedy)), ..self }
    }

    /// Sets the faults of the input.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults;
        self
    }

    /// Adds a member to the problem document.
    #[must_use]
    pub fn member(mut self, name: &str, value: serde_json::Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Keeps the violated database constraint, if there is one.
    #[must_use]
    pub fn violating(mut self, constraint: Option<String>) -> Self {
        self.constraint = constraint.map(Into::into);
        self
    }

    /// A bug or an internal failure, with its cause for the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Code::Internal).caused_by(source)
    }

    /// The request has no access token.
    #[must_use]
    pub fn no_token() -> Self {
        Self::bad_token(TokenProblem::None).remedied_by(Remedy::SendToken)
    }

    /// The header of the access token has another scheme, or none.
    #[must_use]
    pub fn no_bearer() -> Self {
        Self::bad_token(TokenProblem::NotBearer).remedied_by(Remedy::SendToken)
    }

    /// The access token is not accepted.
    pub fn bad_token(problem: impl Into<Phrase>) -> Self {
        Self::new(Code::Unauthenticated).with("problem", problem.into())
    }

    /// The caller does not have the right with this scope.
    #[must_use]
    pub fn forbidden(scope: &'static str) -> Self {
        Self::new(Code::Forbidden).with("scope", data(scope)).remedied_by(Remedy::HaveScope(scope))
    }

    /// The path supports only these methods.
    #[must_use]
    pub fn method_not_allowed(allowed: &[&str]) -> Self {
        let refused = Self::new(Code::MethodNotAllowed).with("allowed", listed(allowed));
        refused.remedied_by(Remedy::UseMethods(allowed.join(", ")))
    }

    /// It does not exist, or the caller may not see it.
    #[must_use]
    pub fn not_found(what: Thing) -> Self {
        Self::new(Code::NotFound).with("what", what)
    }

    /// It already exists.
    pub fn already_exists(what: impl Into<Phrase>) -> Self {
        Self::new(Code::AlreadyExists).with("what", what.into())
    }

    /// It is in `state`, but the command requires `needed`.
    pub fn state(what: Thing, state: impl Into<Phrase>, needed: impl Into<Param>) -> Self {
        Self::new(Code::StateConflict).with("what", what).with("state", state.into()).with("needed", needed)
    }

    /// Values that cannot be accepted.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self::new(Code::InvalidValues).with_faults(faults)
    }

    /// Refuses the values if there is any fault.
    pub fn refuse(faults: Vec<Fault>) -> Result<()> {
        if faults.is_empty() { Ok(()) } else { Err(Self::invalid(faults)) }
    }

    /// One value that cannot be accepted.
    pub fn fault(pointer: impl Into<String>, code: FaultCode) -> Self {
        Fault::new(pointer, code).into()
    }

    /// A rule document that cannot be accepted.
    #[must_use]
    pub fn rule_refused(faults: Vec<Fault>) -> Self {
        Self::new(Code::RuleRefused).with_faults(faults)
    }

    /// The text for people about this occurrence.
    #[must_use]
    pub fn detail(&self, language: Language) -> String {
        fill_in(self.code.template(language), &self.params, language)
    }

    /// The cause and its causes, for the log and the command line; without a cause, the error itself.
    #[must_use]
    pub fn chain(&self) -> String {
        let Some(source) = &self.source else { return self.words() };
        let mut text = source.to_string();
        let mut next = source.source();
        while let Some(cause) = next {
            let words = cause.to_string();
            if !text.ends_with(&words) {
                text = format!("{text}: {words}");
            }
            next = cause.source();
        }
        text
    }

    /// The text with every fault.
    fn words(&self) -> String {
        let faults = self.faults.iter().map(|fault| format!("; {} {}", fault.pointer, fault.detail(Language::En)));
        format!("{}{}", self.detail(Language::En), faults.collect::<String>())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.slug(), self.words())?;
        if self.source.is_some() { write!(f, " [{}]", self.chain()) } else { Ok(()) }
    }
}

impl std::error::Error for Error {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::invalid(vec![fault])
    }
}
