"""Write one of the README's two C programs, its further C for a server or for a client, or
its settings into a file, with what a test has to bring itself in the place of the
reader's. Or all the C of another page, as it stands."""
import re
import sys

what, readme, target = sys.argv[1:]
CALLING = re.compile(r"^## Calling a protected server$.*?(?=^## )", re.S | re.M)


def text():
    with open(readme, encoding="utf-8") as file:
        return file.read()


def blocks(language, of=None):
    return re.findall(rf"^```{language}\n(.*?)^```$", text() if of is None else of, re.S | re.M)


def of_a_server():
    return blocks("c", CALLING.sub("", text()))


def of_a_client():
    return blocks("c", CALLING.search(text())[0])


def replace(code, *pairs):
    for wanted, instead in pairs:
        if code.count(wanted) != 1:
            sys.exit(f"README.md: {wanted} is not there once")
        code = code.replace(wanted, instead)
    return code


def program():
    return replace(
        of_a_server()[0],
        ('"http://127.0.0.1:8080/mcp"', 'argument[1]'),
        ('"https://auth.example.com"', 'argument[2]'),
        ("MHD_USE_POLL_INTERNAL_THREAD, 8080,",
         "MHD_USE_POLL_INTERNAL_THREAD, (unsigned short)atoi(argument[3]),"),
        ("int main(void)", "#include <stdlib.h>\n\nint main(int count, char **argument)"))


def client():
    return replace(
        of_a_client()[0],
        ('"http://127.0.0.1:8000/mcp"', "argument[1]"),
        ("int main(void)", "int main(int count, char **argument)"))


def calling():
    return "\n".join(of_a_client()[1:])


def further():
    return replace("\n".join(of_a_server()[1:]),
                   ('"https://auth.example.com/token"', "token_endpoint"),
                   ('= "/run/secrets/notes"', "= secret_file"))


def whole():
    return "\n".join(blocks("c"))


def settings():
    (only,) = blocks("json")
    return only


with open(target, "w", encoding="utf-8") as file:
    file.write({"program": program, "further": further, "settings": settings, "client": client,
                "calling": calling, "whole": whole}[what]())
