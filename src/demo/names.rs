//! Names of people: common Chinese surnames and given names with their spelling in letters, for email addresses.

use std::collections::BTreeSet;

use super::random::Random;

/// A name and its spelling, `zhang.weimin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    pub name: String,
    pub spelling: String,
}

/// Draws names and spellings that nobody else has.
#[derive(Debug)]
pub struct NamePool {
    random: Random,
    names: BTreeSet<String>,
    spellings: BTreeSet<String>,
}

impl NamePool {
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self { random, names: BTreeSet::new(), spellings: BTreeSet::new() }
    }

    /// There are about 180,000 names, so a new one is found quickly.
    pub fn draw(&mut self) -> PersonName {
        loop {
            let (surname, surname_spelling) = self.random.pick(SURNAMES);
            let (first, first_spelling) = self.random.pick(GIVEN);
            let (second, second_spelling) = if self.random.chance(82) { self.random.pick(GIVEN) } else { ("", "") };
            let name = format!("{surname}{first}{second}");
            if first == second || !self.names.insert(name.clone()) {
                continue;
            }
            let plain = format!("{surname_spelling}.{first_spelling}{second_spelling}");
            let mut spelling = plain.clone();
            let mut number = 2;
            while !self.spellings.insert(spelling.clone()) {
                spelling = format!("{plain}{number}");
                number += 1;
            }
            return PersonName { name, spelling };
        }
    }
}

const SURNAMES: &[(&str, &str)] = &[
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("高", "gao"),
    ("林", "lin"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("宋", "song"),
    ("唐", "tang"),
    ("许", "xu"),
    ("韩", "han"),
    ("冯", "feng"),
    ("邓", "deng"),
    ("曹", "cao"),
    ("彭", "peng"),
    ("曾", "zeng"),
    ("肖", "xiao"),
    ("田", "tian"),
    ("董", "dong"),
    ("潘", "pan"),
    ("袁", "yuan"),
    ("蔡", "cai"),
    ("蒋", "jiang"),
    ("余", "yu"),
    ("于", "yu"),
    ("杜", "du"),
    ("叶", "ye"),
    ("程", "cheng"),
    ("苏", "su"),
    ("魏", "wei"),
    ("吕", "lv"),
    ("丁", "ding"),
    ("任", "ren"),
    ("沈", "shen"),
    ("欧阳", "ouyang"),
    ("上官", "shangguan"),
];

const GIVEN: &[(&str, &str)] = &[
    ("伟", "wei"),
    ("芳", "fang"),
    ("娜", "na"),
    ("敏", "min"),
    ("静", "jing"),
    ("丽", "li"),
    ("强", "qiang"),
    ("磊", "lei"),
    ("军", "jun"),
    ("洋", "yang"),
    ("勇", "yong"),
    ("艳", "yan"),
    ("杰", "jie"),
    ("娟", "juan"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("秀", "xiu"),
    ("霞", "xia"),
    ("平", "ping"),
    ("刚", "gang"),
    ("桂", "gui"),
    ("英", "ying"),
    ("华", "hua"),
    ("玉", "yu"),
    ("萍", "ping"),
    ("红", "hong"),
    ("玲", "ling"),
    ("鹏", "peng"),
    ("飞", "fei"),
    ("婷", "ting"),
    ("雪", "xue"),
    ("梅", "mei"),
    ("晨", "chen"),
    ("浩", "hao"),
    ("宇", "yu"),
    ("轩", "xuan"),
    ("子", "zi"),
    ("涵", "han"),
    ("欣", "xin"),
    ("怡", "yi"),
    ("思", "si"),
    ("嘉", "jia"),
    ("俊", "jun"),
    ("文", "wen"),
    ("博", "bo"),
    ("志", "zhi"),
    ("建", "jian"),
    ("国", "guo"),
    ("永", "yong"),
    ("晓", "xiao"),
    ("东", "dong"),
    ("海", "hai"),
    ("云", "yun"),
    ("佳", "jia"),
    ("琳", "lin"),
    ("雨", "yu"),
    ("彤", "tong"),
    ("睿", "rui"),
    ("航", "hang"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_people_have_a_thousand_names_and_spellings() {
        let mut pool = NamePool::new(Random::for_part(1));
        let people: Vec<PersonName> = (0..1000).map(|_| pool.draw()).collect();
        let names: BTreeSet<&str> = people.iter().map(|person| person.name.as_str()).collect();
        let spellings: BTreeSet<&str> = people.iter().map(|person| person.spelling.as_str()).collect();
        assert_eq!((names.len(), spellings.len()), (1000, 1000));
        assert!(people.iter().all(|person| person.spelling.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')));
    }
}
