//! Texts that people write: titles, comments, cases. A small grammar, so that sentences do not repeat.

use super::random::Random;

/// A title and its topic, for a lecturer of a group.
pub fn title(random: &mut Random, group: usize, is_case_based: bool) -> (String, &'static str) {
    let topics: &[&str] = if group == 0 { PROFESSIONAL_TOPICS } else { CUSTOMER_TOPICS };
    let topic = random.pick(topics);
    let angle = random.pick(if is_case_based { CASE_ANGLES } else { PLAIN_ANGLES });
    (format!("{topic}：{angle}"), topic)
}

/// The outline of a content, three points.
pub fn outline(random: &mut Random, topic: &str) -> String {
    let mut points = OUTLINE_POINTS.to_vec();
    random.shuffle(&mut points);
    let chosen: Vec<String> =
        points.iter().take(3).enumerate().map(|(i, point)| format!("{}. {point}", i + 1)).collect();
    format!("主题：{topic}\n{}", chosen.join("\n"))
}

pub const CASE_REQUIREMENT: &str = "至少一个近三个月的真实客户案例，说明背景、做法与结果。";

/// A comment that fits a rating out of 10.
pub fn comment(random: &mut Random, rating: u32) -> String {
    let aspect = random.pick(ASPECTS);
    match rating {
        9.. => {
            let (praise, effect) = (random.pick(PRAISE), random.pick(EFFECTS));
            if random.chance(55) {
                format!("{aspect}{praise}，{effect}。")
            } else {
                format!("{effect}，{aspect}{praise}！")
            }
        }
        7 | 8 => {
            let (fair, wish) = (random.pick(FAIR), random.pick(WISHES));
            if random.chance(50) { format!("{aspect}{fair}，{wish}。") } else { format!("{aspect}{fair}。") }
        }
        _ => {
            let (blame, wish) = (random.pick(BLAME), random.pick(WISHES));
            if random.chance(60) { format!("{aspect}{blame}，{wish}。") } else { format!("{aspect}{blame}。") }
        }
    }
}

/// An application case: how the lesson was applied, and the result.
pub fn case(random: &mut Random, topic: &str) -> String {
    let (occasion, action, result) = (random.pick(OCCASIONS), random.pick(ACTIONS), random.pick(RESULTS));
    format!("{occasion}，用了分享里关于“{topic}”的方法：{action}，{result}。")
}

pub const MISSED_REASONS: &[&str] =
    &["业务繁忙，未能准备", "临时出差", "客户现场支持", "忘记安排时间", "项目上线冲突", "内容未准备好"];
pub const CANCELLED_REASONS: &[&str] = &["会议室冲突", "与公司大会时间冲突", "听众不足，改期另行安排"];
pub const ROOMS: &[&str] = &["云杉厅", "白桦厅", "银杏厅", "三楼培训室", "五楼大会议室", "客户体验中心"];

const PROFESSIONAL_TOPICS: &[&str] = &[
    "多租户架构",
    "数据权限设计",
    "接口性能优化",
    "自动化测试",
    "发布与回滚",
    "需求分析",
    "产品指标体系",
    "用户访谈",
    "数据看板",
    "信息安全基础",
    "薪酬模块原理",
    "考勤规则引擎",
    "代码评审",
    "故障复盘",
    "项目管理",
    "移动端体验",
];
const CUSTOMER_TOPICS: &[&str] = &[
    "客户续约谈判",
    "客户投诉处理",
    "高层拜访",
    "客户健康度",
    "实施交付沟通",
    "需求引导",
    "竞品应对",
    "老客户激活",
    "回款跟进",
    "客户培训",
    "增购机会识别",
    "流失预警",
    "线上演示",
    "客户成功计划",
];
const PLAIN_ANGLES: &[&str] = &["基础概念", "制度解读", "通用方法介绍", "理论框架", "流程说明", "概览"];
const CASE_ANGLES: &[&str] = &[
    "三个真实案例",
    "从失败到成功",
    "一次客户现场的经验",
    "常见误区与对策",
    "实操演练",
    "工具与模板",
    "最近一个月的新做法",
    "复盘与改进",
    "问答与拆解",
];
const OUTLINE_POINTS: &[&str] = &[
    "背景与问题",
    "近期客户案例",
    "关键步骤",
    "常用话术与模板",
    "易错点",
    "数据与效果",
    "练习与讨论",
    "可以立刻用的清单",
];

const ASPECTS: &[&str] = &["内容", "案例", "讲解", "节奏", "互动", "课件", "演示", "方法", "结构", "答疑"];
const PRAISE: &[&str] =
    &["很实用", "非常清晰", "丰富又贴近业务", "特别到位", "讲得透彻", "深入浅出", "让人印象深刻", "有干货"];
const EFFECTS: &[&str] = &[
    "回去就能用",
    "解决了我手上的问题",
    "已经在客户那里试过了",
    "对新人帮助很大",
    "希望再来一次",
    "听完马上改了自己的方案",
    "正好赶上续约谈判",
    "建议推荐给其他部门",
    "收获超出预期",
];
const FAIR: &[&str] = &["还不错", "比较清楚", "有帮助", "整体可以", "中规中矩", "比上次好"];
const BLAME: &[&str] =
    &["比较枯燥", "实用性差", "离实际业务远", "太理论", "准备不够充分", "有些陈旧", "听不出重点", "照着念比较多"];
const WISHES: &[&str] = &[
    "希望多讲近期客户案例",
    "时间可以再短一点",
    "希望增加互动",
    "建议给出模板",
    "最好有演示",
    "希望提前发材料",
    "可以更有针对性",
    "想多听一些失败的教训",
];

const OCCASIONS: &[&str] = &[
    "昨天拜访一位老客户时",
    "处理一起投诉时",
    "本周的需求评审会上",
    "准备季度续约时",
    "给新客户做演示时",
    "在一次线上培训中",
    "排查线上问题时",
    "带新同事时",
];
const ACTIONS: &[&str] = &[
    "先复述对方的诉求再给方案",
    "按清单逐条确认",
    "换了提问的顺序",
    "把数据做成一页图",
    "提前约了对方负责人",
    "用模板整理了问题",
    "先小范围试点",
    "当场演示了操作",
];
const RESULTS: &[&str] = &[
    "成功挽回了客户",
    "客户同意续约",
    "少走了两天弯路",
    "评审一次通过",
    "投诉当天关闭",
    "客户当场增购",
    "团队都改用了这个做法",
    "响应时间缩短了一半",
];
