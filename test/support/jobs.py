"""Programs that are waited for, and ended whole, whatever they began themselves."""
import concurrent.futures
import contextlib
import os
import signal
import subprocess
import threading
import time

END_SECONDS = 10
KEPT, NOWHERE = subprocess.PIPE, subprocess.DEVNULL


class Pool(concurrent.futures.ThreadPoolExecutor):
    """One that gives up what it has begun once something has gone wrong, or Ctrl-C was
    pressed."""

    def __exit__(self, kind, *_):
        if kind is not None:
            self.shutdown(wait=False, cancel_futures=True)
            children.end()
        self.shutdown(wait=True)
        return False


class Children:
    """The programs that run() waits for: each has a process group of its own, so that
    what it began itself can be ended with it."""

    def __init__(self):
        self.groups = set()
        self.lock = threading.Lock()
        self.over = False

    def begin(self, words, keywords):
        with self.lock:
            if self.over:
                raise KeyboardInterrupt
            process = subprocess.Popen(words, start_new_session=True, **keywords)
            self.groups.add(process.pid)
            return process

    def forget(self, process):
        with self.lock:
            self.groups.discard(process.pid)

    def signal(self, number):
        """@return does one of them live?"""
        alive = False
        for group in list(self.groups):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, number)
                alive = True
        return alive

    def end(self):
        """All of them are asked to end, then made to; none is begun any more."""
        with self.lock:
            self.over = True
        self.signal(signal.SIGTERM)
        until = time.monotonic() + END_SECONDS
        while self.signal(0) and time.monotonic() < until:
            time.sleep(0.05)
        self.signal(signal.SIGKILL)


children = Children()


def run(words, shown=None, **keywords):
    """As subprocess.run() with all output as one text; but who is interrupted ends it.

    shown: a Progress that is to follow it"""
    pipes = {"stdout": KEPT, "stderr": subprocess.STDOUT, "stdin": NOWHERE, "text": True,
             "errors": "replace"} | keywords
    process = children.begin([str(word) for word in words], pipes)
    try:
        said = shown.follow(process) if shown else process.communicate()
    except BaseException:
        children.end()
        raise
    finally:
        children.forget(process)
        process.wait()
    return subprocess.CompletedProcess(words, process.returncode, *said)
