#!/usr/bin/env python3
"""Imports of a past month's attendance and ratings, against COPY of the same rows into the same tables with all their keys.

`python3 benches/imports.py --folder /tmp/files --ratings 1000000 --people 10000` only writes the files, for the company of company.sql.
"""

import argparse
import datetime
import http.client
import json
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from lab import Failed

# Of each session.
LEARNERS = 20
MOST = 1_000_000
FIRST_DAY = datetime.datetime(2023, 1, 1, 9, 0)
HEADERS = {
    "sessions.csv": "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,"
    "delivered_minutes,lecturers",
    "attendance.csv": "session_code,employee_number,state,minutes",
    "ratings.csv": "session_code,employee_number,rating,scale,received_at",
}


def write_files(folder, ratings, people, run=1, seed=20):
    """The files. The codes of their sessions are those of the run, so that each run brings its own."""
    chance, folder = random.Random(seed + run), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, ratings // LEARNERS)
    files = [folder / name for name in HEADERS]
    sessions, attendance, rated = outs = [file.open("w", encoding="utf-8") for file in files]
    for out, header in zip(outs, HEADERS.values()):
        out.write(header + "\n")
    for number in range(count):
        code, start = f"R{run}-{number:07}", FIRST_DAY + datetime.timedelta(minutes=number * MOST // count)
        lecturer, *learners = chance.sample(range(1, people + 1), LEARNERS + 1)
        begun, given = f"{start:%Y-%m-%d %H:%M}", f"{start + datetime.timedelta(hours=1):%Y-%m-%d %H:%M}"
        sessions.write(f"{code},bench,分享 {number},assigned,on_site,delivered,{begun},45,{begun},45,B{lecturer}\n")
        for learner in learners:
            attendance.write(f"{code},B{learner},present,45\n")
            rated.write(f"{code},B{learner},{chance.randint(1, 10)},10,{given}\n")
    for out in outs:
        out.close()
    return files


def ordered(service, files, body):
    """The id of the job that imports the files. The request is written to `body` and sent from there."""
    with body.open("w", encoding="utf-8") as out:
        out.write('{"time_zone": "Asia/Shanghai", "files": [')
        for at, file in enumerate(files):
            text = json.dumps(file.read_text(encoding="utf-8"), ensure_ascii=False)
            out.write(f'{", " if at else ""}{{"name": "{file.name}", "content": {text}}}')
        out.write("]}")
    headers = {"authorization": f"Bearer {service.token('bench', 'ADMIN')}", "content-type": "application/json"}
    headers["content-length"] = str(body.stat().st_size)
    connection = http.client.HTTPConnection(service.url.hostname, service.url.port, timeout=3600)
    with body.open("rb") as sent:
        connection.request("POST", "/v1/imports", body=sent, headers=headers)
        answer = connection.getresponse()
        read = answer.read()
    connection.close()
    if answer.status != 202:
        raise Failed(f"the import was not ordered: {answer.status} {read[:2000].decode()}")
    return json.loads(read)["id"]


def ended(service, job):
    """What the import has stored."""
    while True:
        _, seen, _ = service.call("GET", f"/v1/jobs/{job}")
        if seen["state"] == "succeeded":
            return seen["result"]["stored"]
        if seen["state"] == "failed":
            raise Failed(f"imported: {json.dumps(seen)[:2000]}")
        time.sleep(0.2)


def copied(database, folder, prefix):
    """How long COPY takes for the same rows; it is taken back."""
    rows = {table: folder / f"{table}.copy" for table in ("attendance_records", "feedback")}
    for table, path in rows.items():
        of_run = f"session_id IN (SELECT id FROM sessions WHERE source_ref LIKE '{prefix}%')"
        database.run("-c", f"\\copy (SELECT * FROM {table} WHERE {of_run}) TO '{path}'")
    empty = f"TRUNCATE {', '.join(rows)} CASCADE"
    copies = [f"\\copy {table} FROM '{path}'" for table, path in rows.items()]
    return database.seconds("\n".join([f"{empty};", *copies, "SELECT 1"])) - database.seconds(empty)


def rows(lab, run):
    """Name, seconds from the order to the end of the import, those of its limit, and the most memory meanwhile."""
    ratings = min(MOST, lab.people * lab.ratings) // LEARNERS * LEARNERS
    with TemporaryDirectory() as folder:
        files = write_files(folder, ratings, lab.people, run)
        lab.service.forget_memory()
        started = time.monotonic()
        stored = ended(lab.service, ordered(lab.service, files, Path(folder) / "order.json"))
        seconds, memory = time.monotonic() - started, lab.service.memory("VmHWM")
        if stored.get("ratings") != ratings or stored.get("attendance") != ratings:
            raise Failed(f"imported: {stored}")
        yield f"import {2 * ratings} rows", seconds, copied(lab.database, Path(folder), f"R{run}-"), memory


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--folder", required=True)
    arguments.add_argument("--ratings", type=int, default=MOST)
    arguments.add_argument("--people", type=int, default=10_000, help="lecturers of the company, who learn as well")
    given = arguments.parse_args()
    for file in write_files(given.folder, given.ratings, given.people):
        print(f"{file}: {file.stat().st_size / 1_000_000:.1f} MB")


if __name__ == "__main__":
    main()
