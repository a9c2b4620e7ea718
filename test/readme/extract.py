"""Write pieces of C or JSON of a page into a file, with what a test has to bring itself in
the place of the reader's: extract.py WHAT TARGET PAGE..."""
import re
import sys

LOOP = "MHD_USE_POLL_INTERNAL_THREAD, "
PORT_ARGUMENT = "(unsigned short)atoi(argument[%d]),"
MAIN = ("int main(void)", "#include <stdlib.h>\n\nint main(int count, char **argument)")


def blocks(language, page):
    with open(page, encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.S | re.M)


def replace(code, *pairs):
    for wanted, instead in pairs:
        if code.count(wanted) != 1:
            sys.exit(f"{wanted} is not there once")
        code = code.replace(wanted, instead)
    return code


def program(readme):
    """The README's: it reads server.json, and listens at the port that it is given."""
    return replace(blocks("c", readme)[0],
                   (LOOP + "8080,", LOOP + PORT_ARGUMENT % 1), MAIN)


def is_program(code):
    return "int main(void)" in code


def by_call(page):
    """The same by call: program RESOURCE ISSUER PORT."""
    (code,) = filter(is_program, blocks("c", page))
    return replace(code, ('"http://127.0.0.1:8080/mcp"', "argument[1]"),
                   ('"https://auth.example.com"', "argument[2]"),
                   (LOOP + "8080,", LOOP + PORT_ARGUMENT % 3), MAIN)


def of_any_server(code):
    return replace(code, ('"http://127.0.0.1:8000/mcp"', "argument[1]"),
                   ("int main(void)", "int main(int count, char **argument)"))


def client(guide):
    return of_any_server(blocks("c", guide)[0])


def client_calls(guide):
    return of_any_server(blocks("c", guide)[1])


def calling(guide):
    """What the guide's second program calls by, and the pieces behind it."""
    return "\n".join([blocks("c", guide)[1].split("int main(void)")[0], *blocks("c", guide)[2:]])


def further(*pages):
    """What the guides to a server have besides their programs."""
    return replace("\n".join(code for page in pages for code in blocks("c", page)
                             if not is_program(code)),
                   ('"https://auth.example.com/token"', "token_endpoint"),
                   ('= "/run/secrets/notes"', "= secret_file"))


def whole(page):
    return "\n".join(blocks("c", page))


def redis(page):
    """A piece of a function, in one."""
    return ('#include "redis_store.h"\n\n#include <mcpauth/auth.h>\n\n'
            "void use_store(const char *password, struct mcpauth *auth);\n\n"
            "void use_store(const char *password, struct mcpauth *auth)\n{\n"
            + blocks("c", page)[0] + "}\n")


def settings(page):
    return blocks("json", page)[0]


what, target, *pages = sys.argv[1:]
with open(target, "w", encoding="utf-8") as output:
    output.write({"program": program, "by_call": by_call, "client": client,
                  "client_calls": client_calls, "calling": calling, "further": further,
                  "whole": whole, "settings": settings, "redis": redis}[what](*pages))
