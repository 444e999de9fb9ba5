"""Every metric that the dashboard and the rules ask for is one that Docs/Metrics.md lists.

    metrics.py ROOT
"""

import pathlib
import re
import sys

PARTS = ("_bucket", "_sum", "_count")


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    listed = set(re.findall(r"`(kindling_[a-z_]+)`", (root / "Docs/Metrics.md").read_text()))
    wrong = []
    for path in [root / "Deploy/grafana/dashboards/kindling.json", root / "Deploy/prometheus/rules.yml"]:
        # A recorded series has colons before and behind these names.
        for name in sorted(set(re.findall(r"(?<![:\w/])kindling_[a-z_]+(?![:\w])", path.read_text()))):
            whole = next((name.removesuffix(part) for part in PARTS if name.endswith(part)), name)
            if name not in listed and whole not in listed:
                wrong.append(f"{path.relative_to(root)}: {name} is no metric; Docs/Metrics.md has them")
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
