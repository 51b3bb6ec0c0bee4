"""The REST-XML protocol, as S3 speaks it: requests and answers as what their
shapes say, so that check.py can hold them against the models.

An exchange of this protocol has a member "http": the bucket, the key, the
query and the headers of the request, and the headers of the answer.
"""

import re
from xml.etree import ElementTree

# What operations of S3 answer without declaring it, by the page "Error
# responses" of its API reference.
ERRORS = set("""
    AccessDenied AuthorizationHeaderMalformed BadDigest BadRequest BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty ConditionalRequestConflict
    ExpiredToken IllegalLocationConstraintException IllegalVersioningConfigurationException InternalError
    InvalidAccessKeyId InvalidArgument InvalidBucketAclWithObjectOwnership InvalidBucketName InvalidDigest
    InvalidLocationConstraint InvalidRequest InvalidTag KeyTooLongError MalformedPolicy MalformedXML NoSuchBucket
    NoSuchBucketPolicy NoSuchCORSConfiguration NoSuchKey NoSuchLifecycleConfiguration
    NoSuchPublicAccessBlockConfiguration NoSuchTagSet NoSuchWebsiteConfiguration
    ObjectLockConfigurationNotFoundError OperationAborted OwnershipControlsNotFoundError PermanentRedirect
    PreconditionFailed ReplicationConfigurationNotFoundError SlowDown TooManyBuckets
""".split())

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
RFC822 = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def headers(e):
    """The headers of an answer; other protocols have none that matter."""
    return {k.lower(): v for k, v in e.get("http", {}).get("answer", {}).items()}


def bodiless(e):
    """Whether an error is one whose answer never has a body."""
    return e.get("http", {}).get("method") == "HEAD" or e["status"] == 304


def scalar(shape, text, form=ISO):
    """Read a text as what the shape says; one that cannot be read stays a text."""
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name == "boolean":
            return {"true": True, "false": False}[text.lower()]
    except (KeyError, ValueError):
        return text
    if shape.type_name == "timestamp" and form.fullmatch(text):
        return text if shape.serialization.get("timestampFormat") == "iso8601" else 0
    return text


def local(node):
    return node.tag.split("}")[-1]


def value(shape, node):
    """Read an element; an element that the shape does not have keeps its name."""
    if shape.type_name == "structure":
        return structure(shape, node)
    if shape.type_name == "list":
        return [value(shape.member, child) for child in node]
    return scalar(shape, node.text or "")


def structure(shape, node):
    names, out = {}, {}
    for name, member in shape.members.items():
        flat = member.type_name == "list" and member.serialization.get("flattened")
        listed = member.member.serialization.get("name") if flat else None
        names[member.serialization.get("name") or listed or name] = name, member, flat
        if member.serialization.get("xmlAttribute"):
            for key, text in node.attrib.items():
                if key.split("}")[-1] == member.serialization["name"].split(":")[-1]:
                    out[name] = text
    for child in node:
        name, member, flat = names.get(local(child), (None, None, None))
        if name is None:
            out[local(child)] = "of the document"
        elif flat:
            out.setdefault(name, []).append(value(member.member, child))
        elif name in out:
            out[f"a second {name}"] = "of the document"
        else:
            out[name] = value(member, child)
    return out


def outside(shape, given):
    """The members that stand in headers."""
    for name, member in shape.members.items():
        where = member.serialization.get("location")
        key = member.serialization.get("name", name).lower()
        if where == "header" and key in given:
            yield name, scalar(member, given[key], RFC822)
        elif where == "headers":
            yield name, {k[len(key):]: v for k, v in given.items() if k.startswith(key)}


def inside(shape, text):
    """The members that stand in a body."""
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            return {payload: text}
        return {payload: value(member, ElementTree.fromstring(text))} if text else {}
    if not text:
        return {}
    node = ElementTree.fromstring(text)
    body = [name for name, m in shape.members.items() if "location" not in m.serialization]
    if len(body) == 1 and local(node) == body[0]:  # GetBucketLocation: the document is the member
        return {body[0]: value(shape.members[body[0]], node)} if node.text else {}
    return structure(shape, node)


def request(shape, e):
    http = e["http"]
    out = inside(shape, e["request"]) if shape.serialization.get("payload") else {}
    out.update(outside(shape, {k.lower(): v for k, v in http.get("headers", {}).items()}))
    for name, member in shape.members.items():
        where, key = member.serialization.get("location"), member.serialization.get("name", name)
        if where == "uri":
            out[name] = http["bucket"] if key == "Bucket" else http["key"]
        elif where == "querystring" and key in http.get("query", {}):
            out[name] = scalar(member, http["query"][key])
    return out


def answer(shape, e):
    out = inside(shape, e["response"])
    out.update(outside(shape, headers(e)))
    return out
