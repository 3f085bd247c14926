"""Secrets that open something: keys of the common providers, tokens, private keys."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.shadow import Shadow

# One line per issuer: what their keys begin with and what follows.
KEYS = (
    rb"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-)?[0-9A-Za-z_\-]{20,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek
    rb"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}",  # AWS
    rb"AIza[0-9A-Za-z_\-]{35}",  # Google
    rb"(?:ya29\.|GOCSPX-)[0-9A-Za-z_\-]{20,}",  # Google OAuth
    rb"(?:gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{22,})",  # GitHub
    rb"gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas|imt|ffct)-[0-9A-Za-z_\-.]{20,}",  # GitLab
    rb"(?:xox[abeoprs]-(?:[0-9]-)?[0-9A-Za-z\-]{10,}|xapp-[0-9A-Za-z\-]{20,})",  # Slack
    rb"(?:[srp]k_(?:live|test)_[0-9A-Za-z]{16,}|whsec_[0-9A-Za-z+/=]{24,})",  # Stripe
    rb"hf_[0-9A-Za-z]{30,}",  # Hugging Face
    rb"npm_[0-9A-Za-z]{36}",
    rb"pypi-AgE[0-9A-Za-z_\-]{16,}",
    rb"eyJ[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{8,}(?:\.[0-9A-Za-z_\-]*)*",  # JSON Web Tokens
    rb"(?:gsk_|r8_|xai-|pplx-|nvapi-|tvly-|fw_)[0-9A-Za-z_\-]{24,}",  # Groq, Replicate, xAI and others
    rb"(?:SG\.[0-9A-Za-z_\-]{16,}\.[0-9A-Za-z_\-]{16,}|SK[0-9a-f]{32}|key-[0-9a-f]{32})",  # SendGrid, Twilio, Mailgun
    rb"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    rb"(?:shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}|dapi[0-9a-f]{32})",  # Shopify, Databricks
    rb"hv[sbr]\.[0-9A-Za-z_\-]{24,}",  # Vault
    rb"(?:lin_api_|ntn_|glsa_|ATATT3|sq0[a-z]{3}-|dp\.pt\.|rubygems_)[0-9A-Za-z_\-=]{20,}",
    rb"[0-9]{8,10}:AA[0-9A-Za-z_\-]{33}",  # Telegram
)
ISSUED = rb"(?:^|[^0-9A-Za-z_\-])(?:" + rb"|".join(KEYS) + rb")"
BLOCK = (
    rb"-----BEGIN [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    rb"(?:(?:[^\-]|-{1,4}[^\-])*-----END [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[0-9A-Za-z+/=\s\\]*)"
)
BEARER = rb"(?i:bearer)[ \t]+[0-9A-Za-z._~+/\-]{16,}=*"
NAMED = (
    rb"(?i:api[_\-. ]?key|secret[_\-. ]?(?:access[_\-. ]?)?key|client[_\-. ]?secret"
    rb"|(?:access|auth|api|refresh)[_\-. ]?token)"
    rb"[\"']?\s{0,3}(?:=>|:=|=|:)\s{0,3}[\"']?[0-9A-Za-z._~+/\-]{16,}=*"
)
WORDS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._~+/-="


def issued(page: Shadow) -> Iterator[Span]:
    """Keys that show by their form who issued them."""
    for start, end in spans(ISSUED, page):
        start += not page.text[start].isalnum() or not page.text[start].isascii()
        if _is_random(page.text[start:end]):
            yield Span(start, end, "API_KEY")


def blocks(page: Shadow) -> Iterator[Span]:
    """Private keys in PEM armour, also when the end is missing."""
    for start, end in spans(BLOCK, page):
        yield Span(start, end, "API_KEY")


def named(page: Shadow) -> Iterator[Span]:
    """Values that the text itself calls a key, a secret or a bearer token."""
    for source in (BEARER, NAMED):
        for start, end in spans(source, page):
            value = len(page.bytes[start:end].rstrip(WORDS))
            start += value
            if _is_random(page.text[start:end]):
                yield Span(start, end, "API_KEY")


def _is_random(value: str) -> bool:
    """Letters and digits mixed, as in no word that a person would write."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


API_KEY = frozenset({"API_KEY"})
PREFIXES = (
    r"sk-|AKIA|ASIA|ABIA|ACCA|AIza|ya29\.|GOCSPX-|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]-|xapp-|[srp]k_|whsec_"
    r"|hf_|npm_|pypi-AgE|eyJ|gsk_|r8_|xai-|pplx-|nvapi-|tvly-|fw_|SG\.|SK[0-9a-f]{8}|key-[0-9a-f]{8}|do[opr]_v1_"
    r"|shp[acps]{2}_|dapi[0-9a-f]{8}|hv[sbr]\.|lin_api_|ntn_|glsa_|ATATT3|sq0[a-z]{3}-|dp\.pt\.|rubygems_|:AA"
)
RULES = (
    Rule(API_KEY, r"(?:" + PREFIXES + r")[0-9A-Za-z_\-]{6}", issued),
    Rule(API_KEY, r"-----BEGIN ", blocks),
    Rule(API_KEY, r"(?i)(?:bearer\s|(?:key|secret|token)[\"']?\s{0,3}[:=])", named),
)
