#!/bin/sh
# Writes the calls *.http as the git servers send them, from the payloads
# *.json. The signatures are openssl's, so that the tests hold ours against
# those of another program. The clock of the signed time is that of synctest.
set -eu
cd "$(dirname "$0")"
secret=correct-horse-battery-staple
token=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
at=946684800
id=f6266f16-1bf3-46a5-9ea4-602e06ead473

hex() { openssl dgst -sha256 -hmac "$secret" -r "$1" | cut -d' ' -f1; }

# call NAME BODY HEADER... writes NAME.http.
call() {
	name=$1 body=$2
	shift 2
	{
		printf 'POST /webhook HTTP/1.1\r\nHost: reconciler.example\r\n'
		printf '%s\r\n' "$@"
		printf 'Content-Length: %s\r\n\r\n' "$(wc -c <"$body")"
		cat "$body"
	} >"$name.http"
}

json='Content-Type: application/json'
hub="X-Hub-Signature-256: sha256=$(hex github-push.json)"
call github-push github-push.json "$json" 'User-Agent: GitHub-Hookshot/044aadd' 'X-GitHub-Event: push' "X-GitHub-Delivery: $id" "$hub"
call github-ping github-ping.json "$json" 'X-GitHub-Event: ping' "X-GitHub-Delivery: $id" "X-Hub-Signature-256: sha256=$(hex github-ping.json)"

form=$(mktemp)
printf 'payload=%s' "$(python3 -c 'import sys,urllib.parse; print(urllib.parse.quote_plus(open("github-push.json").read()), end="")')" >"$form"
call github-form "$form" 'Content-Type: application/x-www-form-urlencoded' 'X-GitHub-Event: push' "X-GitHub-Delivery: $id" "X-Hub-Signature-256: sha256=$(hex "$form")"

call gitlab-token gitlab-push.json "$json" 'X-Gitlab-Event: Push Hook' "X-Gitlab-Token: $secret" "Idempotency-Key: $id" 'X-Gitlab-Event-UUID: 13792a34-cac6-4fda-95a8-c58e00a3954e'
call gitlab-system gitlab-push.json "$json" 'X-Gitlab-Event: System Hook' "X-Gitlab-Token: $secret" "Idempotency-Key: $id"

key=$(printf %s "${token#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
signed=$({ printf '%s.%s.' "$id" "$at"; cat gitlab-push.json; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
call gitlab-signed gitlab-push.json "$json" 'X-Gitlab-Event: Push Hook' "Idempotency-Key: $id" "webhook-id: $id" "webhook-timestamp: $at" "webhook-signature: v1,$signed"

gitea=$(hex gitea-push.json)
call gitea-push gitea-push.json "$json" 'X-GitHub-Event: push' "X-GitHub-Delivery: $id" 'X-Gitea-Event: push' "X-Gitea-Delivery: $id" "X-Gitea-Signature: $gitea" "X-Hub-Signature-256: sha256=$gitea"
call forgejo-push gitea-push.json "$json" 'X-GitHub-Event: push' "X-GitHub-Delivery: $id" 'X-Gitea-Event: push' "X-Gitea-Delivery: $id" 'X-Forgejo-Event: push' "X-Forgejo-Delivery: $id" \
	"X-Gitea-Signature: $gitea" "X-Forgejo-Signature: $gitea" "X-Hub-Signature-256: sha256=$gitea"
rm -f "$form"
