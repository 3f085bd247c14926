"""Text that claims to come from somewhere else: from the system, or for the eyes of a model alone."""

from __future__ import annotations

from toolpost.middleware.injection.rule import Rule
from toolpost.middleware.injection.rules.words import MODEL

RULES: tuple[Rule, ...] = (
    Rule(
        "role",
        (
            r"<\||\|>|\[/?inst|<</?sys|</?(?:system|assistant|instructions?|important|information|admin)\b|"
            r"system|\[(?:admin|developer)|begin (?:new )?(?:instructions|system)"
        ),
        (
            (
                r"<\|\s?(?:im_start|im_end|im_sep|system|user|assistant|developer|endoftext|endofprompt|eot_id|"
                r"eom_id|start_header_id|end_header_id|begin_of_text|start_of_role|channel|message|"
                r"tool_calls?\w*)\s?\|>"
            ),
            r"\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>",
            (
                r"<(?:system|assistant|developer|admin)(?:[_ -](?:prompt|message|instructions?|reminder|note|"
                r"override|command))\s?/?>"
            ),
            (
                r"</(?:tool_result|function_results?|tool_response|tool_output|untrusted|user_input|document|"
                r"context|data)>\s{0,8}(?:<(?:system|user|assistant|human|instructions?)\b|system\s?:|"
                r"(?:new )?instructions?\s?:|now )"
            ),
            (
                r"(?m:^)\W{0,6}(?:system|developer|admin(?:istrator)?)(?: (?:prompt|message|instructions?|"
                r"override|notice|update|note|alert|command))?\W{0,4}[:：\]][^\n]{0,100}\b(?:ignore|disregard|"
                r"forget|new instructions?|override|the (?:ai )?assistant|your (?:instructions|guidelines|"
                r"restrictions)|you are (?:an? |now |the )(?:\w+ ){0,3}(?:ai|assistant|model|bot)|as an ai)\b"
            ),
            r"\[(?:system|admin|developer) ?(?:message|prompt|override|instructions?|command)\]|\[system\]\(#",
            r"-{2,} ?(?:begin|start)(?: of)? (?:new |system |admin |hidden ){1,2}(?:instructions?|prompt|message)",
        ),
        quoted=False,
    ),
    Rule(
        "address",
        (
            r"\bai\b|llm|language model|assistant|chat ?bot|gpt|claude|gemini|copilot|<important>|"
            r"<information>|important message|before you (?:can |begin|start|solve|complete|answer|continue|"
            r"respond|proceed|summar)"
        ),
        (
            (
                rf"\b(?:note|message|attention|instructions?|notice|reminder|directive|request|hey|dear|hello|"
                rf"hi)\W{{0,4}}(?:to|for)? ?(?:all |any |the |every |whatever |"
                rf"you,? ){{0,2}}{MODEL}\W{{0,3}}(?:(?:reading|processing|summari[sz]ing|handling|parsing|"
                rf"viewing|analy[sz]ing) (?:this|the)|[:,!—-] ?(?:\w+\W){{0,6}}(?:must|should|ignore|please|"
                rf"do not|send|always|you|stop|add|include|reply|respond|recommend|when|forward|call|visit))"
            ),
            (
                rf"\bif you(?:'re| are) (?:an? |the )?{MODEL}\b[^.\n]{{0,80}}\b(?:must|should|ignore|please|"
                rf"then|do|reply|respond|say|write|add|include|send|recommend|stop|tell|mention|output|"
                rf"summari[sz]e)\b"
            ),
            (
                rf"\b(?:any|all|every) {MODEL} (?:that|which|who)? ?(?:reads?|reading|process\w*|"
                rf"summari[sz]\w*|visit\w*|access\w*) (?:this|the)[^.\n]{{0,60}}\b(?:must|should|shall|"
                rf"needs? to|has to|will)\b"
            ),
            (
                rf"\bwhen (?:an?|the|any) {MODEL} (?:reads?|summari[sz]es?|process(?:es)?|answers?|visits?|"
                rf"analy[sz]es?) (?:this|the)\b[^.\n]{{0,60}}\b(?:must|should|shall|will|has to|needs to)\b"
            ),
            (
                r"<(?:important|information)>[^<]{0,200}\b(?:must|tools?|always|never|do not|don't|before|you|"
                r"first|ignore|this is)\b"
            ),
            r"\bimportant message from (?:me|your|the (?:user|system|developer|admin))\b",
            (
                r"\bbefore you (?:can )?(?:solve|complete|answer|continue|respond|proceed|finish|summari[sz]e|"
                r"do (?:that|this|anything))[^.\n]{0,80}\b(?:please (?:do|first|send|visit|open|call|transfer|"
                r"create|delete)|you (?:must|need to|have to) first|first (?:do|send|visit|open|call|transfer|"
                r"create|delete))\b"
            ),
        ),
    ),
    Rule(
        "concealed",
        r"<!--|display: ?none|font-size: ?0|opacity: ?0|visibility: ?hidden|color: ?(?:white|#fff)|\]: ?# ?[(\"']",
        (
            rf"<!--[^>]{{0,200}}\b{MODEL}\b[^>]{{0,200}}\b(?:must|should|ignore|please|send|always|do not|you)\b",
            (
                rf"(?:display: ?none|font-size: ?0|opacity: ?0|visibility: ?hidden|color: ?(?:white|"
                rf"#fff))[^>]{{0,80}}>[^<]{{0,200}}\b(?:{MODEL}|ignore|instructions?)\b"
            ),
            rf"\]: ?# ?[(\"'][^)\"'\n]{{0,200}}\b(?:{MODEL}|ignore|instructions?)\b",
        ),
        quoted=False,
    ),
)
