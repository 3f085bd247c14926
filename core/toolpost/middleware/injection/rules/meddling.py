"""Words of a tool about other tools, and those that press a model to use it."""

from __future__ import annotations

from toolpost.middleware.injection.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "cross_tool",
        (
            r"(?:before|instead of|prior to|whenever|after|when|every time) (?:\w+ ){0,3}?(?:using|calling|"
            r"invoking|running|executing|use|call|invoke)|(?:always|must) (?:first )?(?:call|use|run|invoke|"
            r"be called|be used)|other tools?|behaviou?r of|usage of|rules of|output of|recipients? of|use of|"
            r"parameters of"
        ),
        (
            (
                r"\b(?:before|prior to|after|whenever|when|every time|each time) (?:(?:you|the|any|other|"
                r"actually|ever|this|is|are) ){0,3}(?:using|calling|invoking|running|executing|use|call|invoke|"
                r"execute)\b[^.\n]{0,60}?(?:,| you | always | first | must | please )[^.\n]{0,60}?\b(?:call|"
                r"use|read|run|invoke|execute|send|access|pass|provide)\b"
            ),
            (
                r"\b(?:must|should|needs? to|has to) (?:always )?(?:be )?(?:called|used|invoked|run) (?:first|"
                r"before (?:any|all|every|using|calling|other))"
            ),
            (
                r"\binstead of (?:using |"
                r"calling )?(?:the )?[`'\"]?\w+[`'\"]?(?: tools?)?[^.\n]{0,30},? (?:always |you must )?(?:use|"
                r"call) (?:this|mine|[`'\"])"
            ),
            (
                r"\b(?:overrides?|modif(?:y|ies)|changes?|affects?|replaces?) (?:the )?(?:behaviou?r|usage|use|"
                r"rules|output|parameters?|recipients?) of (?:the |any |all )?(?:\w+ ){0,2}(?:tools?|"
                r"functions?)\b"
            ),
        ),
    ),
    Rule(
        "pressure",
        r"important[!:]|critical[!:]|mandatory|you must (?:always|first|never)|important!!!",
        (
            r"\b(?:important|critical|mandatory|urgent)\s?(?:!{2,}|:\s?(?:you|always|never|"
            r"the assistant))",
            r"\byou must (?:always|never|first)\b",
        ),
    ),
    # A choice, a default or a title is a few words; longer ones are sentences for whoever reads the schema.
    Rule(
        "schema",
        r'"(?:enum|const|default|examples?|title)": \[?"',
        (r'"(?:const|default|title)": "[^"]{160}', r'"(?:enum|examples?)": \[(?:"[^"]*", ){0,100}"[^"]{160}'),
        quoted=False,
    ),
)
