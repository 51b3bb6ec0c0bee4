"""Check a record of AWS calls against the service models of botocore.

    python3 check.py RECORD [RECORD ...]

A record has one JSON object a line: service, operation, request, status,
errorType and response, as awssim writes it. For every exchange:

- an answer without an error has the members, types, lengths, patterns and
  enumerations of the output shape, and nothing besides; botocore's own parser
  reads it; a page is not longer than the service's or than was asked for;
- the request that got it has the input shape, so that nothing is accepted
  that AWS's clients could not send;
- an error is declared for its operation, or is one that every operation may
  answer, and its Reason is one of the model's.

Every mistake is a line that begins with the place where it was first seen; the
exit code is 1 where there is one, or where there is nothing to check.
"""

import functools
import json
import re
import sys
from urllib.parse import parse_qs
from xml.etree import ElementTree

import botocore.parsers
import botocore.session

import restxml

MODELS = {
    "organizations": "organizations",
    "sts": "sts",
    "account": "account",
    "tagging": "resourcegroupstaggingapi",
    "cloudformation": "cloudformation",
    "iam": "iam",
    "s3": "s3",
    "cur": "cur",
    "servicequotas": "service-quotas",
}
PAGE = {"organizations": 20, "tagging": 100, "cur": 5, "servicequotas": 100}

# What any operation may answer, by the page "Common error types" and the
# general errors of each protocol.
COMMON = {
    "json": {
        "AccessDeniedException", "ExpiredTokenException", "InternalFailure",
        "InvalidSignatureException", "MissingAuthenticationTokenException", "SerializationException",
        "ThrottlingException", "UnrecognizedClientException",
        "ValidationException",
    },
    "query": {
        "AccessDenied", "ExpiredToken", "InternalFailure", "InvalidClientTokenId",
        "MissingAuthenticationToken", "Throttling", "ValidationError",
    },
}
COMMON["rest-json"] = COMMON["json"]
COMMON["rest-xml"] = restxml.ERRORS

# What the API reference says of an operation, and its model does not declare:
# "CloudFormation returns an InsufficientCapabilities error" (CreateStackSet).
UNDECLARED = {
    "cloudformation CreateStackSet": {"InsufficientCapabilitiesException"},
    "cloudformation UpdateStackSet": {"InsufficientCapabilitiesException"},
}

# Where the model is stricter than AWS itself: the ids of policies have eight
# characters, which PolicyId allows and the pattern of PolicyArn does not.
PATTERNS = {
    "PolicyArn": r"^arn:aws:organizations::(\d{12}:policy/o-[a-z0-9]{10,32}|aws:policy)/[0-9a-z_]+/p-[0-9a-zA-Z_]{8,128}$",
}

# The same of lengths: the fingerprint in AWS's own example of UploadSSHPublicKey
# is an MD5 sum with colons, 47 characters, and the model says 48.
LENGTHS = {"publicKeyFingerprintType": (47, 48)}

# Unicode classes that Python's re does not know, as ranges that are near enough.
CLASSES = {
    r"\p{L}": "a-zA-Z\u00aa-\u1fff\u2c00-\uffdc",
    r"\p{Z}": " \u00a0\u2000-\u200a\u2028\u2029\u3000",
    r"\p{N}": "0-9\u00b2\u00b3\u00b9\u0660-\u0669",
}


@functools.cache
def model(service):
    return botocore.session.get_session().get_service_model(MODELS[service])


@functools.cache
def pages(service):
    try:
        m = botocore.session.get_session().get_paginator_model(MODELS[service])
    except botocore.exceptions.UnknownServiceError:
        return {}
    return m._paginator_config


@functools.cache
def pattern(text):
    for name, chars in CLASSES.items():
        text = text.replace(name, chars)
    anchored = text.startswith("^")
    compiled = re.compile(text)
    return compiled.search if anchored else compiled.fullmatch


def walk(shape, value, where):
    """Yield what is wrong with a decoded JSON value."""
    check = globals().get("walk_" + shape.type_name)
    if check is None:
        yield f"{where}: no check for {shape.type_name}"
        return
    yield from check(shape, value, where)


def walk_structure(shape, value, where):
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is not a structure"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{where}: {name} is missing"
    for name, v in value.items():
        member = shape.members.get(name)
        if member is None:
            yield f"{where}: {name} is not in the model"
        else:
            yield from walk(member, v, f"{where}.{name}")


def walk_list(shape, value, where):
    if not isinstance(value, list):
        yield f"{where}: {value!r} is not a list"
        return
    yield from bounds(shape, len(value), where)
    for i, v in enumerate(value):
        yield from walk(shape.member, v, f"{where}[{i}]")


def walk_map(shape, value, where):
    for k, v in value.items():
        yield from walk(shape.value, v, f"{where}[{k}]")


def walk_string(shape, value, where):
    if not isinstance(value, str):
        yield f"{where}: {value!r} is not a string"
        return
    yield from bounds(shape, len(value), where)
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is none of {', '.join(shape.enum)}"
    p = PATTERNS.get(shape.name) or shape.metadata.get("pattern")
    if p and not pattern(p)(value):
        yield f"{where}: {value!r} does not match {p}"


def walk_integer(shape, value, where):
    if not isinstance(value, int) or isinstance(value, bool):
        yield f"{where}: {value!r} is not an integer"
        return
    yield from bounds(shape, value, where)


def walk_double(shape, value, where):
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        yield f"{where}: {value!r} is not a number"
        return
    yield from bounds(shape, value, where)


walk_float = walk_double
walk_long = walk_integer


def walk_blob(shape, value, where):
    if not isinstance(value, str):
        yield f"{where}: {value!r} is no data"


def walk_boolean(shape, value, where):
    if not isinstance(value, bool):
        yield f"{where}: {value!r} is not a boolean"


def walk_timestamp(shape, value, where):
    iso = shape.serialization.get("timestampFormat") == "iso8601"
    if iso != isinstance(value, str) or not iso and isinstance(value, bool):
        yield f"{where}: {value!r} is not a timestamp of this protocol"


def bounds(shape, n, where):
    low, high = LENGTHS.get(shape.name) or (shape.metadata.get("min"), shape.metadata.get("max"))
    if low is not None and n < low:
        yield f"{where}: {n} is under {low}"
    if high is not None and n > high:
        yield f"{where}: {n} is over {high}"


def query_value(shape, form, key):
    """Turn what stands under a key of the flat form of the query protocol into
    what the shape says; None where nothing does."""
    if shape.type_name == "structure":
        prefix = f"{key}." if key else ""
        values = {n: query_value(m, form, prefix + n) for n, m in shape.members.items()}
        values = {n: v for n, v in values.items() if v is not None}
        return values if values or not key else None
    if shape.type_name == "list":
        prefix = f"{key}.member."
        numbers = {int(k[len(prefix):].split(".")[0]) for k in form if k.startswith(prefix)}
        if not numbers:
            return [] if form.get(key) == "" else None
        return [query_value(shape.member, form, f"{prefix}{n}") for n in sorted(numbers)]
    if key not in form:
        return None
    if shape.type_name == "integer":
        return int(form[key])
    if shape.type_name == "boolean" and form[key] in ("true", "false"):
        return form[key] == "true"
    return form[key]


def check_request(m, op, e):
    shape = op.input_shape
    if shape is None:
        return
    if m.metadata["protocol"] == "rest-xml":
        yield from walk(shape, restxml.request(shape, e), "request")
        return
    if m.metadata["protocol"] == "query":
        form = {k: v[0] for k, v in parse_qs(e["request"], keep_blank_values=True).items()}
        yield from walk(shape, query_value(shape, form, ""), "request")
        return
    yield from walk(shape, json.loads(e["request"] or "{}"), "request")


def check_answer(m, op, e):
    protocol = m.metadata["protocol"]
    parser = botocore.parsers.create_parser(protocol)
    raw = {"status_code": e["status"], "headers": restxml.headers(e), "body": e["response"].encode()}
    try:
        parsed = parser.parse(raw, op.output_shape)
    except (ValueError, botocore.parsers.ResponseParserError) as err:
        yield f"answer: botocore cannot read it: {err}"
        parsed = {}
    parsed.pop("ResponseMetadata", None)
    if op.output_shape is None:
        if e["response"] not in ("", "{}") and not (protocol == "query" and "Result>" not in e["response"]):
            yield f"answer: {e['response']!r} where the model has none"
        return
    if protocol == "rest-xml":
        yield from walk(op.output_shape, restxml.answer(op.output_shape, e), "answer")
        return
    if protocol == "query":
        yield from walk(op.output_shape, plain(parsed), "answer")
        yield from strangers(op, e)
        return
    body = json.loads(e["response"])
    yield from walk(op.output_shape, body, "answer")
    yield from check_page(e, body)


def strangers(op, e):
    """Yield the elements of a query's answer that the model does not have, which
    botocore's parser passes over."""
    wrapper = op.output_shape.serialization.get("resultWrapper")
    for node in ElementTree.fromstring(e["response"]):
        name = restxml.local(node)
        if name == wrapper:
            yield from strange(op.output_shape, node, "answer")
        elif name != "ResponseMetadata":
            yield f"answer: {name} is not in the model"


def strange(shape, node, where):
    if shape.type_name == "list":
        for i, child in enumerate(node):
            yield from strange(shape.member, child, f"{where}[{i}]")
    if shape.type_name != "structure":
        return
    members = {m.serialization.get("name", n): m for n, m in shape.members.items()}
    for child in node:
        name = restxml.local(child)
        if name in members:
            yield from strange(members[name], child, f"{where}.{name}")
        else:
            yield f"{where}: {name} is not in the model"


def plain(v):
    """Undo what botocore's parser makes of timestamps."""
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v.timestamp() if hasattr(v, "timestamp") else v


def check_page(e, body):
    config = pages(e["service"]).get(e["operation"])
    if not config:
        return
    keys = config["result_key"]
    asked = json.loads(e["request"] or "{}").get(config.get("limit_key"))
    most = min(PAGE[e["service"]], asked or PAGE[e["service"]])
    for key in [keys] if isinstance(keys, str) else keys:
        if key not in body:
            yield f"answer: a page without {key}"
        elif len(body[key]) > most and e["operation"] != "ListTagsForResource":
            yield f"answer: a page of {len(body[key])}, at most {most} were asked for"


def error_of(protocol, e):
    """The code and the members of an error."""
    if protocol in ("query", "rest-xml"):
        code = re.search(r"<Code>(.*?)</Code>", e["response"])
        return code.group(1) if code else "", {}
    body = json.loads(e["response"])
    return e.get("errorType") or body.pop("__type", ""), {k: v for k, v in body.items() if k != "__type"}


def check_error(m, op, e):
    protocol = m.metadata["protocol"]
    code, members = error_of(protocol, e)
    if code == "" and restxml.bodiless(e):
        return
    declared = {s.metadata.get("error", {}).get("code", s.name): s for s in op.error_shapes}
    shape = declared.get(code)
    if shape is None:
        if code not in COMMON[protocol] and code not in UNDECLARED.get(f"{e['service']} {e['operation']}", ()):
            yield f"error {code!r} is not declared, and is not a common one"
        return
    status = shape.metadata.get("error", {}).get("httpStatusCode")
    if status and status != e["status"]:
        yield f"error {code}: status {e['status']}, the model has {status}"
    if protocol not in ("query", "rest-xml"):
        yield from walk(shape, members, f"error {code}")


def check(e):
    m = model(e["service"])
    if e["operation"] not in m.operation_names:
        if e["status"] < 400:
            yield "the operation is not in the model, and was answered"
        return
    op = m.operation_model(e["operation"])
    if e["status"] >= 300:
        if '"UnknownOperationException"' in e["response"] or re.search("<Code>(InvalidAction|NotImplemented)<", e["response"]):
            return  # in the model, not simulated, and said so
        yield from check_error(m, op, e)
        return
    yield from check_request(m, op, e)
    yield from check_answer(m, op, e)


def main(files):
    mistakes, n = {}, 0
    for name in files:
        with open(name, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                e = json.loads(line)
                n += 1
                for what in check(e):
                    key = f"{e['service']} {e['operation']}: {what}"
                    mistakes.setdefault(key, []).append(f"{name}:{number}")
    for what, where in mistakes.items():
        print(f"{where[0]}: {what} ({len(where)} times)")
    print(f"{n} exchanges checked, {len(mistakes)} mistakes", file=sys.stderr)
    if n == 0:
        print("the record is empty", file=sys.stderr)
    return 1 if mistakes or n == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
