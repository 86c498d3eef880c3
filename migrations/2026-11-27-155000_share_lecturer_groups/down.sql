COMMENT ON TABLE programme_groups IS
    'Which lecturer groups make up the population of a programme; a group belongs to one programme or none.';
DROP INDEX programme_groups_group_idx;
-- Of several programmes the one keeps the group that goes on, or ended last.
ALTER TABLE programmes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE programme_groups NO FORCE ROW LEVEL SECURITY;
DELETE FROM programme_groups g
 USING programmes p
 WHERE p.tenant_id = g.tenant_id AND p.id = g.programme_id AND EXISTS (
       SELECT FROM programme_groups h
         JOIN programmes q ON q.tenant_id = h.tenant_id AND q.id = h.programme_id
        WHERE h.tenant_id = g.tenant_id AND h.group_id = g.group_id AND h.id <> g.id
          AND (coalesce(q.periods_end_on, 'infinity'), q.id) > (coalesce(p.periods_end_on, 'infinity'), p.id));
ALTER TABLE programme_groups FORCE ROW LEVEL SECURITY;
ALTER TABLE programmes FORCE ROW LEVEL SECURITY;
ALTER TABLE programme_groups
    DROP CONSTRAINT programme_groups_programme_key,
    ADD CONSTRAINT programme_groups_group_key UNIQUE (tenant_id, group_id);
ALTER TABLE programmes DROP COLUMN periods_end_on;
