//! Words that messages put where a template names a parameter, in Chinese. What is not here (codes, names, numbers) stays as it is.

/// The Chinese of a phrase that a message was given in English.
#[must_use]
pub fn in_chinese(english: &str) -> Option<&'static str> {
    PHRASES.iter().find(|(phrase, _)| *phrase == english).map(|(_, chinese)| *chinese)
}

const PHRASES: &[(&str, &str)] = &[
    // Things.
    ("API client", "系统客户端"),
    ("absence", "请假记录"),
    ("acknowledgement", "回执"),
    ("application case", "应用案例"),
    ("appointment", "讲师聘任"),
    ("case of this learner and session", "该学员就该分享提交的案例"),
    ("certificate", "证书"),
    ("content", "内容"),
    ("content of this session", "该分享的内容"),
    ("default pay group", "默认薪资组"),
    ("department", "部门"),
    ("employee", "员工"),
    ("job", "任务"),
    ("lecturer", "讲师"),
    ("lecturer group", "讲师群"),
    ("member", "成员"),
    ("membership", "部门归属"),
    ("open application for this position", "针对该职位的未决申请"),
    ("pay group", "薪资组"),
    ("pay item", "薪资项目"),
    ("payroll batch", "薪酬批次"),
    ("period", "考核周期"),
    ("problem code", "问题代码"),
    ("programme", "激励方案"),
    ("promotion application", "晋升申请"),
    ("promotion policy", "晋升政策"),
    ("reward", "奖励"),
    ("role grant", "角色授权"),
    ("scorecard", "得分卡"),
    ("scoring rule in force", "生效的评分规则"),
    ("session", "分享"),
    ("snapshot", "结果快照"),
    ("title held by this person", "此人持有的该称号"),
    ("version", "版本"),
    // States, and what they should be.
    ("accepted", "已接受"),
    ("acknowledged", "已回执"),
    ("approved", "已批准"),
    ("batched", "已入批次"),
    ("cancelled", "已取消"),
    ("carried_forward", "已结转"),
    ("closed", "已关账"),
    ("confirmed", "已确认"),
    ("delivered", "已完成"),
    ("draft", "草稿"),
    ("ended", "已结束"),
    ("granted", "已授予"),
    ("granted, held, approved or carried_forward", "已授予、暂挂、已批准或已结转"),
    ("held", "暂挂"),
    ("locked", "已锁定"),
    ("locked or acknowledged", "已锁定或已确认"),
    ("missed", "缺讲"),
    ("paid", "已发放"),
    ("pilot", "试运行"),
    ("pilot, active", "试运行或生效中"),
    ("published", "已发布"),
    ("rejected", "已拒绝"),
    ("submitted", "已提交"),
    ("void", "已作废"),
    ("withdrawn", "已撤回"),
    ("a draft", "草稿"),
    ("acknowledged by nobody", "无任何回执"),
    ("acknowledged in part", "已部分回执"),
    ("active", "生效中"),
    ("given one that serves for the period", "具有适用于该周期的规则"),
    ("in use", "使用中"),
    ("in use: it has periods", "使用中（已有考核周期）"),
    ("in use: it has rules or policies", "使用中（已有规则或政策）"),
    ("one with a rule", "具有适用规则的方案"),
    ("open", "开放"),
    ("past", "已过开始时间"),
    ("planned", "已计划"),
    ("planned or delivered", "已计划或已完成"),
    ("planned, delivered or missed", "已计划、已完成或缺讲"),
    ("planned, or delivered and not confirmed", "已计划，或已完成但未确认"),
    ("revoked", "已吊销"),
    ("still to come", "尚未开始"),
    ("used by nothing", "未被使用"),
    ("without a published rule for that period", "在该周期没有已发布的规则"),
    ("without a published scoring rule", "没有已发布的评分规则"),
    ("without an end", "未结束"),
    ("without periods", "没有考核周期"),
    ("without rules and policies", "没有规则和政策"),
    // The form of a value.
    ("64 lower-case hexadecimal digits", "64 位小写十六进制数字"),
    ("an IANA time zone such as Asia/Shanghai", "IANA 时区，例如 Asia/Shanghai"),
    ("an ISO 4217 code with minor units", "具有辅币单位的 ISO 4217 货币代码"),
    ("an assigned ISO 4217 code", "已分配的 ISO 4217 货币代码"),
    ("an e-mail address", "邮箱地址"),
    ("an instant in the future", "将来的时间"),
    ("an instant that is past", "已过去的时间"),
    ("one line of text without control characters", "不含控制字符的单行文字"),
    ("text with at least one visible character", "至少含一个可见字符的文字"),
    ("text with no control characters but line breaks and tabs", "除换行和制表符外不含控制字符的文字"),
    ("text with variation selectors after visible characters only", "变体选择符只跟在可见字符之后的文字"),
    ("text with zero-width joiners between emoji only", "零宽连接符只位于表情符号之间的文字"),
    (
        "text without invisible format characters, such as zero-width spaces or marks of direction",
        "不含不可见格式字符（如零宽空格、书写方向标记）的文字",
    ),
    ("text without white space at its start and end", "首尾无空白的文字"),
    ("text without zero-width joiners and variation selectors", "不含零宽连接符和变体选择符的文字"),
    ("the name of an IANA time zone, such as Asia/Shanghai", "IANA 时区名称，例如 Asia/Shanghai"),
    ("a month such as 2026-03", "月份，例如 2026-03"),
    ("a quarter such as 2026-Q1", "季度，例如 2026-Q1"),
    ("a year such as 2026", "年份，例如 2026"),
    // Why not.
    ("a person records the own reuse", "个人只能登记自己的复用"),
    ("a source is named by HR's systems only", "来源只能由人力资源系统填写"),
    ("an earlier record of the same person", "同一人在前面的记录"),
    ("the character NUL is in it", "其中含有空字符（NUL）"),
    ("a learner reports the own cases", "学员只能提交自己的案例"),
    ("a lecturer of the session is not its audience", "该分享的讲师不能作为其学员"),
    ("it is in the future", "该时间在将来"),
    ("it must be a list of quoted entity tags, or *", "应为带引号的实体标签列表，或 *"),
    ("it must be given once, as 1 to 255 visible ASCII characters", "须且只能提供一次，为 1 至 255 个可见 ASCII 字符"),
    ("only a manager's role can be limited to a department", "只有经理角色可以限定部门"),
    ("only a rejected line has a reason", "只有被拒绝的明细才有原因"),
    ("only attendees of the session have cases from it", "只有参加过该分享的人才能提交其案例"),
    (
        "plan the own sessions, with co-lecturers at equal shares, or those of people that you manage",
        "只能计划自己的分享（合讲者份额均等），或您所管理人员的分享",
    ),
    (
        "the audience of a session that has begun is set by managers and HR",
        "分享开始后，学员名单由经理或人力资源部门设定",
    ),
    ("the due moment is set by managers and HR", "截止时间由经理或人力资源部门设定"),
    ("the moment of a submission is said by HR's systems only", "提交时间只能由人力资源系统给出"),
    ("the programme has ended and takes no new sessions", "该激励方案已结束，不再接受新的分享"),
    ("there is none", "未提供令牌"),
    ("this operation has no parameters in the query", "此操作没有查询参数"),
    ("this operation takes no body", "此操作不接受请求体"),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }

    /// The first text in each place where the code hands a phrase to a message, and every text of a state.
    fn phrases(source: &str) -> Vec<String> {
        let places = [
            "with(\"expected\", \"",
            "with(\"reason\", \"",
            "with(\"what\", \"",
            "with(\"first\", \"",
            "let reason = \"",
            "not_found(\"",
        ];
        let mut found = Vec::new();
        for place in places {
            for rest in source.split(place).skip(1) {
                found.extend(rest.split('"').next().map(str::to_owned));
            }
        }
        for rest in source.split("Error::state(\"").skip(1) {
            let call = rest.split([')', ';']).next().unwrap_or_default();
            found.extend(call.split('"').step_by(2).filter(|text| !text.trim().is_empty()).map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_phrase_that_the_code_hands_to_a_message_has_its_chinese() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let this = Path::new(file!()).file_name().unwrap();
        let mut missing = Vec::new();
        let mut seen = 0;
        for file in files.iter().filter(|file| file.file_name().unwrap() != this) {
            let source = fs::read_to_string(file).unwrap();
            for phrase in phrases(source.split("#[cfg(test)]").next().unwrap()) {
                seen += 1;
                // Media types are nobody's language.
                if !phrase.starts_with("application/") && in_chinese(&phrase).is_none() {
                    missing.push(phrase);
                }
            }
        }
        assert!(seen > 80, "the code's phrases are found: {seen}");
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
