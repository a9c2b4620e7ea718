"""Long work that shows itself: one line of the terminal, drawn anew while it lasts.

It is drawn on stderr, and where that is no terminal, or one without a cursor, nothing
is drawn at all. What is printed goes to stdout, as ever.
"""
import contextlib
import os
import signal
import sys
import threading
import time

TICK_SECONDS = 0.5
RUB_OUT = "\r\033[K"


def can_draw(stream):
    return stream.isatty() and os.environ.get("TERM", "dumb") not in ("", "dumb")


def columns(stream):
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


class Progress:
    """What is under way, how many of how many are done, and for how long it has lasted."""

    def __init__(self):
        self.title = ""
        self.total = 0
        self.done = 0
        self.line = ""
        self.draws = can_draw(sys.stderr)
        self.begun = time.monotonic()
        self.running = []
        self.lock = threading.RLock()
        self.over = threading.Event()

    def __enter__(self):
        if self.draws:
            threading.Thread(target=self.tick, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.rub_out()

    def stage(self, title, total=0):
        """Another part of the work begins, of so many steps; 0 if nobody knows."""
        with self.lock:
            self.title, self.total, self.done, self.line = title, total, 0, ""
        self.draw()

    def rest(self):
        """Nothing is under way: others may print."""
        self.stage("")
        self.rub_out()

    @contextlib.contextmanager
    def step(self, name):
        """One of them, from its beginning to its end. Any thread."""
        with self.lock:
            self.running.append(name)
        self.draw()
        try:
            yield
        finally:
            with self.lock:
                self.running.remove(name)
                self.done += 1
            self.draw()

    def follow(self, process):
        """@return what a process says, whose last line is shown meanwhile; as communicate()"""
        lines = []
        for line in process.stdout:
            lines.append(line)
            self.line = "  " + line.strip()
        self.line = ""
        return "".join(lines), None

    def say(self, text):
        """Print a line, or several."""
        with self.lock:
            self.rub_out()
            print(text, flush=True)

    def text(self):
        far = f" {self.done} of {self.total}" if self.total else ""
        names = ": " + ", ".join(self.running) if self.running else ""
        return f"{self.title}{far}, {time.monotonic() - self.begun:.0f} s{names}{self.line}"

    def draw(self):
        with self.lock:
            if self.draws and self.title and not self.over.is_set():
                # What is in a name steers no terminal.
                shown = "".join(sign if " " <= sign <= "~" else "?" for sign in self.text())
                print(RUB_OUT + shown[:columns(sys.stderr) - 1], end="", file=sys.stderr,
                      flush=True)

    def rub_out(self):
        with self.lock:
            if self.draws:
                print(RUB_OUT, end="", file=sys.stderr, flush=True)

    def tick(self):
        while not self.over.wait(TICK_SECONDS):
            self.draw()


def main(work, shown=None):
    """Do a program's work, which gets a Progress, and end with the status it returns:
    quietly, if it is interrupted."""
    shown = shown or Progress()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with shown:
            status = work(shown)
        sys.exit(status)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
