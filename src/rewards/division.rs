//! Divides whole minor units: nothing is lost, nothing invented.

/// Divides `pool` (not negative) equally among `people`. The odd units go to the first ones, one each. Empty for nobody.
pub fn split_evenly(pool: i128, people: usize) -> impl Iterator<Item = i128> {
    let divisor = i128::try_from(people).unwrap_or(i128::MAX).max(1);
    let (share, odd) = (pool / divisor, pool % divisor);
    (0..people).zip(0..).map(move |(_, i)| share + i128::from(i < odd))
}

/// Scales amounts (not negative) so that they sum to `target`. Each becomes amount × target / sum,
/// rounded down. The remaining units go to the largest remainders, one each; equal remainders in the order of the amounts.
#[must_use]
pub fn scale_to(amounts: &[i128], target: i128) -> Vec<i128> {
    let sum: i128 = amounts.iter().sum();
    if sum <= 0 {
        return amounts.to_vec();
    }
    let mut scaled: Vec<i128> = amounts.iter().map(|amount| amount * target / sum).collect();
    let left_over = target - scaled.iter().sum::<i128>();
    let mut by_remainder: Vec<(i128, &mut i128)> =
        amounts.iter().map(|amount| amount * target % sum).zip(scaled.iter_mut()).collect();
    by_remainder.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    for ((_, amount), _) in by_remainder.into_iter().zip(0..left_over) {
        *amount += 1;
    }
    scaled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn odd_units_go_to_the_first() {
        assert_eq!(split_evenly(100_001, 4).collect::<Vec<_>>(), [25_001, 25_000, 25_000, 25_000]);
        assert_eq!(split_evenly(2, 3).collect::<Vec<_>>(), [1, 1, 0]);
        assert_eq!(split_evenly(5, 0).count(), 0);
    }

    #[test]
    fn equal_remainders_go_to_the_earlier() {
        assert_eq!(scale_to(&[40_000, 40_000, 40_000], 100_001), [33_334, 33_334, 33_333]);
        assert_eq!(scale_to(&[1, 1, 1], 0), [0, 0, 0]);
        assert_eq!(scale_to(&[], 0), [0; 0]);
    }

    proptest! {
        #[test]
        fn an_even_split_is_even_and_complete(pool in 0_i128..1_000_000_000, people in 1_usize..50) {
            let shares: Vec<i128> = split_evenly(pool, people).collect();
            prop_assert_eq!(shares.len(), people);
            prop_assert_eq!(shares.iter().sum::<i128>(), pool);
            prop_assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]));
            prop_assert!(shares[0] - shares[people - 1] <= 1);
        }

        /// The sum is the target. No amount is a whole unit away from its exact share, and none grows. An amount rounded up never
        /// had a smaller remainder than one that was not.
        #[test]
        fn scaling_is_exact_and_fair(amounts in proptest::collection::vec(0_i128..10_000_000, 1..30), per_mille in 0_i128..=1000) {
            let sum: i128 = amounts.iter().sum();
            let target = sum * per_mille / 1000;
            let scaled = scale_to(&amounts, target);
            prop_assert_eq!(scaled.iter().sum::<i128>(), target);
            for (i, (amount, after)) in amounts.iter().zip(&scaled).enumerate() {
                prop_assert!(*after <= *amount);
                prop_assert!((after * sum - amount * target).abs() < sum.max(1));
                for (j, (other, other_after)) in amounts.iter().zip(&scaled).enumerate() {
                    let up = sum > 0 && after * sum > amount * target;
                    let down = sum > 0 && other_after * sum < other * target;
                    if up && down {
                        let (mine, theirs) = (amount * target % sum, other * target % sum);
                        prop_assert!(mine > theirs || (mine == theirs && i < j));
                    }
                }
            }
        }
    }
}
