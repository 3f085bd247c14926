#!/bin/sh
# Asks toolpost with nothing but curl: once through the OpenAI-compatible API, twice through /chat, which remembers.
#
#   sh ask.sh "What is 6 times 7?"
#
# TOOLPOST_URL says where toolpost serves, TOOLPOST_TOKEN is a token of `toolpost tokens add`, where it asks for one.
set -eu

base="${TOOLPOST_URL:-http://127.0.0.1:8765}"
tab=$(printf '\t')

# A text as JSON has it: quotes, backslashes, tabs and ends of lines escaped, other control characters left out.
quoted() {
    printf '"'
    printf '%s' "$1" | tr -d '\001-\010\013-\037' |
        sed "s/\\\\/\\\\\\\\/g; s/\"/\\\\\"/g; s/$tab/\\\\t/g" |
        awk 'NR > 1 { printf "%s", "\\n" } { printf "%s", $0 }'
    printf '"'
}

# post PATH JSON
post() {
    curl -sS --fail-with-body "$base$1" -H "Authorization: Bearer ${TOOLPOST_TOKEN:-none}" \
        -H "Content-Type: application/json" --data-binary "$2"
}

question=$(quoted "${1:-What can you do?}")

echo "# /v1/chat/completions"
post /v1/chat/completions "{\"model\": \"chat.fast\", \"messages\": [{\"role\": \"user\", \"content\": $question}]}"
echo

echo "# /chat, and the same session again"
first=$(post /chat "{\"message\": $question}")
echo "$first"
session=$(printf '%s' "$first" | sed 's/.*"session_id": *"\([^"]*\)".*/\1/')
post /chat "{\"message\": \"Say that again, shorter.\", \"session_id\": \"$session\"}"
echo
