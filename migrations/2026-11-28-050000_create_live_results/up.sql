-- The results of open periods, stored for each lecturer, so that reading one costs the same whatever the size of the company. Every
-- fact that can move a score leaves a mark in its own transaction; the projector follows the marks and computes anew whom they name.
-- Everything here but the marks follows from the facts and can be made again from them.

CREATE TABLE live_marks (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    marked_at timestamptz NOT NULL,
    programme_id uuid,
    employee_id uuid,
    first_day date,
    end_day date,
    set_aside_at timestamptz,
    error text,
    CONSTRAINT live_marks_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT live_marks_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT live_marks_end_day_check CHECK (end_day > first_day),
    CONSTRAINT live_marks_error_check CHECK (char_length(error) BETWEEN 1 AND 2000),
    CONSTRAINT live_marks_set_aside_check CHECK ((set_aside_at IS NULL) = (error IS NULL))
);

CREATE INDEX live_marks_marked_at_idx ON live_marks (tenant_id, marked_at) WHERE set_aside_at IS NULL;
CREATE INDEX live_marks_set_aside_idx ON live_marks (tenant_id, programme_id, employee_id) WHERE set_aside_at IS NOT NULL;

-- What is stored already is computed once. Row security comes after this: it would hide the table from its owner as well.
INSERT INTO live_marks (tenant_id, id, marked_at) SELECT t.id, gen_random_uuid(), now() FROM tenants t;

ALTER TABLE live_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE live_marks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON live_marks
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (set_aside_at, error), DELETE ON live_marks TO lectern_service;

COMMENT ON TABLE live_marks IS
    'Whose results of open periods are to be computed anew. Inserted with the fact, deleted with the result. Without references: a mark lives for moments, and rating waits for no other row.';
COMMENT ON COLUMN live_marks.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN live_marks.id IS 'A random UUID, which tells no order.';
COMMENT ON COLUMN live_marks.marked_at IS 'When the fact was stored.';
COMMENT ON COLUMN live_marks.programme_id IS 'In which programme; null: in all.';
COMMENT ON COLUMN live_marks.employee_id IS 'Whose results; null: everybody''s.';
COMMENT ON COLUMN live_marks.first_day IS 'The first local day that the fact touches; null: without a bound.';
COMMENT ON COLUMN live_marks.end_day IS 'The first local day after it; null: without a bound.';
COMMENT ON COLUMN live_marks.set_aside_at IS
    'When it was set aside because computing failed: it holds nobody else up. The next result of the same lecturer and period deletes it.';
COMMENT ON COLUMN live_marks.error IS 'Why computing failed.';

CREATE TABLE live_periods (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    period text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    rule_id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    computed_at timestamptz,
    anew_since timestamptz,
    anew_after uuid,
    CONSTRAINT live_periods_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT live_periods_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT live_periods_programme_fkey FOREIGN KEY (tenant_id, programme_id) REFERENCES programmes (tenant_id, id),
    CONSTRAINT live_periods_rule_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES scoring_rules (tenant_id, id),
    CONSTRAINT live_periods_period_key UNIQUE (tenant_id, programme_id, period),
    CONSTRAINT live_periods_period_check CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$'),
    CONSTRAINT live_periods_ends_on_check CHECK (ends_on > starts_on),
    CONSTRAINT live_periods_version_check CHECK (version >= 0),
    CONSTRAINT live_periods_anew_check CHECK ((anew_since IS NULL) = (anew_after IS NULL))
);

CREATE INDEX live_periods_rule_idx ON live_periods (tenant_id, rule_id);

ALTER TABLE live_periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE live_periods FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON live_periods
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON live_periods TO lectern_service;

COMMENT ON TABLE live_periods IS
    'A period that has begun, is not closed, and has a rule: its results are stored while it is open. Gone soon after the close.';
COMMENT ON COLUMN live_periods.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN live_periods.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN live_periods.programme_id IS 'The programme.';
COMMENT ON COLUMN live_periods.period IS 'Its name (2026-03, 2026-Q1, 2026).';
COMMENT ON COLUMN live_periods.starts_on IS 'First local day.';
COMMENT ON COLUMN live_periods.ends_on IS 'First local day after it.';
COMMENT ON COLUMN live_periods.rule_id IS 'The scoring rule that the results are computed with.';
COMMENT ON COLUMN live_periods.version IS 'Grows with every change of its results.';
COMMENT ON COLUMN live_periods.computed_at IS 'When its results were last computed, some or all; null until all have been, once.';
COMMENT ON COLUMN live_periods.anew_since IS 'Since when everybody is to be computed anew; null: nothing of that is left to do.';
COMMENT ON COLUMN live_periods.anew_after IS 'Employees up to this id have been, in the order of ids.';

CREATE TABLE live_results (
    tenant_id uuid NOT NULL,
    live_period_id uuid NOT NULL,
    employee_id uuid NOT NULL,
    board_id uuid NOT NULL,
    score numeric(5,2),
    shortfall integer GENERATED ALWAYS AS (((100 - score) * 100)::integer) STORED,
    grade text,
    inputs jsonb NOT NULL,
    card jsonb NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT live_results_pkey PRIMARY KEY (tenant_id, live_period_id, employee_id),
    CONSTRAINT live_results_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT live_results_live_period_fkey FOREIGN KEY (tenant_id, live_period_id) REFERENCES live_periods (tenant_id, id),
    CONSTRAINT live_results_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT live_results_score_check CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT live_results_grade_check CHECK (char_length(grade) BETWEEN 1 AND 64),
    CONSTRAINT live_results_rated_check CHECK ((score IS NULL) = (grade IS NULL)),
    CONSTRAINT live_results_inputs_check CHECK (jsonb_typeof(inputs) = 'object'),
    CONSTRAINT live_results_card_check CHECK (jsonb_typeof(card) = 'object')
);

CREATE INDEX live_results_employee_idx ON live_results (tenant_id, employee_id);
CREATE INDEX live_results_shortfall_idx ON live_results (tenant_id, live_period_id, shortfall, employee_id)
    WHERE score IS NOT NULL;
CREATE INDEX live_results_board_idx ON live_results (tenant_id, live_period_id, board_id, shortfall, employee_id)
    WHERE score IS NOT NULL;

ALTER TABLE live_results ENABLE ROW LEVEL SECURITY;
ALTER TABLE live_results FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON live_results
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON live_results TO lectern_service;

COMMENT ON TABLE live_results IS
    'The result of one lecturer in an open period, and the facts that it is based on. The rank is not stored: it follows from the counts.';
COMMENT ON COLUMN live_results.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN live_results.live_period_id IS 'The open period.';
COMMENT ON COLUMN live_results.employee_id IS 'The lecturer.';
COMMENT ON COLUMN live_results.board_id IS
    'The board in scope department: the department, or the nil UUID for those without one.';
COMMENT ON COLUMN live_results.score IS 'Score, 0 to 100; null: not rated.';
COMMENT ON COLUMN live_results.shortfall IS
    'The hundredths of a point that the score is short of 100. Boards are read in its order, by an index that row security lets them use.';
COMMENT ON COLUMN live_results.grade IS 'Code of the grade.';
COMMENT ON COLUMN live_results.inputs IS 'The facts of the period.';
COMMENT ON COLUMN live_results.card IS 'The scorecard: metrics, components, gates.';
COMMENT ON COLUMN live_results.version IS 'The version of the period with which the result came.';

CREATE TABLE live_score_counts (
    tenant_id uuid NOT NULL,
    live_period_id uuid NOT NULL,
    board_id uuid NOT NULL,
    is_whole boolean NOT NULL,
    shortfall integer NOT NULL,
    lecturers integer NOT NULL,
    scores integer NOT NULL,
    CONSTRAINT live_score_counts_pkey PRIMARY KEY (tenant_id, live_period_id, board_id, is_whole, shortfall),
    CONSTRAINT live_score_counts_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT live_score_counts_live_period_fkey
        FOREIGN KEY (tenant_id, live_period_id) REFERENCES live_periods (tenant_id, id),
    CONSTRAINT live_score_counts_shortfall_check
        CHECK (shortfall BETWEEN 0 AND 10000 AND (NOT is_whole OR shortfall % 100 = 0)),
    CONSTRAINT live_score_counts_lecturers_check CHECK (lecturers >= 0),
    CONSTRAINT live_score_counts_scores_check CHECK (scores BETWEEN 0 AND 100 AND scores <= lecturers)
);

ALTER TABLE live_score_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE live_score_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON live_score_counts
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON live_score_counts TO lectern_service;

COMMENT ON TABLE live_score_counts IS
    'How many lecturers of a board have a score: those ahead of somebody are the sum of some two hundred rows at the most.';
COMMENT ON COLUMN live_score_counts.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN live_score_counts.live_period_id IS 'The open period.';
COMMENT ON COLUMN live_score_counts.board_id IS
    'The board: the programme for the one of all, a department, or the nil UUID for those without one.';
COMMENT ON COLUMN live_score_counts.is_whole IS
    'Whether the row is of a hundred scores, from this shortfall on. Otherwise it is of this one alone.';
COMMENT ON COLUMN live_score_counts.shortfall IS 'The hundredths of a point that the score is short of 100.';
COMMENT ON COLUMN live_score_counts.lecturers IS 'The number of lecturers with such a score.';
COMMENT ON COLUMN live_score_counts.scores IS 'The number of different scores that they have.';

CREATE TABLE live_turns (
    tenant_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT live_turns_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT live_turns_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

GRANT SELECT, INSERT, UPDATE (due_at) ON live_turns TO lectern_service;

COMMENT ON TABLE live_turns IS
    'Whose turn it is to project: who projects holds the row of the tenant. Global: read before a tenant is known.';
COMMENT ON COLUMN live_turns.tenant_id IS 'The tenant whose results are projected.';
COMMENT ON COLUMN live_turns.due_at IS
    'When time alone moves something next: a local day begins in one of the programmes, and with it perhaps a period.';

-- Row security shows the marks of one tenant at a time. A process asks once for all of them whose results are not up to date.
CREATE FUNCTION unprojected_tenants(asked_at timestamptz)
    RETURNS TABLE (tenant_id uuid, marked_at timestamptz, set_aside bigint)
    LANGUAGE plpgsql
    SECURITY INVOKER
    SET search_path = pg_catalog, public
AS $$
DECLARE
    is_due boolean;
BEGIN
    FOR tenant_id, is_due IN
        SELECT t.id, u.due_at IS NULL OR u.due_at <= asked_at FROM tenants t LEFT JOIN live_turns u ON u.tenant_id = t.id ORDER BY t.id
    LOOP
        PERFORM set_config('app.tenant_id', tenant_id::text, true);
        SELECT least((SELECT min(m.marked_at) FROM live_marks m
                       WHERE m.tenant_id = unprojected_tenants.tenant_id AND m.set_aside_at IS NULL),
                     (SELECT min(p.anew_since) FROM live_periods p WHERE p.tenant_id = unprojected_tenants.tenant_id)),
               (SELECT count(*) FROM live_marks m
                 WHERE m.tenant_id = unprojected_tenants.tenant_id AND m.set_aside_at IS NOT NULL)
          INTO marked_at, set_aside;
        IF is_due OR marked_at IS NOT NULL OR set_aside > 0 THEN
            marked_at := CASE WHEN is_due THEN least(marked_at, asked_at) ELSE marked_at END;
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END
$$;

REVOKE ALL ON FUNCTION unprojected_tenants(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unprojected_tenants(timestamptz) TO lectern_service;

COMMENT ON FUNCTION unprojected_tenants(timestamptz) IS
    'Whose live results are not up to date: since when (null: they are), and how many marks are set aside.';
