#!/usr/bin/env python3
"""kvm-expected.py EXPECTED SEEN: compares lines that were seen with a list of patterns (fnmatch; # begins a comment).

Each line must fit a pattern, and each pattern a line, but for those that begin with ~: what is not expected, and what is expected in vain, is told, and
the status is 1.
"""

import fnmatch
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    patterns = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
with open(sys.argv[2], encoding="utf-8") as f:
    seen = [line.rstrip("\n") for line in f]

unexpected = [s for s in seen if not any(fnmatch.fnmatchcase(s, p) for p in patterns)]
optional = [p[1:] for p in patterns if p.startswith("~")]
patterns = [p for p in patterns if not p.startswith("~")]
unexpected = [s for s in unexpected if not any(fnmatch.fnmatchcase(s, p) for p in optional)]
vain = [p for p in patterns if not any(fnmatch.fnmatchcase(s, p) for s in seen)]
for s in unexpected:
    print(f"not expected: {s}")
for p in vain:
    print(f"expected in vain: {p}")
sys.exit(bool(unexpected or vain))
