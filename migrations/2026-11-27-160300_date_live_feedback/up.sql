-- From which day on a programme takes live feedback: from then on, files bring no ratings and no decisions in other people's names.

ALTER TABLE programmes ADD COLUMN live_feedback_from_on date;

-- Where somebody has rated, it began with the first such session. Row security hides the rows from the owner as well.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback NO FORCE ROW LEVEL SECURITY;
UPDATE programmes p SET live_feedback_from_on = first.day
  FROM (SELECT q.tenant_id, q.id, min((s.delivered_start AT TIME ZONE q.time_zone)::date) AS day
          FROM feedback f
          JOIN sessions s ON s.tenant_id = f.tenant_id AND s.id = f.session_id
          JOIN programmes q ON q.tenant_id = s.tenant_id AND q.id = s.programme_id
         WHERE f.source = 'live'
         GROUP BY q.tenant_id, q.id) first
 WHERE first.tenant_id = p.tenant_id AND first.id = p.id;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE feedback FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN programmes.live_feedback_from_on IS
    'Files bring no ratings and no decided cases of the periods from the one with this local day on; null: of none yet.';
