"""How "ignore the previous instructions" is said in other languages: what to ignore, and that it came before."""

from __future__ import annotations

GAP = r"[^.!?\n]{0,40}"


def _both(verbs: str, before: str, things: str, gap: str = GAP) -> str:
    """A verb, then the things and the words for what came before in either order."""
    return f"(?:{verbs}){gap}(?:(?:{before}){gap}(?:{things})|(?:{things}){gap}(?:{before}))"


ANCHOR = (
    r"ignorier|vergiss|vergessen|missacht|oubli|ignore[zrs]?\b|tiens pas compte|tenez pas compte"
    r"|ignora|olvid|descart|caso omiso"
    r"|dimentic|esque[cç]|desconsider|negeer|vergeet|ignoruj|zapomnij|pomiń|игнорир|забудь|не обращай"
    r"|忽略|无视|忘记|忘掉|不要理会|忽視|無視|忘れ|무시|잊|تجاهل|انس "
    r"|अनदेखा|नज़रअंदाज़|भूल जा|उपेक्षा|yok say|unut|görmezden|dikkate alma"
)
PATTERNS = (
    _both(
        r"\b(?:ignorier|vergiss|vergessen sie|missachte)\w*",
        r"vorherig|bisherig|obig|vorangegangen|früher|deine|ursprünglich|zuvor|oben",
        r"anweisung|instruktion|vorgabe|befehl|aufgabe|regeln|prompt|richtlinie",
    ),
    _both(
        r"\b(?:ignore[zrs]?|oublie[zrs]?|ne (?:tiens|tenez) pas compte)\b",
        r"précédent|ci-dessus|antérieur|initial|du système|\btes\b|\bvos\b|reçu",
        r"instruction|consigne|directive|ordre|règle|invite",
    ),
    _both(
        r"\b(?:ignor[ae]|ignorad|olvid[ae]|descarta|haz caso omiso)\w*",
        r"anterior|previa|arriba|inicial|del sistema|\btus\b|\bsus\b|recibid",
        r"instrucci|indicaci|directri|órden|ordenes|reglas?\b|prompt",
    ),
    _both(
        r"\b(?:ignora|ignorate|dimentica|dimenticate)\b",
        r"precedent|sopra|iniziali|del sistema|\btue\b|\bvostre\b|ricevut",
        r"istruzion|direttiv|ordini|regole|indicazion|prompt",
    ),
    _both(
        r"\b(?:ignor[ea]|esqueç?a|esquece|desconsidere|desconsidera)\b",
        r"anterior|acima|prévi|iniciais|do sistema|\bsuas\b|\btuas\b|recebid",
        r"instruç|diretriz|ordens|regras|comandos|prompt",
    ),
    _both(
        r"\b(?:negeer|vergeet)\b",
        r"vorige|eerdere|bovenstaande|voorgaande|\bjouw\b|\bje\b",
        r"instructie|opdracht|aanwijzing|regels|prompt",
    ),
    _both(
        r"\b(?:zignoruj|ignoruj|zapomnij o|pomiń)\b",
        r"poprzedni|wcześniejs|powyższ|dotychczas|swoi|system",
        r"instrukcj|polece|wytyczn|zasad|prompt",
    ),
    _both(
        r"(?:игнорируй|игнорируйте|проигнорируй\w*|забудь\w*|не обращай\w* внимания на)",
        r"предыдущ|прежн|вышеуказан|выше|прошл|свои|системн",
        r"инструкц|указани|команд|правил|промпт",
    ),
    r"(?:忽略|无视|忘记|忘掉|不要理会|忽視|無視)[^。！？\n]{0,12}(?:之前|以上|上述|先前|前面|此前|系统|原有|所有先|上面|以前)"
    r"[^。！？\n]{0,10}(?:指令|指示|提示|命令|规则|規則|说明|要求|内容)",
    r"(?:これまで|以前|上記|前|システム|先ほど|今まで)[^。！？\n]{0,8}(?:指示|命令|プロンプト|ルール|指令|指図)[^。！？\n]{0,8}(?:無視|忘れ)",
    r"(?:이전|위의|앞선|기존|시스템|지금까지)[^.!?\n]{0,10}(?:지시|명령|지침|프롬프트|규칙)[^.!?\n]{0,10}(?:무시|잊)",
    _both(r"تجاهل|انس ", r"السابقة|أعلاه|سابق|النظام", r"التعليمات|تعليمات|الأوامر|القواعد"),
    r"(?:पिछले|पिछली|पहले|पूर्व|उपरोक्त|ऊपर)[^।!?\n]{0,20}(?:निर्देश|आदेश|नियम)[^।!?\n]{0,20}"
    r"(?:अनदेखा|नज़रअंदाज़|भूल जा|उपेक्षा)",
    r"(?:önceki|yukarıdaki|sistem)[^.!?\n]{0,20}(?:talimat|komut|yönerge|kural)[^.!?\n]{0,20}"
    r"(?:yok say|unut|görmezden|dikkate alma)",
)  # fmt: skip
