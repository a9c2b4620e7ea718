"""The commands of a page do what it says, one after the other as somebody types them:
commands_test.py PAGE BUILD_FOLDER. Ports are free ones, servers are stopped at the end, and what
cannot be run here is listed, with the reason."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import installed
import pages

page, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
root = pathlib.Path(__file__).resolve().parents[2]
here = pathlib.Path(__file__).resolve().parent
text = page.read_text(encoding="utf-8")
plan = pages.PLANS[str(page.relative_to(root))]
SERVERS = ("authorization-server|whoami|todo-manager|simple-auth-server|notes|redis-server"
           "|hello/hello|\\./server")
RUNS_A_SERVER = re.compile(rf"^(?:build-release/examples/|mcpauth-)?(?:{SERVERS})(?: |$)")
PORT = re.compile(r"(?:(?<=127\.0\.0\.1:)|(?<=--port )|(?<=INTERNAL_THREAD, )"
                  r"|(?<=stop )|(?<=await_server ))\d{4}\b")
# stop and await_server are what a person does: Ctrl-C, and waiting for "listening on".
PRELUDE = r"""
stop() { # PORT
  if [ -f "pid.$1" ]; then
    kill "$(cat "pid.$1")" && wait "$(cat "pid.$1")" || true
    rm "pid.$1"
  fi
}
await_server() { # PORT
  echo $! >"pid.$1"
  tries=200
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    kill -0 "$(cat "pid.$1")" || { echo "it has ended: $2" >&2; exit 1; }
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || exit 1
    sleep 0.05
  done
  kill -0 "$(cat "pid.$1")" || { echo "another one has its port: $2" >&2; exit 1; }
}
"""


def free_port(taken):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    return port if port not in taken else free_port(taken)


class Ports:
    """Another one for each that a page writes, the same one each time."""
    def __init__(self):
        self.free = {}

    def replace(self, code):
        def instead(found):
            if found[0] not in self.free:
                self.free[found[0]] = free_port(self.free.values())
            return self.free[found[0]]
        return PORT.sub(instead, code)


def logical_lines(block):
    """Lines as the shell sees them: joined where they go on, a function or a quoted text whole."""
    lines, held = [], ""
    for line in block.splitlines(True):
        held += line
        check = subprocess.run(["bash", "-n"], input=held, text=True, capture_output=True,
                               check=False)
        if check.returncode == 0 and "here-document" not in check.stderr \
                and not held.rstrip("\n").endswith("\\"):
            lines.append(held.rstrip("\n"))
            held = ""
    if held.strip():
        sys.exit(f"{page}: this is no shell: {held}")
    return lines


def find(starts, line):
    return next((start for start in starts if line.startswith(start)), None)


def logical_lines_of_page():
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.S | re.M):
        for line in logical_lines(block):
            yield from plan.first.get(find(plan.first, line), ())
            yield line


def started(line):
    """A server in the background that is there before the next line is typed."""
    port = re.search(r"--port (\d+)", line)
    port = port[1] if port else "8080"
    return (f"stop {port}\n{line.rstrip(' &')} >/dev/null 2>>servers.log </dev/null &\n"
            f"await_server {port} {line.split()[0]}")


def script_of(ports):
    """The page's commands, and those starts of the plan that a line began with."""
    script, used = [], set()
    for line in logical_lines_of_page():
        start = find(plan.not_run, line)
        used.add(start)
        if start is None:
            line = plan.change(line)
            script.append(started(line) if RUNS_A_SERVER.match(line) else line)
    for start in sorted(set(plan.not_run) - used):
        sys.exit(f"{page}: no line begins with {start!r}")
    return ports.replace("\n".join([PRELUDE, "set -e", plan.before, *script, plan.after]))


def prepare(folder, ports):
    """What somebody has who has cloned and built: examples/, and build-release/examples."""
    shutil.copytree(root / "examples", folder / "examples")
    (folder / "build-release").symlink_to(build)
    for name, content in plan.files(text).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(ports.replace(content), encoding="utf-8")
    for file in (folder / "examples").rglob("server.json"):
        file.write_text(ports.replace(file.read_text(encoding="utf-8")), encoding="utf-8")


def environment(folder):
    """A new home, and a browser that logs in by itself."""
    found = installed.install(build, folder) if "pkg-config" in text else dict(os.environ)
    return dict(found, NO_COLOR="1", PYTHONPATH=str(here), HOME=str(folder),
                BROWSER=f"{sys.executable} -m browser")


def stop_servers(folder):
    for file in folder.glob("pid.*"):
        try:
            os.kill(int(file.read_text(encoding="utf-8")), signal.SIGTERM)
        except (ProcessLookupError, ValueError):
            pass


def run(folder):
    ports = Ports()
    prepare(folder, ports)
    script = script_of(ports)
    try:
        done = subprocess.run(["bash", "-c", script], input=plan.typed(text), cwd=folder,
                              env=environment(folder / "system"), text=True, timeout=100,
                              capture_output=True, check=False)
    finally:
        stop_servers(folder)
    log = folder / "servers.log"
    said = done.stdout + done.stderr
    logged = log.read_text(encoding="utf-8") if log.is_file() else ""
    if done.returncode != 0:
        sys.exit(f"{script}\n--- ended with {done.returncode}:\n{said}\n--- servers:\n{logged}")
    for wanted in plan.wanted:
        if re.search(ports.replace(wanted), said + logged, re.S) is None:
            sys.exit(f"{script}\n--- not said: {wanted}\n{said}\n--- servers:\n{logged}")
    print(f"{page.relative_to(root)}: {len(plan.wanted)} things as expected")
    for start, why in plan.not_run.items():
        print(f"not run: {start}...: {why}")


with tempfile.TemporaryDirectory() as temporary:
    run(pathlib.Path(temporary))
