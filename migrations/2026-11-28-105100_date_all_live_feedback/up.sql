-- Every programme has a day of live feedback. Where nobody has rated yet it is the day on which the programme was made, as for new
-- ones. So what is held back moves no day, which would show that somebody has rated. Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
UPDATE programmes p SET live_feedback_from_on = (p.created_at AT TIME ZONE p.time_zone)::date WHERE p.live_feedback_from_on IS NULL;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.live_feedback_from_on IS
    'Files bring no ratings and no decided cases of the periods from the one with this local day on; null: of any. Outside the mode named, learners rate no session of an earlier period.';
