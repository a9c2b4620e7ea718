"""Write a C++ program that starts a struct with each public _INIT macro, as its
users do; none can be forgotten, since they are looked for in the headers."""
import pathlib
import re
import sys

target, *headers = map(pathlib.Path, sys.argv[1:])
text = "".join(header.read_text(encoding="utf-8") for header in headers)
inits = dict(re.findall(r"#define (MCPAUTH_\w+_INIT)\b[^}]*\bsizeof\((struct \w+)\)", text))
assert set(inits) == set(re.findall(r"#define (MCPAUTH_\w+_INIT)\b", text)), inits
assert len(inits) > 10
lines = [f"#include <mcpauth/{header.name}>" for header in headers] + ["", "int main()", "{"]
for number, (macro, struct) in enumerate(inits.items()):
    lines += [f"\t{struct} made{number} = {macro};",
              f"\tif (made{number}.size != sizeof made{number}) {{", "\t\treturn 1;", "\t}"]
target.write_text("\n".join(lines + ["\treturn 0;", "}", ""]), encoding="utf-8")
