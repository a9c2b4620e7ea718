"""What commands_test.py has to know of each page: what is typed before and after, what
must be said, and which lines are not run, and why."""
import dataclasses
import re

SLOW = "builds everything anew: .ci/run and the bare machines do"
INSTALLED = "done into a folder of the test's own"
ELSEWHERE = "asks a server that is not there"
LOGIN = re.compile(r"^login\(\) \{.*?^\}$", re.S | re.M)


@dataclasses.dataclass
class Plan:
    wanted: list = dataclasses.field(default_factory=list)
    not_run: dict = dataclasses.field(default_factory=dict)
    before: str = ""
    after: str = ""
    files: object = lambda text: {}
    first: dict = dataclasses.field(default_factory=dict)
    change: object = lambda line: line
    typed: object = lambda text: ""


def pieces_of_hello(text):
    """The program of "get started", out of its pieces."""
    return {"hello/hello.c": "\n".join(re.findall(r"^```c\n(.*?)^```$", text, re.S | re.M))}


def typed_at_the_prompt(text):
    return "".join(line + "\n" for line in re.findall(r"^mcp> (.*)$", text, re.M))


ISSUER = ("build-release/examples/authorization-server --port 9000 --user alice:apple "
          ">/dev/null 2>&1 &\nawait_server 9000 authorization-server\n")


def settings_file(resource):
    return {"server.json": """{"resources": [{"resource": "%s", "issuers": [
        {"issuer": "http://127.0.0.1:9000"}]}], "routes": [{"path": "/mcp"}]}""" % resource}


def first(language, text):
    return re.search(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)[1]


def program_and_settings(text):
    """The README's own, with the issuer that it says to try."""
    settings = first("json", text)
    return {"server.c": first("c", text),
            "server.json": settings.replace("https://auth.example.com", "http://127.0.0.1:9000")}


def hello(text):
    return {"hello.c": first("c", text)}


def login_function(scope, resource):
    """That of todo-manager's page, for another server."""
    import pathlib
    page = pathlib.Path(__file__).resolve().parents[2] / "examples/todo-manager/README.md"
    function = LOGIN.search(page.read_text(encoding="utf-8"))[0]
    return (f"as=http://127.0.0.1:9000\nmcp={resource}\nback=http://127.0.0.1:8123/callback\n"
            + function.replace("create:todos read:todos delete:todos", scope))


REFRESH = ('curl -s $as/token -d grant_type=refresh_token -d client_id="$client" '
           '-d refresh_token="$refresh"')


def only_the_first(which):
    """Drop a line when it comes again."""
    seen = []

    def change(line):
        seen.append(line)
        return "" if line == which and seen.count(which) > 1 else line
    return change


def as_alice(line):
    """Who has logged in at the server of this page, whose scope is another one."""
    if "--token -" in line:
        line = line.replace("https://mcp.example.com", "http://127.0.0.1:8000") \
            .replace("https://login.example.com", "http://127.0.0.1:9000")
        return 'echo "$TOKEN" >token\n' + line + ' || echo "ended with $?"'
    return line


# With -si in the place of -s in call, and read:todos in the place of the three in login.
AS_THE_PAGE_SAYS = """
eval "$(declare -f call | sed 's/curl -s /curl -si /')"
eval "$(declare -f login | sed 's/create:todos read:todos delete:todos/read:todos/')"
"""

PLANS = {
    "README.md": Plan(
        files=program_and_settings,
        not_run={"examples/quickstart": SLOW, "test/run": SLOW, "meson setup": SLOW,
                 "meson install": INSTALLED, "test/bench/run": "25 minutes"},
        # Its greeting is the name alone, and ends no line.
        wanted=["HTTP/1.1 401 .*resource_metadata=.*demo_userok .*ok +audience",
                "ok +signature"]),
    "examples/get-started.md": Plan(
        files=pieces_of_hello,
        # "Why is in the server's log."
        after="curl -s http://127.0.0.1:8080/mcp -H 'Authorization: Bearer wrong'",
        not_run={"meson setup": SLOW, "meson install": INSTALLED,
                 "npx @modelcontextprotocol/inspector":
                     "test/interop/inspector does, in a browser"},
        wanted=[r"\nfit", r"401 Unauthorized.*resource_metadata=\"http://127.0.0.1:8080/",
                r'"authorization_servers":\["http://127.0.0.1:9000"\]',
                r'"sub":\s*"demo_user"', r"hello: demo_user calls",
                r"mcpauth info: MCPAUTH_E_MALFORMED_TOKEN: token refused: "]),
    "examples/README.md": Plan(
        before=ISSUER,
        change=as_alice,
        not_run={"build-release/examples/check-provider https:": ELSEWHERE,
                 "build-release/examples/check-provider --json": ELSEWHERE},
        wanted=[r"\"id\":2.*alice", r"HTTP/1.1 20[0-9]", r"\"id\":1.*alice",
                "ok +audience: .*FAIL +scopes: .*to do: .*refused, because of scopes: .*"
                "ended with 1"]),
    "examples/client/README.md": Plan(
        files=hello,
        typed=typed_at_the_prompt,
        wanted=[r'"serverInfo":\{"name":"whoami".*whoami.*demo_user', "Log in at http://"]),
    "examples/todo-manager/README.md": Plan(
        change=lambda line: AS_THE_PAGE_SAYS + line
        if line.startswith('call "$(login') else line,
        # What bob may see is bob's, and the next line is what alice may see.
        wanted=[r'\n[^\n]*\[\{\\"id((?!feed the cat)[^\n])*wash up((?!feed the cat)[^\n])*\n'
                r"[^\n]*feed the cat[^\n]*wash up",
                'HTTP/1.1 403.*WWW-Authenticate: .*scope="[^"]*create:todos']),
    "examples/simple-auth/README.md": Plan(
        before="openssl rand -hex 32 >admin-token",
        first={"build-release/examples/simple-auth-server --port 8001 --config": [
            "build-release/examples/authorization-server --port 9000 --opaque "
            "--introspection-client simple-auth:\"$(cat secret)\" &"]},
        change=lambda line: line.replace(
            "--config", "--admin-token-file admin-token --config"),
        not_run={"openssl rand -hex 32 >admin-token": "before the server is started with it"},
        wanted=[r"current_time.*current_time.*current_time", r'\{"forgotten":2\}',
                "invalid_token"]),
    "examples/authorization-server/README.md": Plan(
        before="build-release/examples/authorization-server --port 9000 --auto-approve "
               "--introspection-client api:secret >/dev/null 2>&1 &\n"
               "await_server 9000 authorization-server",
        # "In place of the last line, log out"; that line comes afterwards.
        change=only_the_first(REFRESH),
        after=REFRESH,
        wanted=['"active":true', "200\n.*invalid_grant"]),
    "examples/bearer-policy.md": Plan(
        files=lambda text: settings_file("http://127.0.0.1:8000/mcp"),
        before=ISSUER + login_function("user", "http://127.0.0.1:8001/mcp")
               + "\nlogin alice apple >token",
        not_run={"build-release/examples/oauth-client --print-token":
                     ELSEWHERE + "; that of README.md is run"},
        change=lambda line: line.replace("https://mcp.example.com", "http://127.0.0.1:8000")
               + ' || echo "ended with $?"',
        wanted=["ok +signature", "FAIL +audience.*to do: ",
                "(refused, because of audience.*ended with 1.*){2}"]),
    "examples/providers/README.md": Plan(
        not_run={"build-release/examples/check-provider": ELSEWHERE,
                 "build-release/examples/whoami --config":
                     "the test `providers` reads these files"}),
}

# Pages whose commands other tests run.
OTHERS = {
    "examples/connect/README.md": "test/readme/connect_test.py, test/interop/inspector",
    "examples/nginx/README.md": "wants root and port 443; test/interop/nginx.test.mjs runs "
                                "its configuration, with names and certificates of its own",
    "examples/redis-store/README.md": "test/integration/redis_store_test.c starts such a Redis",
    "examples/replicas/README.md": "test/interop/replicas.test.mjs",
}
