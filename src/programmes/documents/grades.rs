//! The order of a company's grades (考核等级). The codes and their order belong to the company; a rule only sets thresholds for some
//! of them.

/// Whether `grade` is at least as good as `least` in the company's order, best first. False if either is not in it.
#[must_use]
pub fn grade_reaches(order: &[String], grade: &str, least: &str) -> bool {
    let place = |code: &str| order.iter().position(|own| own == code);
    place(grade).zip(place(least)).is_some_and(|(grade, least)| grade <= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_grade_reaches_a_lesser_one() {
        let order = ["excellent", "good", "fail"].map(str::to_owned);
        for (grade, least, reaches) in [
            ("excellent", "good", true),
            ("good", "good", true),
            ("fail", "good", false),
            ("odd", "good", false),
            ("excellent", "odd", false),
        ] {
            assert_eq!(grade_reaches(&order, grade, least), reaches, "{grade} {least}");
        }
    }
}
