-- Anonymous feedback: who took part, and what was said, with no key, order or time in common. Every answer rewrites these rows of its
-- session in random order, so that a dump with its system columns (xmin, cmin, ctid) tells neither who came last nor what did.

CREATE TABLE anonymous_participants (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    learner_id uuid NOT NULL,
    CONSTRAINT anonymous_participants_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT anonymous_participants_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT anonymous_participants_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT anonymous_participants_learner_fkey FOREIGN KEY (tenant_id, learner_id) REFERENCES employees (tenant_id, id),
    CONSTRAINT anonymous_participants_learner_key UNIQUE (tenant_id, session_id, learner_id)
);

CREATE INDEX anonymous_participants_learner_idx ON anonymous_participants (tenant_id, learner_id);

ALTER TABLE anonymous_participants ENABLE ROW LEVEL SECURITY;
ALTER TABLE anonymous_participants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON anonymous_participants
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON anonymous_participants TO lectern_service;

COMMENT ON TABLE anonymous_participants IS
    'Who has rated a session of a programme with anonymous feedback. What was said has nothing in common with it.';
COMMENT ON COLUMN anonymous_participants.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN anonymous_participants.id IS 'A random id, which tells no time.';
COMMENT ON COLUMN anonymous_participants.session_id IS 'The session.';
COMMENT ON COLUMN anonymous_participants.learner_id IS 'The learner who rated it.';

CREATE TABLE anonymous_counts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    batch_id uuid,
    rule_id uuid,
    key text,
    scale integer NOT NULL,
    value integer NOT NULL,
    times integer NOT NULL,
    CONSTRAINT anonymous_counts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT anonymous_counts_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT anonymous_counts_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT anonymous_counts_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES feedback_batches (tenant_id, id),
    CONSTRAINT anonymous_counts_rule_fkey FOREIGN KEY (tenant_id, rule_id) REFERENCES scoring_rules (tenant_id, id),
    CONSTRAINT anonymous_counts_value_key
        UNIQUE NULLS NOT DISTINCT (tenant_id, session_id, batch_id, rule_id, key, scale, value),
    CONSTRAINT anonymous_counts_key_check CHECK (char_length(key) BETWEEN 1 AND 64),
    CONSTRAINT anonymous_counts_scale_check CHECK (scale BETWEEN 1 AND 100),
    CONSTRAINT anonymous_counts_value_check CHECK (value BETWEEN 0 AND scale),
    CONSTRAINT anonymous_counts_times_check CHECK (times >= 1)
);

CREATE INDEX anonymous_counts_batch_idx ON anonymous_counts (tenant_id, batch_id);
CREATE INDEX anonymous_counts_rule_idx ON anonymous_counts (tenant_id, rule_id);

ALTER TABLE anonymous_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE anonymous_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON anonymous_counts
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE, UPDATE (batch_id) ON anonymous_counts TO lectern_service;

COMMENT ON TABLE anonymous_counts IS
    'How often each value was given as the rating of a session, or as the answer to an item, in anonymous feedback.';
COMMENT ON COLUMN anonymous_counts.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN anonymous_counts.id IS 'A random id, which tells no time.';
COMMENT ON COLUMN anonymous_counts.session_id IS 'The session.';
COMMENT ON COLUMN anonymous_counts.batch_id IS 'With what these answers were released; null: they are held back.';
COMMENT ON COLUMN anonymous_counts.rule_id IS 'The rule version on whose form they were given; null: there was none.';
COMMENT ON COLUMN anonymous_counts.key IS 'The item; null: the rating itself, which every answer has.';
COMMENT ON COLUMN anonymous_counts.scale IS 'Best possible value on the form they were given on.';
COMMENT ON COLUMN anonymous_counts.value IS 'The value, 0 to its scale.';
COMMENT ON COLUMN anonymous_counts.times IS 'By how many it was given.';

CREATE TABLE anonymous_texts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    batch_id uuid,
    comment text NOT NULL,
    is_counted boolean NOT NULL DEFAULT false,
    CONSTRAINT anonymous_texts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT anonymous_texts_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT anonymous_texts_session_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id),
    CONSTRAINT anonymous_texts_batch_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES feedback_batches (tenant_id, id),
    CONSTRAINT anonymous_texts_comment_check CHECK (char_length(comment) BETWEEN 1 AND 2000),
    CONSTRAINT anonymous_texts_counted_check CHECK (NOT is_counted OR batch_id IS NOT NULL)
);

CREATE INDEX anonymous_texts_session_idx ON anonymous_texts (tenant_id, session_id);
CREATE INDEX anonymous_texts_batch_idx ON anonymous_texts (tenant_id, batch_id);

ALTER TABLE anonymous_texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE anonymous_texts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON anonymous_texts
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE, UPDATE (batch_id, is_counted) ON anonymous_texts TO lectern_service;

COMMENT ON TABLE anonymous_texts IS
    'What was written in anonymous feedback on a session, without the rating beside it.';
COMMENT ON COLUMN anonymous_texts.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN anonymous_texts.id IS 'A random id, which tells no time; texts are shown in its order.';
COMMENT ON COLUMN anonymous_texts.session_id IS 'The session.';
COMMENT ON COLUMN anonymous_texts.batch_id IS 'With what it was released; null: it is held back.';
COMMENT ON COLUMN anonymous_texts.comment IS 'Free text; never in audit, outbox or logs.';
COMMENT ON COLUMN anonymous_texts.is_counted IS 'Whether a close has counted the answer that it belongs to.';
