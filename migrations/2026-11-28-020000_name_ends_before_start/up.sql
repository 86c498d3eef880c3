-- One name for an end before its start: a file says `ends_before_start`, as the API does. Imports that ended before keep their faults.

-- Row security hides the rows from the owner as well.
ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY;
UPDATE jobs j
   SET problem = jsonb_set(j.problem, '{faults}', f.named), version = j.version + 1
  FROM (SELECT o.tenant_id, o.id, jsonb_agg(
                 CASE WHEN t.fault ->> 'code' = 'end_before_start' THEN t.fault || '{"code": "ends_before_start"}' ELSE t.fault END
                 ORDER BY t.place) AS named
          FROM jobs o, jsonb_array_elements(o.problem -> 'faults') WITH ORDINALITY AS t (fault, place)
         WHERE o.problem @> '{"faults": [{"code": "end_before_start"}]}'
         GROUP BY o.tenant_id, o.id) f
 WHERE f.tenant_id = j.tenant_id AND f.id = j.id;
UPDATE jobs j
   SET result = jsonb_set(j.result, '{faults}', f.named), version = j.version + 1
  FROM (SELECT o.tenant_id, o.id, jsonb_agg(
                 CASE WHEN t.fault ->> 'code' = 'end_before_start' THEN t.fault || '{"code": "ends_before_start"}' ELSE t.fault END
                 ORDER BY t.place) AS named
          FROM jobs o, jsonb_array_elements(o.result -> 'faults') WITH ORDINALITY AS t (fault, place)
         WHERE o.result @> '{"faults": [{"code": "end_before_start"}]}'
         GROUP BY o.tenant_id, o.id) f
 WHERE f.tenant_id = j.tenant_id AND f.id = j.id;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
