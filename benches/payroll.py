"""Rewards of a month, from the approval to the file for payroll."""

from lab import Failed, identity

EVENTS = """INSERT INTO reward_entry_events (tenant_id, id, entry_id, seq, event, maker_id, actor_kind, actor_id, occurred_at, batch_id)
SELECT tenant_id, gen_random_uuid(), id, {seq}, '{event}', maker_id, 'client', gen_random_uuid(), now(), {batch}
  FROM reward_entries WHERE earned_period = '{period}'"""
CLAIMS = """INSERT INTO payroll_claims (tenant_id, entry_id, batch_id, claimed_at)
SELECT tenant_id, id, {batch}, now() FROM reward_entries WHERE earned_period = '{period}'"""
BATCH = """INSERT INTO payroll_batches (tenant_id, id, pay_group_id, currency, state, pay_period, cut_off_at, created_by_kind,
                             created_by_id, created_at, updated_at)
SELECT tenant_id, '00000000-0000-7000-8000-000000000001', id, 'CNY', 'draft', '2025-01', now(), 'client', id, now(), now() FROM pay_groups"""
LINES = """CREATE TEMP TABLE again ON COMMIT DROP AS SELECT * FROM payroll_lines WHERE batch_id = '{batch}';
UPDATE again SET id = gen_random_uuid(), batch_id = '00000000-0000-7000-8000-000000000001'"""


def prepare(lab):
    """A pay item and a pay group."""
    item = {"code": "bench", "name_zh": "课酬", "name_en": "Fee", "issuance_way": "with_salary"}
    lab.service.call("POST", "/v1/pay-items", item | {"tax_mode": "combined", "tax_category": "wages"}, expected=201)
    lab.service.call("POST", "/v1/pay-groups", {"code": "B", "name": "Bench", "is_default": True}, expected=201)


def rows(lab, run):
    """Name of the work, the number of its rows, its seconds and those of its limit."""
    service, database, people = lab.service, lab.database, lab.people
    period, batch_id = f"2025-0{run}", "'00000000-0000-7000-8000-000000000001'"
    database.file("rewards.sql", company=lab.company, people=people, seed=20, month=run)
    bare = database.seconds(EVENTS.format(seq=2, event="held", period=period, batch="NULL"))
    programme = identity(4, 1)
    approved, told, _ = service.call("POST", "/v1/rewards/approve-batch", {"programme_id": programme, "period": period})
    if told["approved_count"] != 2 * people:
        raise Failed(f"approved: {told}")
    yield "approve a period", 2 * people, approved, bare

    claims = CLAIMS.format(batch=batch_id, period=period)
    events = EVENTS.format(seq=3, event="batched", period=period, batch=batch_id)
    bare = database.seconds(f"{BATCH};\n{claims};\n{events}")
    group = database.run("-c", "SELECT id FROM pay_groups WHERE code = 'B'")
    order = {"pay_group_id": group, "currency": "CNY", "pay_period": period}
    created, batch, etag = service.call("POST", "/v1/payroll-batches", order, expected=201)
    if batch["totals"]["line_count"] != 2 * people:
        raise Failed(f"drafted: {batch['totals']}")
    yield "create a payroll batch", 2 * people, created, bare

    path = f"/v1/payroll-batches/{batch['id']}"
    locked, batch, _ = service.call("POST", f"{path}/lock", etag=etag)
    # The lines once more, in a batch of their own; what makes the copy is not counted.
    copy = f"{BATCH};\n{LINES.format(batch=batch['id'])}"
    insert = "INSERT INTO payroll_lines SELECT * FROM again"
    yield "lock it", 2 * people, locked, database.seconds(f"{copy};\n{insert}") - database.seconds(copy)

    bare = database.seconds(f"COPY (SELECT * FROM payroll_lines WHERE batch_id = '{batch['id']}') TO STDOUT")
    for form in ("csv", "jsonl"):
        yield f"export it as {form}", 2 * people, service.call("GET", f"{path}/export?format={form}")[0], bare
