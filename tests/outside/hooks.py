"""
Rules of valid data that JSON Schema cannot express. schemathesis generates data from the OpenAPI document alone, so the
service rightly refuses some data that the document allows: the later of two dates comes first, or a cursor is made up.
These hooks repair such cases before they are sent, so that every other refusal of valid data is an error. Data that is
meant to be invalid is sent unchanged.
"""

import re
import unicodedata
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import schemathesis
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.engine.run.stateful import _executor as stateful

# The query of each page, by the nextCursor of the response.
pages: dict[str, dict] = {}
# The sync tokens of the change feed.
tokens: set[str] = set()
# The status of each opportunity, by its id.
statuses: dict[str, str] = {}
# The ids of users whose tokens are revoked.
revoked: list[str] = []

# The statuses in which each operation is allowed. Other operations are allowed in any status.
STARTS = {
    "publishOpportunity": {"draft"},
    "closeOpportunity": {"published"},
    "reopenOpportunity": {"closed"},
    "removeOpportunity": {"published", "closed"},
    "restoreOpportunity": {"removed"},
}
# The pattern of a URL in the OpenAPI document.
URL = re.compile(r"https://([a-z0-9-]+\.)+[a-z]{2,63}(:(6[0-4][0-9]{3}|[1-5]?[0-9]{1,4}))?([/?#][!-\[\]-~]*)?")
NEW_AND_EDITED = {"createOpportunity", "editOpportunity"}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if operation in NEW_AND_EDITED and isinstance(case.body, dict):
        refuse_other_spellings(case.body)
    if operation == "revokeTokens" and "schemathesis" in str((case.path_parameters or {}).get("userId")):
        # Revoking the test's own tokens would turn all further responses into 401.
        case.path_parameters["userId"] = "somebody"
    if case.meta is None or not case.meta.generation.mode.is_positive or case.method.upper() != case.operation.method.upper():
        return
    mend_headers(case)
    if case.path_parameters and "id" in case.path_parameters:
        case.path_parameters["id"] = existing(operation, case.path_parameters["id"])
    if operation == "listOpportunities" and case.query:
        mend_list(case.query)
    if operation == "listChanges" and case.query and case.query.get("since") not in tokens:
        case.query.pop("since", None)
    if operation in NEW_AND_EDITED and isinstance(case.body, dict):
        mend_opportunity(case.body, is_new=operation == "createOpportunity")
    if operation == "getTokenRevocation" and revoked:
        case.path_parameters["userId"] = revoked[-1]
    if operation == "revokeTokens" and isinstance(case.body, dict):
        mend_revocation(case.body)
    if operation == "removeOpportunity" and isinstance(case.body, dict):
        case.body["reason"] = composed(case.body["reason"])


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code not in (200, 201) or "json" not in response.headers.get("content-type", [""])[0]:
        return
    body = response.json()
    if not isinstance(body, dict):
        return
    page = body.get("page") or {}
    if page.get("nextCursor"):
        pages[page["nextCursor"]] = dict(case.query or {})
    if page.get("nextToken"):
        tokens.add(page["nextToken"])
    if "id" in body and "status" in body:
        statuses[body["id"]] = body["status"]
    if "userId" in body and "validAfter" in body:
        revoked.append(quote(body["userId"], safe=""))


def refuse_other_spellings(body):
    """Makes URLs invalid that only the service accepts: the document has one spelling, the service also takes those that people copy."""
    for name in ("organizationUrl", "applyUrl"):
        url = body.get(name)
        if isinstance(url, str) and url[:8].lower() == "https://" and not URL.fullmatch(url):
            body[name] = "http" + url[5:]


def continue_after_other_responses(classify):
    """
    Lets the stateful phase continue when the same steps get another response than before, which is normal for a service
    with a database. schemathesis would end the phase silently after some twenty chains, and has no setting for it. Now it
    begins again, as after other interruptions, until it has run its number of chains.
    """

    def classified(error, **state):
        status, again, events = classify(error, **state)
        if isinstance(error, FlakyStrategyDefinition) and not events:
            again = state["ctx"].completed_scenarios < state["settings"].max_examples
        return status, again, events

    return classified


stateful._classify_suite_error = continue_after_other_responses(stateful._classify_suite_error)


def mend_headers(case):
    """Makes each idempotency key unique, because reuse with another request is refused, and replaces entity tags that cannot match."""
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str):
        quote = '"' if key.startswith('"') else ""
        headers["Idempotency-Key"] = f"{quote}{key.strip(quote or None)[:218]}.{uuid.uuid4()}{quote}"
    match = headers.get("If-Match")
    if isinstance(match, str) and not re.fullmatch(r'"\d+(-open)?"', match):
        headers["If-Match"] = "*"


def existing(operation, given):
    """Replaces a generated id by the id of an opportunity for which the operation is allowed."""
    if given in statuses:
        return given
    starts = STARTS.get(operation, {"draft", "published", "closed"})
    return next((id for id, status in reversed(statuses.items()) if status in starts), given)


def mend_list(query):
    cursor = query.get("cursor")
    if cursor in pages:
        query.clear()
        query.update(pages[cursor], cursor=cursor)
        return
    query.pop("cursor", None)
    for name in ("q", "tag", "city", "ownerId"):
        if name in query:
            query[name] = each(query[name], lower if name == "tag" else composed)
    if "mine" in query:
        query.pop("ownerId", None)
    if "open" in query:
        query.pop("status", None)
    if "q" not in query and query.get("sort") == "relevance":
        del query["sort"]
    for name in ("deadline", "published"):
        order(query, f"{name}From", f"{name}To", instant, equal=False)


def mend_opportunity(body, is_new):
    """Completes groups of fields that belong together, because a patch of some may contradict the others in the opportunity."""
    for name, value in body.items():
        if isinstance(value, str):
            body[name] = composed(value)
    for part in ("location", "eligibility"):
        if isinstance(body.get(part), dict):
            body[part] = {name: each(value, composed) for name, value in body[part].items()}
    if isinstance(body.get("tags"), list):
        body["tags"] = list(dict.fromkeys(each(body["tags"], lower)))
    if isinstance(body.get("languages"), list):
        body["languages"] = list(dict.fromkeys(body["languages"]))

    if not is_new:
        whole(body, "opensAt", "deadlineAt")
        whole(body, "startsAt", "endsAt")
        mend_patch(body)
    order(body, "opensAt", "deadlineAt", instant, equal=False)
    order(body, "startsAt", "endsAt", instant)
    for part, low, high in (("compensation", "minAmount", "maxAmount"), ("eligibility", "minAge", "maxAge")):
        if isinstance(body.get(part), dict):
            order(body[part], low, high, lambda number: number)
    deadline = body.get("deadlineAt")
    if isinstance(deadline, str) and instant(deadline) < datetime.now(timezone.utc) + timedelta(days=1):
        body["deadlineAt"] = None


def mend_revocation(body):
    """Removes an instant in the future, and one so old that the service would ignore the revocation."""
    if "reason" in body:
        body["reason"] = composed(body["reason"])
    if "validAfter" in body and not timedelta(0) < datetime.now(timezone.utc) - instant(body["validAfter"]) < timedelta(days=1):
        del body["validAfter"]


def mend_patch(body):
    # A published opportunity has to keep its required fields.
    for name in ("description", "applyUrl", "applyEmail", "location"):
        if name in body and body[name] is None:
            del body[name]
    location = body.get("location")
    if location is None and body.get("workMode") in ("onsite", "hybrid"):
        location = body["location"] = {}
    if isinstance(location, dict):
        location.setdefault("label", "Somewhere")
        whole(location, "latitude", "longitude")
        if location.get("latitude") is None or location.get("longitude") is None:
            location.update({name: None for name in ("latitude", "longitude") if name in location})
    compensation = body.get("compensation")
    if isinstance(compensation, dict):
        compensation.setdefault("kind", "paid")
        for name in ("minAmount", "maxAmount", "currency"):
            compensation.setdefault(name, None)
        if compensation["minAmount"] is None and compensation["maxAmount"] is None:
            compensation["currency"] = None
        elif compensation["currency"] is None:
            compensation["currency"] = "EUR"
    if isinstance(body.get("eligibility"), dict):
        whole(body["eligibility"], "minAge", "maxAge")


def whole(given, *names):
    if any(name in given for name in names):
        for name in names:
            given.setdefault(name, None)


def order(given, low, high, read, equal=True):
    if given.get(low) is None or given.get(high) is None:
        return
    first, last = read(given[low]), read(given[high])
    if first > last:
        given[low], given[high] = given[high], given[low]
    elif first == last and not equal:
        del given[high]


def instant(text):
    """Reads an instant with milliseconds, which is precise enough for comparisons here."""
    fraction = re.sub(r"\.(\d+)", lambda digits: "." + digits[1][:3].ljust(3, "0"), text.upper())
    return datetime.fromisoformat(fraction.replace("Z", "+00:00"))


def each(value, change):
    if isinstance(value, list):
        return [each(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def composed(text):
    """
    Turns a text into one of the same length that the service accepts: in normalisation form C, in which the service
    counts; with a visible character that the document's patterns know; without characters of newer Unicode versions.
    """
    text = "".join("x" if unicodedata.category(letter) in ("Cn", "Cs") else letter for letter in text)
    if not unicodedata.is_normalized("NFC", text):
        text = "".join(letter if letter.isascii() else "x" for letter in text)
    return text if text == "" or any(letter <= "\uFFFD" for letter in text) else "x" + text[1:]


def lower(text):
    """Replaces all capital letters, also those that the document's pattern does not know."""
    return composed("".join("x" if letter.lower() != letter else letter for letter in text))
