"""Write what the public headers show between @code and @endcode into a file for each, to be
compiled and run. Every header that shows something has to be among those that are named."""
import pathlib
import re
import sys

SHOWN = re.compile(r"^ \* @code\n(.*?)^ \* @endcode$", re.S | re.M)

folder, names, *headers = sys.argv[1:]
shown = {}
for header in map(pathlib.Path, headers):
    blocks = SHOWN.findall(header.read_text(encoding="utf-8"))
    if blocks:
        shown[header.stem] = re.sub(r"^ \* ?", "", "\n".join(blocks), flags=re.M)
if sorted(shown) != sorted(names.split(",")):
    sys.exit(f"headers show code in {sorted(shown)}, and {names} is tested")
for name, text in shown.items():
    (pathlib.Path(folder) / f"shown_{name}.h").write_text(text, encoding="utf-8")
