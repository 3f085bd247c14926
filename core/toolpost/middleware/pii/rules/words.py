"""The words around numbers that say what kind of number it is."""

from __future__ import annotations

import re

from toolpost.middleware.pii.phrase import Phrase

# The words that people put in front of a telephone number, and what may stand between.
PHONES = (
    r"(?:phone|\bt[eé]l|tel[eéè][fp]h?[oó]n[a-z]*|mobile?|\bcell|\bfax|\bcall|\bring\b|whats ?app"
    r"|\bsms\b|\bviber|\btelegram|\bsignal\b"
    r"|\bdial\b|\bhandy|\bm[oó]vil|\bcelular|\bcellulare|portable|\bmob\b|\bph\b|\brufen?\b|\bappele[rz]\b|\bchiama"
    r"|\bllam[ae]|\bhotline|\btext\b|\breach [a-z]+|\bcontact\b|\b(?:my|his|her|our|your"
    r"|their) (?:[a-z]+ )?number|\bnumber is\b|\bgsm\b|\btfno|\bpuhelin|\bpuh\b|\btlf|\bpaging|\bfestnetz"
    r"|\brufnummer|\bkom[oó]rk|\bligue"
    r"|电话|電話|手机|手機|传真|联系方式|联系|致电|拨打|携帯|전화|휴대폰|연락처|телефон|тел[.: ]"
    r"|позвон|звон|моб|फ़ोन|फोन|मोबाइल|هاتف|جوال|טלפון|โทร|điện thoại)"
)
SAID = Phrase(PHONES, r"[^0-9\n\]]{0,18}\z", 32)
OTHERS = (
    r"\border|\binvoice|\bisbn|\bref(?:erence)?|\bticket|\btracking|\bserial|\bsku|\bpart|\bacc(?:oun)?t|\bcase|\bclaim"
    r"|\bissn|\bid|\bversion|\bdoi|\bpatent|\bmodel|\bbatch|\blot|\bpolicy|\bean|\bupc|\bimei|\bpo|\bbuild|\bcommit|\bdocket|\bvin"
    r"|\bsiren|\bsiret|\bbestell[a-z]*|\brechnung[a-z]*|\bparcel|\bshipment|\bwaybill|\bawb|\bgtin|\bbarcode|\bconfirmation|\bbooking"
)
NUMBERED = Phrase(OTHERS, r"(?:[ \-]?(?:number|no|nr|code|id))?[.:#]{0,2}\s?#?\z", 32)
DATE = re.compile(
    r"(?:(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d(?: \d{1,2})?|[0-3]?\d[-./ ][0-3]?\d[-./ ](?:19|20)\d\d(?: \d{1,2})?"
    r"|(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)\d\d|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?: 000)+|\d{1,3}(?:\.\d{1,3}){3})"
)
