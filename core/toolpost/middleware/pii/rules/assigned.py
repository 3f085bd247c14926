"""Secrets that the text itself calls one: `api_key = …`, `password: …`, bearer tokens, passwords in addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolpost.middleware.pii.compiled import NOWHERE, pattern
from toolpost.middleware.pii.rule import Rule, Span, says, spans
from toolpost.middleware.pii.rules.issued import API_KEY, bits, is_random
from toolpost.middleware.pii.rules.scripts import COPULA, SCRIPTS, before_glyphs, in_latin
from toolpost.middleware.pii.shadow import Shadow

# Names of services whose keys have no form of their own.
SERVICES = (
    "adafruit|adobe|airtable|algolia|alibaba|asana|atlassian|confluence|jira|beamer|bitbucket|bittrex|meraki|cloudflare"
    "|codecov|cohere|coinbase|confluent|contentful|databricks|datadog|discord|droneci|dropbox|etsy|facebook|fastly|finicity"
    "|finnhub|flickr|freshbooks|gitter|gocardless|heroku|hubspot|intercom|jfrog|artifactory|bintray|xray|kraken|kucoin"
    "|launchdarkly|linear|linked[_-]?in|lob|looker|mailchimp|mailgun|mapbox|mattermost|message[_-]?bird|netlify|new[_-]?relic"
    "|nytimes|newyorktimes|new-york-times|okta|pagerduty|plaid|private[_-]?ai|rapidapi|sendbird|sentry|snyk|sonar|squarespace"
    "|(?-i:[Ss]umo|SUMO)|sourcegraph|telegr[a-z]*|travis|twilio|twitch|twitter|typeform|yandex|zendesk|contribsys__com"
)
NAMES = (
    "api|key|token|secret|passw(?:or)?d|pwd|passphrase|passcode|credentials?|creds|auth|access|jwt|session|\\bsig\\b"
)
FOREIGN = rf"{SCRIPTS}|passwort|kennwort|contrase[nñ]a|mot de passe|senha|wachtwoord|haslo"
GAP = r"[0-9A-Za-z_.\- \t]{0,20}[\"'\x60\])\\]{0,3}\s{0,3}(?:=>|:=|:{1,3}=?|={1,3}|\|\||\?=|>|,)[\x60\"'\s=(\\]{0,5}"
VALUE = r"[0-9A-Za-z_~+/=.\-%]{10,}"
NAMED = rf"(?i:{NAMES}|{SERVICES}){GAP}{VALUE}".encode()
# What people choose for themselves may hold any character, and is shorter.
CALLED = (
    r"(?:(?i:passw(?:or)?d|pwd|passphrase|passcode|passwort|kennwort|contrase(?:n|\xe0)a|mot de passe"
    r"|senha|wachtwoord)[0-9A-Za-z_\-]{0,12}"
    r"|(?i:pass|pw))[\"'\x60\\]{0,2}[ \t]{0,3}"
)
CHOSEN = (
    (
        CALLED + r"(?:(?:=>|:=|=)[ \t]{0,3}(?:Q|[^\s\"'\x60,;&<>(){}\[\]]{5,100})"
        r"|(?::|>| is )[ \t]{0,3}(?:Q|[^\s\"'\x60,;<>(){}\[\]]{5,100}))"
    )
    .replace("Q", r"[\"'\x60][^\"'\x60\n]{4,100}[\"'\x60]")
    .encode("latin-1")
)
OPTION = rb"(?:^|\s)--?(?:password|passwd|pass|token|api-key|secret|auth)[= ][\"']?[^\s\"']{6,}"
USER = rb"(?:^|\s)(?:-u|--user)[= ]{0,2}[\"']?[0-9A-Za-z_.@\-]{1,64}:[\"']?[^\s\"':]{4,}"
BEARER = rb"(?i:bearer|basic|apikey|api-(?:key|token)|authorization:(?: ?token)?)[ \t]+[0-9A-Za-z._~+/\-]{12,}=*"
SETTING = rb"(?i:key=[\"'][a-z_]*password[\"']\s*value=)[\"'][^\"'\n]{8,}[\"']"
SEALED = r"(?i)(?:^|\n)[ \t]*kind:[ \t]*[\"']?secret[\"']?[ \t]*(?:\r?\n|\z)"
SEALED_VALUE = rb"\n[ \t]+[0-9A-Za-z_.\-]+:[ \t]*(?:[|>][+\-]?\s+)?[\"']?[0-9A-Za-z+/]{12,}={0,3}"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
USERINFO = rb"[A-Za-z][0-9A-Za-z+.\-]{1,20}://[^\s/:@\"'<>?#\[\]]{0,100}:[^\s/@\"'<>\[\]]{2,200}@"

PARTED = re.compile(r"[^=:>|,]*?(?:=>|:=|:{1,3}=?|={1,3}|\|\||\?=|>|,)[\x60\"'\s=(\\]{0,5}(.*)\Z", re.DOTALL)
UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|(?:sha\d+|md5)[-:].*)\Z")
# Names, versions and hosts: words with a point, a dash or a few digits between them.
RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
DOTTED = re.compile(r"[0-9A-Za-z_\-]{1,18}(?:\.[0-9A-Za-z_\-]{1,18}){1,5}\Z")
# Names that hold the word, and values that stand in for a secret.
WORD = r"0-9A-Za-z_\xe0\xc7"
HARMLESS = (
    r"(?is)(?:(?:^|[^a-z])(?:row|max|num|count|total|hot|short)|pub(?:lic|lish(?:able)?)?|cache|primary|foreign|partition|sort|index|idempotency|lookup"
    r"|(?:^.{0,2}|[^b]..|.[^i].|..[^t])bucket"
    r"|tokeni[sz]|key(?:word|board|frame|note|stone|space|s?tore|_?name|_?id|_?alias|_?size|_?type|_?path|_?file|ring|code"
    r"|_?length|_?vault|_?pair|press|meshing|signatures)|schema|monkey|turkey|donkey|hockey|jockey|whiskey"
    r"|api[_.\-]?(?:id|name|version|url|host|base|path|group|endpoint)|rapid(?:a?p?$|[^a]|a[^p]|ap[^i])|capital"
    r"|random[_.\-]?access|author|access(?:ib|or|_?(?:mode|level|time|log|type))"
    rf"|token[_\-]?(?:type|count|url|uri|name|path|id|limit|s)(?:$|[^{WORD}])"
    r"|secrets?[_.\-]?(?:name|ref|id|arn|path|version|manager|length)|credentials?[_.\-]?(?:id|file|path|type|url)|csrf|object"
    r"|s3[_\-]?key|license|design|auth[_\-]?(?:url|type|method|mode|domain|provider|source)|authentication-results"
    r"|password[_\-]?(?:hash|policy|length|reset|field|min|max)|constexpr|iterator)"
).encode("latin-1")
STRONG = (
    rf"(?i){SERVICES}|api[_\-. ]?key|secret|(?:access|auth|api|refresh|bearer)[_\-. ]?(?:token|key)|password|private"
    r"|account[_\-]?key"
).encode()
STAND_IN = (
    rf"(?i)(?:(?:.*[^\n{WORD}])?(?:example|sample).*"
    r"|.*(?:example[_\-]|placeholder|your[_-]|change_?me|redacted|dummy|x{4,}|\*{3,}|\.\.\.|<|process\.env|os\.environ|getenv"
    r"|\$\{|\{\{|\[secret|abcdefghijklmnop|secrets\.|env\.|config\.|settings\.|var\.|vault:|ref:).*"
    r"|[a-z_]+\(.*|\$[a-z_]+|%[a-z_]+%|true|false|null|none|undefined|string|[0-9.,]+|https?:.*"
    rf"|/(?:[{WORD}]+/)*[.{WORD}]*)"
).encode("latin-1")


def named(page: Shadow) -> Iterator[Span]:
    """Random values that have the name of a secret or of a service in front."""
    for start, end in spans(NAMED, page):
        parted = PARTED.match(page.text, start, end)
        place, stop = (parted.start(1) if parted else start), end - (page.text[end - 1] == ".")
        found, name = page.text[place:stop], page.text[start:place]
        if _is_secret(found, page.text[max(0, start - 16) : start].rpartition("\n")[2] + name, name):
            yield Span(place, stop, "API_KEY")
    for start, end in spans(BEARER, page):
        place = start + page.text[start:end].replace("\t", " ").rindex(" ") + 1
        if is_random(page.text[place:end]) or UUID.match(page.text[place:end]):
            yield Span(place, end, "API_KEY")


def chosen(page: Shadow) -> Iterator[Span]:
    """Passwords."""
    text = in_latin(page)
    raw = text.encode("latin-1")
    for source in (CHOSEN, OPTION, USER, SETTING):
        for start, end in pattern(source).places(raw):
            place, stop = _value(text, start, end)
            stop = before_glyphs(text, place, stop)
            if is_password(page.text[place:stop]) and not _has(HARMLESS, page.text[max(0, start - 12) : place]):
                yield Span(place, stop, "API_KEY")


def in_addresses(page: Shadow) -> Iterator[Span]:
    """User and password in front of a host: `scheme://user:password@host`."""
    for start, end in spans(USERINFO, page):
        place = page.text.index("://", start) + 3
        if not stands_in(page.text[place : end - 1].partition(":")[2]):
            yield Span(place, end - 1, "API_KEY")


def is_password(value: str) -> bool:
    """Whether a value has letters and something else, and is not what stands in for one."""
    mixed = any(map(str.isalpha, value)) and not value.replace("_", "").replace("-", "").isalpha()
    return mixed and not stands_in(value) and not value.startswith(("$", "%", "<", "{", "[", "@", "//"))


def stands_in(value: str) -> bool:
    """Whether a value only says where a secret would stand."""
    return pattern(STAND_IN).fits(value.encode("latin-1"))


def _has(source: bytes, name: str) -> bool:
    return pattern(source).find(name.encode("latin-1")) != NOWHERE


def _value(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the value stands: between its quotes, or behind the last sign of equality."""
    if text[end - 1] in "\"'\x60" and (quote := text.rfind(text[end - 1], start, end - 1)) > 0:
        return quote + 1, end - 1
    signs = [text.find(sign, start, end) for sign in ("=", ":", ">", " is ", " ")]
    place = next((at for at in signs if at >= 0), start) + 1
    place += 3 if text.startswith("is ", place) else 0
    while place < end and text[place] in " \t=>:\"'":
        place += 1
    return place, end - (text[end - 1] == ".")


def _is_secret(value: str, name: str, called: str) -> bool:
    if not is_random(value) or DOTTED.match(value) or _has(HARMLESS, name) or stands_in(value):
        return False
    strong = _has(STRONG, name)
    if (
        not strong
        and len(value) < 40
        and (len(value) / max(1, len(RUNS.findall(value))) > 3.2 or UUID.match(value) or HASH.match(value))
    ):
        return False
    return bits(value) >= (3.0 if strong else 3.4)


def kubernetes(page: Shadow) -> Iterator[Span]:
    """The values of a Kubernetes secret, which are in base64 and no safer for it."""
    if says(SEALED, page):
        for start, end in spans(SEALED_VALUE, page):
            start += len(page.text[start:end].rstrip(BASE64))
            if is_random(page.text[start:end]):
                yield Span(start, end, "API_KEY")


RULES = (
    Rule(
        API_KEY,
        rf"(?i)(?:{NAMES}|{SERVICES})[0-9a-z_.\-]*[ \t]?[\"'\x60\])\\]?\s?(?:[=:,>]|\|\|)|bearer "
        rf"|basic |authorization:|api-key ",
        named,
    ),
    Rule(
        API_KEY,
        rf"(?i)key=[\"'][a-z_]*password|(?:passw|pwd|pass|{FOREIGN})[^\s:=]*[\"']? ?(?:[:=：＝>]|is )"
        rf"|(?:passw|pwd|pass|{SCRIPTS})[a-z]*[ \t]?{COPULA}"
        rf"|(?:^|\s)--?[a-z]+[= ]",
        chosen,
    ),
    Rule(API_KEY, SEALED, kubernetes),
    Rule(API_KEY, r"://[^\s/@]*:[^\s/@]+@", in_addresses),
)
