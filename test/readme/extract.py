"""Write the README's C program into a file, with its port and issuer as arguments."""
import re
import sys

readme, target = sys.argv[1:]
with open(readme, encoding="utf-8") as file:
    program = re.search(r"^```c\n(.*?)^```$", file.read(), re.S | re.M).group(1)
# The reader's port and issuer are examples; a test brings its own.
for wanted, instead in (
    ('"http://127.0.0.1:8080/mcp"', 'argument[1]'),
    ('"https://auth.example.com"', 'argument[2]'),
    ("MHD_USE_POLL_INTERNAL_THREAD, 8080,",
     "MHD_USE_POLL_INTERNAL_THREAD, (unsigned short)atoi(argument[3]),"),
    ("int main(void)", "#include <stdlib.h>\n\nint main(int count, char **argument)"),
):
    if program.count(wanted) != 1:
        sys.exit(f"README.md: {wanted} is not there once")
    program = program.replace(wanted, instead)
with open(target, "w", encoding="utf-8") as file:
    file.write(program)
