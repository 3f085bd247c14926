"""What the rules are made of: words that mean the same to a model."""

from __future__ import annotations

MANY = (
    r"(?:(?:all|any|every|everything|each|of|the|your|our|these|those|this|that|its|other|and|or|system|safety|"
    r"developer|user|assistant|in|you(?:'ve| have| were| are)?|been|just|received?|given|told)\W{1,3})"
)
PRIOR = (
    r"(?:previous|previously|prior|above|earlier|preceding|foregoing|initial|original|existing|current|former|"
    r"past|last|old|system|systems|developer|safety|standing|hidden|your)"
)
THINGS = (
    r"(?:instructions?|prompts?|directions?|directives?|guidelines?|commands?|orders?|programming|"
    r"system messages?|training|constraints?|restrictions|tasks?|assignments?|context|conversation|requests?)"
)
# "the previous rules" may be those of a game: only rules that are no one else's.
OUR_RULES = (
    r"(?:rules|policies|text|messages?|content|input|things?|words)(?:\W*$|\W{0,2}[.,;:!?\n)\"'`]| (?:and|then|"
    r"now|you|that (?:you|i|we|were)|i gave|given|above|from (?:the )?system))"
)
IGNORE = (
    r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?(?: about)?|overlook|neglect|override|bypass|"
    r"discard|abandon|drop|(?:do not|don'?t|stop|cease|never) (?:follow|obey|listen(?:ing)? to|adher(?:e|"
    r"ing) to|comply(?:ing)? with)(?:ing)?|pay no attention to|set aside|put aside)\s+"
)

MODEL = (
    r"(?:ai(?: (?:models?|systems?|agents?|assistants?|bots?))?|l\.?l\.?m\.?s?|(?:large )?language models?|"
    r"chat ?bots?|(?:virtual |digital )?assistants?|gpt(?:-?[0-9.o]+)?|chatgpt|claude|gemini|copilot|"
    r"agents? (?:reading|processing|summari[sz]ing))"
)
PRIVATE = (
    r"(?:(?:whole |entire |full |complete )?(?:conversation|chat|message|search|browsing)(?:'s)? (?:history|"
    r"log|transcript|contents?)|(?:the|this|our|entire|whole|full) conversation|(?:all|any|every|each|"
    r"the users?'?s?) (?:of )?(?:the |their |users?'?s? |stored |saved |private |personal |sensitive |"
    r"confidential |recent |available ){0,3}(?:messages|e-?mails|passwords?|credentials|secrets?|contacts|"
    r"personal (?:data|information|details)|private (?:data|information|keys?)|api[ _-]?keys?|access tokens|"
    r"(?:env|environment) variables|sensitive (?:data|information)|files|documents|banking details|"
    r"credit card\w*|location|address book)|system prompt|contents? of [^\n]{0,40}(?:\.ssh|id_rsa|\.env\b|"
    r"passwd|mcp\.json|credentials)|(?:~?/?\.ssh/|\bid_rsa\b|/etc/(?:passwd|shadow)|\bmcp\.json\b|"
    r"\.aws/credentials|\.env\b))"
)
SEND = (
    r"\b(?:send|forward|upload|post|transmit|exfiltrate|leak|copy|e-?mail|submit|append|include|pass|put|embed|"
    r"attach|bcc|share|deliver|report|write)\b"
)
THERE = (
    r"(?:(?:to )?https?://|\bto \S{1,64}@\S|\bto (?:the )?(?:following|attacker|this) |webhook|as (?:an? |"
    r"the )?(?:\S+ )?(?:parameter|argument|query|side ?note)|in (?:the |an? )?\S+ (?:parameter|field|argument)|"
    r"in (?:the |an? )(?:url|query|request|image)\b)"
)
