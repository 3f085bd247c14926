"""What each guard must have done with a canary, and whether it was seen to do so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from toolpost.doctor.canaries import HIDDEN, mark, secret_parts
from toolpost.doctor.steps import STEPS, Seen

State = Literal["ran", "did not run", "cannot tell", "not there"]


class Row(NamedTuple):
    """Through a surface, a guard on a way: whether it ran."""

    surface: str
    guard: str
    path: str
    state: State
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be mended."""
        return self.state in ("ran", "not there")


class Verdict(NamedTuple):
    """Whether a guard ran, and how that shows."""

    state: State
    detail: str = ""


RAN, NOT_THERE = Verdict("ran"), Verdict("not there")


@dataclass(frozen=True)
class Evidence:
    """All that came of the canaries on one surface: what the client saw, what reached the probe, what was logged."""

    seen: Sequence[Seen | None]
    reached: Sequence[tuple[str, str]]
    log: str
    types: Collection[str] = field(default_factory=tuple)

    def of(self, does: str) -> list[Seen]:
        """What was seen of the steps of a name."""
        return [seen for step, seen in zip(STEPS, self.seen, strict=True) if step.does == does and seen is not None]

    def given(self, does: str) -> list[str]:
        """The arguments with which a part of the probe was reached."""
        return [given for what, given in self.reached if what == does]

    def leaked(self, path: str, texts: Collection[str]) -> bool:
        """Whether personal data of a way is in texts."""
        return any(part in text for part in secret_parts(path, self.types) for text in texts)


Check = Callable[[Evidence], Verdict]


def into(does: str, path: str) -> Check:
    """Personal data in arguments must not reach the tool."""

    def check(evidence: Evidence) -> Verdict:
        if not evidence.of(does):
            return NOT_THERE
        given = evidence.given(does)
        if not given:
            return _unreached(evidence, does)
        return Verdict("did not run", "it reached the tool as it was") if evidence.leaked(path, given) else RAN

    return check


def out_of(does: str, path: str) -> Check:
    """Personal data in what comes back must not reach the client."""

    def check(evidence: Evidence) -> Verdict:
        if not evidence.of(does):
            return NOT_THERE
        texts = [text for seen in evidence.of(does) for text in (*seen.texts, *seen.told)]
        if evidence.leaked(path, texts):
            return Verdict("did not run", "it reached the client as it was")
        if any(mark(path) in text for text in texts) or (path == "crash" and evidence.given(does)):
            return RAN
        return NOT_THERE if path == "progress" else _unreached(evidence, does)

    return check


def logged(evidence: Evidence) -> Verdict:
    """Nothing personal is in the log, whatever crashed."""
    leaks = [path for path in ("arguments", "text", "error", "crash") if evidence.leaked(path, [evidence.log])]
    return Verdict("did not run", f"{', '.join(leaks)} is in the log") if leaks else RAN


def stripped(does: str, path: str) -> Check:
    """Hidden characters in what comes back must not reach the client."""

    def check(evidence: Evidence) -> Verdict:
        if not evidence.of(does):
            return NOT_THERE
        if not evidence.given(does):
            return _unreached(evidence, does)
        texts = [text for seen in evidence.of(does) for text in seen.with_mark(mark(path))]
        if any(set(HIDDEN) - set("[8m") & set(text) for text in texts):
            return Verdict("did not run", "hidden characters reached the client")
        if texts or all(seen.failed for seen in evidence.of(does)):
            return RAN
        return NOT_THERE if path == "progress" else _unreached(evidence, does)

    return check


def refused(does: str, times: int = 0) -> Check:
    """Of these calls only so many reach the tool; the others are answered with an error."""

    def check(evidence: Evidence) -> Verdict:
        reached, seen = len(evidence.given(does)), evidence.of(does)
        if reached > times:
            return Verdict("did not run", "a call reached the tool that should not have")
        if reached < times or [one.failed for one in seen] != [number >= times for number in range(len(seen))]:
            return _unreached(evidence, does)
        return RAN

    return check


def traced(does: str, layer: str) -> Check:
    """The layer shows in the trace of the call, or in what it answered instead."""

    def check(evidence: Evidence) -> Verdict:
        if any(layer in text for seen in evidence.of(does) for text in seen.texts):
            return RAN
        return Verdict("did not run", f"{layer} is neither in the trace nor in the answer")

    return check


CHECKS: Mapping[str, Mapping[str, Check]] = {
    "policy": {"a call that a rule denies": refused("denied")},
    "limits": {"a call over its limit": refused("limited", 1)},
    "pii": {
        "arguments": into("say", "arguments"),
        "text": out_of("say", "text"),
        "structured content": out_of("say", "data"),
        "errors": out_of("fail", "error"),
        "crashes": out_of("crash", "crash"),
        "progress": out_of("say", "progress"),
        "resources": out_of("resource", "resource"),
        "arguments of resources": into("template", "template"),
        "prompts": out_of("prompt", "prompt"),
        "arguments of prompts": into("prompt", "filled"),
        "the log": logged,
    },
    "injection": {
        "text": stripped("hide", "text"),
        "structured content": stripped("hide", "data"),
        "errors": stripped("fail", "error"),
        "progress": stripped("say", "progress"),
        "resources": stripped("resource", "resource"),
        "prompts": stripped("prompt", "prompt"),
    },
    "validation": {"arguments": refused("strict", 1)},
    "moderation": {"arguments": traced("moderated", "moderation")},
}
# Each `toolpost call` is a process, and the limits of one process are not those of the next.
APART = {("cli", "limits")}


def judge(surface: str, guards: Collection[str], evidence: Evidence) -> Iterator[Row]:
    """A row for each way that a guard of this installation guards."""
    if all(seen is None for seen in evidence.seen):
        return
    if not evidence.reached:
        yield Row(surface, "", "", "cannot tell", f"no canary reached its tool{_last(evidence.log)}")
        return
    for guard, paths in CHECKS.items():
        for path, check in paths.items() if guard in guards else ():
            verdict = NOT_THERE if (surface, guard) in APART else check(evidence)
            yield Row(surface, guard, path, *verdict)


def _last(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return f": {lines[-1][:200]}" if lines else ""


def _unreached(evidence: Evidence, does: str) -> Verdict:
    said = next((seen.texts[0] for seen in evidence.of(does) if seen.failed and seen.texts), "")
    return Verdict("cannot tell", f"the canary {does!r} was answered otherwise: {said[:160]}".rstrip(": "))
