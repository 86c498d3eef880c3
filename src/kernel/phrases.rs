//! The phrases that messages use as parameters. Each phrase is defined once, in English and Chinese.

use super::message::{Phrase, phrases};

phrases! {
    /// What a message is about.
    pub enum Thing {
        Absence = "absence", "请假记录";
        AccessChange = "access change", "权限变更";
        Acknowledgement = "acknowledgement", "回执";
        Another = "another one", "其他记录";
        ApiClient = "API client", "系统客户端";
        Appeal = "appeal", "申诉";
        AppealOfSubject = "appeal of this lecturer about the same thing", "该讲师对同一事项的申诉";
        ApplicationCase = "application case", "应用案例";
        Appointment = "appointment", "讲师聘任";
        BudgetRaise = "budget raise", "预算追加";
        CaseOfSession = "case of this learner and session", "该学员就该分享提交的案例";
        Certificate = "certificate", "证书";
        CredentialKey = "key of certificates", "证书签名密钥";
        CompetenceCertificate = "certificate of competence", "能力证书";
        Content = "content", "内容";
        ContentOfSession = "content of this session", "该分享的内容";
        DefaultPayGroup = "default pay group", "默认薪资组";
        Delivery = "delivery of the session", "该分享的授课";
        Department = "department", "部门";
        EarlierMember = "an earlier member of the same name", "前面的同名成员";
        EarlierRecord = "an earlier record of the same person", "同一人在前面的记录";
        Employee = "employee", "员工";
        Finding = "finding", "分析结论";
        GroupOrganiser = "organiser", "讲师群负责人";
        HrTask = "task for HR", "人力资源待办";
        ImprovementNotice = "improvement notice", "改进提醒";
        HeldTitle = "title {title}, which this person holds", "称号“{title}”（此人已持有）";
        Holder = "the {what} {id}", "{what} {id}";
        Issuer = "issuer of certificates", "证书颁发机构";
        Job = "job", "任务";
        Leaderboard = "leaderboard", "排行榜";
        Lecturer = "lecturer", "讲师";
        LecturerGroup = "lecturer group", "讲师群";
        Member = "member", "成员";
        Membership = "membership", "部门归属";
        MentorOffer = "offer to mentor", "导师报名";
        Mentorship = "mentorship", "导师带教";
        MentorshipOfMentee = "a mentorship of yours in this programme, asked for or under way",
            "您在该方案中已申请或正在进行的导师带教";
        OpenApplication = "open application for this position", "针对该职位的未决申请";
        OpenWaiver = "open waiver of this criterion for this lecturer", "该讲师对该条件尚未结束的豁免";
        OpenSessionChange = "open request of this lecturer about this session", "该讲师就该分享尚未处理的申请";
        OpportunityApplication = "application for a training opportunity", "培训机会报名";
        OpportunityPrecedence = "precedence for training opportunities", "培训机会优先权";
        PaperForms = "paper forms of the session", "该分享的纸质评价表";
        PayGroup = "pay group", "薪资组";
        PayItem = "pay item", "薪资项目";
        PayrollBatch = "payroll batch", "薪资批次";
        PayrollLayout = "payroll layout", "导出版式";
        PayrollPart = "part of the file", "文件分段";
        Period = "period", "考核周期";
        PeriodOfCycle = "period (a period of this programme is {form})", "考核周期；该方案的考核周期应为{form}";
        ProblemCode = "problem code", "问题代码";
        Programme = "programme", "激励方案";
        PromotionApplication = "promotion application", "晋升申请";
        PromotionPolicy = "promotion policy", "晋升政策";
        PromotionWaiver = "waiver", "晋升条件豁免";
        Restatement = "restatement", "重新核算";
        ReuseEvent = "reuse", "复用记录";
        Reward = "reward", "奖励";
        RewardPolicies = "reward policy version", "奖励政策版本";
        RoleGrant = "role grant", "角色授权";
        RuleInForce = "scoring rule in force", "生效的评分规则";
        RuleTemplate = "rule template", "规则模板";
        Scorecard = "scorecard", "得分卡";
        ScoringRule = "scoring rule", "评分规则";
        Session = "session", "分享";
        SignInBinding = "sign-in binding", "登录绑定";
        SessionChange = "request about a session", "分享变更申请";
        Snapshot = "snapshot", "结果快照";
        StandingOffer = "offer of yours in this programme", "您在该方案中的导师报名";
        StatusList = "status list", "证书状态列表";
        Title = "title", "称号";
        Totals = "{lines}, {amount}", "{lines}，{amount}";
        TrainingOpportunity = "training opportunity", "培训机会";
        Version = "version", "版本";
        VersionFor = "{what} for {period}", "{period} 的{what}";
        WhatIf = "what-if", "试算";
        WithCode = "{what} {code} (id {id})", "{what} {code}（ID {id}）";
    }

    /// A state, or the state required, where no vocabulary of states has a word for it.
    pub enum Condition {
        ACorrection = "a correction of another reward", "对另一笔奖励的更正";
        AcknowledgedByNobody = "not acknowledged", "无任何回执";
        AcknowledgedInPart = "partly acknowledged", "已部分回执";
        Active = "active", "生效中";
        AsProposed = "as the proposal shows it", "与提案所示一致";
        ApprovedAlready = "approved", "已批准";
        Begun = "on its first day or later", "首日及以后";
        ChangedSince = "changed since the proposal", "提案后已变更";
        Closed = "closed", "已关账";
        Confirmed = "confirmed", "已确认";
        Dismissed = "dismissed", "已忽略";
        Draft = "a draft", "草稿";
        Employed = "of somebody who is employed", "当事人在职";
        Ended = "ended", "已结束";
        FullyTaken = "fully taken ({count} at a time)", "名额已满（同时 {count} 人）";
        GivenByAsker = "given by the person who asked", "由申请人主讲";
        GivenByOthers = "no longer given by the person who asked", "已不由申请人主讲";
        GivenRule = "one with a published rule for the period", "具有适用于该周期的规则";
        GradeNotReached = "of somebody whose latest grade is not enough any more", "报名人最近的等级已不符合要求";
        GradeReached = "of a lecturer whose latest closed grade in the programme is at least {grade}", "报名人为讲师，且在该方案最近一个已关账周期的等级不低于‘{grade}’";
        GrantedOrBudget = "granted, or the budget to be at least {amount}", "已授予，或预算至少为 {amount}";
        HasFeedback = "in use (it has feedback)", "使用中（已有评价）";
        HasPeriods = "in use (it has periods)", "使用中（已有考核周期）";
        HasVersions = "in use (it has rules or policies)", "使用中（已有规则或政策）";
        HeldByGate = "held by a gate of the fee", "因课酬条件暂挂";
        HeldOverBudget = "held over budget", "因超出预算暂挂";
        InUse = "in use", "使用中";
        Held = "held", "持有中";
        LastAccess = "the last one that lets a person give access (clients:write)", "最后一个可以授予权限（clients:write）的角色授权";
        LeftCompany = "of somebody who is not employed any more", "当事人已离职";
        OneOfSeveral = "one of several", "多个之一";
        NoCorrection = "a reward that corrects no other (`corrects_id` has it)", "非更正分录（被更正的奖励见 `corrects_id`）";
        NotBegun = "before the end of its first day", "首日结束之前";
        NotSuspended = "of somebody who is not suspended", "当事人未被停职";
        NotRestatedSince = "one that no restatement has decided anew", "拒绝之后未经重新核算的奖励";
        NotVoided = "not voided", "未作废";
        Open = "open", "开放";
        Past = "past its scheduled start", "已过开始时间";
        PlannedOrUnconfirmed = "planned, or delivered but not confirmed", "已计划，或已完成但未确认";
        Published = "published", "已发布";
        ReleaseAsked = "one of which the release was asked for", "已申请解除暂挂";
        ReleaseNotAsked = "one of which nobody has asked for the release", "未申请解除暂挂";
        ReleasedFromGate = "released from its gates by two people, or by a restatement", "经两人或重新核算解除暂挂";
        RestatedSince = "rejected, and decided anew by a restatement since", "已拒绝，且此后已重新核算";
        Revoked = "revoked", "已吊销";
        Standing = "standing", "有效";
        StillToCome = "before its scheduled start", "尚未开始";
        Suspended = "of somebody who is suspended as a lecturer", "当事人正被停职";
        Proposed = "proposed", "待批准";
        Unused = "unused", "未被使用";
        UnderWay = "under way or over", "已开始或已结束";
        Used = "used", "已使用";
        Valid = "valid", "有效";
        Waiting = "waiting", "待确认";
        Voided = "voided", "已作废";
        WithAttendance = "one with recorded attendance", "已有到场记录";
        WithBudget = "one with a budget", "设有预算的周期";
        WithClosedPeriod = "one with a closed period", "有已关账周期的方案";
        WithPlace = "one with a free place", "仍有名额";
        WithProposal = "one that proposes something", "有调整建议的结论";
        WithRule = "one with a published rule for that period", "具有适用规则的方案";
        WithoutAttendance = "one without", "尚无到场记录";
        WithoutBudget = "without a budget", "未设预算";
        WithoutClosedPeriod = "without a closed period", "没有已关账的周期";
        WithoutEnd = "without an end", "未结束";
        WithoutFeedback = "without feedback", "没有评价";
        WithoutFeedbackOrByRule = "without feedback; with feedback, a scoring rule (`feedback.min_k`) raises it, from its first period on",
            "没有评价；已有评价时，由评分规则（`feedback.min_k`）自其首个周期起提高";
        WithoutPeriods = "without periods", "没有考核周期";
        WithoutProposal = "without a proposal", "没有调整建议";
        WithoutRule = "without a published scoring rule", "没有已发布的评分规则";
        WithoutRuleForPeriod = "without a published rule for that period", "在该周期没有已发布的规则";
        WithoutVersions = "without rules and policies", "没有规则和政策";
        Withdrawn = "withdrawn", "已撤回";
    }

    /// The required form of a value.
    pub enum Form {
        AsDocumented = "as the contract describes it", "接口契约所述的形式";
        Amount = "an amount such as 800.00", "金额，例如 800.00";
        AssignedCurrency = "an assigned ISO 4217 code such as CNY", "已分配的 ISO 4217 货币代码，例如 CNY";
        Base64 = "base64 (RFC 4648, section 4)", "base64 编码（RFC 4648 第 4 节）";
        Boolean = "true or false", "true 或 false";
        ClockTime = "a time of day such as 18:30", "时刻，例如 18:30";
        CommaSeparated = "a CSV file with commas between its cells, not semicolons or tabs", "以逗号（而非分号或制表符）分隔的 CSV 文件";
        CsvRow = "a row of a CSV file with as many cells as its header and with quotes in pairs", "CSV 文件的一行，单元格数与表头一致，引号成对";
        CurrencyWithMinorUnits = "an ISO 4217 code with minor units, such as CNY", "具有辅币单位的 ISO 4217 货币代码，例如 CNY";
        Day = "a day such as 2026-03-31", "日期，例如 2026-03-31";
        Decimal = "a decimal number in quotes, such as \"96.5\"", "带引号的十进制数，例如 \"96.5\"";
        Email = "an email address", "邮箱地址";
        EmployeeId = "an employee's id (a UUID); POST /v1/employees/resolve turns employee numbers and other marks into ids",
            "员工 ID（UUID）；工号等其他标识可用 POST /v1/employees/resolve 换成 ID";
        Id = "an id (a UUID)", "ID（UUID）";
        Instant = "an instant with its offset from UTC, such as 2026-03-31T09:00:00+08:00 or 2026-03-31T01:00:00Z",
            "带时区偏移的时间，例如 2026-03-31T09:00:00+08:00 或 2026-03-31T01:00:00Z";
        JoinersInEmoji = "text with zero-width joiners between emoji only", "零宽连接符只位于表情符号之间的文字";
        Line = "one line of text without control characters", "不含控制字符的单行文字";
        List = "a list ([…])", "列表（[…]）";
        Metric = "the name of a metric, such as session_count", "指标名称，例如 session_count";
        Month = "a month such as 2026-03", "月份，例如 2026-03";
        Object = "an object ({…})", "对象（{…}）";
        Period = "a period such as 2026-03, 2026-Q1 or 2026", "考核周期，例如 2026-03、2026-Q1 或 2026";
        Quarter = "a quarter such as 2026-Q1", "季度，例如 2026-Q1";
        Sha256 = "64 lower-case hexadecimal digits", "64 位小写十六进制数字";
        SelectorsAfterVisible = "text with variation selectors after visible characters only",
            "变体选择符只跟在可见字符之后的文字";
        String = "a text", "文字";
        Text = "text without control characters other than line breaks and tabs", "除换行和制表符外不含控制字符的文字";
        TimeZone = "the name of an IANA time zone, such as Asia/Shanghai", "IANA 时区名称，例如 Asia/Shanghai";
        Utf8OrGb18030 = "text in UTF-8 or GB18030", "UTF-8 或 GB18030 编码的文字";
        Visible = "text with at least one visible character", "至少含一个可见字符的文字";
        WholeNumber = "a whole number", "整数";
        WithoutInvisible = "text without invisible format characters, such as zero-width spaces or direction marks",
            "不含不可见格式字符（如零宽空格、书写方向标记）的文字";
        WithoutSequences = "text without zero-width joiners and variation selectors", "不含零宽连接符和变体选择符的文字";
        WithoutSpreadsheetSigns = "text without the apostrophe or equals sign of a spreadsheet at its start",
            "开头没有电子表格的单引号或等号的文字";
        WithoutSpaceAround = "text without white space at its start and end", "首尾无空白的文字";
        Year = "a year such as 2026", "年份，例如 2026";
    }

    /// An order of days that cannot be.
    pub enum Order {
        After = "after {member} ({day})", "晚于 {member}（{day}）";
        Before = "before {member} ({day})", "早于 {member}（{day}）";
    }

    /// Why something that exists may not be used here.
    pub enum Refusal {
        AppealOfNoSession = "only an appeal about a session is settled by correcting the session", "只有针对分享的申诉才能以更正该分享的方式处理";
        AppointmentOver = "{person} is no longer appointed as a lecturer on {day}", "{person} 在 {day} 已不再受聘为讲师";
        AssignedByOthers = "only managers and HR assign a session; plan your own as voluntary",
            "指派由经理或人力资源部门作出；自己的分享请计划为自愿分享";
        AudienceIsSet = "once a session has started, only managers and HR can change its audience",
            "分享开始后，学员名单由经理或人力资源部门设定";
        BeforePlan = "it is more than {minutes} minutes before the planned start; only HR can record such a delivery",
            "早于计划开始时间超过 {minutes} 分钟，只能由人力资源部门登记";
        ContentNotOpen = "in this programme the content of others must be earned: you may not read it", "该方案中他人的内容需凭考核等级查看，您目前无权阅读";
        DepartmentOfManagerOnly = "only a manager's role can be limited to a department", "只有经理角色可以限定部门";
        DiffersInSum = "the lines of a sum differ in it", "合计行所含的各条明细在此项上可能不同";
        DueIsPast = "a due moment that is still to come cannot be moved into the past", "尚未到期的截止时间不能改到过去";
        DueIsSet = "only managers and HR can set the due moment", "截止时间由经理或人力资源部门设定";
        DueWasMet = "the content was submitted in time, and would become late", "内容已按时提交，不能因此变为迟交";
        FeeIsSet = "it moves the fee; only managers and HR can set it", "该项影响课酬，由经理或人力资源部门设定";
        GivesItAlready = "the person gives the session already", "此人已是该分享的讲师";
        InState = "it is {state}", "其状态为{state}";
        GradeNotEarned = "mentors are lecturers whose latest closed grade in the programme is at least {grade}",
            "导师须为讲师，且在该方案最近一个已关账周期的等级不低于“{grade}”";
        HeldByGate = "a gate of the fee holds it; two people release it, or a restatement", "因课酬条件暂挂，须经两人或重新核算解除";
        IsPayable = "the person is not among those who cannot be paid", "此人不在无法发放的人员之列";
        InStateAlready = "it is already {state}", "其状态已为{state}";
        InStateUntilBudget = "it is {state} until the budget is at least {amount}", "其状态为{state}，预算须至少为 {amount}";
        LecturerIsNoAudience = "a lecturer of the session cannot be in its audience", "该分享的讲师不能作为其学员";
        LinesUnanswered = "{lines} not acknowledged yet", "该批次还有{lines}没有回执";
        LosesPayItem = "a payroll system that replaces values needs a column of `pay_item_code`, to tell them apart",
            "薪资系统会覆盖原有数值时，须有来源为 `pay_item_code` 的列以区分各项";
        LosesRow = "a payroll system that replaces values keeps one row for each person and pay item: make them `sums`",
            "薪资系统会覆盖原有数值时，同一人同一薪资项目只保留一行，请改用 `sums`";
        LosesSign = "amounts of both signs need their sign; take one sign only with `amounts`",
            "正负金额并存时不能去掉符号；请用 `amounts` 限定一种符号";
        LiveFeedbackBegun = "live feedback has begun; the day can only be moved to an earlier one",
            "学员在线评价已开始，该日期只能提前";
        MentorsNotNow = "this person cannot mentor in the programme at present", "此人目前不能在该方案中担任导师";
        MentorsNobody = "this person has no standing offer to mentor in the programme", "此人在该方案中没有有效的导师报名";
        NamedFeedback = "ratings are given under a name, and each shows at once", "评价实名给出，逐条即时显示";
        NoLongerAppointed = "you are no longer appointed as a lecturer on that day", "您在该日已不再受聘为讲师";
        OfOtherSource = "only a column with the source {source} has it", "仅来源为“{source}”的列才有此项";
        NoLecturer = "the person is not appointed as a lecturer", "此人目前未受聘为讲师";
        OfOtherKind = "only a request of the kind {kind} has it", "仅“{kind}”类申请才有此项";
        OlderThanSnapshot = "it is older than the disputed snapshot, which has it already", "早于所申诉的结果快照，快照中已包含该变更";
        OtherAmount = "the amount of the line is {amount}", "该明细的金额为 {amount}";
        OwnCasesOnly = "learners can report only their own cases", "学员只能提交自己的案例";
        OwnMentor = "nobody can be their own mentor", "不能做自己的导师";
        OwnReuseOnly = "people can record only their own reuse", "个人只能登记自己的复用";
        OwnSessionsOnly = "you can plan only your own sessions, with equal shares for co-lecturers, or those of people you manage",
            "只能计划自己的分享（合讲者份额均等），或您所管理人员的分享";
        PeriodNeverPays = "periods that began before the programme paid never pay", "开始发放之前的考核周期不发放奖励";
        PeriodNotBegun = "the period has not begun", "该考核周期尚未开始";
        ProgrammeEnded = "the programme has ended and takes no new sessions", "该激励方案已结束，不再接受新的分享";
        RatedByNoAttendee = "only attendees of the session can have rated it", "只有参加过该分享的人才能评价";
        ReasonOfRejectedOnly = "only a rejected line can have a reason", "只有被拒绝的明细才有原因";
        ResultOfMentor = "the mentor or HR says what was reached; whoever is mentored can only break it off",
            "结果由导师或人力资源部门填写；学员本人只能中止";
        SameRecord = "it is the same record", "这是同一条记录";
        SettlesNothing = "only a reward that was entered by hand since the disputed snapshot, and not rejected, settles an appeal",
            "只有在所申诉的快照之后手工录入、且未被拒绝的奖励才能用来处理申诉";
        SourceIsOfSystems = "only HR's systems can set a source", "来源只能由人力资源系统填写";
        SubmissionIsOfSystems = "only HR's systems can set the time of a submission", "提交时间只能由人力资源系统给出";
        Suspended = "the person is suspended as a lecturer", "此人正被停职";
        TookPart = "whoever attended or registered for a session that was decided cannot become its lecturer",
            "参加过或已登记参加该分享的人员，在分享有结果后不能成为其讲师";
        WasNoAttendee = "only attendees of the session can have cases from it", "只有参加过该分享的人才能提交其案例";
        WrittenAsItIs = "amounts and ids of lines are written as they are", "金额和明细 ID 按原值写出，不能替换";
    }

    /// Which totals an acknowledgement has.
    pub enum TotalsOf {
        Batch = "an acknowledgement with final true has the totals of the whole batch", "final 为 true 的回执应填整个批次的总数";
        Lines = "an acknowledgement with final false has the totals of its own lines",
            "final 为 false 的回执应填本次所报明细的总数";
    }

    /// What the check of files has found.
    pub enum Findings {
        Faults = "{count} faults", "{count} 处错误";
        FaultsInOneRow = "{count} faults in one row", "一行共 {count} 处错误";
        FaultsInRows = "{count} faults in {rows} rows", "{rows} 行共 {count} 处错误";
        OneFault = "one fault", "一处错误";
    }

    /// How many there are of something: see [`counted`].
    pub enum Counted {
        Deliveries = "{count} deliveries", "{count} 次授课";
        Lines = "{count} lines", "{count} 条明细";
        LinesAre = "{count} lines of the batch are", "{count} 条明细";
        OneDelivery = "1 delivery", "1 次授课";
        OneLine = "1 line", "1 条明细";
        OneLineIs = "1 line of the batch is", "1 条明细";
        OnePerson = "1 person", "1 人";
        OneRow = "1 row", "1 行";
        OneSession = "1 session", "1 次分享";
        OneValue = "1 value", "1 项金额";
        People = "{count} people", "{count} 人";
        Rows = "{count} rows", "{count} 行";
        Sessions = "{count} sessions", "{count} 次分享";
        Values = "{count} values", "{count} 项金额";
    }

    /// Which amounts a payroll system takes, in major units.
    pub enum AmountsTaken {
        Between = "amounts from {min} to {max}", "介于 {min} 与 {max} 之间的金额";
        NotAbove = "amounts of at most {max}", "不高于 {max} 的金额";
        NotBelow = "amounts of at least {min}", "不低于 {min} 的金额";
    }

    /// Which of the faults in files an answer lists.
    pub enum ListedFaults {
        All = "File, line and column are listed.", "已列出文件、行号和列名。";
        Each = "What many rows have in common is listed once, with its count and its first lines.", "多行相同的错误只列一次，注明行数和最先出现的行号。";
        First = "The first of them are listed with file, line and column.", "已列出最先发现的错误，含文件、行号和列名。";
    }

    /// What is wrong with a request that cannot be read.
    pub enum RequestProblem {
        Broken = "it is not a request that this service can read", "不是本服务可读取的请求";
        BodyBroken = "the body broke off", "请求体中断";
        DidYouMean = "did you mean {names}?", "是否应为 {names}？";
        EitherDepartment = "is sent with department_id: send either department_id or without_department",
            "与 department_id 同时提供：department_id 与 without_department 只能提供其一";
        FormBroken = "the body is not a form with these fields, each at most once: grant_type, client_id, client_secret, scope",
            "请求体不是表单，或其字段不在以下范围内或有重复：grant_type、client_id、client_secret、scope";
        GrantType = "grant_type must be client_credentials", "grant_type 必须为 client_credentials";
        HasNul = "it contains the character NUL", "其中含有空字符（NUL）";
        InDepartmentScope = "names a board of a department: it needs scope=department", "用于指明部门榜单，须与 scope=department 一同提供";
        JsonEnds = "it ends too early, in line {line}", "在第 {line} 行过早结束";
        JsonGoesOn = "something follows after its end, in line {line}", "在第 {line} 行结束后还有多余内容";
        JsonWrong = "there is a mistake in line {line}, column {column}, such as a missing or superfluous comma or quotation mark",
            "第 {line} 行第 {column} 列有误，例如缺少或多出逗号、引号";
        KnownNames = "the known ones are {names}", "可用的有：{names}";
        NoBodyTaken = "this operation takes no body", "此操作不接受请求体";
        NoItems = "the form of this session asks no items", "该分享的反馈表没有评分项";
        NoParametersTaken = "this operation takes no query parameters", "此操作没有查询参数";
        NoNames = "there are none here", "此处没有任何名称";
        NotAnEventId = "it must be the id of an event, or empty", "应为某个事件的 id，或为空";
        NotAnIdempotencyKey = "it must be sent exactly once, as 1 to 255 visible ASCII characters",
            "须且只能提供一次，为 1 至 255 个可见 ASCII 字符";
        NotEntityTags = "it must be a list of quoted entity tags, or *", "应为带引号的实体标签列表，或 *";
        OfParameter = "{name} {fault}", "{name} {fault}";
        PlusForSpace = "a + must be written as %2B in a query", "查询中的 + 须写作 %2B";
        Repeated = "{name} is given more than once", "{name} 重复出现";
        TooLong = "it may have at most {max} characters", "最多 {max} 个字符";
    }

    /// What is wrong with an access token, in addition to the faults of the token itself.
    pub enum TokenProblem {
        NoClient = "it names no client", "令牌未指明客户端";
        NoTenant = "its issuer is bound to a tenant that does not exist", "令牌签发方所绑定的租户不存在";
        None = "none was sent", "未提供令牌";
        NotBearer = "the Authorization header must be the word Bearer, a space and the token",
            "Authorization 请求头应为 Bearer、空格和令牌";
        OtherSubject = "the person signs in with another account of this issuer; an administrator can reset the binding",
            "该员工已绑定此签发方的另一账号；管理员可申请重置绑定";
        Several = "there is more than one Authorization header", "Authorization 请求头不止一个";
        UnknownSubject = "it names an unknown person or client", "令牌所指的人员或客户端不存在";
    }
}

/// So many of something: the first phrase for one, the second for any other number.
#[must_use]
pub fn counted<P: Into<Phrase>>(count: impl Into<i64>, [one, several]: [P; 2]) -> Phrase {
    match count.into() {
        1 => one.into(),
        count => several.into().with("count", count),
    }
}
