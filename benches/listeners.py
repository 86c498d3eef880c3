"""How soon those who listen are told of a change, and what many of them cost."""

import resource
import selectors
import socket
import time

from lab import Failed, identity
from live import LEARNERS, ratings, this_month

# Each listener is an open file, here and in the service, which is started from here.
_, HARD = resource.getrlimit(resource.RLIMIT_NOFILE)
MOST_FILES = 100_000 if HARD == resource.RLIM_INFINITY else HARD
resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, HARD))


def rows(lab, run):
    """Seconds from a rating's answer until the last of many listeners is told, those of one alone, and the most memory meanwhile."""
    first = (30 + run) * 100_000
    requests = list(ratings(lab, 2, first))
    _, session_path, _, _ = requests[0]
    learners = [learner for _, path, learner, _ in requests if path == session_path]
    session = int(session_path.split("/")[3][-12:], 16) - first
    lecturer = identity(2, 1 + LEARNERS + session % (lab.people - LEARNERS))
    stream = f"{this_month()}/scorecards/{lecturer}/events"
    many = min(10_000, lab.people, MOST_FILES - 1_000)
    took = []
    lab.service.forget_memory()
    for count in (1, many):
        sockets = listen(lab, stream, count)
        token = lab.service.token(lab.company, f"B{1 + learners.pop()}")
        lab.service.call("PUT", session_path, {"rating": 1}, etag="*", token=token)
        answered = time.monotonic()
        took.append(max(told(sockets) - answered, 0.001))
        for one in sockets:
            one.close()
    alone, last = took
    yield f"a rating's way to {many} listeners", last, alone, lab.service.memory("VmHWM")


def listen(lab, path, count):
    """So many listeners, who have been told the state now."""
    host, port = lab.service.url.hostname, lab.service.url.port
    token = lab.service.token(lab.company, "ADMIN")
    request = f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {token}\r\n\r\n".encode()
    sockets = []
    while len(sockets) < count:
        some = [socket.create_connection((host, port)) for _ in range(min(100, count - len(sockets)))]
        for one in some:
            one.sendall(request)
        told(some)
        sockets += some
    return sockets


def told(sockets):
    """When the last of them had got one more event."""
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(timeout=60)
            if not ready:
                raise Failed(f"{len(selector.get_map())} listeners are told nothing")
            for key, _ in ready:
                part = key.fileobj.recv(1 << 16)
                if not part:
                    raise Failed("a stream has ended")
                # A sign of life has no data; an answer that is none has no stream.
                if b"HTTP/1.1" in part and b"HTTP/1.1 200" not in part:
                    raise Failed(part[:2000].decode())
                if b"data: " in part:
                    selector.unregister(key.fileobj)
        return time.monotonic()
