"""Sum up a run of `go test -json`.

    python3 summary.py LOG NAME...

It prints go test's own closing line of every package, the whole output of every
test that failed, and how many tests there were. It exits with 1 where one
failed, where one was skipped that should not have been, or where one of the
tests named did not pass.
"""

import collections
import json
import re
import sys

# Skips that are right on any machine: a seed of a fuzz target that is no case of it.
ALLOWED = re.compile(r"Fuzz\w*/")
CLOSING = re.compile(r"(ok|FAIL|\?)\s+\S")


def main(log, needed):
    output = collections.defaultdict(list)
    ends = {}
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                e = json.loads(line)
            except ValueError:
                print(line, end="")  # of make, or of the compiler
                continue
            key = (e.get("Package"), e.get("Test"))
            action = e["Action"]
            if action == "build-output":
                print(e["Output"], end="")
            elif action == "output":
                output[key].append(e["Output"])
                if key[1] is None and CLOSING.match(e["Output"]):
                    print(e["Output"], end="")
            elif action in ("pass", "fail", "skip"):
                ends[key] = action
    wrong = []
    for key, end in sorted(ends.items(), key=str):
        package, test = key
        if test and end == "fail":
            print(f"\n--- {package} {test}\n" + "".join(output[key]), end="")
        elif end == "fail" and not any(p == package and t and e == "fail" for (p, t), e in ends.items()):
            print(f"\n--- {package}\n" + "".join(output[key]), end="")
        elif test and end == "skip" and not ALLOWED.match(test):
            said = " ".join("".join(output[key]).split())
            wrong.append(f"{package} {test} was skipped: {said}")
    for test in output:
        if any(re.search(r"skip: .* is not on this machine", o) for o in output[test]) and ends.get(test) != "skip":
            wrong.append(f"{test[0]} {test[1]} misses a tool")
    for name in needed:
        if not any(t == name and end == "pass" for (_, t), end in ends.items()):
            wrong.append(f"{name} did not pass")
    count = collections.Counter(end for (_, t), end in ends.items() if t)
    print("".join(f"ci: {w}\n" for w in wrong), end="")
    print(f"{count['pass']} passed, {count['fail']} failed, {count['skip']} skipped")
    return 1 if wrong or "fail" in ends.values() or not count["pass"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
