"""What the checks of dashboards and alerts share: the list of metrics, and what an expression names."""

import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What Prometheus itself tells of every target.
OF_PROMETHEUS = {"up": []}
# What Prometheus and its rules put to every series.
COMMON_LABELS = {"job", "instance"}
KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}


class Metric:
    def __init__(self, kind, labels):
        self.kind = kind
        self.labels = labels  # name -> allowed values, None: any


def metrics(path=None):
    """The list in metrics.txt: every name that a series may have -> Metric."""
    result = {}
    for line in (path or ROOT / "tests/dashboards/metrics.txt").read_text().splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        labels = {}
        for word in words[2:]:
            name, _, values = word.partition("=")
            labels[name] = set(values.split("|")) if values else None
        result[words[0]] = Metric(words[1], labels)
    return result


def series(known):
    """The same with what a histogram is told by."""
    result = {}
    for name, metric in known.items():
        if metric.kind != "histogram":
            result[name] = metric
            continue
        result[name + "_bucket"] = Metric("counter", {**metric.labels, "le": None})
        result[name + "_sum"] = result[name + "_count"] = Metric("counter", metric.labels)
    for name, labels in OF_PROMETHEUS.items():
        result[name] = Metric("gauge", dict.fromkeys(labels))
    return result


def matchers(text):
    """{a="b", c=~"d|e"} -> [(a, =, b), (c, =~, d|e)]."""
    return re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"', text)


def faults(expression, known, reasons=None):
    """What is wrong with the names in an expression, a sentence each. `known` is of series();
    `reasons` are the allowed values of `reason` by metric."""
    result = []
    for name, inside in re.findall(r"([A-Za-z_:][\w:]*)\s*\{([^}]*)\}", expression):
        if name not in known:
            continue
        for label, operator, value in matchers(inside):
            if label in COMMON_LABELS:
                continue
            if label not in known[name].labels:
                result.append(f"{name} has no label {label}")
                continue
            allowed = known[name].labels[label]
            if label == "reason" and reasons and name in reasons:
                allowed = reasons[name]
            if allowed is None or "$" in value:
                continue
            for one in value.split("|") if operator in ("=~", "!~") else [value]:
                if one not in allowed:
                    result.append(f"{name} has no {label}={one}")
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\[[^\]]*\]", "", bare)
    grouping = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"
    labels = COMMON_LABELS.union(*(known[n].labels for n in known))
    for group in re.findall(grouping, bare):
        for label in filter(None, re.split(r"[\s,]+", group)):
            if label not in labels:
                result.append(f"no metric has the label {label}")
    bare = re.sub(grouping, "", bare)
    names = re.findall(r"(?<![\w.:])([A-Za-z_:][\w:]*)\b(?!\s*\()", bare)
    used = [n for n in names if n.lower() not in KEYWORDS]
    result += [f"there is no metric {n}" for n in dict.fromkeys(used) if n not in known]
    if not used:
        result.append("names no metric")
    return result


def to_string_names(path, function):
    """The names that a C++ to_string() gives to an enumeration."""
    text = path.read_text()
    start = text.index(function)
    return set(re.findall(r'return "(\w+)"', text[start : text.index("\n}\n", start)])) - {"unknown"}


def reasons():
    """The values of the label `reason`, by metric, where the code says which there are."""
    return {
        "firefinder_detections_dropped_total": to_string_names(
            ROOT / "actors/consensus/decode.cpp", "to_string(drop_reason"
        ),
        "firefinder_decisions_total": to_string_names(
            ROOT / "messages/decision.cpp", "to_string(decision_reason"
        ),
    }


def promtool(*arguments):
    """Runs it; what it said, empty when it was content."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def parse_faults(expressions):
    """What Prometheus' own parser has against these."""
    lines = ["groups:", "  - name: all", "    rules:"]
    for number, expression in enumerate(expressions):
        quoted = expression.replace("'", "''")
        lines += [f"      - record: expression:{number}", f"        expr: '{quoted}'"]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        return promtool("check", "rules", file.name)


def anchors(document):
    """The anchors of a document's headings, as GitHub makes them."""
    result, code = set(), False
    for line in document.read_text().splitlines():
        if line.startswith("```"):
            code = not code
        elif not code and re.match(r"#+ ", line):
            text = re.sub(r"[^\w -]", "", line.lstrip("# ").lower())
            result.add(text.replace(" ", "-"))
    return result


def finish(found):
    """Prints what was found; the exit code."""
    for line in found:
        print(line)
    return 1 if found else 0
