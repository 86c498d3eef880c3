#!/usr/bin/env python3
"""Measures a release build of Lectern against its limits in the same run, and writes the ratios to benches/RESULTS.md.

Every row is work through the API, divided by the least that Postgres needs for the same rows: a bare INSERT ... SELECT, or a COPY. So a
ratio says the same on any machine. Data is generated with a fixed seed. Only Python and Postgres are needed.
"""

import argparse
import base64
import contextlib
import datetime
import glob
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMPANY = "bench"
RUNS = 3
# Lecturers; each has two rewards.
SIZES = {"small": 5_000, "large": 100_000}


class Failed(Exception):
    """What is said to whoever runs this."""


def psql_program():
    found = shutil.which("psql") or next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[::-1]), None)
    if found is None:
        raise Failed("psql is needed; it comes with Postgres")
    return found


class Database:
    def __init__(self, url):
        self.url, self.program = url, psql_program()

    def run(self, *arguments):
        command = [self.program, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url, *map(str, arguments)]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout.strip()

    def file(self, name, **variables):
        given = [part for variable, value in variables.items() for part in ("-v", f"{variable}={value}")]
        self.run(*given, "-f", HERE / name)

    def seconds(self, work):
        """How long these statements take in one transaction, which is rolled back: what the checks of rows cost is in it."""
        script = f"\\timing on\nBEGIN;\n{work};\nROLLBACK;\n"
        command = [self.program, "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url, "-o", os.devnull]
        done = subprocess.run(command, input=script, text=True, capture_output=True)
        if done.returncode != 0:
            raise Failed(done.stderr)
        # BEGIN and ROLLBACK are the first and the last.
        times = [float(found) for found in re.findall(r"^Time: ([\d.]+) ms", done.stdout, re.MULTILINE)]
        return sum(times[1:-1]) / 1000


@contextlib.contextmanager
def process(command, env, ready):
    """A program that says on standard output that it is ready; ended, and waited for, at the end of the block."""
    child = subprocess.Popen(command, env=os.environ | env, text=True, stdout=subprocess.PIPE)
    try:
        found = next(filter(None, (re.search(ready, line) for line in child.stdout)), None)
        if found is None:
            raise Failed(f"{' '.join(command)} did not start")
        yield child, found.group(1)
    finally:
        child.terminate()
        child.wait(timeout=60)


class Service:
    """The service as an administrator of the company meets it."""

    def __init__(self, child, url, token):
        self.child, self.url, self.token, self.calls = child, urllib.parse.urlparse(url), token, 0

    def call(self, method, path, body=None, expected=200, etag=None):
        """Seconds, body and ETag."""
        self.calls += 1
        headers = {"authorization": f"Bearer {self.token()}", "idempotency-key": f"bench-{self.calls}"}
        if body is not None:
            headers["content-type"] = "application/json"
        if etag is not None:
            headers["if-match"] = etag
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=1200)
        started = time.monotonic()
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        read = bytearray()
        while part := answer.read(1 << 20):
            read = part if len(read) > 1 << 20 else read + part
        seconds = time.monotonic() - started
        connection.close()
        if answer.status != expected:
            raise Failed(f"{method} {path}: {answer.status} {read[:2000].decode()}")
        is_json = answer.headers.get_content_type() == "application/json"
        return seconds, json.loads(read) if is_json else None, answer.headers.get("etag")

    def memory(self, which):
        """MiB: `VmRSS` is now, `VmHWM` the most since `forget_memory`."""
        status = Path(f"/proc/{self.child.pid}/status")
        if not status.exists():
            return 0
        return int(re.search(rf"{which}:\s+(\d+) kB", status.read_text()).group(1)) // 1024

    def forget_memory(self):
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.child.pid}/clear_refs").write_text("5")


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


def one_month(service, database, month, people):
    """Name of the work, then its seconds and those of its limit."""
    period, batch_id = f"2025-0{month}", "'00000000-0000-7000-8000-000000000001'"
    database.file("rewards.sql", company=COMPANY, people=people, seed=20, month=month)
    bare = database.seconds(EVENTS.format(seq=2, event="held", period=period, batch="NULL"))
    programme = database.run("-c", "SELECT id FROM programmes WHERE code = 'bench'")
    approved, told, _ = service.call("POST", "/v1/rewards/approve-batch", {"programme_id": programme, "period": period})
    if told["approved_count"] != 2 * people:
        raise Failed(f"approved: {told}")
    yield "approve a period", approved, bare

    claims = CLAIMS.format(batch=batch_id, period=period)
    events = EVENTS.format(seq=3, event="batched", period=period, batch=batch_id)
    bare = database.seconds(f"{BATCH};\n{claims};\n{events}")
    group = database.run("-c", "SELECT id FROM pay_groups")
    order = {"pay_group_id": group, "currency": "CNY", "pay_period": period}
    created, batch, etag = service.call("POST", "/v1/payroll-batches", order, expected=201)
    if batch["totals"]["line_count"] != 2 * people:
        raise Failed(f"drafted: {batch['totals']}")
    yield "create a payroll batch", created, bare

    path = f"/v1/payroll-batches/{batch['id']}"
    locked, batch, _ = service.call("POST", f"{path}/lock", etag=etag)
    # The lines once more, in a batch of their own; what makes the copy is not counted.
    copy = f"{BATCH};\n{LINES.format(batch=batch['id'])}"
    insert = "INSERT INTO payroll_lines SELECT * FROM again"
    yield "lock it", locked, database.seconds(f"{copy};\n{insert}") - database.seconds(copy)

    bare = database.seconds(f"COPY (SELECT * FROM payroll_lines WHERE batch_id = '{batch['id']}') TO STDOUT")
    for form in ("csv", "jsonl"):
        yield f"export it as {form}", service.call("GET", f"{path}/export?format={form}")[0], bare


def measure(lectern, people, folder):
    """Rows of the table, and what the service needed for itself."""
    secret = base64.b64encode(bytes(range(32))).decode()
    with process([lectern, "postgres", "--folder", str(folder)], {}, r"(postgres\S+)") as (_, url):
        database = Database(url)
        env = {"LECTERN_DATABASE_URL": url, "LECTERN_SECRET_KEY": secret, "LECTERN_BIND": "127.0.0.1:0"}
        env |= {"LECTERN_RATE_LIMIT": "0", "LECTERN_ADDRESS_RATE_LIMIT": "0", "LECTERN_LOG": "warn"}

        def lectern_run(*arguments):
            done = subprocess.run([lectern, *arguments], env=os.environ | env, text=True, capture_output=True)
            if done.returncode != 0:
                raise Failed(f"lectern {' '.join(arguments)}: {done.stderr}")
            return done.stdout.strip()

        lectern_run("migrate")
        lectern_run("tenant", "create", "--code", COMPANY, "--name", "Bench", "--admin-number", "ADMIN", "--admin-name", "Admin")
        database.file("company.sql", company=COMPANY, people=people)
        started = time.monotonic()
        with process([lectern, "serve"], env, r"serves at (https?://[\w.:]+)") as (child, address):
            ready = time.monotonic() - started
            env["LECTERN_BIND"] = address.partition("://")[2]
            service = Service(child, address, lambda: lectern_run("token", "--employee", "ADMIN").splitlines()[-1])
            own = {"start to ready, s": f"{ready:.2f}", "memory before the work, MiB": service.memory("VmRSS")}
            item = {"code": "bench", "name_zh": "课酬", "name_en": "Fee", "issuance_way": "with_salary"}
            service.call("POST", "/v1/pay-items", item | {"tax_mode": "combined", "tax_category": "wages"}, expected=201)
            service.call("POST", "/v1/pay-groups", {"code": "B", "name": "Bench", "is_default": True}, expected=201)
            service.forget_memory()
            rows = {}
            for month in range(1, RUNS + 1):
                for name, seconds, bare in one_month(service, database, month, people):
                    rows.setdefault(name, []).append((seconds, bare))
                    print(f"{month}  {name}: {seconds:.2f} s, bare {bare:.2f} s", flush=True)
            own["most memory during the work, MiB"] = service.memory("VmHWM")
    return rows, own


def report(rows, own, people, command):
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, text=True, capture_output=True).stdout.strip()
    lines = ["# Measured", "", "Written by `make bench`; see [README.md](README.md).", ""]
    lines += [f"- {datetime.date.today()}, commit {commit}, `{command}`", f"- {os.cpu_count()} processors; medians of {RUNS} runs"]
    lines += [f"- {name}: {value}" for name, value in own.items()] + [""]
    lines += ["| work | rows | seconds | limit, seconds | limit / work |", "|---|---|---|---|---|"]
    for name, pairs in rows.items():
        seconds, bare = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(bare / seconds for seconds, bare in pairs)
        lines.append(f"| {name} | {2 * people} | {seconds:.2f} | {bare:.2f} | {ratio:.2f} |")
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lectern", required=True, help="the program, from a release build")
    arguments.add_argument("--size", choices=SIZES, default="large")
    arguments.add_argument("--people", type=int, help="number of lecturers, instead of that of the size")
    given = arguments.parse_args()
    people = given.people or SIZES[given.size]
    lectern = str(Path(given.lectern).resolve())
    folder = Path(tempfile.gettempdir()) / f"lectern-bench-{os.getpid()}"
    try:
        rows, own = measure(lectern, people, folder)
    finally:
        subprocess.run([lectern, "postgres", "--remove", "--folder", str(folder)], capture_output=True)
    report(rows, own, people, f"make bench PEOPLE={people}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
