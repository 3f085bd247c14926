"""Secrets that show by their form who issued them: keys and tokens of the common providers, private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2

from toolpost.middleware.pii.rule import Rule, Span, spans
from toolpost.middleware.pii.shadow import Shadow

DIGIT, LETTER = re.compile(r"[0-9]"), re.compile(r"[A-Za-z]")
# Large letters behind small ones, which CamelCase has once a word.
TURN = re.compile(r"[a-z][A-Z]")
# One line per issuer: what their keys begin with and what follows.
KEYS = (
    rb"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-|lf-)?[0-9A-Za-z_\-]{20,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek
    rb"(?:A3T[0-9A-Z]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA)[0-9A-Z]{16}",  # AWS
    rb"ABSK[0-9A-Za-z+/]{100,}={0,2}|bedrock-api-key-[0-9A-Za-z+/=]{40,}",  # AWS Bedrock
    rb"amzn\.mws\.[0-9a-f]{8}-[0-9a-f\-]{27}",
    rb"AIza[0-9A-Za-z_\-]{35}|(?:ya29\.|GOCSPX-|1//0)[0-9A-Za-z_\-]{20,}",  # Google
    rb"gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{22,}",
    rb"gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas|imt|ffct)-[0-9A-Za-z_\-.]{20,}|GR1348941[0-9A-Za-z_\-]{20}",  # GitLab
    rb"(?:xoxe\.)?xox[abeoprs]-(?:[0-9]-)?[0-9A-Za-z]{7,}-[0-9A-Za-z\-]{8,}"
    rb"|xox[are]-(?:[0-9]-)?[0-9A-Za-z]{12,}|xapp-[0-9A-Za-z\-]{20,}",  # Slack
    rb"(?:[srp]k|rk)_(?:live|test|prod)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z+/=]{24,}",  # Stripe
    rb"hf_[0-9A-Za-z]{30,}|api_org_[0-9A-Za-z]{34}",  # Hugging Face
    rb"npm_[0-9A-Za-z]{36}|pypi-AgE[0-9A-Za-z_\-]{16,}|rubygems_[0-9a-f]{48}|CLOJARS_[0-9A-Za-z]{60}|cio[0-9A-Za-z]{32}",
    rb"ey[IJ][0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-/\\]{8,}(?:\.[0-9A-Za-z_\-/\\]*)*={0,2}",  # JSON Web Tokens
    rb"ZXlK[0-9A-Za-z+/\-_]{40,}={0,2}",  # the same in base64
    rb"(?:gsk_|r8_|xai-|pplx-|nvapi-|tvly-|fw_|lsv2_(?:pt|sk)_|pcsk_|jina_|co_|csk-)[0-9A-Za-z_\-]{24,}",
    rb"SG\.[0-9A-Za-z_\-.=]{38,}",  # SendGrid
    rb"(?:SK|AC)[0-9a-fA-F]{32}",  # Twilio
    rb"(?:pub)?key-[0-9a-f]{32}",  # Mailgun
    rb"[0-9a-f]{32}-us[0-9]{1,2}",  # Mailchimp
    rb"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    rb"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}|shippo_(?:live|test)_[0-9A-Fa-f]{40}",
    rb"dapi[0-9a-f]{32}(?:-[0-9])?",  # Databricks
    rb"hv[bsr]\.[0-9A-Za-z_\-]{24,}|s\.[0-9A-Za-z]{24}",  # Vault
    rb"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_\-=]{60,}",  # Terraform
    rb"(?:lin_api_|ntn_|secret_|glsa_|glc_|ATATT3|ATCTT3|sq0[a-z]{3}-|EAAA|dp\.(?:pt|st|ct|sa)\.)[0-9A-Za-z_\-=+/]{20,}",
    rb"(?:bot)?[0-9]{5,16}:A[0-9A-Za-z_\-]{34}",  # Telegram
    rb"[MNO][0-9A-Za-z_\-]{23,27}\.[0-9A-Za-z_\-]{6}\.[0-9A-Za-z_\-]{27,40}",  # Discord
    rb"A3-[0-9A-Z]{6}-[0-9A-Z\-]{11,12}(?:-[0-9A-Z]{5}){3}|ops_eyJ[0-9A-Za-z+/]{40,}={0,3}",  # 1Password
    rb"AGE-SECRET-KEY-1[0-9A-Z]{58}|p8e-[0-9A-Za-z]{32}|LTAI[0-9A-Za-z]{12,22}|AKID[0-9A-Za-z]{32}",
    rb"AKCp[0-9A-Za-z]{69}|cmVmd[0-9A-Za-z]{59}",  # Artifactory
    rb"(?:sc|ext|scauth|authress)_[0-9a-z]{5,30}\.[0-9a-z]{4,6}\.acc[_\-][0-9a-z\-]{10,32}\.[0-9A-Za-z+/_=\-]{30,}",
    rb"[0-9A-Za-z_~.]{3}[0-9]Q~[0-9A-Za-z_~.\-]{31,34}",  # Azure
    rb"4b1d[0-9A-Za-z]{38}|v1\.0-[0-9a-f]{24}-[0-9a-f]{146}",  # ClickHouse, Cloudflare
    rb"dnkey-[0-9a-z=_\-]{26}-[0-9a-z=_\-]{52}|dt0[a-z][0-9]{2}\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{64}",
    rb"duffel_(?:test|live)_[0-9A-Za-z_\-=]{43}|EZ[AT]K[0-9A-Za-z]{54}|FLW(?:SEC|PUB)K(?:_TEST)?-[0-9A-Za-z]{12,32}(?:-X)?",
    rb"EAA[0-9A-Za-z]{60,}|[0-9]{15,16}[|%][0-9A-Za-z_\-]{27,40}",  # Facebook
    rb"fo1_[0-9A-Za-z_\-]{43}|fm[12][ar]?_[0-9A-Za-z+/]{100,}={0,3}|fio-u-[0-9A-Za-z_\-=]{64}",
    rb"[ps]at\.[0-9A-Za-z_\-]{22}\.[0-9A-Za-z]{24}\.[0-9A-Za-z]{20}",  # Harness
    rb"HRKU-[0-9A-Za-z_\-]{36,60}|ico-[0-9A-Za-z]{32}|s-s4t2(?:ud|af)-[0-9a-f]{64}|[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk",
    rb"[spt]k\.eyJ[0-9A-Za-z_\-]{40,}(?:\.[0-9A-Za-z_\-]{20,})?|pk\.[0-9A-Za-z]{60}\.[0-9A-Za-z]{22}",  # Mapbox
    rb"NR(?:AK|JS|II|RA)-[0-9A-Za-z\-]{19,40}|API-[0-9A-Z]{26}|sha256~[0-9A-Za-z_\-]{43}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    rb"pscale_(?:tkn|oauth|pw)_[0-9A-Za-z=._\-]{32,64}|pnu_[0-9A-Za-z]{36}|pul-[0-9a-f]{40}|rdme_[0-9a-z]{70}",
    rb"xkeysib-[0-9a-f]{64}-[0-9A-Za-z]{16}|sntry[su]_[0-9A-Za-z+/=_]{40,}|sm_[aps]at_[0-9A-Za-z]{16}|tk-us-[0-9A-Za-z_\-]{48}",
    rb"sgp_(?:(?:[0-9A-Fa-f]{16}|local)_)?[0-9A-Fa-f]{40}|sq[upa]_[0-9a-f]{40}|tfp_[0-9A-Za-z_\-.=]{40,}|figd_[0-9A-Za-z_\-]{36,}",
    rb"t1\.[0-9A-Za-z_\-]+={0,2}\.[0-9A-Za-z_\-]{86}={0,2}|AQVN[0-9A-Za-z_\-]{35,38}|YC[0-9A-Za-z_\-]{38}",  # Yandex
    rb"(?:sbp|vercel|supabase|sb_secret|nf[pcou]|tskey|cfut|cfat|ops|atp|bkua|ddog|phc|phx|re|dckr_pat|ghcr|ctx7sk)"
    rb"[_\-][0-9A-Za-z_\-]{24,}",
    rb"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f\-]{27}",  # Plaid
)
ISSUED = rb"(?:^|[^0-9A-Za-z_\-+.])(?:" + rb"|".join(KEYS) + rb")"
STAND_IN = re.compile(r"(?i)x{8}|your[_\-]|(?:example){2}|(?:here|string)\Z|(?:1234567890){2}")
BEGIN = rb"-----BEGIN [0-9A-Z _\-]{0,60}PRIVATE KEY(?: BLOCK)?-----"
END = re.compile(r"-----END [0-9A-Z _\-]{0,60}PRIVATE KEY(?: BLOCK)?-----")
ARMOUR = re.compile(r"[0-9A-Za-z+/=\s\\]*")
HOOK = (
    rb"hooks\.slack\.com/(?:services|workflows|triggers)/[0-9A-Za-z+/]{30,}"
    rb"|discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[0-9A-Za-z_\-]{40,}"
    rb"|[0-9a-z]+\.webhook\.office\.com/webhookb2/[0-9A-Za-z@/\-]{60,}"
)


def issued(page: Shadow) -> Iterator[Span]:
    """Keys that show by their form who issued them."""
    for start, end in spans(ISSUED, page):
        start += not (page.text[start].isalnum() and page.text[start].isascii())
        if not _goes_on(page, end) and is_key(page.text[start:end]):
            yield Span(start, end, "API_KEY")


def blocks(page: Shadow) -> Iterator[Span]:
    """Private keys in PEM armour, also when the end is missing, and addresses that let everybody post."""
    for start, end in spans(BEGIN, page):
        line = page.text.find("-----", end)
        last = END.match(page.text, line) if line >= 0 else None
        rest = last or ARMOUR.match(page.text, end)
        yield Span(start, rest.end() if rest else end, "API_KEY")
    for start, end in spans(HOOK, page):
        yield Span(start, end, "API_KEY")


def is_key(value: str) -> bool:
    """Whether what follows an issuer's prefix is neither words nor an example's stand-in."""
    if STAND_IN.search(value):
        return False
    turns = len(TURN.findall(value))
    return is_random(value) or (
        "_" in value[:8] and len(value) > 30 and turns > len(value) / 9 and len(set(value)) > 10
    )


def _goes_on(page: Shadow, end: int) -> bool:
    """Whether this is the beginning of something longer, or was cut short."""
    after = page.at(end)
    return (after.isascii() and (after.isalnum() or after == "_")) or page.text.startswith(("...", "..[", "…"), end)


def is_random(value: str) -> bool:
    """Letters and digits mixed as in no word that a person would write."""
    if not LETTER.search(value) or not (DIGIT.search(value) or len(TURN.findall(value)) > max(2, len(value) / 8)):
        return False
    return len(set(value)) >= min(9, len(value) / 2)


def bits(value: str) -> float:
    """The entropy of the characters, in bits each (Shannon)."""
    counts = [value.count(char) for char in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


API_KEY = frozenset({"API_KEY"})
PREFIXES = (
    r"sk-|A3T|AKI|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ABSK|AIza|ya29\.|GOCSPX-|1//0|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|GR1348"
    r"|xox[a-z]-|xapp-|[srp]k_|whsec_|hf_|api_org_|npm_|pypi-AgE|CLOJARS_|cio[0-9]|ey[IJ]|ZXlK|gsk_|r8_|xai-|pplx-|nvapi-"
    r"|tvly-|fw_|lsv2_|pcsk_|jina_|co_|csk-|SK[0-9a-fA-F]{8}|AC[0-9a-fA-F]{8}|key-[0-9a-f]{8}|do[opr]_v1_|shp[acps]{2}_"
    r"|shippo_|dapi[0-9a-f]{8}|hv[sbr]\.|atlasv1|lin_api_|ntn_|secret_|glsa_|glc_|AT[AC]TT3|sq0[a-z]{3}-|EA[A]|dp\.[a-z]{2}\."
    r"|rubygems_|:A|A3-|ops_|AGE-SEC|p8e-|LTAI|AKCp|cmVmd|acc[_\-]|Q~|4b1d|v1\.0-|dnkey-|duffel_|EZ[AT]K|FLW|f[om][12]"
    r"|fio-u-|[ps]at\.|HRKU-|ico-|s-s4t2|[spt]k\.|NR[A-Z]{2}-|API-|sha256~|PMAK-|pscale_|pnu_|pul-|rdme_|xkeysib-|sntry"
    r"|sm_[aps]at_|tk-us-|sgp_|sq[upa]_|tfp_|figd_|t1\.|AQVN|YC[0-9A-Za-z_\-]|sbp_|vercel_|sb_sec|nf[pcou]_|tskey-|cf[ua]t"
    r"|atp_|bkua_|ddog_|ph[cx]_|re_|dckr_pat|ctx7sk|access-[sdp]|amzn\.mws|bedrock-api"
)
RULES = (
    Rule(
        API_KEY,
        r"(?:"
        + PREFIXES
        + (
            r")[0-9A-Za-z_\-]{6}|_mmk|dt0[a-z][0-9]{2}\.|SG\.|(?:^|[^0-9A-Za-z])s\.[0-9A-Za-z]{24}"
            r"|[0-9a-f]{32}-us[0-9]|[0-9]{15}[|%]|\.[0-9A-Za-z_\-]{6}\.[0-9A-Za-z_\-]{27}"
        ),
        issued,
    ),
    Rule(API_KEY, r"-----BEGIN |hooks\.slack|api/webhooks|webhook\.office", blocks),
)
