"""The rules that a dashboard of ours keeps, and its questions asked of a Prometheus.

    dashboard.py FILE [--prometheus URL]

Prints each thing that is wrong, and exits 1 if there is one.
"""

import argparse
import json
import math
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# What a dashboard and its panels may have. Grafana passes over a field that it does not know: a typo would go unseen.
DASHBOARD = set("""uid title description tags timezone schemaVersion version editable graphTooltip refresh time
    templating annotations panels""".split())
PANEL = set("""id type title description datasource gridPos fieldConfig options targets transformations collapsed
    panels""".split())
TARGET = set("refId datasource expr legendFormat instant range format".split())
CUSTOM = set("drawStyle lineWidth fillOpacity showPoints spanNulls stacking".split())
DEFAULTS = set("unit min max decimals custom color thresholds noValue".split())
UNITS = {"s", "none", "percentunit", "bytes"}
KINDS = {"row", "timeseries", "stat", "bargauge", "table"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# Panels that a machine without a GPU has nothing for.
MAY_BE_EMPTY = {"GPU memory", "GPU utilisation"}
# Panels that must say more than nought after a cold start and some jobs.
MUST_BE_POSITIVE = {
    "Cold starts", "Cold start, p50", "Cold start, p95", "Cold start, mean", "Where a cold start's time goes",
    "The same, now", "Starts by kind", "Start time by kind", "Load efficiency", "First token", "Speed of an answer",
    "Tokens a second, all answers", "Jobs a minute", "Slots", "Memory of the worker", "CPU of the worker",
    "Weights loaded", "Workers",
}
# What Grafana puts in for its variables, with a worker that was scraped each second for half a minute.
VARIABLES = {
    "$__rate_interval": "30s", "$__interval": "30s", "$__range": "5m", "$job": ".*", "$instance": ".*",
}


def unknown(where, members, known):
    return [f"{where}: {name} is no field that is known here" for name in sorted(set(members) - known)]


def structure(board):
    """What is wrong with the file itself."""
    wrong = unknown("dashboard", board, DASHBOARD)
    wrong += [f"dashboard: {name} is missing" for name in sorted({"uid", "title", "panels", "templating"} - set(board))]
    names = [variable["name"] for variable in board.get("templating", {}).get("list", [])]
    if "datasource" not in names:
        wrong.append("dashboard: there is no variable `datasource`, so that it works with one Prometheus only")
    panels = board.get("panels", [])
    wrong += [f"dashboard: a datasource is {source}, not the variable" for source in sources(board) if source != SOURCE]
    for what in ("id", "title"):
        values = [panel.get(what) for panel in panels]
        twice = sorted({value for value in values if values.count(value) > 1})
        wrong += [f"dashboard: the {what} {value} stands twice" for value in twice]
    for panel in panels:
        wrong += panel_structure(panel)
    wrong += overlaps(panels)
    titles = {panel.get("title") for panel in panels}
    wrong += [f"{title}: the checks expect this panel" for title in sorted((MAY_BE_EMPTY | MUST_BE_POSITIVE) - titles)]
    return wrong


def sources(value):
    """All that is named `datasource`, wherever it stands."""
    if isinstance(value, list):
        return [source for item in value for source in sources(item)]
    if not isinstance(value, dict):
        return []
    return [v for name, v in value.items() if name == "datasource"] + sources(list(value.values()))


def panel_structure(panel):
    where = panel.get("title", f"panel {panel.get('id')}")
    wrong = unknown(where, panel, PANEL)
    if panel.get("type") not in KINDS:
        wrong.append(f"{where}: the type {panel.get('type')} is not one of {', '.join(sorted(KINDS))}")
    if panel.get("type") == "row":
        return wrong
    if not panel.get("description"):
        wrong.append(f"{where}: a description is missing")
    if "datasource" not in panel:
        wrong.append(f"{where}: it names no datasource")
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    wrong += unknown(where, defaults, DEFAULTS) + unknown(where, defaults.get("custom", {}), CUSTOM)
    if panel["type"] != "table" and defaults.get("unit") not in UNITS:
        wrong.append(f"{where}: the unit {defaults.get('unit')} is not one of {', '.join(sorted(UNITS))}")
    targets = panel.get("targets", [])
    if not targets:
        wrong.append(f"{where}: it asks nothing")
    if len({target.get("refId") for target in targets}) < len(targets):
        wrong.append(f"{where}: a refId stands twice")
    for target in targets:
        wrong += unknown(where, target, TARGET)
        left = re.findall(r"\$\w+", substituted(target.get("expr", "")))
        wrong += [f"{where}: {name} is no variable" for name in left]
    return wrong


def overlaps(panels):
    wrong, taken = [], {}
    for panel in panels:
        place = panel.get("gridPos", {})
        if place.get("x", 0) + place.get("w", 0) > 24:
            wrong.append(f"{panel.get('title')}: it reaches beyond the 24 columns")
        for x in range(place.get("x", 0), place.get("x", 0) + place.get("w", 0)):
            for y in range(place.get("y", 0), place.get("y", 0) + place.get("h", 0)):
                other = taken.setdefault((x, y), panel.get("title"))
                if other != panel.get("title"):
                    return wrong + [f"{panel.get('title')}: it lies over {other}"]
    return wrong


def substituted(expression):
    return re.sub(r"\$\w+", lambda name: VARIABLES.get(name[0], name[0]), expression)


def ask(prometheus, path, **parameters):
    """Prometheus' data, or its error's text."""
    try:
        url = f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)["data"]["result"], None
    except urllib.error.HTTPError as error:
        return None, json.load(error).get("error", str(error))


def values(prometheus, target):
    expression = substituted(target["expr"])
    if target.get("instant"):
        result, error = ask(prometheus, "query", query=expression)
        return [series["value"] for series in result or []], error
    now = time.time()
    result, error = ask(prometheus, "query_range", query=expression, start=now - 60, end=now, step=1)
    return [value for series in result or [] for value in series["values"]], error


def answers(board, prometheus):
    """What is wrong with the answers."""
    wrong, asked = [], 0
    for panel in board["panels"]:
        title = panel.get("title")
        for target in panel.get("targets", []):
            asked += 1
            found, error = values(prometheus, target)
            numbers = [float(value) for _, value in found]
            good = [number for number in numbers if math.isfinite(number)]
            if error:
                wrong.append(f"{title}: {error}\n    {target['expr']}")
            elif not good and title not in MAY_BE_EMPTY | {"Variation"}:
                wrong.append(f"{title}: no data\n    {target['expr']}")
            elif title in MUST_BE_POSITIVE and max(good) <= 0:
                wrong.append(f"{title}: nothing but nought\n    {target['expr']}")
    wrong += waterfall(board, prometheus)
    print(f"dashboard: {asked} questions asked, {len(wrong)} wrong")
    return wrong


def waterfall(board, prometheus):
    """The phases that are stacked must add up to the start, or the picture lies."""
    def total(title):
        panel = next(panel for panel in board["panels"] if panel.get("title") == title)
        result, _ = ask(prometheus, "query", query=f"sum({substituted(panel['targets'][0]['expr'])})")
        return float(result[0]["value"][1]) if result else math.nan
    phases, start = total("Where a cold start's time goes"), total("Cold start, mean")
    if not abs(phases - start) <= 0.02 * start:
        return [f"the phases of a cold start add up to {phases:.3f} s, and it took {start:.3f} s"]
    print(f"dashboard: the phases of the cold start add up: {phases:.3f} s of {start:.3f} s")
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--prometheus")
    arguments = parser.parse_args()
    with open(arguments.file) as file:
        board = json.load(file)
    wrong = structure(board)
    if arguments.prometheus and not wrong:
        wrong = answers(board, arguments.prometheus)
    for text in wrong:
        print(f"{arguments.file}: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
