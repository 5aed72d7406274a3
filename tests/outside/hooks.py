"""
What JSON Schema has no words for. schemathesis makes data up from the description alone, so some of what it takes for
valid, the service refuses with good reason: the later of two dates comes first, or a cursor comes from nowhere. Such
cases are mended here before they are sent, so that a refusal of valid data remains a finding. What is made to be
invalid is sent as it is.
"""

import re
import unicodedata
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import schemathesis
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.engine.run.stateful import _executor as stateful

# Of the answers so far: nextCursor → the query of its page; the tokens of the feed; id → status; whose tokens are revoked.
pages: dict[str, dict] = {}
tokens: set[str] = set()
statuses: dict[str, str] = {}
revoked: list[str] = []

# From which statuses an action leads on. The rest takes any.
STARTS = {
    "publishOpportunity": {"draft"},
    "closeOpportunity": {"published"},
    "reopenOpportunity": {"closed"},
    "removeOpportunity": {"published", "closed"},
    "restoreOpportunity": {"removed"},
}
# As in the description.
URL = re.compile(r"https://([a-z0-9-]+\.)+[a-z]{2,63}(:(6[0-4][0-9]{3}|[1-5]?[0-9]{1,4}))?([/?#][!-\[\]-~]*)?")
NEW_AND_EDITED = {"createOpportunity", "editOpportunity"}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if operation in NEW_AND_EDITED and isinstance(case.body, dict):
        refuse_other_spellings(case.body)
    if operation == "revokeTokens" and "schemathesis" in str((case.path_parameters or {}).get("userId")):
        # Whoever saws off the branch on which the test sits gets nothing but 401 from there on.
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
    answer = response.json()
    if not isinstance(answer, dict):
        return
    page = answer.get("page") or {}
    if page.get("nextCursor"):
        pages[page["nextCursor"]] = dict(case.query or {})
    if page.get("nextToken"):
        tokens.add(page["nextToken"])
    if "id" in answer and "status" in answer:
        statuses[answer["id"]] = answer["status"]
    if "userId" in answer and "validAfter" in answer:
        revoked.append(quote(answer["userId"], safe=""))


def refuse_other_spellings(body):
    """The description has the one good spelling of a URL. The service takes what people copy from a browser, too."""
    for name in ("organizationUrl", "applyUrl"):
        url = body.get(name)
        if isinstance(url, str) and url[:8].lower() == "https://" and not URL.fullmatch(url):
            body[name] = "http" + url[5:]


def go_on_after_other_answers(classify):
    """
    The stateful phase ends, in silence and after some twenty chains, once the same steps were answered in another way
    than before, as they are by whatever keeps what it is told. As after other such ends, it shall begin anew until it has
    had its number of chains. There is no setting for it.
    """

    def classified(error, **state):
        status, again, events = classify(error, **state)
        if isinstance(error, FlakyStrategyDefinition) and not events:
            again = state["ctx"].completed_scenarios < state["settings"].max_examples
        return status, again, events

    return classified


stateful._classify_suite_error = go_on_after_other_answers(stateful._classify_suite_error)


def mend_headers(case):
    """A key that comes twice with different requests is refused; a version that nobody has seen holds for nothing."""
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str):
        quote = '"' if key.startswith('"') else ""
        headers["Idempotency-Key"] = f"{quote}{key.strip(quote or None)[:218]}.{uuid.uuid4()}{quote}"
    match = headers.get("If-Match")
    if isinstance(match, str) and not re.fullmatch(r'"\d+(-open)?"', match):
        headers["If-Match"] = "*"


def existing(operation, given):
    """An id that was made up becomes that of an opportunity with which the operation can do something."""
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
    """A patch is made to say all of what belongs together: what the opportunity says already may not go with the rest."""
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
    """Not in the future, and not so long ago that nobody need know of it any more."""
    if "reason" in body:
        body["reason"] = composed(body["reason"])
    if "validAfter" in body and not timedelta(0) < datetime.now(timezone.utc) - instant(body["validAfter"]) < timedelta(days=1):
        del body["validAfter"]


def mend_patch(body):
    # A published one must stay complete.
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
    """To the microsecond; more digits do not decide anything here."""
    fraction = re.sub(r"\.(\d+)", lambda digits: "." + digits[1][:3].ljust(3, "0"), text.upper())
    return datetime.fromisoformat(fraction.replace("Z", "+00:00"))


def each(value, change):
    if isinstance(value, list):
        return [each(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def composed(text):
    """
    As long as it was, in normalisation form C, which the service counts; with something to see in the planes that
    patterns do not know, and without characters that only newer editions of Unicode have.
    """
    text = "".join("x" if unicodedata.category(letter) in ("Cn", "Cs") else letter for letter in text)
    if not unicodedata.is_normalized("NFC", text):
        text = "".join(letter if letter.isascii() else "x" for letter in text)
    return text if text == "" or any(letter <= "\uFFFD" for letter in text) else "x" + text[1:]


def lower(text):
    """No capitals, those included that the pattern does not know."""
    return composed("".join("x" if letter.lower() != letter else letter for letter in text))
