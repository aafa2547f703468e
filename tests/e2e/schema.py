"""The JSON Schema of the NDJSON, applied to records.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import json

import jsonschema

import harness

TYPES = ("request", "connection", "finding", "call", "origin", "fix", "capture")


@functools.lru_cache(maxsize=None)
def schema():
    text = (harness.SOURCE / "plugin/doc/ndjson.schema.json").read_text()
    parsed = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(parsed)
    return parsed


@functools.lru_cache(maxsize=None)
def validator(kind):
    # By type: "none of five alternatives" would say nothing.
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{kind}", "$defs": schema()["$defs"]})


def problems(record):
    """What the schema has against @record, in short."""
    if record.get("type") not in TYPES:
        return [f"type {record.get('type')}"]
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator(record["type"]).iter_errors(record)]
