-- A month of rewards of that company, ready to be approved: two for each of its :people lecturers, with amounts by :seed. The month is
-- :month (1 to 9) of 2025; each has rows of its own.

\set ON_ERROR_STOP 1
\ir ids.sql
SELECT id AS tenant FROM tenants WHERE code = :'company' \gset
SELECT set_config('app.tenant_id', :'tenant', false), make_date(2025, :month, 1) AS starts_on, '2025-0' || :month AS period,
       :month * 10000000 AS base \gset

INSERT INTO periods (tenant_id, id, programme_id, period, starts_on, ends_on, starts_at, ends_at, state, created_at, updated_at)
VALUES (:'tenant', pg_temp.id(5, :month), pg_temp.id(4, 1), :'period', :'starts_on', :'starts_on'::date + interval '1 month',
        :'starts_on'::timestamp AT TIME ZONE 'Asia/Shanghai', (:'starts_on'::timestamp + interval '1 month') AT TIME ZONE 'Asia/Shanghai',
        'open', now(), now());
INSERT INTO reward_entries (tenant_id, id, employee_id, programme_id, earned_period, pay_item_code, kind, amount_minor, currency,
                            reason_code, reason_text, maker_kind, maker_id, created_at)
SELECT :'tenant', pg_temp.id(6, :base + n), pg_temp.id(2, 1 + n % :people), pg_temp.id(4, 1), :'period', 'bench', 'award',
       1 + abs(hashint8extended(n, :seed) % 100000), 'CNY', 'manual', '课酬 ' || n, 'person', pg_temp.id(2, 0), now()
  FROM generate_series(1, 2 * :people) n;
INSERT INTO reward_entry_events (tenant_id, id, entry_id, seq, event, maker_id, actor_kind, actor_id, occurred_at)
SELECT :'tenant', pg_temp.id(7, :base + n), pg_temp.id(6, :base + n), 1, 'granted', pg_temp.id(2, 0), 'person', pg_temp.id(2, 0), now()
  FROM generate_series(1, 2 * :people) n;
ANALYZE reward_entries, reward_entry_events;
