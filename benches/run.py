#!/usr/bin/env python3
"""Measures a release build of Lectern against its limits in the same run, and writes the ratios to benches/RESULTS.md.

Every row is work through the API beside the least that Postgres needs for the same rows, or beside the same work without what is
tried: so a ratio says the same on any machine. Data is generated with a fixed seed. Only Python and Postgres are needed.

Each part of the table is a section of the file with its own date, commit and size; a section that is not measured stays as it is.
"""

import argparse
import base64
import datetime
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import closing
import imports
import listeners
import live
import payroll
import promotions
from lab import HERE, RUNS, Database, Failed, Load, Service, checked, months, process

# Lecturers, ratings of each in a closed month, sessions that are rated in a run, and the seconds that clients send requests.
SIZES = {"small": (5_000, 20, 1_000, 5), "large": (100_000, 100, 3_000, 20)}
RESULTS = HERE / "RESULTS.md"
HEAD = "# Measured\n\nWritten by `make bench`. [README.md](README.md) says what each row is measured against.\n\n"


class Lab:
    """What the rows of the table share."""

    company, other, few = "bench", "few", 1_000

    def __init__(self, lectern, load, size):
        self.lectern, self.load_program = lectern, load
        self.people, self.ratings, self.rated, self.seconds = size
        self.database = self.service = None

    def load(self, tokens, requests):
        return Load(self.load_program, self.service, tokens, requests)


class Table:
    """Figures by row: one of each run."""

    def __init__(self):
        self.rates, self.times = {}, {}

    def rate(self, name, rate, limit, p99, limit_p99):
        self.rates.setdefault(name, []).append((rate, limit, p99, limit_p99))
        print(f"{name}: {rate:.0f} /s beside {limit:.0f} /s; p99 {p99 * 1000:.1f} ms beside {limit_p99 * 1000:.1f} ms", flush=True)

    def time(self, name, seconds, limit, memory=None):
        self.times.setdefault(name, []).append((seconds, limit, memory))
        print(f"{name}: {seconds:.4f} s beside {limit:.4f} s" + (f", {memory} MiB" if memory else ""), flush=True)

    def lines(self):
        if self.rates:
            yield "| work | a second | limit, a second | work / limit | p99, ms | limit, ms | work / limit |"
            yield "|---|---|---|---|---|---|---|"
        for name, runs in self.rates.items():
            rate, limit, p99, limit_p99 = (statistics.median(column) for column in zip(*runs))
            shares = [statistics.median(run[at] / run[at + 1] for run in runs) for at in (0, 2)]
            yield f"| {name} | {rate:.0f} | {limit:.0f} | {shares[0]:.2f} | {p99 * 1000:.1f} | {limit_p99 * 1000:.1f} | {shares[1]:.2f} |"
        if self.times:
            yield ""
            yield "| work | seconds | limit, seconds | work / limit | limit / work | most memory, MiB |"
            yield "|---|---|---|---|---|---|"
        for name, runs in self.times.items():
            seconds, limit = (statistics.median(run[at] for run in runs) for at in (0, 1))
            ratio = statistics.median(run[0] / run[1] for run in runs)
            memory = max((run[2] for run in runs if run[2]), default="")
            yield f"| {name} | {seconds:.4f} | {limit:.4f} | {ratio:.2f} | {1 / ratio:.2f} | {memory} |"


def of_payroll(lab, table):
    payroll.prepare(lab)
    lab.service.forget_memory()
    for run in range(1, RUNS + 1):
        for name, rows, seconds, bare in payroll.rows(lab, run):
            table.time(f"{name}, {rows} rows", seconds, bare, lab.service.memory("VmHWM"))


def of_closing(lab, table):
    for run in range(1, RUNS + 1):
        for row in closing.rows(lab, run):
            table.time(*row)


def of_imports(lab, table):
    for run in range(1, RUNS + 1):
        for row in imports.rows(lab, run):
            table.time(*row)


def of_promotions(lab, table):
    promotions.prepare(lab)
    for run in range(1, RUNS + 1):
        for row in promotions.rows(lab, run):
            table.time(*row)


def of_live(lab, table):
    live.prepare(lab)
    for run in range(1, RUNS + 1):
        for row in [*live.rated(lab, run), *live.read(lab, run)]:
            table.rate(*row)
        for row in [*live.placed(lab, run), *live.apart(lab, run), *live.lag(lab, run), *listeners.rows(lab, run)]:
            table.time(*row)


PARTS = {"payroll": of_payroll, "closing": of_closing, "imports": of_imports, "promotions": of_promotions, "live": of_live}


def measure(lab, folder, wanted, command):
    """Measures these parts, and writes down each when it is done."""
    secret = base64.b64encode(bytes(range(32))).decode()
    with process([lab.lectern, "postgres", "--folder", folder], {}, r"(postgres\S+)") as (_, url):
        lab.database = Database(url)
        env = {"LECTERN_DATABASE_URL": url, "LECTERN_SECRET_KEY": secret, "LECTERN_BIND": "127.0.0.1:0"}
        env |= {"LECTERN_RATE_LIMIT": "0", "LECTERN_ADDRESS_RATE_LIMIT": "0", "LECTERN_LOG": "warn"}
        checked([lab.lectern, "migrate"], env=os.environ | env)
        for code, people in ((lab.company, lab.people), (lab.other, lab.few)):
            create = ["tenant", "create", "--code", code, "--name", code, "--admin-number", "ADMIN", "--admin-name", "Admin"]
            checked([lab.lectern, *create], env=os.environ | env)
            first, *_, last = months(RUNS + 1)
            lab.database.file("company.sql", company=code, people=people, first_month=first, this_month=last)
        started = time.monotonic()
        with process([lab.lectern, "serve"], env, r"serves at (https?://[\w.:]+)") as (child, address):
            own = {"start to ready, s": f"{time.monotonic() - started:.2f}"}
            env["LECTERN_BIND"] = address.partition("://")[2]
            lab.service = Service(lab.lectern, child, address, env)
            own["memory when idle, MiB"] = lab.service.memory("VmRSS")
            live.settled(lab)
            own["memory with live results of all, MiB"] = lab.service.memory("VmRSS")
            for part in wanted:
                table = Table()
                PARTS[part](lab, table)
                report(part, table, own, lab, command)


def sections():
    """Those of the file by name, in its order."""
    found = re.split(r"^## (.*)\n", RESULTS.read_text() if RESULTS.exists() else "", flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2]))


def report(part, table, own, lab, command):
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, text=True, capture_output=True).stdout.strip()
    lines = ["", f"- {datetime.date.today()}, commit {commit}, `{command}`"]
    lines += [f"- {lab.people} lecturers, {lab.ratings} ratings of each in a month that is closed; {os.cpu_count()} processors; medians of {RUNS} runs"]
    lines += [f"- {name}: {value}" for name, value in own.items()] + ["", *table.lines()]
    written = sections() | {f"{part}, {lab.people} lecturers": "\n".join(lines) + "\n"}
    RESULTS.write_text(HEAD + "\n".join(f"## {name}\n{text.rstrip()}\n" for name, text in sorted(written.items())))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--lectern", required=True, help="the program, from a release build")
    arguments.add_argument("--load", required=True, help="the program that sends requests")
    arguments.add_argument("--size", choices=SIZES, default="large")
    arguments.add_argument("--people", type=int, help="number of lecturers, instead of that of the size")
    arguments.add_argument("--ratings", type=int, help="number of ratings of each in a closed month, instead of that of the size")
    arguments.add_argument("--part", choices=list(PARTS), nargs="+", default=list(PARTS), help="only these parts of the table")
    given = arguments.parse_args()
    size = list(SIZES[given.size])
    size[:2] = [given.people or size[0], given.ratings or size[1]]
    lab = Lab(Path(given.lectern).resolve(), Path(given.load).resolve(), size)
    options = {"SIZE": given.size, "PEOPLE": given.people, "RATINGS": given.ratings, "PART": " ".join(given.part if given.part != list(PARTS) else [])}
    command = shlex.join(["make", "bench", *(f"{name}={value}" for name, value in options.items() if value)])
    folder = Path(tempfile.gettempdir()) / f"lectern-bench-{os.getpid()}"
    try:
        measure(lab, folder, given.part, command)
    finally:
        subprocess.run([lab.lectern, "postgres", "--remove", "--folder", folder], capture_output=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
