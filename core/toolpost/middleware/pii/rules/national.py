"""National numbers of persons: of the tax office, of social insurance, of the register."""

from __future__ import annotations

from toolpost.middleware.pii.rules import checks
from toolpost.middleware.pii.rules.identity import Check, Number, registered

ELEVEN = "99999999999"


def number(check: str | Check, sure: str = "", named: str = "", words: str = "") -> Number:
    """A national number; shapes are separated by a bar."""
    checked = registered(check) if isinstance(check, str) else check
    return Number("NATIONAL_ID", checked, _shapes(sure), _shapes(named), words)


def _shapes(written: str) -> tuple[str, ...]:
    return tuple(filter(None, written.split("|")))


EUROPE = (
    number(
        checks.nino,
        "AA 99 99 99 A|AA999999A|AA-99-99-99-A|AA 999999 A|AA 999999A",
        words=r"national insurance|\bnino\b|\bni (?:no|num)",
    ),
    number("gb.nhs", named="999 999 9999|9999999999|999-999-9999", words=r"\bnhs|health service"),
    number("gb.utr", named="9999999999|99999 99999", words=r"\butr\b|taxpayer ref"),
    number(
        "de.idnr", "99 999 999 999", f"{ELEVEN}|99 999 999999", r"steuer|identifikationsn|\bidnr|tax|\btin\b|\bid\b"
    ),
    number(
        checks.nir,
        "999999999999999|9 99 99 99 999 999 99|9 99 99 9A 999 999 99|999999A99999999",
        words=r"s[ée]cu|\bnir\b|insee|\bvitale|social",
    ),
    number(
        "es.dni",
        "99999999-A|99.999.999-A|99.999.999A|99 999 999 A",
        "99999999A|99999999 A",
        r"\bdni|\bnif|document|identi|titular|client|c[eé]dula|\bd\.n\.i",
    ),
    number("es.nie", "A9999999A|A-9999999-A|A9999999-A|A-9999999A|A 9999999 A", words=r"\bnie\b|extranjer"),
    number("it.codicefiscale", "AAAAAA99A99A999A|AAA AAA 99A99 A999A", words=r"codice|fiscale|\bcf\b|c\.f\."),
    number("pl.pesel", named=ELEVEN, words=r"pesel"),
    number(
        "nl.bsn",
        named="999999999|9999.99.999|9999 99 999|999 999 999|999.999.999|99999999",
        words=r"\bbsn|burgerservice|sofi|\bcitizen service",
    ),
    number(
        checks.rijksregister, f"99.99.99-999.99|{ELEVEN}|99.99.99 999 99|999999-999-99|99.99.99.999.99|999999 999 99"
    ),
    number("ch.ssn", "999.9999.9999.99|999 9999 9999 99", "9999999999999", r"\bahv|\bavs\b|sozialvers"),
    number(checks.vnr, "9999 999999|9999-999999|9999/999999", "9999999999", r"\bsvnr|\bsvn\b|\bsv[ -]|sozialvers"),
    number("pt.cc", "99999999 9 AA9|999999999AA9|99999999-9-AA9", words=r"cart[aã]o|cidad"),
    number("pt.nif", named="999999999|999 999 999", words=r"\bnif\b|contribuinte|\bnipc"),
    number("ie.pps", named="9999999A|9999999AA|9999999 A", words=r"\bpps|personal public"),
    number("gr.amka", named=ELEVEN, words=r"\bamka|αμκα"),
    number("hr.oib", named=ELEVEN, words=r"\boib\b|osobni"),
    number("cz.rc", "999999/9999", "9999999999|999999/999", r"rodn[ée]|\br\. ?č|\brč|\brc\b|birth n"),
    number("ro.cnp", named="9999999999999", words=r"\bcnp\b|cod numeric"),
    number("bg.egn", named="9999999999", words=r"\begn\b|егн"),
    number("ee.ik", named=ELEVEN, words=r"isikukood|personal code"),
    number("lt.asmens", named=ELEVEN, words=r"asmens|personal code"),
    number("lv.pvn", "999999-99999", named=ELEVEN, words=r"personas kod|personal code"),
    number("si.emso", named="9999999999999", words=r"\bemšo|\bemso|\bjmbg"),
    number("tr.tckimlik", named=ELEVEN, words=r"kimlik|\bt\.?c\.? ?(?:no|num)|\btckn"),
)
NORTH = (
    number(
        "se.personnummer",
        "999999-9999|999999+9999|99999999-9999",
        "9999999999|999999999999|99999999 9999",
        r"personn|\bpnr|samordning",
    ),
    number(checks.fodselsnummer, f"{ELEVEN}|999999 99999", words=r"f[øo]dsel|personn|\bd-n"),
    number("fi.hetu", "999999-999A|999999-9999|999999A999A|999999A9999|999999+999A", words=r"hetu|henkil"),
    number(checks.cpr, "999999-9999"),
    number(checks.cpr_of_any_year, named="999999-9999|9999999999|999999 9999", words=r"\bcpr|personn"),
    number("is_.kennitala", "999999-9999", "9999999999", r"kennital|\bkt\."),
)
AMERICA = (
    number("us.itin", "999-99-9999", "999999999|999 99 9999", r"\bitin|taxpayer"),
    number("ca.sin", named="999 999 999|999-999-999|999999999", words=r"\bsin\b|social ins|\bnas\b|assurance soc"),
    number("br.cpf", "999.999.999-99", f"{ELEVEN}|999999999-99|999 999 999 99", r"\bcpf|contribuinte"),
    number("br.cnpj", "99.999.999/9999-99|99999999/9999-99", "99999999999999", r"\bcnpj"),
    number("mx.curp", "AAAA999999AAAAAA99|AAAA999999AAAAAAA9", words=r"curp"),
    number("mx.rfc", named="AAAA999999AA9|AAAA999999AAA|AAAA999999A99|AAAA9999999A9|AAAA999999999", words=r"\brfc\b"),
    number("ar.cuit", "99-99999999-9", ELEVEN, r"\bcui[tl]"),
    number("ar.dni", named="99.999.999|99999999", words=r"\bdni\b|documento"),
    number(
        "cl.rut", "99.999.999-9|99.999.999-A|9.999.999-9|9.999.999-A", "99999999-9|99999999-A|9999999-9", r"\bru[tn]\b"
    ),
)
ASIA = (
    number("in_.aadhaar", "9999 9999 9999", "999999999999|9999-9999-9999", r"aadha+r|\buid(?:ai)?\b|आधार|aadhar"),
    number(checks.pan, "AAAAA9999A", words=r"\bpan\b|permanent account"),
    number("in_.epic", named="AAA9999999", words=r"\bepic\b|voter"),
    number(checks.nric, "A9999999A", words=r"nric|\bfin\b"),
    number(checks.hkid, "A999999(9)|A999999(A)", "A9999999|A999999A", r"hkid|hong kong|香港"),
    number(checks.taiwan, "A999999999", words=r"身[分份]證|taiwan"),
    number(checks.rrn, "999999-9999999", "9999999999999", r"주민|resident reg|\brrn"),
    number("th.pin", "9-9999-99999-99-9", "9999999999999|9 9999 99999 99 9", r"thai|บัตร|ประชาชน"),
    number("my.nric", "999999-99-9999", "999999999999", r"mykad|nric|\bic (?:no|num)|pengenalan"),
    number("id.nik", named="9999999999999999", words=r"\bnik\b|\bktp"),
    number(
        checks.my_number, named="999999999999|9999 9999 9999|9999-9999-9999", words=r"マイナンバー|個人番号|my number"
    ),
    number("pk.cnic", "99999-9999999-9", "9999999999999", r"cnic"),
    number("il.idnr", named="999999999|99999999-9", words=r"teudat|ת\.ז|תעודת|israel"),
    number("ru.inn", named="999999999999", words=r"\binn\b|инн"),
    number(checks.snils, "999-999-999 99|999-999-999-99", ELEVEN, r"снилс|snils"),
)
SOUTH = (
    number("au.tfn", named="999 999 999|999999999|99999999|99 999 999|999-999-999", words=r"\btfn|tax file"),
    number(checks.medicare, "9999 99999 9", "9999999999|99999999999|9999-99999-9", r"medicare"),
    number("nz.ird", named="99-999-999|999-999-999|999999999|99999999", words=r"\bird\b|inland"),
    number("za.idnr", "999999 9999 999", "9999999999999", r"south africa|\b(?:sa )?id\b|identity"),
)
TABLE = (*EUROPE, *NORTH, *AMERICA, *ASIA, *SOUTH)
