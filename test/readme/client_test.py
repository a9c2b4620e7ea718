"""The client guide's program gets in where somebody logs in, and says why where nobody does; and
so do its further pieces, with a pasted address and in a loop."""
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

import browser

program, calls, calling, authorization_server, whoami = map(os.path.abspath, sys.argv[1:])
# BROWSER is a list of words, so that no folder with a blank may be in it.
here = pathlib.Path(__file__).resolve().parent
environment = dict(os.environ, BROWSER=f"{sys.executable} browser.py")


def start(*arguments):
    """A server, and its URL once it listens."""
    process = subprocess.Popen([*arguments, "--port", "0"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    for line in process.stdout:
        if line.startswith(b"listening on "):
            return process, line.decode().split()[-1]
    sys.exit(f"{arguments[0]} does not listen")


def run(*arguments, **more):
    return subprocess.run(arguments, env=dict(environment, **more), cwd=here, timeout=30,
                          text=True, capture_output=True)


def greets(output):
    return json.loads(output)["result"]["serverInfo"]["name"] == "whoami"


def check_program(server):
    done = run(program, server)
    assert done.returncode == 0 and greets(done.stdout), done
    done = run(program, server, DECISION="deny")
    assert done.returncode == 1 and done.stdout == "", done
    assert re.fullmatch(r"Log in at http.*\nMCPAUTH_E_LOGIN_REFUSED: .*\n", done.stderr), done
    check_without_browser(server)
    done = run(program, "http://127.0.0.1:1/mcp")
    assert done.stderr.startswith("MCPAUTH_E_UNREACHABLE: "), done


def check_without_browser(server):
    """None can be opened, and somebody types the address into one elsewhere."""
    with subprocess.Popen([program, server], env=dict(environment, BROWSER="", PATH="/nonexistent"),
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            address = process.stderr.readline().removeprefix("Log in at ").strip()
            urllib.request.urlopen(browser.log_in(address), timeout=10).close()
            output, errors = process.communicate(timeout=30)
            assert process.returncode == 0 and greets(output) and errors == "", (output, errors)
        finally:
            process.kill()


def check_calls(server):
    """It shows the answer alone, and says why there is none."""
    done = run(calls, server)
    assert done.returncode == 0 and greets(done.stdout) and done.stderr == "", done
    done = run(calls, server, DECISION="deny")
    assert done.returncode == 1 and done.stdout == "", done
    assert re.fullmatch(r"MCPAUTH_E_LOGIN_REFUSED: .+\n", done.stderr), done
    done = run(calls, "http://127.0.0.1:1/mcp")
    assert re.fullmatch(r"MCPAUTH_E_UNREACHABLE: .+\n", done.stderr), done
    done = run(calls, server + "/nowhere")
    assert done.returncode == 1 and done.stderr == "the server answered 404\n", done


def check_loop(server):
    done = run(calling, server, "woken")
    assert done.returncode == 0 and greets(done.stdout), done
    # To read what is kept, and to log in; the rest is at hand.
    assert done.stderr == "pending\n" * 2, done
    done = run(calling, server, "woken", DECISION="deny")
    assert done.returncode == 1 and "MCPAUTH_E_LOGIN_REFUSED: " in done.stderr, done


def paste(server, *lines):
    """Answers to the program's question, of which "" stands for the right one."""
    with subprocess.Popen([calling, server, "pasted"], env=environment, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == "Log in at\n"
        where = browser.log_in(process.stdout.readline().strip())
        process.stdin.write("".join((line or where) + "\n" for line in lines))
        process.stdin.close()
        _, *output = process.stdout.read().splitlines()
        errors = process.stderr.read()
    return process.returncode, output, errors


def check_pasting(server):
    status, output, errors = paste(server, "http://127.0.0.1/other", "")
    assert status == 0 and output[0].startswith("That is not it: "), (output, errors)
    assert greets(output[1]), output
    status, output, errors = paste(server, "what was that?")
    assert status == 1 and len(output) == 1, output
    assert errors.startswith("MCPAUTH_E_LOGIN_ABANDONED: "), errors


def main():
    processes = []
    try:
        issuer_process, issuer = start(authorization_server)
        processes.append(issuer_process)
        server_process, server = start(whoami, "--issuer", issuer, "--scope", "user")
        processes.append(server_process)
        check_program(server + "/mcp")
        check_calls(server + "/mcp")
        check_loop(server + "/mcp")
        check_pasting(server + "/mcp")
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)


main()
