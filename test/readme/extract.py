"""Write the README's C program, its further C, or its settings into a file, with
what a test has to bring itself in the place of the reader's. Or all the C of
another page, as it stands."""
import re
import sys

what, readme, target = sys.argv[1:]


def blocks(language):
    with open(readme, encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.S | re.M)


def replace(text, *pairs):
    for wanted, instead in pairs:
        if text.count(wanted) != 1:
            sys.exit(f"README.md: {wanted} is not there once")
        text = text.replace(wanted, instead)
    return text


def program():
    return replace(
        blocks("c")[0],
        ('"http://127.0.0.1:8080/mcp"', 'argument[1]'),
        ('"https://auth.example.com"', 'argument[2]'),
        ("MHD_USE_POLL_INTERNAL_THREAD, 8080,",
         "MHD_USE_POLL_INTERNAL_THREAD, (unsigned short)atoi(argument[3]),"),
        ("int main(void)", "#include <stdlib.h>\n\nint main(int count, char **argument)"))


def further():
    return replace("\n".join(blocks("c")[1:]),
                   ('"https://auth.example.com/token"', "token_endpoint"),
                   ('= "/run/secrets/notes"', "= secret_file"))


def whole():
    return "\n".join(blocks("c"))


def settings():
    (text,) = blocks("json")
    return text


with open(target, "w", encoding="utf-8") as file:
    file.write({"program": program, "further": further, "settings": settings,
                "whole": whole}[what]())
