"""Writes the typed clients from the HTTP contract, in Python and JavaScript: python assets/make/clients.py

tryon/client.py and web/client/v1.js with v1.d.ts, from what /v1/openapi.json says: every operation but those of the
atelier's own page, which want its cookie. tests/server/test_clients.py fails while they are not what this writes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
JSON = "application/json"
INSIDE = "staff"
"Who signs in at the atelier's page has a cookie that no program carries."
SHOP_KEY = "Shop-Key"
"Said once, for all that is asked."


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    id: str
    method: str
    path: str
    words: str
    names: list[str]
    "In the path."
    query: list[str]
    headers: list[str]
    takes: str | None
    "Schema of a JSON body; empty: another body; None: none."
    takes_mime: str
    gives: str | None
    "Schema of a JSON answer; empty: bytes; None: nothing."


def operations(described: Mapping[str, Any]) -> Iterator[Operation]:
    """All that a program can call, by address."""
    for path, methods in sorted(described["paths"].items()):
        for method, said in sorted(methods.items()):
            if not path.startswith("/v1/") or any(INSIDE in one for one in said.get("security", [])):
                continue
            named = {where: [p["name"] for p in said.get("parameters", []) if p["in"] == where] for where in
                     ("path", "query", "header")}  # fmt: skip
            content = said.get("requestBody", {}).get("content", {})
            mime = next(iter(content), "")
            takes = None if not mime else _named(content[mime]["schema"]) if mime == JSON else ""
            good = next(answer for status, answer in said["responses"].items() if status.startswith("2"))
            answer = good.get("content", {})
            given = next(iter(answer), "")
            gives = None if not given else _named(answer[given]["schema"]) if given == JSON else ""
            yield Operation(
                said["operationId"],
                method.upper(),
                path,
                said["summary"],
                named["path"],
                named["query"],
                [name for name in named["header"] if name != SHOP_KEY],
                takes,
                mime,
                gives,
            )


def write(described: Mapping[str, Any]) -> dict[Path, str]:
    """The three files, by their paths in the repository."""
    calls = list(operations(described))
    schemas = _used(described["components"]["schemas"], calls)
    python = (
        (HERE / "client.py.txt")
        .read_text()
        .replace("# TYPES", "\n\n".join(map(_python_type, *zip(*schemas.items(), strict=True))))
    )
    python = python.replace("    # CALLS", "\n".join(map(_python_call, calls)))
    script = (HERE / "client.js.txt").read_text().replace("  // CALLS", "\n".join(map(_script_call, calls)))
    types = (HERE / "client.d.ts.txt").read_text()
    types = types.replace("// TYPES", "\n\n".join(map(_script_type, *zip(*schemas.items(), strict=True))))
    types = types.replace("  // CALLS", "\n".join(map(_declared_call, calls)))
    return {
        Path("tryon/client.py"): _formatted(python),
        Path("web/client/v1.js"): script,
        Path("web/client/v1.d.ts"): types,
    }


def _used(schemas: Mapping[str, Any], calls: list[Operation]) -> dict[str, Any]:
    """Schemas that the calls speak of, and those that these speak of."""
    waiting = [name for call in calls for name in (call.takes, call.gives) if name]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in found:
            found.add(name)
            waiting += re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schemas[name]))
    return {name: schemas[name] for name in sorted(found)}


def _named(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2] or "Any"


# Python


def _python_type(name: str, schema: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        return f"{name} = {_python(schema, quoted=True)}"
    needed = schema.get("required", [])
    lines = [f"class {name}(TypedDict):", f'    """{_sentence(schema.get("description", name))}"""', ""]
    for field, said in schema["properties"].items():
        kind = _python(said)
        lines.append(f"    {field}: {kind if field in needed else f'NotRequired[{kind}]'}")
    return "\n".join(lines)


def _python(schema: Mapping[str, Any], *, quoted: bool = False) -> str:
    if "$ref" in schema:
        name = _named(schema)
        return f'"{name}"' if quoted else name
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_python(one, quoted=quoted) for one in schema["anyOf"]))
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items")
        return f"list[{_python(items, quoted=quoted) if items else 'Any'}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {_python(inner, quoted=quoted) if isinstance(inner, dict) else 'Any'}]"
    return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(kind, "Any")


def _python_call(call: Operation) -> str:
    arguments = ["self", *(f"{name}: str" for name in call.names)]
    if call.takes is not None:
        arguments.append(f"body: {call.takes or 'bytes'}")
        if not call.takes:
            arguments.append(f'mime: str = "{call.takes_mime}"')
    options = [f"{_snake(name)}: Sequence[str] | str = ()" for name in call.query]
    options += [f'{_snake(name)}: str = ""' for name in call.headers]
    if options:
        arguments += ["*", *options]
    gives = "None" if call.gives is None else call.gives or "bytes"
    path = re.sub(r"\{(\w+)\}", r"{_part(\1)}", call.path)
    said = [f'"{call.method}"', f'{"f" if call.names else ""}"{path}"']
    if call.query:
        said.append("query={" + ", ".join(f'"{name}": {_snake(name)}' for name in call.query) + "}")
    if call.headers:
        said.append("headers={" + ", ".join(f'"{name}": {_snake(name)}' for name in call.headers) + "}")
    if call.takes is not None:
        said += ["body=body"] if call.takes else ["body=body", "mime=mime"]
    asked = f"({', '.join(said)})"
    lines = [f"    def {call.id}({', '.join(arguments)}) -> {gives}:", f'        """{_sentence(call.words)}"""']
    if call.gives:
        lines += [f"        told: {gives} = self._json{asked}", "        return told"]
    else:
        lines.append(f"        {'return ' if call.gives is not None else ''}self._bytes{asked}")
    return "\n".join(lines) + "\n"


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "tryon/client.py", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def _snake(name: str) -> str:
    plain = name.lower().replace("-", "_")
    return f"{plain}_" if plain in ("from", "kind") else plain


def _sentence(words: str) -> str:
    """One line, or several of a docstring, that end in a stop."""
    text = " ".join(words.replace('"""', "'").split()).rstrip(".") + "."
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > 100:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "\n        ".join([*lines, line])


# JavaScript and its types


def _camel(name: str) -> str:
    first, *more = re.split(r"[-_.]", name)
    return first[:1].lower() + first[1:] + "".join(part[:1].upper() + part[1:] for part in more)


def _script_call(call: Operation) -> str:
    arguments, inner = list(call.names), []
    if call.takes is not None:
        arguments.append("body")
        inner.append("body")
        if not call.takes:
            inner.append("mime")
    options = [_camel(name) for name in [*call.query, *call.headers]]
    options += ["mime"] if "mime" in inner else []
    if options:
        arguments.append(
            "{ " + ", ".join(f'mime = "{call.takes_mime}"' if one == "mime" else one for one in options) + " } = {}"
        )
    for kind, names in (("query", call.query), ("headers", call.headers)):
        if names:
            inner.append(f"{kind}: {{ " + ", ".join(f'"{name}": {_camel(name)}' for name in names) + " }")
    path = re.sub(r"\{(\w+)\}", r"${part(\1)}", call.path)
    how = "nothing" if call.gives is None else "json" if call.gives else "blob"
    said = f", {{ {', '.join(inner)} }}" if inner else ""
    return (
        f"  /** {' '.join(call.words.split())}. */\n"
        f"  {_camel(call.id)}({', '.join(arguments)}) {{\n"
        f'    return this.#{how}("{call.method}", `{path}`{said});\n'
        "  }\n"
    )


def _declared_call(call: Operation) -> str:
    arguments = [f"{name}: string" for name in call.names]
    if call.takes is not None:
        arguments.append(f"body: {call.takes or 'BodyInit'}")
    options = [f"{_camel(name)}?: string | string[]" for name in call.query]
    options += [f"{_camel(name)}?: string" for name in call.headers]
    options += ["mime?: string"] if call.takes == "" else []
    if options:
        arguments.append("options?: { " + "; ".join(options) + " }")
    gives = "void" if call.gives is None else call.gives or "Blob"
    return f"  /** {' '.join(call.words.split())}. */\n  {_camel(call.id)}({', '.join(arguments)}): Promise<{gives}>;"


def _script_type(name: str, schema: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        return f"export type {name} = {_script(schema)};"
    needed = schema.get("required", [])
    fields = [
        f"  {field}{'' if field in needed else '?'}: {_script(said)};" for field, said in schema["properties"].items()
    ]
    words = " ".join(schema.get("description", name).split())
    return "\n".join([f"/** {words} */", f"export interface {name} {{", *fields, "}"])


def _script(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _named(schema)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_script(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items")
        return f"Array<{_script(items) if items else 'unknown'}>"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"Record<string, {_script(inner) if isinstance(inner, dict) else 'unknown'}>"
    return {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}.get(
        kind, "unknown"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from tryon.engine.local import LocalPool
    from tryon.server.app import create_app
    from tryon.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=folder)
        app = create_app(settings, LocalPool(settings), {})
        for path, text in write(json.loads(app.state.api.description)).items():
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(text)
            print(path)
