-- What a company calls its codes. The list of grades also says which grades there are, and in which order; `tenants.grade_codes`
-- stays as what the company was created with.

CREATE TABLE display_names (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    grades jsonb NOT NULL,
    metrics jsonb NOT NULL,
    policies jsonb NOT NULL,
    levels jsonb NOT NULL,
    titles jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT display_names_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT display_names_tenant_key UNIQUE (tenant_id),
    CONSTRAINT display_names_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT display_names_grades_check
        CHECK (CASE jsonb_typeof(grades) WHEN 'array' THEN jsonb_array_length(grades) BETWEEN 2 AND 20 ELSE false END),
    CONSTRAINT display_names_metrics_check
        CHECK (CASE jsonb_typeof(metrics) WHEN 'array' THEN jsonb_array_length(metrics) <= 500 ELSE false END),
    CONSTRAINT display_names_policies_check
        CHECK (CASE jsonb_typeof(policies) WHEN 'array' THEN jsonb_array_length(policies) <= 500 ELSE false END),
    CONSTRAINT display_names_levels_check
        CHECK (CASE jsonb_typeof(levels) WHEN 'array' THEN jsonb_array_length(levels) <= 500 ELSE false END),
    CONSTRAINT display_names_titles_check
        CHECK (CASE jsonb_typeof(titles) WHEN 'array' THEN jsonb_array_length(titles) <= 500 ELSE false END),
    CONSTRAINT display_names_version_check CHECK (version >= 1)
);

-- Every company gets what it uses: its grades with the usual names, and its policies, levels and titles by their codes until
-- somebody names them. Row security hides the rows from the owner as well.
ALTER TABLE reward_policy_sets NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels NO FORCE ROW LEVEL SECURITY;
ALTER TABLE titles NO FORCE ROW LEVEL SECURITY;
INSERT INTO display_names (tenant_id, id, grades, metrics, policies, levels, titles, created_at, updated_at)
SELECT t.id, gen_random_uuid(),
       (SELECT jsonb_agg(jsonb_build_object('code', g.code, 'name_zh', coalesce(u.zh, g.code), 'name_en', coalesce(u.en, g.code))
                         ORDER BY g.place)
          FROM unnest(t.grade_codes) WITH ORDINALITY AS g (code, place)
          LEFT JOIN (VALUES ('excellent', '优秀', 'Excellent'), ('good', '良好', 'Good'), ('pass', '合格', 'Pass'),
                            ('fail', '不合格', 'Fail')) AS u (code, zh, en) ON u.code = g.code),
       '[]',
       coalesce((SELECT jsonb_agg(jsonb_build_object('code', c.code, 'name_zh', c.code, 'name_en', c.code) ORDER BY c.code)
                   FROM (SELECT DISTINCT p #>> '{}' AS code
                           FROM reward_policy_sets s, jsonb_path_query(s.document, '$.policies[*].code') p
                          WHERE s.tenant_id = t.id AND jsonb_typeof(p) = 'string' ORDER BY 1 LIMIT 500) c), '[]'),
       coalesce((SELECT jsonb_agg(jsonb_build_object('code', c.code, 'name_zh', c.code, 'name_en', c.code) ORDER BY c.code)
                   FROM (SELECT DISTINCT l.level AS code FROM lecturer_levels l
                          WHERE l.tenant_id = t.id ORDER BY 1 LIMIT 500) c), '[]'),
       coalesce((SELECT jsonb_agg(jsonb_build_object('code', c.code, 'name_zh', c.code, 'name_en', c.code) ORDER BY c.code)
                   FROM (SELECT DISTINCT h.code FROM titles h
                          WHERE h.tenant_id = t.id ORDER BY 1 LIMIT 500) c), '[]'),
       t.updated_at, t.updated_at
  FROM tenants t;
ALTER TABLE reward_policy_sets FORCE ROW LEVEL SECURITY;
ALTER TABLE lecturer_levels FORCE ROW LEVEL SECURITY;
ALTER TABLE titles FORCE ROW LEVEL SECURITY;

ALTER TABLE display_names ENABLE ROW LEVEL SECURITY;
ALTER TABLE display_names FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON display_names
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE (grades, metrics, policies, levels, titles, updated_at, version) ON display_names TO lectern_service;

COMMENT ON TABLE display_names IS
    'What a company calls its codes: lists of {code, name_zh, name_en} in the order in which they are shown. No row: nothing was changed yet.';
COMMENT ON COLUMN display_names.tenant_id IS 'The tenant that owns the row.';
COMMENT ON COLUMN display_names.id IS 'UUIDv7 made by the service.';
COMMENT ON COLUMN display_names.grades IS 'The grades of the company, best first; scoring rules give them thresholds.';
COMMENT ON COLUMN display_names.metrics IS 'Metrics and the score. Those that are not listed have the names of the service.';
COMMENT ON COLUMN display_names.policies IS 'Reward policies.';
COMMENT ON COLUMN display_names.levels IS 'Levels of lecturers.';
COMMENT ON COLUMN display_names.titles IS 'Titles.';
COMMENT ON COLUMN display_names.created_at IS 'When the row was made.';
COMMENT ON COLUMN display_names.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN display_names.version IS 'Counts the row''s changes from 1; the ETag is made of it.';
COMMENT ON COLUMN tenants.grade_codes IS
    'The grades that the company was created with, best first. They hold until it has a row in display_names.';
