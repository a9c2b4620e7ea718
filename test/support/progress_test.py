"""How long work shows itself: at a terminal, elsewhere, and when Ctrl-C is pressed."""
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 20
RUB_OUT = "\r\x1b[K"
BOLD = "\x1b[1m"
# What a test left behind can be told by how long it wanted to sleep.
LONG = f"3155.{os.getpid()}"

SHELL = """
. test/support/progress.sh
progress_look
printf '%s\\n' "[3/7] part" >"$1"
sleep 0.4 & progress_wait $! 'working at it' "$1" 9
printf '%sthe end%s\\n' "$progress_bold" "$progress_plain"
"""

PYTHON = """
import sys, time
sys.path.insert(0, "test/support")
import jobs
import progress
def work(shown):
    shown.stage("parts", 3)
    with jobs.Pool(1) as pool:
        list(pool.map(lambda name: part(shown, name), ["one", "t\\x1bo", "three"]))
    return 3
def part(shown, name):
    with shown.step(name):
        said = jobs.run(["sh", "-c", "echo '[2/9] inside'; sleep 0.7"], shown).stdout
    assert said == "[2/9] inside\\n"
    shown.say("done: " + name[0])
progress.main(work)
"""

PYTHON_LONG = """
import sys
sys.path.insert(0, "test/support")
import jobs
import progress
def work(shown):
    shown.stage("sleeping", 50)
    with jobs.Pool(2) as pool:
        list(pool.map(lambda number: part(shown, str(number)), range(50)))
def part(shown, name):
    with shown.step(name):
        jobs.run(["sh", "-c", "sleep %s & wait"])
progress.main(work)
""" % LONG

SUITES = """
. test/support/suites.sh
suites_begin "$1/seconds"
tests() { echo '2 passed, 0 failed'; }
runner first tests
check second %s
behind third tests
collect
suites_end
"""


def environment(**changes):
    kept = {name: value for name, value in os.environ.items()
            if name not in ("NO_COLOR", "MCPAUTH_BUILD", "MAKEFLAGS")}
    return kept | {"TERM": "xterm"} | changes


def alone(words, **changes):
    """@return what it writes where there is no terminal"""
    return subprocess.run(words, cwd=ROOT, env=environment(**changes), text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_SECONDS)


class Terminal:
    """A program at a terminal, from its start to its end."""

    def __init__(self, words, columns=80, **changes):
        self.text = ""
        self.pid, self.side = pty.fork()
        if self.pid == 0:
            # It may be ignored here: so it is in what a shell put into the background.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.chdir(ROOT)
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execvpe(words[0], words, environment(**changes))

    def read(self, until):
        end = time.monotonic() + LIMIT_SECONDS
        while not (until and until in self.text):
            ready, _, _ = select.select([self.side], [], [], max(0, end - time.monotonic()))
            if not ready:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"{until!r} does not come in {self.text!r}")
            try:
                self.text += os.read(self.side, 4096).decode(errors="replace")
            except OSError:
                return self
        return self

    def press(self, keys):
        os.write(self.side, keys.encode())

    def end(self):
        """@return its status"""
        self.read(None)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.side)
        return os.waitstatus_to_exitcode(status)


def left_behind():
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if LONG.encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
        except OSError:
            pass
    return found


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        self.addCleanup(self.folder.cleanup)

    def interrupt(self, words, until, **changes):
        """@return its status, and what it wrote after Ctrl-C"""
        terminal = Terminal(words, **changes).read(until)
        for _ in range(LIMIT_SECONDS * 20):
            if left_behind():
                break
            time.sleep(0.05)
        self.assertTrue(left_behind())
        before = len(terminal.text)
        terminal.press("\x03")
        status = terminal.end()
        self.assertEqual(left_behind(), [])
        return status, terminal.text[before:]

    def is_clean(self, text):
        """Nothing is left on the last line, and nothing of a program's inside is shown."""
        self.assertNotIn("Traceback", text)
        self.assertEqual(re.split(r"\r\x1b\[K|\n", text)[-1], "", text)


class Shell(Case):
    def words(self, shell):
        return [shell, "-c", SHELL, shell, f"{self.path}/log"]

    def test_a_terminal_shows_what_and_how_far_and_then_nothing_of_it(self):
        for shell in ("sh", "bash"):
            terminal = Terminal(self.words(shell))
            self.assertEqual(terminal.end(), 0)
            self.assertRegex(terminal.text, r"\r\x1b\[Kworking at it, \d of about 9 s  \[3/7\] part")
            self.assertTrue(terminal.text.endswith(f"{RUB_OUT}{BOLD}the end\x1b[0m\r\n"),
                            terminal.text)

    def test_elsewhere_there_is_nothing_but_what_is_printed(self):
        for shell in ("sh", "bash"):
            done = alone(self.words(shell))
            self.assertEqual((done.stdout, done.stderr), ("the end\n", ""))

    def test_a_terminal_without_a_cursor_is_left_alone(self):
        for kind in ("dumb", ""):
            terminal = Terminal(self.words("sh"), TERM=kind)
            self.assertEqual(terminal.end(), 0)
            self.assertEqual(terminal.text, "the end\r\n")

    def test_no_color_takes_colours_only(self):
        for value, coloured in (("1", False), ("no", False), ("", True)):
            terminal = Terminal(self.words("sh"), NO_COLOR=value)
            self.assertEqual(terminal.end(), 0)
            self.assertIn(f"{RUB_OUT}working at it", terminal.text)
            self.assertEqual(BOLD in terminal.text, coloured, value)

    def test_a_line_is_never_longer_than_the_terminal(self):
        terminal = Terminal(self.words("sh"), columns=20)
        self.assertEqual(terminal.end(), 0)
        shown = [line for line in terminal.text.split(RUB_OUT) if line.startswith("working")]
        self.assertTrue(shown)
        self.assertEqual({len(line) for line in shown}, {19}, shown)

    def test_ctrl_c_ends_what_a_suite_began(self):
        words = ["bash", "-c", SUITES % f"sh -c 'sleep {LONG} & wait'", "bash", self.path]
        status, text = self.interrupt(words, "second, ")
        self.assertEqual(status, 130)
        self.is_clean(text)

    def test_suites_are_counted_and_timed_and_remembered(self):
        words = ["bash", "-c", SUITES % "true", "bash", self.path]
        done = alone(words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?s)\Afirst +2 passed, 0 failed  \(\d s\)\nsecond +1 .*\n"
                                      r"third +2 .*\nin \d+ s\n5 passed, 0 failed\n\Z")
        terminal = Terminal(["bash", "-c", SUITES % "sleep 0.3", "bash", self.path])
        self.assertEqual(terminal.end(), 0)
        self.assertRegex(terminal.text, r"\[2/3, \d s\] second, \d of about \d s")

    def test_a_suite_that_fails_fails_the_run(self):
        done = alone(["bash", "-c", SUITES % "false", "bash", self.path])
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.endswith("\n4 passed, 1 failed\n"), done.stdout)


class Python(Case):
    def test_a_terminal_shows_how_many_are_done(self):
        terminal = Terminal([sys.executable, "-c", PYTHON])
        self.assertEqual(terminal.end(), 3)
        for text in (r"0 of 3, \d s: one", r"0 of 3, \d s: one  \[2/9\] inside", r"1 of 3, \d s: t\?o", "2 of 3"):
            self.assertRegex(terminal.text, r"\r\x1b\[Kparts " + text)
        self.is_clean(terminal.text)

    def test_elsewhere_there_is_nothing_but_what_is_printed(self):
        for changes in ({}, {"TERM": "dumb"}):
            done = alone([sys.executable, "-c", PYTHON], **changes)
            self.assertEqual((done.stdout, done.stderr), ("done: o\ndone: t\ndone: t\n", ""))
        terminal = Terminal([sys.executable, "-c", PYTHON], TERM="dumb")
        self.assertEqual(terminal.end(), 3)
        self.assertEqual(terminal.text, "done: o\r\ndone: t\r\ndone: t\r\n")

    def test_ctrl_c_ends_what_it_began_and_begins_nothing_more(self):
        begun = time.monotonic()
        status, text = self.interrupt([sys.executable, "-c", PYTHON_LONG], "sleeping 0 of 50")
        self.assertEqual(status, 130)
        self.assertLess(time.monotonic() - begun, LIMIT_SECONDS)
        self.is_clean(text)


class Quickstart(Case):
    """With a meson that only waits: what matters here is what is seen of it."""

    def setUp(self):
        super().setUp()
        meson = pathlib.Path(self.path, "meson")
        meson.write_text(f"#!/bin/sh\necho '[3/60] Compiling'\nexec sleep {LONG}\n")
        meson.chmod(0o755)
        self.changes = {"PATH": f"{self.path}:{os.environ['PATH']}",
                        "MCPAUTH_BUILD": f"{self.path}/build"}

    def test_ctrl_c_leaves_neither_a_process_nor_half_a_line(self):
        status, text = self.interrupt(["examples/quickstart"], " s  [3/60] Comp",
                                      **self.changes)
        self.assertEqual(status, 130)
        self.is_clean(text)

    def test_a_heading_is_bold_where_colours_are_welcome(self):
        for changes, coloured in (({}, True), ({"NO_COLOR": "1"}, False),
                                  ({"TERM": "dumb"}, False)):
            terminal = Terminal(["examples/quickstart"], **(self.changes | changes))
            terminal.read("== Building")
            terminal.press("\x03")
            self.assertEqual(terminal.end(), 130)
            self.assertEqual("\x1b[1m== Building" in terminal.text, coloured, changes)
            if "TERM" in changes:
                self.assertNotIn("\x1b", terminal.text)


if __name__ == "__main__":
    unittest.main()
