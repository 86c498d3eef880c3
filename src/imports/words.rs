//! The closed vocabularies of the files: the words of the schema, and what exports call them in Chinese.

/// A value out of a closed vocabulary.
pub trait Word: Copy + 'static {
    /// Every value with its spellings; the first is the schema's own word.
    const SPELLINGS: &'static [(Self, &'static [&'static str])];

    /// The word as the schema stores it.
    fn as_str(self) -> &'static str;

    /// The value that a cell names; capitals and blanks do not matter.
    #[must_use]
    fn read(text: &str) -> Option<Self> {
        let asked = text.to_ascii_lowercase().replace([' ', '-'], "_");
        Self::SPELLINGS.iter().find(|(_, spellings)| spellings.contains(&asked.as_str())).map(|(word, _)| *word)
    }

    /// The schema's words, for a message.
    #[must_use]
    fn allowed() -> String {
        let words: Vec<&str> = Self::SPELLINGS.iter().filter_map(|(_, spellings)| spellings.first().copied()).collect();
        words.join(", ")
    }
}

macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident { $($value:ident = $word:literal $(| $alias:literal)*;)+ })+) => {
        $(
            $(#[$doc])+
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name { $($value,)+ }

            impl Word for $name {
                const SPELLINGS: &'static [(Self, &'static [&'static str])] =
                    &[$((Self::$value, &[$word $(, $alias)*]),)+];

                fn as_str(self) -> &'static str {
                    match self { $(Self::$value => $word,)+ }
                }
            }
        )+
    };
}

words! {
    /// Asked of the lecturer, or offered.
    SessionKind {
        Assigned = "assigned" | "指派" | "安排" | "轮流" | "必讲";
        Voluntary = "voluntary" | "自愿" | "主动";
    }
    /// How a session is held.
    SessionMode {
        OnSite = "on_site" | "onsite" | "现场" | "线下" | "面授";
        Online = "online" | "线上" | "在线" | "直播";
    }
    /// Where a session stands.
    SessionState {
        Planned = "planned" | "计划" | "已计划" | "已安排" | "待开始";
        Delivered = "delivered" | "已交付" | "已完成" | "已分享" | "完成";
        Missed = "missed" | "缺席" | "未分享" | "未完成" | "缺讲";
        Cancelled = "cancelled" | "canceled" | "取消" | "已取消";
    }
    /// Whether a person was there.
    AttendanceState {
        Present = "present" | "出席" | "到场" | "签到" | "已签到";
        Absent = "absent" | "缺席" | "未到" | "缺勤";
    }
    /// What somebody did with a content.
    ReuseKind {
        View = "view" | "查看" | "浏览";
        Download = "download" | "下载";
        Forward = "forward" | "转发";
        Taught = "taught" | "讲授" | "他人讲授" | "转授";
    }
    /// Why a person is excused.
    AbsenceKind {
        Leave = "leave" | "请假" | "休假" | "年假" | "病假" | "事假" | "产假";
        Suspension = "suspension" | "停职";
    }
    /// Where an application case stands.
    CaseState {
        Submitted = "submitted" | "已提交" | "待确认";
        Confirmed = "confirmed" | "已确认" | "确认";
        Rejected = "rejected" | "已驳回" | "驳回";
    }
    /// A role that is granted to a person.
    Role {
        Admin = "admin" | "管理员";
        Manager = "manager" | "经理" | "主管";
        Lecturer = "lecturer" | "讲师";
        Learner = "learner" | "学员";
        Payroll = "payroll" | "薪酬";
        Hris = "hris" | "人事系统";
        Auditor = "auditor" | "审计" | "审计员";
    }
    /// A yes or a no.
    Answer {
        Yes = "true" | "yes" | "y" | "1" | "是" | "√";
        No = "false" | "no" | "n" | "0" | "否" | "×";
    }
}
