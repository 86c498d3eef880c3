"""What the benches work with: a database, a running service, pgbench, and many clients at once."""

import contextlib
import datetime
import glob
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = 3


class Failed(Exception):
    """What is said to whoever runs this."""


def identity(kind, number):
    """The id of the row of this kind and number, as in ids.sql."""
    return f"0198{kind:04x}-0000-7000-8000-{number:012x}"


def months(count):
    """The first days of the last months, the present one included."""
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    number = 12 * now.year + now.month - 1
    return [datetime.date(one // 12, one % 12 + 1, 1) for one in range(number - count + 1, number + 1)]


def program_of_postgres(name):
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))[::-1]), None)
    if found is None:
        raise Failed(f"{name} is needed; it comes with Postgres")
    return found


def checked(command, **more):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout.strip()


class Database:
    def __init__(self, url):
        self.url, self.psql = url, program_of_postgres("psql")

    def run(self, *arguments):
        return checked([self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url, *arguments])

    def file(self, name, **variables):
        given = [part for variable, value in variables.items() for part in ("-v", f"{variable}={value}")]
        self.run(*given, "-f", HERE / name)

    def seconds(self, work):
        """How long these statements take in one transaction, which is rolled back: what the checks of rows cost is in it."""
        script = f"\\timing on\nBEGIN;\n{work};\nROLLBACK;\n"
        command = [self.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url, "-o", os.devnull]
        told = checked(command, input=script)
        # BEGIN and ROLLBACK are the first and the last.
        times = [float(found) for found in re.findall(r"^Time: ([\d.]+) ms", told, re.MULTILINE)]
        return sum(times[1:-1]) / 1000

    def pgbench(self, script, clients, seconds, settings=(), **variables):
        """Transactions a second, and the 99th percentile of what one took in seconds. Its connections have these settings."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "script.sql"
            path.write_text(script)
            given = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
            command = [program_of_postgres("pgbench"), "-n", "-M", "prepared", "-c", clients, "-j", 1, "-T", seconds, "-l"]
            options = {"PGOPTIONS": " ".join(f"-c {setting}" for setting in settings)}
            told = checked([*command, *given, "-f", path, self.url], cwd=folder, env=os.environ | options)
            took = sorted(int(line.split()[2]) for log in Path(folder).glob("pgbench_log.*") for line in log.open())
        rate = float(re.search(r"^tps = ([\d.]+)", told, re.MULTILINE).group(1))
        return rate, took[len(took) * 99 // 100] / 1e6


@contextlib.contextmanager
def process(command, env, ready):
    """A program that says on standard output that it is ready; ended, and waited for, at the end of the block."""
    child = subprocess.Popen([str(part) for part in command], env=os.environ | env, text=True, stdout=subprocess.PIPE)
    try:
        found = next(filter(None, (re.search(ready, line) for line in child.stdout)), None)
        if found is None:
            raise Failed(f"{' '.join(map(str, command))} did not start")
        yield child, found.group(1)
    finally:
        child.terminate()
        child.wait(timeout=60)


class Service:
    """A running service, as its callers meet it."""

    def __init__(self, lectern, child, url, env):
        self.lectern, self.child, self.url, self.env, self.calls = lectern, child, urllib.parse.urlparse(url), env, 0
        self.admin_token, self.admin_until = None, 0

    def token(self, company, number):
        """Of this employee; it lives for a quarter of an hour."""
        command = [self.lectern, "token", "--tenant", company, "--employee", number]
        return checked(command, env=os.environ | self.env).splitlines()[-1]

    def admin(self):
        """A token of the administrator, made anew every ten minutes: making one takes a processor for a while."""
        if time.monotonic() >= self.admin_until:
            self.admin_token, self.admin_until = self.token("bench", "ADMIN"), time.monotonic() + 600
        return self.admin_token

    def call(self, method, path, body=None, expected=200, etag=None, token=None):
        """Seconds, body and ETag."""
        self.calls += 1
        headers = {"authorization": f"Bearer {token or self.admin()}", "idempotency-key": f"bench-{self.calls}"}
        if body is not None:
            headers["content-type"] = "application/json"
        if etag is not None:
            headers["if-match"] = etag
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=3600)
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

    def job(self, path, body):
        """Orders a job and waits for its end. Returns its result."""
        _, job, _ = self.call("POST", path, body, expected=202)
        while True:
            _, job, _ = self.call("GET", f"/v1/jobs/{job['id']}")
            if job["state"] == "succeeded":
                return job["result"]
            if job["state"] == "failed":
                raise Failed(f"{path}: {job['problem']}")
            time.sleep(0.05)

    def memory(self, which):
        """MiB: `VmRSS` is now, `VmHWM` the most since `forget_memory`."""
        status = Path(f"/proc/{self.child.pid}/status")
        if not status.exists():
            return 0
        return int(re.search(rf"{which}:\s+(\d+) kB", status.read_text()).group(1)) // 1024

    def forget_memory(self):
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.child.pid}/clear_refs").write_text("5")


class Load:
    """Requests that many clients send at once."""

    def __init__(self, program, service, tokens, requests):
        """A request is a method, a path, which of the tokens it has, and a body or nothing."""
        self.program, self.service = program, service
        self.folder = tempfile.TemporaryDirectory()
        self.tokens, self.requests = (Path(self.folder.name) / name for name in ("tokens", "requests"))
        self.tokens.write_text("\n".join(tokens))
        with self.requests.open("w") as lines:
            for method, path, token, body in requests:
                lines.write(f"{method}\t{path}\t{token}\t{body or ''}\n")

    def start(self, clients, seconds, once=False):
        address = f"{self.service.url.hostname}:{self.service.url.port}"
        command = [self.program, address, clients, seconds, self.tokens, self.requests, *(["once"] if once else [])]
        return subprocess.Popen([str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def told(self, running, accepted=("200",)):
        """Answers a second, and the 99th percentile of what one took in seconds."""
        out, faults = running.communicate()
        if running.returncode != 0:
            raise Failed(f"load: {faults}")
        told = json.loads(out)
        if not set(told["statuses"]) <= set(accepted):
            raise Failed(f"load: {told}")
        return told["answers"] * 1e6 / told["micros"], told["p99_micros"] / 1e6

    def run(self, clients, seconds, once=False):
        return self.told(self.start(clients, seconds, once))
