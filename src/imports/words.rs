//! The closed vocabularies of the files: the names, mainly Chinese, that exports use for the words of the domain.

use crate::auth::Role;
use crate::calendar::DayKind;
use crate::content::{CaseState, ReuseEventKind};
use crate::kernel::language::Language;
use crate::kernel::message::{Words, listed};
use crate::kernel::words::words;
use crate::people::AbsenceKind;
use crate::sessions::{AttendanceState, SessionKind, SessionMode, SessionRole, SessionState};

/// For a message: of each of these the first spelling in English, and the first Chinese one, if there is one, in Chinese.
#[must_use]
pub fn in_both<'s>(spellings: impl Iterator<Item = &'s [&'static str]> + Clone) -> Words {
    let english = spellings.clone().filter_map(|all| all.first().copied());
    let first_chinese = spellings.filter_map(|all| chinese(all).or_else(|| all.first().copied()));
    Words { zh: listed(first_chinese).zh, en: listed(english).en }
}

/// The first Chinese one of these spellings.
#[must_use]
pub fn chinese(spellings: &[&'static str]) -> Option<&'static str> {
    spellings.iter().copied().find(|name| !name.is_ascii())
}

/// A value of a closed vocabulary.
pub trait Word: Copy + 'static {
    /// Every value with its spellings. The first one is the domain's own word.
    const SPELLINGS: &'static [(Self, &'static [&'static str])];

    /// The value that a cell means. Upper or lower case and spaces do not matter.
    #[must_use]
    fn read(text: &str) -> Option<Self> {
        let asked = text.to_ascii_lowercase().replace([' ', '-'], "_");
        Self::SPELLINGS.iter().find(|(_, spellings)| spellings.contains(&asked.as_str())).map(|(word, _)| *word)
    }

    /// The domain's own word.
    #[must_use]
    fn name(self) -> &'static str;

    /// The word that files in this language use.
    #[must_use]
    fn called(self, language: Language) -> &'static str {
        let own = Self::SPELLINGS.iter().find(|(_, spellings)| spellings.first() == Some(&self.name()));
        match (language, own) {
            (Language::ZhCn, Some((_, spellings))) => chinese(spellings).unwrap_or_else(|| self.name()),
            _ => self.name(),
        }
    }

    /// The words, for a message: the domain's own in English, those that exports use in Chinese.
    #[must_use]
    fn allowed() -> Words {
        in_both(Self::SPELLINGS.iter().map(|(_, spellings)| *spellings))
    }
}

words! {
    /// A yes or a no.
    pub enum Answer {
        /// Yes.
        Yes = "true",
        /// No.
        No = "false",
    }
}

/// Declares the other spellings of each word. A missing word is a compile error.
macro_rules! spellings {
    ($($name:ty { $($value:ident: $($alias:literal)|+;)+ })+) => {$(
        impl Word for $name {
            const SPELLINGS: &'static [(Self, &'static [&'static str])] =
                &[$((Self::$value, &[Self::$value.slug(), $($alias),+])),+];

            fn name(self) -> &'static str {
                self.slug()
            }
        }

        const _: () = assert!(<$name as Word>::SPELLINGS.len() == <$name>::ALL.len());
    )+};
}

spellings! {
    SessionKind {
        Assigned: "指派" | "安排" | "轮流" | "必讲";
        Voluntary: "自愿" | "主动";
    }
    SessionMode {
        OnSite: "onsite" | "现场" | "线下" | "面授";
        Online: "线上" | "在线" | "直播";
    }
    SessionRole {
        Lead: "主讲" | "主讲人";
        Co: "合讲" | "联合讲师" | "联合主讲";
        Assistant: "助教" | "助讲";
    }
    SessionState {
        Planned: "已计划" | "计划" | "已安排" | "待开始";
        Delivered: "已完成" | "已交付" | "已分享" | "完成";
        Missed: "缺讲" | "缺席" | "未分享" | "未完成";
        Cancelled: "canceled" | "已取消" | "取消";
    }
    AttendanceState {
        Present: "出席" | "到场" | "签到" | "已签到";
        Absent: "缺席" | "未到" | "缺勤";
    }
    ReuseEventKind {
        View: "查看" | "浏览";
        Download: "下载";
        Forward: "转发";
        Taught: "讲授" | "他人讲授" | "转授";
    }
    AbsenceKind {
        Leave: "请假" | "休假" | "年假" | "病假" | "事假" | "产假";
        Suspension: "停职";
    }
    DayKind {
        Workday: "工作日" | "上班" | "调休上班" | "补班";
        RestDay: "休息日" | "休息" | "调休休息";
        Holiday: "法定节假日" | "节假日" | "假日";
    }
    CaseState {
        Submitted: "已提交" | "待确认";
        Confirmed: "已确认" | "确认";
        Rejected: "已拒绝" | "已驳回" | "驳回";
    }
    Role {
        Admin: "管理员";
        Manager: "经理" | "主管";
        Lecturer: "讲师";
        Learner: "学员";
        Payroll: "薪资" | "薪酬";
        Hris: "人事系统";
        Auditor: "审计" | "审计员";
    }
    Answer {
        Yes: "yes" | "y" | "1" | "是" | "√";
        No: "no" | "n" | "0" | "否" | "×";
    }
}
