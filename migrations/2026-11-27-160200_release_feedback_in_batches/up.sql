-- Outside the mode `named`, ratings are released in batches of at least k. What is ever shown consists of whole batches, so that
-- no two shown states, of whomever and whenever, differ by fewer than k ratings.

CREATE TABLE feedback_batches (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    starts_on date NOT NULL,
    session_id uuid,
    is_revised boolean NOT NULL DEFAULT false,
    is_rest boolean NOT NULL DEFAULT false,
    CONSTRAINT feedback_batches_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_batches_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT feedback_batches_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT feedback_batches_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id)
);

CREATE INDEX feedback_batches_programme_idx ON feedback_batches (tenant_id, programme_id);
CREATE INDEX feedback_batches_session_idx ON feedback_batches (tenant_id, session_id);

ALTER TABLE feedback_batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback_batches FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON feedback_batches
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (is_revised) ON feedback_batches TO lectern_service;

COMMENT ON TABLE feedback_batches IS
    'Ratings that were released together: at least k, of the same programme, period and lecturers; or the rest of a period.';
COMMENT ON COLUMN feedback_batches.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN feedback_batches.id IS 'A random id, which tells no time.';
COMMENT ON COLUMN feedback_batches.programme_id IS 'The programme.';
COMMENT ON COLUMN feedback_batches.starts_on IS 'First local day of the period in which the sessions lay when the ratings were released.';
COMMENT ON COLUMN feedback_batches.session_id IS 'The session, if all of the ratings are on one; null: on several, and none of them stands apart.';
COMMENT ON COLUMN feedback_batches.is_revised IS 'Whether at least k of its ratings were changed after the release, and shown anew.';

COMMENT ON COLUMN feedback_batches.is_rest IS
    'What was left when the period was closed, however few: counted by the close, and released by nothing else.';

CREATE TABLE feedback_batch_lecturers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    lecturer_id uuid NOT NULL,
    CONSTRAINT feedback_batch_lecturers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_batch_lecturers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT feedback_batch_lecturers_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES feedback_batches (tenant_id, id),
    CONSTRAINT feedback_batch_lecturers_lecturer_fkey FOREIGN KEY (tenant_id, lecturer_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT feedback_batch_lecturers_lecturer_key UNIQUE (tenant_id, batch_id, lecturer_id)
);

CREATE INDEX feedback_batch_lecturers_lecturer_idx ON feedback_batch_lecturers (tenant_id, lecturer_id);

ALTER TABLE feedback_batch_lecturers ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback_batch_lecturers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON feedback_batch_lecturers
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON feedback_batch_lecturers TO lectern_service;

COMMENT ON TABLE feedback_batch_lecturers IS
    'Whose ratings a batch was released as: the lecturers of all of its sessions then.';
COMMENT ON COLUMN feedback_batch_lecturers.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN feedback_batch_lecturers.id IS 'A random id, which tells no time.';
COMMENT ON COLUMN feedback_batch_lecturers.batch_id IS 'The batch.';
COMMENT ON COLUMN feedback_batch_lecturers.lecturer_id IS 'The lecturer.';

ALTER TABLE feedback
    ADD COLUMN batch_id uuid,
    ADD COLUMN shown jsonb,
    ADD CONSTRAINT feedback_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES feedback_batches (tenant_id, id),
    ADD CONSTRAINT feedback_shown_check
        CHECK (shown IS NULL OR (jsonb_typeof(shown) = 'object' AND batch_id IS NOT NULL));

CREATE INDEX feedback_batch_idx ON feedback (tenant_id, batch_id);
CREATE INDEX feedback_waiting_idx ON feedback (tenant_id, session_id) WHERE counts AND batch_id IS NULL;
CREATE INDEX feedback_changed_idx ON feedback (tenant_id, session_id) WHERE shown IS NOT NULL;

COMMENT ON COLUMN feedback.batch_id IS 'With what it was released; null: it is held back, or its programme releases nothing in batches.';
COMMENT ON COLUMN feedback.shown IS
    'What is still shown of it, {rating, scale, items, comment}, after a change that is held back; null: what it is.';

ALTER TABLE snapshot_lecturers
    ADD COLUMN apart jsonb NOT NULL DEFAULT '[]',
    ADD CONSTRAINT snapshot_lecturers_apart_check CHECK (jsonb_typeof(apart) = 'array');
COMMENT ON COLUMN snapshot_lecturers.apart IS
    'Ids of the sessions whose ratings a statement may show apart from the others: k of them, and k or none left.';

-- A k outside the range becomes its nearest end. Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
UPDATE programmes SET feedback_min_k = least(greatest(feedback_min_k, 3), 50) WHERE feedback_min_k NOT BETWEEN 3 AND 50;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes
    ALTER COLUMN feedback_min_k SET DEFAULT 3,
    DROP CONSTRAINT programmes_feedback_min_k_check,
    ADD CONSTRAINT programmes_feedback_min_k_check CHECK (feedback_min_k BETWEEN 3 AND 50);
COMMENT ON COLUMN programmes.feedback_min_k IS 'Outside the mode `named`, how many ratings are shown together at least.';
COMMENT ON COLUMN programmes.feedback_mode IS 'What may tie a rating to a person; fixed once there is feedback.';

-- What was shown goes on being shown, where a session has k ratings. Row security hides the rows from the owner as well.
ALTER TABLE feedback NO FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback_batches NO FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback_batch_lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE session_lecturers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;

INSERT INTO feedback_batches (tenant_id, id, programme_id, starts_on, session_id)
SELECT s.tenant_id, gen_random_uuid(), s.programme_id,
       date_trunc(p.cycle, s.delivered_start AT TIME ZONE p.time_zone)::date, s.id
  FROM sessions s
  JOIN programmes p ON p.tenant_id = s.tenant_id AND p.id = s.programme_id AND p.feedback_mode <> 'named'
 WHERE s.state = 'delivered'
   AND p.feedback_min_k <= (SELECT count(*) FROM feedback f
                             WHERE f.tenant_id = s.tenant_id AND f.session_id = s.id AND f.counts);
INSERT INTO feedback_batch_lecturers (tenant_id, id, batch_id, lecturer_id)
SELECT b.tenant_id, gen_random_uuid(), b.id, l.employee_id
  FROM feedback_batches b
  JOIN session_lecturers l ON l.tenant_id = b.tenant_id AND l.session_id = b.session_id;
UPDATE feedback f SET batch_id = b.id
  FROM feedback_batches b
 WHERE b.tenant_id = f.tenant_id AND b.session_id = f.session_id AND f.counts;

-- Closed periods have counted the rest as well.
ALTER TABLE periods NO FORCE ROW LEVEL SECURITY;
INSERT INTO feedback_batches (tenant_id, id, programme_id, starts_on, is_rest)
SELECT d.tenant_id, gen_random_uuid(), d.programme_id, d.starts_on, true
  FROM periods d
  JOIN programmes p ON p.tenant_id = d.tenant_id AND p.id = d.programme_id AND p.feedback_mode <> 'named'
 WHERE d.state = 'closed';
UPDATE feedback f SET batch_id = b.id
  FROM feedback_batches b
  JOIN periods d ON d.tenant_id = b.tenant_id AND d.programme_id = b.programme_id AND d.starts_on = b.starts_on
  JOIN sessions s ON s.tenant_id = d.tenant_id AND s.programme_id = d.programme_id AND s.state = 'delivered'
   AND s.delivered_start >= d.starts_at AND s.delivered_start < d.ends_at AND s.delivery_confirmed_at IS NOT NULL
 WHERE b.is_rest AND f.tenant_id = s.tenant_id AND f.session_id = s.id AND f.counts AND f.batch_id IS NULL;
ALTER TABLE periods FORCE ROW LEVEL SECURITY;

ALTER TABLE feedback FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback_batches FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback_batch_lecturers FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE session_lecturers FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
