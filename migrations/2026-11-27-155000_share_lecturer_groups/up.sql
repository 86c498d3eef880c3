-- A lecturer group may pass from a programme that has ended to another: their periods do not overlap.

ALTER TABLE programmes ADD COLUMN periods_end_on date;

-- When an ended one was ended is not kept. The end of the year of its last change is a border of every cycle, and none too early.
-- Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
UPDATE programmes
   SET periods_end_on = (date_trunc('year', updated_at AT TIME ZONE time_zone) + interval '1 year')::date
 WHERE state = 'ended';
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;

ALTER TABLE programmes
    ADD CONSTRAINT programmes_periods_end_on_check CHECK (periods_end_on IS NULL OR state = 'ended');
COMMENT ON COLUMN programmes.periods_end_on IS
    'First local day after its last period: the one in which it was ended, or that of its last session. Null: it goes on.';

ALTER TABLE programme_groups
    DROP CONSTRAINT programme_groups_group_key,
    ADD CONSTRAINT programme_groups_programme_key UNIQUE (tenant_id, programme_id, group_id);
CREATE INDEX programme_groups_group_idx ON programme_groups (tenant_id, group_id);
COMMENT ON TABLE programme_groups IS
    'Which lecturer groups make up the population of a programme; of several programmes only where their periods do not overlap.';
