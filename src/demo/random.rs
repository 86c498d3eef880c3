//! A deterministic random number generator, so that the company is always the same.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A separate stream for each part of the company, so that a change to one part does not change the others.
    #[must_use]
    pub fn for_part(part: u64) -> Self {
        let mut seed = Self(0x4c65_6374_6572_6e21 ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self(seed.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` − 1; 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // The upper 32 bits of the product of a 32-bit number and the bound are below the bound.
        let scaled = (self.next() >> 32) * u64::from(bound);
        u32::try_from(scaled >> 32).unwrap_or_default()
    }

    /// A number from 0 to `bound` − 1, as an index.
    pub fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(u32::try_from(bound).unwrap_or(u32::MAX))).unwrap_or_default()
    }

    /// A number within `low..=high`.
    pub fn within(&mut self, low: i32, high: i32) -> i32 {
        let width = u32::try_from(high - low + 1).unwrap_or_default();
        low + i32::try_from(self.below(width)).unwrap_or_default()
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of the elements, or the type's default if there are none.
    pub fn pick<T: Copy + Default>(&mut self, elements: &[T]) -> T {
        elements.get(self.index(elements.len())).copied().unwrap_or_default()
    }

    /// Brings the elements into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, elements: &mut [T]) {
        for last in (1..elements.len()).rev() {
            elements.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_published_algorithm() {
        let mut random = Random(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([random.next(), random.next(), random.next()], expected);
    }

    #[test]
    fn numbers_stay_within_their_bounds_and_reach_them() {
        let mut random = Random::for_part(1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            assert!(random.below(7) < 7);
            seen.insert(random.within(-3, 3));
        }
        assert_eq!(seen, (-3..=3).collect());
        assert_eq!((random.below(0), random.below(1), random.pick::<u8>(&[])), (0, 0, 0));
    }

    #[test]
    fn shuffling_keeps_every_element() {
        let mut elements: Vec<u32> = (0..50).collect();
        Random::for_part(2).shuffle(&mut elements);
        assert_ne!(elements, (0..50).collect::<Vec<_>>());
        elements.sort_unstable();
        assert_eq!(elements, (0..50).collect::<Vec<_>>());
    }
}
