-- From which day on a programme pays: what was run as a pilot never does, however late it is closed.

ALTER TABLE programmes ADD COLUMN pays_from_on date;

-- What is active or ended went on paying whenever it was closed; row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
UPDATE programmes SET pays_from_on = date '1900-01-01' WHERE state <> 'pilot';
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;

ALTER TABLE programmes
    ADD CONSTRAINT programmes_pays_from_on_check
        CHECK (CASE state WHEN 'pilot' THEN pays_from_on IS NULL WHEN 'active' THEN pays_from_on IS NOT NULL ELSE true END);

COMMENT ON COLUMN programmes.pays_from_on IS
    'Periods that begin on this local day or later pay, if they are closed; null: none does, it has never been active.';
