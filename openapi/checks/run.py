"""Checks the contract: its linters, clients generated from it, and a served instance against it. Called by `make contract`.

Tools are installed, pinned, into `.contract/`. Everything that is started here is ended here, by its process.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path

CHECKS = Path(__file__).resolve().parent
ROOT = CHECKS.parent.parent
DOCUMENT = ROOT / "openapi" / "openapi.json"
WORK = ROOT / ".contract"
NODE = WORK / "node"
PYTHON = WORK / "python"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "PYTHONDONTWRITEBYTECODE": "1"}


class Failed(Exception):
    """A check did not pass."""


def run(command, cwd=ROOT, env=None, quiet=False):
    """Runs a program; its output is shown if it fails, or always unless `quiet`."""
    command = [str(part) for part in command]
    full_env = os.environ | QUIET | (env or {})
    done = subprocess.run(
        command, cwd=cwd, env=full_env, text=True, stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout or ''}")
    return done.stdout or ""


def node(name):
    return NODE / "node_modules" / ".bin" / name


def python(name):
    return PYTHON / "bin" / name


# --- tools


def is_installed(folder, inputs):
    """Whether a folder of tools was made from exactly these files; writes nothing."""
    wanted = hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = folder / "installed-from"
    return (stamp.exists() and stamp.read_text() == wanted), lambda: stamp.write_text(wanted)


def install_node_tools():
    inputs = [CHECKS / "package.json", CHECKS / "package-lock.json", CHECKS / ".npmrc"]
    done, remember = is_installed(NODE, inputs)
    if done:
        return
    if shutil.which("npm") is None:
        raise Failed("npm is missing: install Node.js (20.19 or newer)")
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir(parents=True)
    for path in inputs:
        shutil.copy(path, NODE)
    run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NODE, quiet=True)
    remember()


def install_python_tools():
    inputs = [CHECKS / "requirements.txt"]
    done, remember = is_installed(PYTHON, inputs)
    if done:
        return
    shutil.rmtree(PYTHON, ignore_errors=True)
    venv.create(PYTHON, with_pip=True)
    pip = [python("pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"]
    run([*pip, inputs[0]], quiet=True)
    remember()


# --- the document by itself


def lint_with_redocly():
    run([node("redocly"), "lint", "--config", CHECKS / "redocly.yaml", DOCUMENT])


def lint_with_spectral():
    # A ruleset is looked for where its packages are.
    ruleset = NODE / "spectral.yaml"
    shutil.copy(CHECKS / "spectral.yaml", ruleset)
    command = [node("spectral"), "lint", "--ruleset", ruleset, "--fail-severity", "warn", "--format", "json", DOCUMENT]
    env = os.environ | QUIET
    done = subprocess.run([str(part) for part in command], cwd=NODE, env=env, text=True, capture_output=True)
    found = json.loads(done.stdout[: done.stdout.rindex("]") + 1]) if "]" in done.stdout else None
    if found is None:
        raise Failed(f"spectral did not report: {done.stdout}{done.stderr}")
    faults = [one for one in found if one["severity"] <= 1]
    for one in faults:
        print(f"{'/'.join(map(str, one['path']))}: {one['code']}: {one['message']}")
    shown = sorted({one["code"] for one in found if one["severity"] > 1})
    print(f"spectral: {len(faults)} faults; {len(found) - len(faults)} remarks of {', '.join(shown) or 'no rule'}")
    if faults or done.returncode != 0:
        raise Failed(f"spectral: {len(faults)} faults")


def validate():
    run([python("openapi-spec-validator"), "--subschema-errors", "all", DOCUMENT])


# --- generated clients


def compile_typescript_client():
    folder = WORK / "typescript"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run([node("openapi-typescript"), DOCUMENT, "--output", folder / "schema.d.ts"], cwd=NODE, quiet=True)
    for name in ["client.ts", "tsconfig.json"]:
        shutil.copy(CHECKS / name, folder)
    run([node("tsc"), "--project", folder])


def compile_python_client():
    folder = WORK / "python-client"
    shutil.rmtree(folder, ignore_errors=True)
    env = {"PATH": f"{PYTHON / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [python("openapi-python-client"), "generate", "--path", DOCUMENT, "--output-path", folder]
    command += ["--config", CHECKS / "python-client.yaml", "--meta", "none", "--fail-on-warning"]
    run(command, env=env, quiet=True)
    package = WORK / "lectern_client"
    shutil.rmtree(package, ignore_errors=True)
    folder.rename(package)
    imported = run([python("python"), "-c", IMPORT_ALL], cwd=WORK, quiet=True)
    run([python("mypy"), "--config-file", CHECKS / "mypy.ini", "--cache-dir", WORK / "mypy", "-p", "lectern_client"], cwd=WORK)
    check_names(imported.split())


IMPORT_ALL = """
import importlib, inspect, pkgutil
import lectern_client
for module in pkgutil.walk_packages(lectern_client.__path__, "lectern_client."):
    importlib.import_module(module.name)
models = importlib.import_module("lectern_client.models")
print(*sorted(name for name, value in vars(models).items() if inspect.isclass(value)))
"""


def check_names(classes):
    """A class whose name belongs to no component was anonymous in the document."""
    components = json.loads(DOCUMENT.read_text())["components"]["schemas"]
    known = tuple(name.lower() for name in components)
    strangers = [name for name in classes if not name.lower().startswith(known)]
    numbered = [name for name in classes if re.search(r"(Type|Item)\d*$", name) and name not in components]
    if strangers or numbered:
        raise Failed(f"anonymous in the document: {', '.join(sorted({*strangers, *numbered}))}")


# --- a served instance


@contextmanager
def process(command, env, ready):
    """A program that says on standard output that it is ready; ended, and waited for, at the end of the block."""
    log = open(WORK / f"{Path(command[0]).name}-{command[1]}.log", "w")
    child = subprocess.Popen(
        [str(part) for part in command], cwd=WORK, env=os.environ | env, text=True, stdout=subprocess.PIPE, stderr=log
    )
    try:
        found = next(filter(None, (re.search(ready, line) for line in child.stdout)), None)
        if found is None:
            raise Failed(f"{command[0]} {command[1]} did not start, see {log.name}")
        yield found.group(1)
        if child.poll() is not None:
            raise Failed(f"{command[0]} {command[1]} ended by itself with {child.returncode}, see {log.name}")
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
        log.close()


def serve(lectern, use):
    """Serves the demonstration company, so that there is something to read and to change; its data is deleted at the end."""
    folder = Path(tempfile.gettempdir()) / f"lectern-contract-{os.getpid()}"
    env = {
        "LECTERN_DATA_DIR": str(folder),
        "LECTERN_BIND": "127.0.0.1:0",
        # What is tested here is every operation, thousands of times in a minute.
        "LECTERN_RATE_LIMIT": "1000000",
        "LECTERN_ADDRESS_RATE_LIMIT": "1000000",
    }
    try:
        with process([lectern, "serve", "--demo"], env, r"serves at (https?://[\w.:]+)") as url:
            use(url, env | {"LECTERN_BIND": url.partition("://")[2]})
    finally:
        run([lectern, "postgres", "--remove", "--folder", folder], quiet=True)


def verify_badges(lectern):
    """Libraries of others verify a served certificate and a signed promotion check, and refuse tampered ones and a revoked one."""

    def use(url, env):
        env |= {"CONTRACT_URL": url, "CONTRACT_PROGRAM": str(lectern), "PYTHONPATH": str(CHECKS / "served")}
        for script in ("badges.py", "signed_checks.py"):
            run([python("python"), CHECKS / "served" / script], env=env)

    serve(lectern, use)


def test_against_a_served_instance(lectern, examples, operation):
    work = WORK / "schemathesis"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(CHECKS / "served", work)
    command = [python("schemathesis"), "--config-file", work / "schemathesis.toml", "run"]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--max-examples", examples]
    command += ["--include-operation-id", operation] if operation else []

    def use(url, env):
        started = time.monotonic()
        env |= {"CONTRACT_URL": url, "CONTRACT_PROGRAM": str(lectern), "PYTHONPATH": str(work)}
        run([*command, f"{url}/openapi.json"], cwd=work, env=env)
        print(f"schemathesis: {time.monotonic() - started:.0f} seconds")

    serve(lectern, use)


# Operations that may end a run without a success, each with the reason. Everything else must be answered 2xx once at least.
UNREACHED = {
    "reset_sign_in_binding": "the demonstration company has no outside issuer, so nobody has signed in with an account",
}


def look_at_answers(only):
    """Reports what each operation answered, and fails for one that never succeeded: nothing behind its door was tried."""
    path = WORK / "schemathesis" / "answers.json"
    if not path.exists():
        raise Failed("schemathesis has not called anything")
    told = json.loads(path.read_text())
    statuses, refusals = defaultdict(Counter), defaultdict(Counter)
    for operation, status, problem, count in told["answers"]:
        statuses[operation][status] += count
        if problem:
            refusals[operation][f"{status} {problem}"] += count
    methods = [raw for methods in json.loads(DOCUMENT.read_text())["paths"].values() for raw in methods.values()]
    operations = [raw["operationId"] for raw in methods if isinstance(raw, dict) and "operationId" in raw]
    report = WORK / "answers.txt"
    report.write_text("".join(f"{one:36}{counts(statuses[one].items())}\n" for one in operations))
    unreached = [one for one in operations if not any(200 <= status < 300 for status in statuses[one])]
    print(f"{len(operations) - len(unreached)} of {len(operations)} operations succeeded; all answers are in {report}")
    for one, failure in told["failed_scenes"].items():
        print(f"a scene of {one} could not be made: {failure}")
    wrong = [one for one in unreached if one not in UNREACHED and only in (None, one)]
    for one in wrong:
        print(f"{one} never succeeded: {counts(refusals[one].most_common(5)) or 'it was never called'}")
    unknown = sorted(set(UNREACHED) - set(operations))
    if wrong or unknown:
        raise Failed(f"never succeeded: {', '.join(wrong) or 'none'}; excepted but unknown: {', '.join(unknown) or 'none'}")


def counts(items):
    return "  ".join(f"{what} × {count}" for what, count in sorted(items, key=str))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lectern", type=Path, required=True, help="the program to check")
    parser.add_argument("--examples", type=int, default=20, help="test cases for each operation and phase")
    parser.add_argument("--operation", help="try this operation alone on the served instance, by its operationId")
    parser.add_argument("--only", help="run the checks whose name contains this")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or newer is needed")
    lectern = arguments.lectern.resolve()
    WORK.mkdir(exist_ok=True)
    checks = {
        "redocly": lint_with_redocly,
        "spectral": lint_with_spectral,
        "openapi-spec-validator": validate,
        "typescript client": compile_typescript_client,
        "python client": compile_python_client,
        "badges": lambda: verify_badges(lectern),
        "schemathesis": lambda: test_against_a_served_instance(lectern, arguments.examples, arguments.operation),
        "schemathesis reached every operation": lambda: look_at_answers(arguments.operation),
    }
    try:
        install_node_tools()
        install_python_tools()
    except Failed as failure:
        sys.exit(f"the tools were not installed: {failure}")
    failures = []
    for name, check in checks.items():
        if arguments.only and arguments.only not in name:
            continue
        print(f"== {name}", flush=True)
        try:
            check()
        except Failed as failure:
            print(failure, flush=True)
            failures.append(name)
    if failures:
        sys.exit(f"the contract is not kept: {', '.join(failures)}")
    print("the contract is kept")


if __name__ == "__main__":
    main()
