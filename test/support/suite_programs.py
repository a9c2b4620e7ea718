"""What of a build some suites need: meson's names of it, one a line."""
import json
import os
import sys

import jobs


def introspect(build, what):
    done = jobs.run(["meson", "introspect", build, what])
    if done.returncode != 0:
        sys.exit(done.stdout)
    return json.loads(done.stdout)


def programs(build, suites):
    needed = {name for test in introspect(build, "--tests")
              if set(suites) & {suite.split(":")[-1] for suite in test["suite"]}
              for name in test["depends"]}
    return [os.path.relpath(target["filename"][0], os.path.realpath(build))
            for target in introspect(build, "--targets") if target["id"] in needed]


if __name__ == "__main__":
    print("\n".join(programs(sys.argv[1], sys.argv[2:])))
