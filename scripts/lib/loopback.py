"""Small things that everything which starts servers on loopback needs."""
import socket
import time


def free_port():
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=30.0, pause=0.05):
    """The first true answer of condition; None when the time (seconds) is over. The default is for what
    takes milliseconds: after it, it counts as not happening."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            return None
        time.sleep(pause)
