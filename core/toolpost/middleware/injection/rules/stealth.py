"""Text that wants something kept from the user, or sent away."""

from __future__ import annotations

from toolpost.middleware.injection.rule import Rule
from toolpost.middleware.injection.rules.words import PRIVATE, SEND, THERE

RULES: tuple[Rule, ...] = (
    Rule(
        "secrecy",
        (
            r"(?:not|don'?t|never) (?:\w+ )?(?:tell|inform|alert|notify|let|mention|reveal|disclose|say|report|"
            r"explain|show)|without (?:telling|mentioning|alerting)|secret from|hidden from|users? (?:must|"
            r"should|may) (?:not|never)"
        ),
        (
            (
                r"\b(?:do not|don'?t|never|must not|should not|shouldn'?t) (?:ever |also |please )?(?:tell|"
                r"inform|alert) (?:the |your )?(?:user|human|person|operator)s?\b"
            ),
            (
                r"\b(?:do not|don'?t|never|must not) (?:ever )?(?:mention|reveal|disclose|say|report|explain|"
                r"show|talk about|acknowledge|refer to) (?:about )?(?:this|that you|it\b|any of (?:this|it)|"
                r"these (?:instructions|steps|notes?)|the (?:above|instructions?|fact that|"
                r"existence))[^.\n]{0,60}(?:\bto (?:the |your )?users?|\bto anyone|in (?:your|the|"
                r"any) (?:response|reply|answer|output|summary|message)|$|[.\n])"
            ),
            (
                r"\b(?:keep|do|hide|conceal) (?:this|it|that|these|everything)(?: \w+){0,3} (?:secret|hidden|"
                r"silent(?:ly)?|confidential|private)? ?from (?:the )?users?\b"
            ),
            r"\bwithout (?:telling|alerting|mentioning (?:it|this|that|anything|them) to) (?:the |your )?users?\b",
            (
                r"\b(?:the )?users? (?:must|should|may) (?:not|never) (?:know|notice|find out|learn|"
                r"see) (?:about |of |that |any of )?(?:this|it|these|you)\b"
            ),
        ),
    ),
    Rule(
        "exfiltration",
        (
            r"conversation|history|passwords?|credential|secrets?\b|messages|e-?mails|contacts|personal|"
            r"private|api[ _-]?key|tokens|variables|sensitive|files|documents|banking|credit card|location|"
            r"address book|system prompt|\.ssh|id_rsa|\.env|passwd|mcp\.json|\.aws|!\["
        ),
        (
            rf"{SEND}[^.\n]{{0,60}}\b{PRIVATE}[^\n]{{0,60}}{THERE}",
            (
                rf"\b(?:read|open|cat|get|collect|find|access|retrieve|extract|"
                rf"gather)\b[^.\n]{{0,60}}(?:~/?\.ssh|\bid_rsa|\.env\b|/etc/(?:passwd|shadow)|mcp\.json|"
                rf"\.aws/credentials|private keys?)[^\n]{{0,200}}{SEND}[^\n]{{0,60}}(?:{THERE}|parameter|"
                rf"argument|side ?note)"
            ),
            (
                rf"\b(?:collect|gather|find|extract|get|read|"
                rf"copy)\b[^.\n]{{0,30}}\b{PRIVATE}[^\n]{{0,80}}\b(?:send|forward|post|upload|mail|submit|"
                rf"transmit) (?:it|them|these|those|this|that|the \w+|everything) (?:{THERE}|(?:in|on|via|"
                rf"using|over) )"
            ),
            r"!\[[^\]\n]{0,200}\]\(https?://[^)\s]{0,300}[?&/=](?:\{|<|\[|%7b|\$\{)[^)\n]{1,80}\)",
        ),
    ),
)
