ALTER TABLE display_names NO FORCE ROW LEVEL SECURITY;
UPDATE tenants t
   SET grade_codes = (SELECT array_agg(g.entry ->> 'code' ORDER BY g.place)
                        FROM jsonb_array_elements(d.grades) WITH ORDINALITY AS g (entry, place))
  FROM display_names d
 WHERE d.tenant_id = t.id;
DROP TABLE display_names;
COMMENT ON COLUMN tenants.grade_codes IS 'The grades of this tenant, best first; scoring rules give them thresholds.';
