-- What is provisional also says which titles and notices a close would bring about. It is computed anew, by a process that serves,
-- from the live results: nothing is lost. Row security hides the rows from the owner as well.
ALTER TABLE provisional_rewards NO FORCE ROW LEVEL SECURITY;
ALTER TABLE provisional_periods NO FORCE ROW LEVEL SECURITY;
DELETE FROM provisional_rewards;
DELETE FROM provisional_periods;
ALTER TABLE provisional_rewards FORCE ROW LEVEL SECURITY;
ALTER TABLE provisional_periods FORCE ROW LEVEL SECURITY;
