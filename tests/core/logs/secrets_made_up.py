"""Made-up secrets in the forms that issuers give them, and what only looks like one.

The forms follow the documents of the issuers, as secret scanners such as
gitleaks know them. `{h32}` stands for so many random hexadecimal digits, `{a…}`
for letters and digits, `{l…}` for small ones, `{U…}` for capitals and digits,
`{b…}` for those of base64url, `{d…}` for digits.
"""

from __future__ import annotations

import random
import re
import string

ALPHABETS = {
    "h": "0123456789abcdef",
    "a": string.ascii_letters + string.digits,
    "l": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "b": string.ascii_letters + string.digits + "_-",
    "d": string.digits,
}

# What is to vanish stands between « and ».
SECRETS = """
sk key «sk-{a20}T3BlbkFJ{a20}»
OPENAI_API_KEY=«sk-proj-{b74}T3BlbkFJ{b74}»
x-api-key: «sk-ant-api03-{b93}AA»
admin «sk-ant-admin01-{b93}AA»
aws_access_key_id = «AKIA{U16}»
aws_secret_access_key = «{a40}»
session «ASIA{U16}» ended
google «AIza{b35}»
"client_secret": "«GOCSPX-{b28}»"
ya29 «ya29.{b100}»
git clone https://«ghp_{a36}»@github.com/x/y
«gho_{a36}»
«ghs_{a36}»
«ghr_{a36}»
«github_pat_{a22}_{a59}»
«glpat-{b20}»
«glptt-{h40}»
«GR1348941{b20}»
«glrt-{b20}»
slack «xoxb-{d12}-{d13}-{a24}»
«xoxp-{d12}-{d12}-{d12}-{h32}»
«xapp-1-A{U10}-{d13}-{h64}»
«xoxe.xoxp-1-{a160}»
https://hooks.slack.com/services/«T{U10}/B{U10}/{a24}»
stripe «sk_live_{a24}»
«rk_live_{a24}»
«sk_test_{a24}»
«whsec_{a32}»
«hf_{a34}»
«npm_{a36}»
«pypi-AgEIcHlwaS5vcmc{b60}»
Authorization: Bearer «{a40}»
Authorization: Basic «{a24}==»
jwt «eyJhbGciOiJIUzI1NiJ9.eyJ{b40}.{b43}»
«gsk_{a52}»
«r8_{a37}»
«pplx-{a48}»
«SG.{b22}.{b43}»
TWILIO «SK{h32}»
twilio_auth_token = "«{h32}»"
mailgun_private_api_token = 'key-«{h32}»'
mailchimp_api_key: «{h32}-us12»
«dop_v1_{h64}»
«doo_v1_{h64}»
«shpat_{h32}»
«shpss_{h32}»
«dapi{h32}»
vault «hvs.{b95}»
«hvb.{b140}»
terraform «{a14}.atlasv1.{b64}»
linear «lin_api_{a40}»
notion «ntn_{d11}{a35}»
grafana «glsa_{a32}_{h8}»
«glc_{a60}»
atlassian «ATATT3{b186}»
square «sq0atp-{b22}»
square «EAAA{b60}»
doppler «dp.pt.{a43}»
«rubygems_{h48}»
telegram «{d10}:AA{b33}»
"-----BEGIN RSA PRIVATE KEY-----«{a64}⏎{a64}⏎{a40}»-----END RSA PRIVATE KEY-----"
«AGE-SECRET-KEY-1{U58}»
alibaba «LTAI{a20}»
alibaba_secret_key = «{l30}»
artifactory «AKCp{a69}»
adobe_client_secret = "p8e-«{h32}»"
adafruit_token := "«{l32}»"
airtable_api_key = «key{a14}»
algolia_admin_key: '«{l32}»'
asana_client_secret = "«{l32}»"
bitbucket_client_secret: «{b64}»
codecov_access_token = «{l32}»
coinbase_access_token="«{b64}»"
contentful_delivery_api_token: «{b43}»
cloudflare_api_key = «{b40}»
cloudflare_global_api_key = «{h37}»
v1.0-«{h24}-{h146}»
datadog_access_token = "«{l40}»"
discord_api_token = «{h64}»
discord_client_secret = «{b32}»
dropbox_api_secret = '«{l15}»'
«duffel_test_{b43}»
dynatrace «dt0c01.{U24}.{U64}»
«EZAK{a54}»
etsy_access_token: «{l24}»
facebook_app_secret = "«{h32}»"
«EAAM{a120}»
fastly_api_token = «{b32}»
«FLWSECK_TEST-{h32}-X»
freshbooks_access_token = «{h64}»
heroku_api_key = «{h8}-{h4}-{h4}-{h4}-{h12}»
hubspot_api_key: "«{h8}-{h4}-{h4}-{h4}-{h12}»"
intercom_api_key = «{b60}»
jfrog_api_key = "«{l73}»"
launchdarkly_access_token = «{b40}»
linkedin_client_secret = "«{l16}»"
lob_api_key = "live_«{h35}»"
mapbox «pk.{l60}.{l22}»
netlify_access_token = «{b43}»
«NRAK-{U27}»
new-relic-user-api-id = "«{l64}»"
nuget «oy2{l43}»
okta_access_token = «{b42}»
openshift «sha256~{b43}»
plaid_api_token = "access-sandbox-«{h8}-{h4}-{h4}-{h4}-{h12}»"
«pscale_tkn_{b43}»
«PMAK-{h24}-{h34}»
«pnu_{l36}»
«pul-{h40}»
«rdme_{l70}»
«sgp_{h16}_{h40}»
«xkeysib-{h64}-{l16}»
sentry «sntrys_eyJ{b80}»
sentry_access_token = "«{h64}»"
«shippo_live_{h40}»
snyk_token = «{h8}-{h4}-{h4}-{h4}-{h12}»
sonar_login = "«{h40}»"
trello_access_token = «{a32}»
twitch_api_token = "«{l30}»"
twitter_api_secret = "«{l50}»"
«tfp_{b40}_{b18}»
yandex «AQVN{b36}»
zendesk_secret_key: «{l40}»
postgres://app:«{a16}»@db.example.org/x
PASSWORD=«{a12}»
{{"user": "ann", "password": "«{l10}»"}}
curl -u 'ann:«{a14}»' https://example.org
azure «{a3}8Q~{b34}»
«xai-{a80}»
"""

LOOK_ALIKES = """
commit {h40}
commit_sha = {h40}
git checkout {h7}
sha256:{h64}
"digest": "sha256:{h64}"
etag: "{h32}"
md5sum = {h32}
request_id={h8}-{h4}-{h4}-{h4}-{h12}
"id": "{h8}-{h4}-{h4}-{h4}-{h12}"
trace_id: {h32}
span {h16}
call {h6}-1a
max_tokens = 512
"prompt_tokens": 1834, "completion_tokens": 220
token_count: 48213
the token expired 3600 seconds ago
password must have 12 characters or more
Enter your password:
password = getpass.getpass()
password: ${{PASSWORD}}
api_key = os.environ["OPENAI_API_KEY"]
api_key = "your-api-key-here"
api_key = "<YOUR_API_KEY>"
export OPENAI_API_KEY=$KEY
secret_name = my-database-credentials
secretKeyRef: name: db-credentials
public_key = {a43}
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{a43} ann
key: value
primary_key = {d12}
keyboard=us-intl-2024
keywords: python3, asyncio, mcp2025
"sort_key": "created_at_2024_11"
monkey=see-monkey-do-12345
idempotency_key: {h8}-{h4}-{h4}-{h4}-{h12}
partition_key = customer_2024_11_20
tokenizer=cl100k_base_v2_2024
author: person1234567890abc
authorization denied for tool generate_image
Bearer of good news
basic understanding required
basic authentication
cookie policy updated
sk-learn 1.5.2
skill_test_level_12
/usr/lib/python3.11/site-packages/openai/_base_client.py:1179
https://example.org/articles/2024/11/20/how-to-use-tokens
https://github.com/psf/requests/commit/{h40}
file:///tmp/pytest-of-runner/pytest-0/test_{l12}0/config.toml
toolpost-0.1.0-py3-none-any.whl --hash=sha256:{h64}
sha512-{a86}==
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{a60}
model=gpt-6.1-terra-2026-03-05
version = 1.24.0+build.{h8}
image: registry.example.org/app@sha256:{h64}
node_modules/.cache/{h32}.json
chunk-{h8}.js
session started at 08:20:19
session: 12 calls, 3 errors
signature: (text: str, count: int = 1) -> list[int]
auth: none
auth = OAuth2PasswordBearer
private: true
private_network = 10
license: Apache-2.0
salt and pepper
webhook received in 120 ms
webhook_url = https://example.org/hook
client_id = toolpost
client_id: my-application
credential helper is git-credential-manager
dsn without user: postgres://localhost/test
cursor: eyJpZCI6MTJ9
layer pii: masked 2 EMAIL in 0.4 ms
toolpost: WARNING: plugin 'chat' is left out: no module named 'toolpost_chat'
ValueError in parse at line 120
elapsed=0.00345 calls=10234 p99=0.120
temperature=0.7 top_p=0.95 seed=42
color=#a1b2c3d4
0x7f3a2b1c9d80
pid=48213 port=8765
2026-11-20T08:25:56.123Z
order 2024-11-20-000123
isbn 978-3-16-148410-0
CamelCaseIdentifierWithManyWordsInside
snake_case_identifier_with_many_words_inside
AbstractSingletonProxyFactoryBean123
linear regression r2 = 0.9934512
lob the ball: 1234567890abcdef
square root = 1.4142135623730951
trello board: roadmap-2027
github_sha={h40}
heroku_release=v1204
sentry_release: {h40}
dropbox_content_hash={h64}
aws_region = eu-central-1
azure_location: westeurope2
cache key {h32}
cache_key={h32}
etag_key = {h40}
"type": "string", "format": "password"
"required": ["password", "token"]
password_policy = min-length-12
token_url = https://auth.example.org/oauth2/token
"""


def filled(forms: str, seed: int) -> list[str]:
    """The lines with random characters in their places; `⏎` becomes the end of a line."""
    chosen = random.Random(seed)

    def some(found: re.Match[str]) -> str:
        return "".join(chosen.choice(ALPHABETS[found[1]]) for _ in range(int(found[2])))

    text = re.sub(r"\{([halUbd])(\d+)\}", some, forms.strip()).replace("{{", "{").replace("}}", "}")
    return [line.replace("⏎", "\n") for line in text.splitlines()]
