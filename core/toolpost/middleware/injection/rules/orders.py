"""Text that gives a model other orders, another self, or asks for the orders that it has."""

from __future__ import annotations

from toolpost.middleware.injection.rule import Rule
from toolpost.middleware.injection.rules import languages
from toolpost.middleware.injection.rules.words import IGNORE, MANY, OUR_RULES, PRIOR, THINGS

RULES: tuple[Rule, ...] = (
    Rule(
        "override",
        (
            r"ignor|disregard|forget|overlook|neglect|overrid|bypass|discard|abandon|drop (?:all|your|the|"
            r"prev)|(?:not|don'?t|stop|cease|never) (?:follow|obey|listen|adher|comply)|pay no attention|"
            r"set aside|put aside"
        ),
        (
            (
                rf"{IGNORE}{MANY}{{0,6}}(?:{PRIOR}\W{{1,3}}){MANY}{{0,4}}(?:{PRIOR}\W{{1,3}})"
                rf"?{MANY}{{0,3}}(?:{THINGS}\b|{OUR_RULES})"
            ),
            (
                rf"{IGNORE}{MANY}{{0,6}}{THINGS}\W{{1,3}}(?:\w+\W{{1,2}}){{0,3}}(?:above|before(?: this| now)?|"
                rf"previously|earlier|so far|until now|up to now|you(?:'ve| have)? (?:were |been )?(?:given|"
                rf"received|got)|i (?:gave|have given)|prior to this|that c[ao]me before|"
                rf"from (?:the )?(?:system|user|developer))\b"
            ),
            (
                rf"{IGNORE}(?:all|any|every) (?:of )?(?:the |your )?(?:instructions|directives|guidelines|"
                rf"programming|prompts)\W"
            ),
            (
                rf"{IGNORE}(?:everything|anything|all|whatever)(?: (?:of|that|which|the|text|content|"
                rf"else)){{0,3}} (?:(?:is |was |you(?:'ve| have)? )?(?:above\b|before (?:this|that)\b|"
                rf"previously (?:said|written|stated|given|told)|previous(?:\W*$|[.,;:!?\n])|prior to this|"
                rf"said (?:above|before|so far)|(?:been |were )?told|(?:been )?instructed)|i (?:just )?(?:said|"
                rf"told you) (?:before|above|so far|earlier))"
            ),
            (
                rf"{IGNORE}(?:what (?:you|the system|the user|the developers?)(?:'ve|"
                rf" have)? (?:\w+ ){{0,2}}(?:told|asked|instructed|been told))"
            ),
            (
                rf"{IGNORE}(?:the )?(?:above|previous|preceding|foregoing)(?:\W*$|\W{{0,3}}(?:[.,;:!?\n]|"
                rf" (?:and|then|now|instead)\b))"
            ),
        ),
    ),
    Rule(
        "override",
        (
            r"new (?:system )?instructions?|(?:new|real|actual|true) (?:task|goal|objective|purpose|job|"
            r"mission|directive)|instead"
        ),
        (
            r"\bnew (?:system )?instructions?(?: (?:for you|follow|from \w+))?\s*[:：]",
            (
                r"\byour (?:new|real|actual|true) (?:task|goal|instructions?|objective|purpose|job|mission|"
                r"directive)s? (?:is|are)(?: now)?(?: to\b|:| as follows)"
            ),
            (
                r"\binstead(?: of [^.\n]{0,60})?,? (?:you (?:must|should|will|shall) now|"
                r"follow these (?:new )?instructions|do (?:only )?(?:the|what) follow(?:s|ing))\b"
            ),
        ),
    ),
    Rule("override", languages.ANCHOR, languages.PATTERNS),
    Rule(
        "persona",
        (
            r"you are now|you're now|jailbr|\bdan\b|do anything now|unrestricted|no longer (?:bound|restricted|"
            r"limited|constrained|subject)|without (?:any )?(?:ethical|moral|restriction|limitation|filter)|"
            r"(?:no|free (?:of|from)) (?:\w+ )?(?:restrictions?|filters?|censorship|ethic|moral)|"
            r"du bist (?:jetzt|nun)|ab (?:jetzt|sofort)|eres ahora|tu es maintenant|你现在是|从现在开始你"
        ),
        (
            (
                r"\byou(?: are|'re) now (?:(?:in|an?|the|my|in the role of|acting as|called|named|going to be|"
                r"playing) )?(?:\w+\W ?){0,4}(?:dan\b|unrestricted|jailbroken|uncensored|unfiltered|evil|"
                r"free (?:of|from)|no longer bound|developer mode|ai\b|assistant|chatbot|language model|bot\b|"
                r"gpt|hacker|persona)"
            ),
            r"\b(?:dan|jailbreak|jailbroken|unrestricted|unfiltered) mode(?:[\s.,;:!?]|$)",
            r"\bdo anything now\b",
            (
                r"\b(?:pretend|act|behave|respond|answer|reply|role-?play|speak|"
                r"imagine)\b[^.\n]{0,60}\b(?:have no|has no|with no|without(?: any)?|free (?:of|"
                r"from)) (?:\w+ ){0,2}(?:restrictions?|filters?|limitations?|guidelines|rules|censorship|"
                r"ethic\w*|moral\w*)"
            ),
            (
                r"\b(?:you(?:'re| are)|is|be) (?:no longer|not) (?:bound|restricted|limited|constrained|"
                r"subject) (?:by|to) (?:\w+\W{1,2}){0,4}(?:rules|guidelines|polic\w+|restrictions|openai|"
                r"programming|instructions|ethic\w*)"
            ),
            (
                r"(?:du bist (?:jetzt|nun)|eres ahora|tu es maintenant|sei ora) [^.\n]{0,40}(?:ki|ia|dan|"
                r"assistent|asistente|assistant|chatbot|modell?o?|ohne|sin|sans|senza)\b"
            ),
            r"(?:你现在是|从现在开始，?你)[^。\n]{0,20}(?:没有限制|不受|无限制|助手|模型|黑客)",
        ),
    ),
    Rule(
        "leak",
        (
            r"your (?:\w+ )?(?:\w+ )?(?:prompt|instructions|programming|guidelines)|(?:prompt|instructions|"
            r"text|words|everything|sentences?|message) (?:above|before)|prompt (?:starting|that starts)|"
            r"you are chatgpt"
        ),
        (
            (
                r"\b(?:reveal|print|repeat|show(?: me)?|output|display|tell me|write out|disclose|leak|dump|"
                r"recite|copy|translate|what (?:is|are|was|were)|summari[sz]e|give me|spell out|return|list|"
                r"state|provide)\b[^.\n]{0,40}\byour (?:(?:exact|full|entire|complete|whole|initial|original|"
                r"hidden|secret|internal|previous|own|very|first|system|developer|custom|"
                r"current)\W{1,2}){0,4}(?:system prompt|prompt|(?:initial|original|hidden|secret|internal|"
                r"previous|full|exact|entire|system|developer|custom) instructions|programming)\b"
            ),
            (
                r"\b(?:repeat|print|output|write|copy|translate|spell check|"
                r"recite)\b[^.\n]{0,30}\b(?:everything|all|the (?:text|words|prompt|instructions|sentences?|"
                r"message|content|lines))[^.\n]{0,20} (?:above this|before this|prior to this|"
                r"above (?:verbatim|word for word|exactly|in a code block|starting|\(?including)|that (?:came|"
                r"comes|stands?) before (?:this|my))\b"
            ),
            r"\b(?:starting|beginning) with [\"'“]?you are (?:chatgpt|an? )",
        ),
    ),
    Rule(
        "encoded",
        r"base ?64|rot13|decode|decrypt",
        (
            (
                r"\b(?:decode|decrypt|decipher|unscramble)\b[^.\n]{0,80}\b(?:and|"
                r"then)\b[^.\n]{0,20}\b(?:follow|obey|execute|carry out|perform|comply|do (?:what|"
                r"as))\b[^.\n]{0,30}\b(?:it|them|instructions?|that|what|orders?|steps)\b"
            ),
        ),
    ),
)
