"""Keys that show by their form who issued them, beyond those that the `pii` layer knows."""

from __future__ import annotations

import re

from toolpost.config.secrets import HIDDEN
from toolpost.logs.values import is_made_up

# One line per issuer, as their documents and secret scanners describe them.
FORMS = (
    r"sk-[\w\-]{20,}",  # OpenAI, Anthropic and those like them
    r"(?:ABSK[0-9A-Za-z+/]{100,}={0,2}|bedrock-api-key-[0-9A-Za-z+/]{60,}={0,2})",  # AWS
    r"xoxe\.xox[bp]-[\w\-]{20,}",  # Slack
    r"AGE-SECRET-KEY-1[0-9A-Z]{40,}",
    r"LTAI[0-9A-Za-z]{16,}",  # Alibaba
    r"AKC[0-9A-Za-z]{40,}",  # Artifactory
    r"p8e-[0-9a-f]{32}",  # Adobe
    r"[0-9A-Za-z]{14}\.atlasv1\.[\w\-=]{40,}",  # Terraform
    r"v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}",  # Cloudflare
    r"CLOJARS_[0-9a-z]{40,}",
    r"dnkey-[\w\-=]{20,}",  # Defined Networking
    r"duffel_(?:test|live)_[\w\-=]{40,}",
    r"dt0c01\.[0-9A-Z]{24}\.[0-9A-Z]{60,}",  # Dynatrace
    r"EZ[AT]K[0-9A-Za-z]{50,}",  # EasyPost
    r"EAA[0-9A-Za-z_\-]{50,}",  # Facebook, Square
    r"FLW(?:PUB|SEC)K(?:_TEST)?-[0-9A-Za-z]{12,}(?:-X)?",  # Flutterwave
    r"fio-u-[\w\-=]{40,}",  # Frame.io
    r"GR1348941[\w\-]{20}",  # GitLab
    r"glc_[0-9A-Za-z+/]{32,}={0,3}",  # Grafana
    r"pat\.[\w\-]{22}\.[0-9a-f]{24}\.[0-9A-Za-z]{20}",  # Harness
    r"ico-[0-9A-Za-z]{32}",  # Infracost
    r"s-s4t2(?:ud|af)-[0-9a-f]{64}",  # Intra 42
    r"[0-9a-f]{32}-us[0-9]{1,2}",  # Mailchimp
    r"(?:pk|sk|tk)\.(?=[0-9a-z]*[0-9])[0-9a-zA-Z]{40,}\.[0-9A-Za-z_\-]{20,}",  # Mapbox
    r"[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk",  # MaxMind
    r"NR(?:AK|JS|II|AA|IQ|RA)-[0-9A-Za-z\-]{19,}",  # New Relic
    r"oy2[0-9a-z]{43}",  # NuGet
    r"ops_eyJ[0-9A-Za-z+/=]{40,}|A3-[0-9A-Z]{6}-(?:[0-9A-Z]{5,11}-){2,5}[0-9A-Z]{5}",  # 1Password
    r"API-[0-9A-Z]{26}",  # Octopus Deploy
    r"sha256~[\w\-]{43}",  # OpenShift
    r"pscale_(?:tkn|oauth|pw)_[\w\-.=]{32,}",  # PlanetScale
    r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",  # Postman
    r"pnu_[0-9a-zA-Z]{36}",  # Prefect
    r"pul-[0-9a-f]{40}",  # Pulumi
    r"rdme_[0-9a-z]{70}",  # ReadMe
    r"tk-us-[\w\-]{48}",  # Scalingo
    r"(?:sgp_(?:[0-9a-f]{16}_|local_)?|slk_|sqp_|squ_)[0-9a-f]{40}",  # Sourcegraph, SonarQube
    r"x(?:key|smtp)sib-[0-9a-f]{64}-[0-9a-zA-Z]{16}",  # Brevo
    r"sntry[su]_[0-9A-Za-z+/=_\-]{60,}",  # Sentry
    r"sm_(?:aat|pat|sat)_[0-9A-Za-z]{16}",  # SettleMint
    r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}",  # Shopify
    r"shippo_(?:live|test)_[0-9a-f]{40}",
    r"tfp_[\w\-.=]{50,}",  # Typeform
    r"AQVN[\w\-]{35,}|YC[0-9A-Za-z_\-]{38}|t1\.[0-9A-Z][\w\-]+={0,2}\.[\w\-]{86}={0,2}",  # Yandex
    r"[0-9A-Za-z_~.]{3}[0-9]Q~[0-9A-Za-z_~.\-]{31,34}",  # Azure
    r"eyJ[0-9A-Za-z_\-]{12,}\.[0-9A-Za-z_\-]{8,}(?:\.[0-9A-Za-z_\-]*)*",  # JSON Web Tokens
)
# Those whose keys have no form of their own, so that only a name beside a key tells.
NAMES = """
adafruit adobe airtable algolia alibaba amplitude asana atlassian authress aws azure beamer bitbucket bittrex
cloudflare codecov cohere coinbase confluence confluent contentful contribsys datadog digitalocean discord drone
droneci dropbox etsy facebook fastly finicity finnhub flickr freemius freshbooks gitter gocardless heroku hubspot
intercom jfrog jira kraken kucoin launchdarkly linear linkedin lob looker mailchimp mailgun mapbox mattermost
maxmind meraki messagebird netlify newrelic nytimes okta openai pinecone plaid privateai rapidapi sendbird sentry
sidekiq snyk sonar sonarqube square squarespace sumo sumologic telegram travis travisci trello twilio twitch twitter
yandex zendesk
"""
ISSUERS = frozenset(NAMES.split())
ISSUED = re.compile(r"(?<![0-9A-Za-z_\-.+/~])(?:" + "|".join(FORMS) + r")(?![0-9A-Za-z])")


def without_issued(text: str) -> str:
    """The text without such keys."""
    return ISSUED.sub(lambda found: found[0] if is_made_up(found[0]) else HIDDEN, text)
