"""Man pages of every command, from what the program says of itself.

The argument parser's plug-in makes such pages as well, but knows nothing of the options of `serve` and `run`, which are read without it; and it has to build the
program once more.
"""

import json
import re
import subprocess


def ask(binary, *words):
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "80", "LC_ALL": "C.UTF-8"}
    return subprocess.run([binary, *words], capture_output=True, text=True, check=True, timeout=60, env=environment).stdout


def escaped(text):
    """Text as it is to be seen: no escapes of roff, no hyphenation, no line that begins a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti").replace("`", "\\(ga")
    text = text.replace("…", "\\&...").replace("“", '"').replace("”", '"').replace("→", "->")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def paragraphs(text):
    """A discussion: indented lines are examples, the rest is prose."""
    lines = []
    for block in re.split(r"\n\s*\n", (text or "").strip("\n")):
        if all(line.startswith("  ") for line in block.split("\n")):
            lines += [".PP", ".EX", escaped(block), ".EE"]
        else:
            lines += [".PP", escaped(" ".join(block.split()))]
    return lines


def name_of(argument):
    names = sorted(argument.get("names", []), key=lambda name: name["kind"] == "long")
    shown = ", ".join(f"\\fB{escaped(('--' if name['kind'] == 'long' else '-') + name['name'])}\\fR" for name in names)
    value = f"\\fI{escaped(argument.get('valueName') or 'value')}\\fR"
    return value if argument["kind"] == "positional" else shown if argument["kind"] == "flag" else f"{shown} {value}"


def options(command):
    lines = []
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True) or name_of(argument).endswith("version\\fR"):
            continue
        words = [argument.get("abstract") or ""]
        if argument.get("allValues") and not any(value in words[0] for value in argument["allValues"]):
            words.append("One of " + ", ".join(argument["allValues"]) + ".")
        if argument.get("defaultValue") and "(default" not in words[0]:
            words.append(f"(default: {argument['defaultValue']})")
        lines += [".TP", name_of(argument), escaped(" ".join(" ".join(words).split()))]
    return lines


def served_options(binary):
    """The options of `serve`, which its help lists."""
    lines, found = [], None
    for line in ask(binary, "serve", "--help").split("OPTIONS:\n", 1)[1].split("\n"):
        match = re.match(r"  (-\S.*?)(?:\s{2,}(\S.*))?$", line)
        if match:
            found = [match[1], match[2] or ""]
            lines.append(found)
        elif found and line.strip():
            found[1] += " " + line.strip()
        elif not line.strip():
            found = None
    return [part for name, words in lines for part in (".TP", f"\\fB{escaped(name)}\\fR", escaped(words.strip()))]


def synopsis(path, command):
    words = ["\\fB" + escaped(" ".join(path)) + "\\fR"]
    for argument in command.get("arguments", []):
        if argument["kind"] == "positional" and argument.get("shouldDisplay", True):
            shown = name_of(argument) + (" ..." if argument.get("isRepeating") else "")
            words.append(f"[{shown}]" if argument.get("isOptional") else shown)
    if command.get("subcommands"):
        words.append("\\fIsubcommand\\fR")
    return " ".join(words + ["[\\fIoptions\\fR]"])


def page(binary, path, command, version, date, others):
    title = "-".join(path)
    abstract = command.get("abstract", "").rstrip(".")
    lines = [
        f'.TH {escaped(title.upper())} 1 {date} "personalite {version}" "User Commands"', ".SH NAME", f"{escaped(title)} \\- {escaped(abstract)}",
        ".SH SYNOPSIS", synopsis(path, command), ".SH DESCRIPTION", *paragraphs(command.get("discussion") or command.get("abstract", "")),
    ]
    served = served_options(binary) if path[-1] == "serve" else []
    if command.get("subcommands"):
        lines.append(".SH COMMANDS")
        for sub in command["subcommands"]:
            if sub["commandName"] == "help":
                continue
            deeper = path + [sub["commandName"]]
            lines += [".TP", f"\\fB{escaped(' '.join(deeper[1:]))}\\fR", escaped(sub.get("abstract", ""))]
            if len(path) > 1:
                lines += [".RS", *options(sub), ".RE"]
    lines += [".SH OPTIONS", *(served or options(command))]
    if len(path) == 1:
        lines += [
            ".SH ENVIRONMENT", ".TP", "\\fBAWS_ENDPOINT_URL\\fR", "Where commands find the server.", ".TP",
            "\\fBAWS_ACCESS_KEY_ID\\fR, \\fBAWS_SECRET_ACCESS_KEY\\fR, \\fBAWS_REGION\\fR", "What they sign with. Without them: test, test, us\\-east\\-1.",
            ".TP", "\\fBPERSONALITE_\\fIOPTION\\fR", "Each option of \\fBserve\\fR.", ".TP", "\\fBNO_COLOR\\fR", "No colours, on terminals neither.",
            ".SH EXIT STATUS", "0 when all is well, 1 when something could not be done, 64 for words that are no command.",
        ]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{escaped(other)}\\fR(1)" for other in others if other != title)]
    return "\n".join(lines) + "\n"


def pages(binary, version, date):
    """name of the file → text."""
    top = json.loads(ask(binary, "--experimental-dump-help"))["command"]
    commands = [(["personalite"], top)] + [
        (["personalite", sub["commandName"]], sub) for sub in top["subcommands"] if sub["commandName"] not in ("help", "version")
    ]
    titles = ["-".join(path) for path, _ in commands]
    return {f"{'-'.join(path)}.1": page(binary, path, command, version, date, titles if len(path) == 1 else titles[:1]) for path, command in commands}
