#!/bin/sh
# Asks toolpost with nothing but curl: once through the OpenAI-compatible API, twice through /chat, which remembers.
#
#   sh ask.sh "What is 6 times 7?"
set -eu

base="${TOOLPOST_URL:-http://127.0.0.1:8765}"
auth="Authorization: Bearer ${OPENAI_API_KEY:-none}"
json="Content-Type: application/json"
# A question in JSON; quotes and backslashes are escaped.
question=$(printf '%s' "${1:-What can you do?}" | sed 's/\\/\\\\/g; s/"/\\"/g')

echo "# /v1/chat/completions"
curl -sS --fail-with-body "$base/v1/chat/completions" -H "$auth" -H "$json" \
    -d "{\"model\": \"chat.fast\", \"messages\": [{\"role\": \"user\", \"content\": \"$question\"}]}"
echo

echo "# /chat, and the same session again"
first=$(curl -sS --fail-with-body "$base/chat" -H "$auth" -H "$json" -d "{\"message\": \"$question\"}")
echo "$first"
session=$(printf '%s' "$first" | sed 's/.*"session_id": *"\([^"]*\)".*/\1/')
curl -sS --fail-with-body "$base/chat" -H "$auth" -H "$json" \
    -d "{\"message\": \"Say that again, shorter.\", \"session_id\": \"$session\"}"
echo
